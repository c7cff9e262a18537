/*
 * hw/pc.c - the board: which chips there are and how they are wired
 *
 * Chips are made in the order in which they are reset and saved; they are freed
 * in reverse.  What a chip pulls or calls must have been made before it.
 */
#include "hw/pc.h"

#include <stdlib.h>

#include "hw/debugcon.h"
#include "hw/ib700.h"
#include "hw/isa_debug_exit.h"
#include "hw/labdev.h"
#include "hw/pc_priv.h"
#include "hw/pc_testdev.h"
#include "hw/pci_testdev.h"

#define BIOS_FILE	"bios-256k.bin"
#define ROM_ROOM	(4u << 20)
#define VIDEO_ROM_ROOM	(64u << 10)

#define LABDEV_PORT	0x5a0
#define TESTDEV_MEM	0xff000000u
#define TESTDEV_SLOT	30

/* What SeaBIOS takes for the end of a suspend to RAM, as of qemu. */
#define CMOS_SHUTDOWN	0x0f
#define SHUTDOWN_S3	0xfe

/* --- A20, resets, power --- */

static void
a20_set(void *arg, int line, bool level)
{
	struct pc *pc = arg;
	bool was = pc->a20 != 0;

	pc->a20 = (uint8_t)(level ? pc->a20 | line : pc->a20 & ~line);
	if (was != (pc->a20 != 0))
		physmem_set_a20(pc->m->pm, pc->a20 != 0);
}

static struct wire
pc_a20_input(struct pc *pc, enum pc_a20 who)
{
	return (struct wire){ a20_set, pc, who };
}

/* What the guest said last comes out, also when the machine ends here. */
static void
board_reset(struct pc *pc)
{
	pc_serial_flush(pc);
	machine_request(pc->m, REQ_RESET);
}

/* The keyboard controller's and port 92h's resets are taken as resets of the
 * whole board, as qemu does. */
static void
reset_pulse(void *arg, int line, bool level)
{
	struct pc *pc = arg;

	(void)line;
	if (level)
		board_reset(pc);
}

static struct wire
pc_reset_wire(struct pc *pc)
{
	return (struct wire){ reset_pulse, pc, 0 };
}

static void
piix3_reset_asked(void *arg, bool hard)
{
	struct pc *pc = arg;

	if (hard)
		board_reset(pc);
	else
		machine_request(pc->m, REQ_CPU_RESET);
}

static void
pm_power_off(void *arg)
{
	struct pc *pc = arg;

	pc_serial_flush(pc);
	machine_request(pc->m, REQ_POWEROFF);
}

static void
pm_suspend(void *arg)
{
	struct pc *pc = arg;

	machine_request(pc->m, REQ_SUSPEND);
	cpu_raise(pc->m->cur, PIN_STOP);	/* in a slice too: it does nothing more */
}

static void
pm_wake(void *arg, enum piix4_wake by)
{
	struct pc *pc = arg;

	pc->wake_by = by;
	machine_request(pc->m, REQ_WAKE);
}

bool
pc_asleep(const struct pc *pc)
{
	return piix4_pm_asleep(pc->pm);
}

/*
 * Memory keeps its contents and the host bridge what it shows of it, where the
 * firmware finds that it ran before; the shutdown status sends it to the waking
 * vector.
 */
void
pc_wake(struct pc *pc)
{
	uint8_t pam[I440FX_PAMS];

	i440fx_get_pam(pc->host_bridge, pam);
	machine_reset(pc->m);
	i440fx_set_pam(pc->host_bridge, pam);
	mc146818_set(pc->rtc, CMOS_SHUTDOWN, SHUTDOWN_S3);
	piix4_pm_woken(pc->pm, pc->wake_by);
}

static void
debug_exit(void *arg, uint32_t status)
{
	struct pc *pc = arg;

	pc_serial_flush(pc);
	pc->m->exit_status = status;
	machine_request(pc->m, REQ_EXIT);
}

/* --- ISA chips --- */

static bool
build_keyboard(struct pc *pc)
{
	struct machine *m = pc->m;
	struct i8042_wires w = {
		.irq1 = pc_isa_irq(pc, 1), .irq12 = pc_isa_irq(pc, 12),
		.a20 = pc_a20_input(pc, A20_KBC), .reset = pc_reset_wire(pc)
	};
	struct port92 *p92;

	pc->kbc = i8042_new(&m->heap.clock, w, m->log);
	if (!machine_add(m, &i8042_class, pc->kbc, "i8042"))
		return false;
	p92 = port92_new(pc_a20_input(pc, A20_PORT92), pc_reset_wire(pc));
	return machine_add(m, &port92_class, p92, "port92") &&
	    pc_map_pio(pc, 0x60, 1, &i8042_data_io, pc->kbc, "i8042") &&
	    pc_map_pio(pc, 0x64, 1, &i8042_command_io, pc->kbc, "i8042") &&
	    pc_map_pio(pc, 0x92, 1, &port92_io, p92, "port92");
}

static void
dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct pc *pc = arg;

	phys_read(pc->m->pm, at, buf, n);
}

static void
dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct pc *pc = arg;

	phys_write(pc->m->pm, at, buf, n);
}

static bool
build_dma(struct pc *pc)
{
	struct i8237_bus bus = { dma_read, dma_write, pc };

	pc->dma = i8237_new(bus, pc->m->log);
	return machine_add(pc->m, &i8237_class, pc->dma, "i8237") &&
	    pc_map_pio(pc, 0x00, 16, &i8237_dma1_io, pc->dma, "dma1") &&
	    pc_map_pio(pc, 0xc0, 32, &i8237_dma2_io, pc->dma, "dma2") &&
	    pc_map_pio(pc, 0x80, 16, &i8237_page_io, pc->dma, "dma-page");
}

/* --- PCI --- */

/* The bus's interrupt lines end in a chip that is made after the bus. */
static void
pirq_set(void *arg, int line, bool level)
{
	struct pc *pc = arg;

	if (pc->piix3)
		piix3_set_pirq(pc->piix3, line, level);
}

static bool
build_pci_bus(struct pc *pc)
{
	struct machine *m = pc->m;
	struct pci_space_ops space = pc_pci_space;
	struct wire pirq[4];
	int i;

	space.arg = pc;
	for (i = 0; i < 4; i++)
		pirq[i] = (struct wire){ pirq_set, pc, i };
	pc->pci = pci_bus_new(&space, pirq, m->log);
	return machine_add(m, &pci_bus_class, pc->pci, "pci") &&
	    pc_map_pio(pc, 0xcf8, 4, &pci_addr_io, pc->pci, "pci-address") &&
	    pc_map_pio(pc, 0xcfc, 4, &pci_data_io, pc->pci, "pci-data");
}

static bool
build_bridges(struct pc *pc)
{
	struct machine *m = pc->m;
	struct i440fx_cb host_cb = { pc_pam, pc };
	struct piix3_cb isa_cb = { piix3_reset_asked, pc };
	struct wire irq[16];
	int i;

	for (i = 0; i < 16; i++)
		irq[i] = pc_pci_irq(pc, i);
	pc->host_bridge = i440fx_new(&host_cb, m->log);
	if (!machine_add(m, &i440fx_class, pc->host_bridge, "i440fx"))
		return false;
	pc->piix3 = piix3_new(irq, &isa_cb, m->log);
	return machine_add(m, &piix3_class, pc->piix3, "piix3") &&
	    pci_add(pc->pci, i440fx_pci(pc->host_bridge), pci_devfn(0, 0)) &&
	    pci_add(pc->pci, piix3_pci(pc->piix3), pci_devfn(1, 0)) &&
	    pc_map_pio(pc, 0xcf9, 1, &piix3_rcr_io, pc->piix3, "reset-control");
}

static bool
build_pm(struct pc *pc)
{
	struct machine *m = pc->m;
	struct piix4_pm_cb cb = { pm_power_off, pm_suspend, pm_wake, pc };
	struct wire sci = pc_isa_irq(pc, 9);

	pc->pm = piix4_pm_new(&m->heap.clock, &sci, &cb, m->log);
	return machine_add(m, &piix4_pm_class, pc->pm, "piix4-pm") &&
	    pci_add(pc->pci, piix4_pm_pci(pc->pm), pci_devfn(1, 3)) &&
	    pc_map_pio(pc, 0xb2, 2, &piix4_apm_io, pc->pm, "apm");
}

/* --- devices for tests and experiments --- */

static void
debugcon_byte(void *arg, uint8_t byte)
{
	struct pc *pc = arg;

	machine_output(pc->m, OUTPUT_DEBUGCON, &pc->m->cfg.debugcon, byte);
}

static bool
build_debugcon(struct pc *pc)
{
	const struct machine_config *cfg = &pc->m->cfg;
	struct debugcon *d;

	if (!cfg->debugcon.present)
		return true;
	d = debugcon_new(debugcon_byte, pc);
	if (!machine_add(pc->m, &debugcon_class, d, "debugcon"))
		return false;
	if (cfg->debugcon_one)
		return pc_map_pio(pc, cfg->debugcon_port, 1, &debugcon_io, d, "debugcon");
	return pc_map_pio(pc, 0xe9, 1, &debugcon_io, d, "debugcon") &&
	    pc_map_pio(pc, 0x402, 1, &debugcon_io, d, "debugcon");
}

static bool
build_debug_exit(struct pc *pc)
{
	const struct machine_config *cfg = &pc->m->cfg;
	struct isa_debug_exit *d;

	if (!cfg->debug_exit)
		return true;
	d = isa_debug_exit_new(debug_exit, pc);
	return machine_add(pc->m, &isa_debug_exit_class, d, "isa-debug-exit") &&
	    pc_map_pio(pc, cfg->debug_exit_port, cfg->debug_exit_size,
	    &isa_debug_exit_io, d, "isa-debug-exit");
}

static void
watchdog_bites(void *arg)
{
	struct pc *pc = arg;

	machine_request(pc->m, REQ_WATCHDOG);
}

static bool
build_watchdog(struct pc *pc)
{
	struct ib700 *w;

	if (!pc->m->cfg.ib700)
		return true;
	w = ib700_new(&pc->m->heap.clock, watchdog_bites, pc);
	return machine_add(pc->m, &ib700_class, w, "ib700") &&
	    pc_map_pio(pc, IB700_PORT, IB700_PORTS, &ib700_io, w, "ib700");
}

static bool
build_testdev(struct pc *pc)
{
	struct wire irq[PC_TESTDEV_IRQS];
	struct pc_testdev *d;
	int i;

	if (!pc->m->cfg.testdev)
		return true;
	for (i = 0; i < PC_TESTDEV_IRQS; i++)
		irq[i] = pc_test_irq(pc, i);
	d = pc_testdev_new(irq);
	return machine_add(pc->m, &pc_testdev_class, d, "pc-testdev") &&
	    pc_map_pio(pc, 0xe0, 4, &pc_testdev_io, d, "pc-testdev") &&
	    pc_map_pio(pc, 0xe4, 4, &pc_testdev_flush_io, d, "pc-testdev") &&
	    pc_map_pio(pc, 0xe8, 4, &pc_testdev_byte_io, d, "pc-testdev") &&
	    pc_map_pio(pc, 0x2000, 24, &pc_testdev_irq_io, d, "pc-testdev") &&
	    pc_map_io(pc, TESTDEV_MEM, PC_TESTDEV_MEM, &pc_testdev_mem_io, d,
	    "pc-testdev");
}

static bool
build_pci_testdev(struct pc *pc)
{
	struct pci_testdev *t;

	if (!pc->m->cfg.pci_testdev)
		return true;
	t = pci_testdev_new();
	return machine_add(pc->m, &pci_testdev_class, t, "pci-testdev") &&
	    pci_add(pc->pci, pci_testdev_pci(t), pci_devfn(TESTDEV_SLOT, 0));
}

static uint64_t
lab_counter(void *arg, uint32_t n)
{
	const struct pc *pc = arg;

	return machine_counter(pc->m, n);
}

/* Who hears it; NULL for what was said before. */
static const struct machine_lab *
lab_of(const struct pc *pc)
{
	return machine_muted(pc->m) ? NULL : &pc->m->cfg.lab;
}

static void
lab_mark(void *arg, uint32_t phase)
{
	const struct machine_lab *lab = lab_of(arg);

	if (lab && lab->mark)
		lab->mark(lab->arg, phase);
}

static void
lab_value(void *arg, uint32_t key, uint64_t value)
{
	const struct machine_lab *lab = lab_of(arg);

	if (lab && lab->value)
		lab->value(lab->arg, key, value);
}

static void
lab_text(void *arg, const char *text)
{
	const struct machine_lab *lab = lab_of(arg);

	if (lab && lab->text)
		lab->text(lab->arg, text);
}

static bool
build_labdev(struct pc *pc)
{
	struct labdev_backend b = {
		.mark = lab_mark, .counter = lab_counter, .value = lab_value,
		.text = lab_text, .arg = pc
	};
	struct labdev *d = labdev_new(&pc->m->heap.clock, b, pc->m->log);

	return machine_add(pc->m, &labdev_class, d, "labdev") &&
	    pc_map_pio(pc, LABDEV_PORT, LABDEV_PORTS, &labdev_io, d, "labdev");
}

/* --- all of it --- */

/* Without network cards memory is counted as it was before there were any. */
static unsigned
nic_models(const struct machine *m)
{
	unsigned i, seen = 0;

	for (i = 0; i < MACHINE_NICS; i++)
		if (m->cfg.nic[i].present)
			seen |= 1u << m->cfg.nic[i].model;
	return (unsigned)__builtin_popcount(seen);
}

static bool
build_spaces(struct machine *m)
{
	m->pm = physmem_new(m->cfg.ram, ROM_ROOM + VIDEO_ROM_ROOM + PC_VRAM +
	    nic_models(m) * PC_NET_ROM, m->log);
	m->pio = pio_new(m->log);
	if (m->pm && !m->pio)
		log_error(m->log, "out of memory for ports");
	if (!m->pm || !m->pio)
		return false;
	if (m->cfg.reference)
		return true;
	m->codes = codecache_new(m->pm, &m->cfg.engine, m->log);
	return m->codes != NULL;
}

static bool
build_rom(struct pc *pc)
{
	const char *name = pc->m->cfg.bios ? pc->m->cfg.bios : BIOS_FILE;
	const struct pc_file *rom = pc_open_firmware(pc, "-bios", name);

	return rom && pc_mem_map_rom(pc, rom);
}

bool
pc_build(struct machine *m)
{
	struct pc *pc = m->pc = calloc(1, sizeof(*pc));

	if (!pc) {
		log_error(m->log, "out of memory for a board");
		return false;
	}
	pc->m = m;
	return build_spaces(m) && pc_mem_build(pc) && build_rom(pc) &&
	    pc_cpus_build(pc) && pc_irq_build(pc) &&
	    pc_timers_build(pc) && build_keyboard(pc) && build_dma(pc) &&
	    build_pci_bus(pc) && build_bridges(pc) && pc_disk_build(pc) &&
	    build_pm(pc) && pc_vga_build(pc) && pc_net_build(pc) &&
	    pc_virtio_build(pc) && pc_serial_build(pc) &&
	    pc_hpet_build(pc) && pc_floppy_build(pc) &&
	    build_debugcon(pc) && build_debug_exit(pc) && build_watchdog(pc) &&
	    build_testdev(pc) &&
	    build_pci_testdev(pc) &&
	    build_labdev(pc) && pc_fw_build(pc);
}

void
pc_free(struct pc *pc)
{
	if (!pc)
		return;
	pc_fw_fini(pc);
	pc_disk_fini(pc);
	pc_close_files(pc);
	free(pc);
}

size_t
pc_input(struct pc *pc, enum machine_source source, const uint8_t *p, size_t n)
{
	switch (source) {
	case INPUT_SERIAL0:
	case INPUT_SERIAL1:
		return pc_serial_input(pc, source - INPUT_SERIAL0, p, n);
	case INPUT_KEY:
		if (n >= 2)
			i8042_key(pc->kbc, p[0], p[1]);
		return n;
	case INPUT_MOUSE:
		if (n >= 4)
			i8042_mouse(pc->kbc, (int8_t)p[0], (int8_t)p[1],
			    (int8_t)p[2], p[3]);
		return n;
	case INPUT_POWER:
		piix4_pm_power_button(pc->pm);
		return n;
	case INPUT_RESET:
		machine_request(pc->m, REQ_RESET);
		return n;
	case INPUT_NET0:
	case INPUT_NET1:
	case INPUT_NET2:
	case INPUT_NET3:
		return pc_net_input(pc, source - INPUT_NET0, p, n);
	case INPUT_BALLOON:
		return pc_balloon_input(pc, p, n);
	case INPUT_CONSOLE:
		return pc_console_input(pc, p, n);
	case INPUT_SOURCES:
		break;
	}
	return n;
}

/* --- the screen as text --- */

struct text_rows {
	void	(*row)(void *arg, unsigned y, const char *text);
	void	*arg;
};

static void
text_row(void *arg, unsigned y, const uint8_t *cells, unsigned cols,
    const char *ascii)
{
	const struct text_rows *t = arg;

	(void)cells;
	(void)cols;
	t->row(t->arg, y, ascii);
}

bool
pc_screen_text(struct pc *pc,
    void (*row)(void *arg, unsigned y, const char *text), void *arg)
{
	struct text_rows t = { row, arg };

	return pc->vga && vga_text(pc->vga, text_row, &t);
}
