/*
 * vmm/chips.c - a VM's devices
 */
#include "vmm/chips.h"

#include "hw/i8254.h"
#include "hw/i8259.h"
#include "hw/ide.h"
#include "hw/mc146818.h"
#include "hw/uart16550.h"
#include "vmm/chips_priv.h"
#include "vmm/common/serial.h"
#include "vmm/console.h"
#include "vmm/frames.h"
#include "vmm/host.h"
#include "vmm/lab.h"
#include "vmm/panic.h"
#include "vmm/ticks.h"
#include "vmm/vm.h"

#define RTC_BASE	1704067200u	/* 2024-01-01, as the machine's own */
#define CHAR_CYCLES	1u		/* of the serial port: it never waits */
#define KBC_RESET	0xfe
#define CF9_RESET	0x04

/* --- wires --- */

static void
pic_out(void *arg, int line, bool level)
{
	struct vm *vm = arg;

	(void)line;
	vm->cpu.intr = level;
}

static void
pit_out(void *arg, int line, bool level)
{
	struct vm *vm = arg;

	(void)line;
	ticks_edge(vm, level, vmclock_now(&vm->clock));
}

static void
serial_out(void *arg, uint8_t byte)
{
	console_put(arg, (char)byte);
}

/* --- ports that are no chip --- */

static void
reset_write(void *dev, uint32_t off, uint64_t v, unsigned size)
{
	(void)off, (void)size;
	if (v == KBC_RESET)
		vm_end(dev, 0, "it resets itself");
}

static void
cf9_write(void *dev, uint32_t off, uint64_t v, unsigned size)
{
	(void)off, (void)size;
	if (v & CF9_RESET)
		vm_end(dev, 0, "it resets itself");
}

static void
exit_write(void *dev, uint32_t off, uint64_t v, unsigned size)
{
	(void)off, (void)size;
	vm_end(dev, v, NULL);
}

static uint64_t
zero_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev, (void)off, (void)size;
	return 0;
}

static const struct io_ops kbc_io = { zero_read, reset_write, 1 };
static const struct io_ops cf9_io = { zero_read, cf9_write, 1 };
static const struct io_ops exit_io = { zero_read, exit_write, 1 | 2 | 4 };

/* --- the board --- */

static void
map(struct chips *c, uint16_t base, uint16_t count, const struct io_ops *ops,
    void *dev)
{
	if (c->ports == CHIPS_PORTS)
		panic("too many ports");
	c->port[c->ports++] = (struct chips_port){ base, count, ops, dev };
}

static void
map_all(struct vm *vm, struct chips *c)
{
	map(c, 0x20, 2, &i8259_master_io, c->pic);
	map(c, 0xa0, 2, &i8259_slave_io, c->pic);
	map(c, 0x4d0, 2, &i8259_elcr_io, c->pic);
	map(c, 0x40, 4, &i8254_io, c->pit);
	map(c, 0x61, 1, &i8254_port61_io, c->pit);
	map(c, 0x70, 2, &mc146818_io, c->rtc);
	map(c, 0x72, 2, &mc146818_ext_io, c->rtc);
	map(c, 0x3f8, 8, &uart16550_io, c->com1);
	map(c, LAB_PORT, LAB_PORTS, &vmm_lab_io, vm);
	if (c->ide) {
		map(c, 0x1f0, 8, &ide_command_io, ide_get_channel(c->ide, 0));
		map(c, 0x3f6, 1, &ide_control_io, ide_get_channel(c->ide, 0));
	}
	map(c, 0x64, 1, &kbc_io, vm);
	map(c, 0xcf9, 1, &cf9_io, vm);
	map(c, 0xf4, 1, &exit_io, vm);
}

/* The machine's drive of that number is the guest's first. */
static void
add_disk(struct vm *vm, struct chips *c)
{
	struct ide_wiring w = { .irq = { { i8259_set_irq, c->pic, 14 },
	    { i8259_set_irq, c->pic, 15 } } };
	struct blockdev bd;

	if (vm->config.disk >= DISK_DRIVES || !disk_open(&c->disk, vm->config.disk, &bd))
		return;
	c->ide = ide_new(&vm->clock.vclock, &w, NULL);
	ide_attach_disk(c->ide, 0, &bd);
	ide_class.reset(c->ide);
}

void
chips_init(struct vm *vm)
{
	struct chips *c = frames_small(sizeof(*c));
	struct vclock *clock = &vm->clock.vclock;
	struct uart16550_backend out = { serial_out, NULL, vm };
	struct mc146818_wires rtc = { .irq = { i8259_set_irq, NULL, 8 } };

	vm->chips = c;
	c->pic = i8259_new((struct wire){ pic_out, vm, 0 }, NULL);
	c->pit = i8254_new(clock, (struct wire){ pit_out, vm, 0 }, NULL);
	rtc.irq.arg = c->pic;
	c->rtc = mc146818_new(clock, rtc, RTC_BASE, NULL);
	c->com1 = uart16550_new(clock, (struct wire){ i8259_set_irq, c->pic, 4 }, out,
	    NULL);
	uart16550_set_char_cycles(c->com1, CHAR_CYCLES);
	i8259_class.reset(c->pic);
	i8254_class.reset(c->pit);
	mc146818_class.reset(c->rtc);
	uart16550_class.reset(c->com1);
	add_disk(vm, c);
	map_all(vm, c);
}

struct ticks *
chips_ticks(const struct vm *vm)
{
	return &vm->chips->ticks;
}

void
chips_tick_line(struct vm *vm, bool level)
{
	i8259_set_irq(vm->chips->pic, 0, level);
}

bool
chips_tick_waits(const struct vm *vm)
{
	struct i8259_view v = i8259_look(vm->chips->pic, 0);

	return v.irr & 1;
}

void
chips_run(struct vm *vm)
{
	vmclock_run(&vm->clock);
	ticks_run(vm);
}

uint64_t
chips_next(const struct vm *vm)
{
	uint64_t a = vmclock_next(&vm->clock), b = ticks_next(vm);

	if (b != VTIMER_IDLE)
		b += vm->clock.begin;
	return a < b ? a : b;
}

void
chips_serial_poll(struct vm *vm)
{
	int byte = uart16550_can_receive(vm->chips->com1) ? serial_get() : -1;

	if (byte >= 0)
		uart16550_receive(vm->chips->com1, (uint8_t)byte);
}

uint8_t
chips_intack(struct vm *vm)
{
	bool was = chips_tick_waits(vm);
	int vector = i8259_intack(vm->chips->pic);

	if (was && !chips_tick_waits(vm))
		ticks_taken(vm);
	return (uint8_t)vector;
}

void
chips_leave(struct vm *vm)
{
	if (vm->config.time == TIME_DELAY)
		vmclock_stop(&vm->clock);
	vm->chips->ticks.off_from = vmclock_now(&vm->clock);
}

/* What was due in the meantime comes now; off_from says what that is. */
void
chips_enter(struct vm *vm)
{
	vmclock_start(&vm->clock);
	chips_run(vm);
	vm->chips->ticks.off_from = VTIMER_IDLE;
}

/* --- ports --- */

static const struct chips_port *
find(const struct chips *c, uint16_t port)
{
	unsigned i;

	for (i = 0; i < c->ports; i++)
		if ((uint16_t)(port - c->port[i].base) < c->port[i].count)
			return &c->port[i];
	return NULL;
}

/* The widest access of at most size bytes that the device takes; 0: none. */
static unsigned
fits(const struct chips_port *p, unsigned size)
{
	while (size && !(p->ops->sizes & size))
		size /= 2;
	return size;
}

uint32_t
chips_in(struct vm *vm, uint16_t port, unsigned size)
{
	const struct chips_port *p = find(vm->chips, port);
	unsigned n = p ? fits(p, size) : 0;
	uint32_t v;

	if (!n)
		return ~0u >> (32 - 8 * size);
	v = (uint32_t)p->ops->read(p->dev, port - p->base, n);
	if (n < size)
		v |= chips_in(vm, port + n, size - n) << 8 * n;
	return v;
}

void
chips_out(struct vm *vm, uint16_t port, uint32_t v, unsigned size)
{
	const struct chips_port *p = find(vm->chips, port);
	unsigned n = p ? fits(p, size) : 0;

	if (!n)
		return;
	p->ops->write(p->dev, port - p->base, n < 4 ? v & ~(~0u << 8 * n) : v, n);
	if (n < size)
		chips_out(vm, port + n, v >> 8 * n, size - n);
}
