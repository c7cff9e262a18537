/*
 * hw/pc_fw.c - what the firmware is told: fw_cfg, CMOS, the kernel to boot
 *
 * The layout is the one SeaBIOS expects of qemu's "pc" machine: SeaBIOS,
 * src/fw/paravirt.c and docs/Runtime_config; qemu, hw/i386/pc.c for the CMOS
 * bytes.
 */
#include <string.h>

#include "cpu/cpuid.h"
#include "hw/pc_priv.h"

extern const uint8_t linuxboot_rom[], multiboot_rom[], multiboot_low_rom[],
    pvh_rom[];
extern const uint32_t linuxboot_rom_size, multiboot_rom_size, multiboot_low_rom_size,
    pvh_rom_size;

#define FW_CFG_PORT	0x510
#define FW_CFG_DMA_PORT	0x514

#define E820_RAM	1

/* CMOS bytes that are not the clock's. */
#define CMOS_FLOPPIES		0x10
#define CMOS_DISK_TYPES		0x12
#define CMOS_EQUIPMENT		0x14
#define   EQUIPMENT_FLOPPY	0x01
#define   EQUIPMENT_TWO_FLOPPIES 0x41
#define   EQUIPMENT_FPU		0x02
#define   EQUIPMENT_MOUSE	0x04
#define CMOS_BASE_MEM		0x15
#define CMOS_EXT_MEM		0x17
#define CMOS_DISK_C_TYPE	0x19
#define CMOS_EXT_MEM2		0x30
#define CMOS_MEM_16M		0x34
#define CMOS_BOOT_3		0x38
#define CMOS_BOOT_12		0x3d
#define CMOS_MEM_4G		0x5b
#define CMOS_CPUS		0x5f

#define KIB		1024u
#define MIB		(1024u * KIB)

/* --- memory of the guest for fw_cfg's DMA --- */

static bool
fw_dma_read(void *arg, uint64_t at, void *buf, uint32_t n)
{
	struct pc *pc = arg;

	return phys_peek(pc->m->pm, at, buf, n) == n;
}

static bool
fw_dma_write(void *arg, uint64_t at, const void *buf, uint32_t n)
{
	struct pc *pc = arg;
	struct phys_page first, last;

	physmem_lookup(pc->m->pm, at, &first);
	physmem_lookup(pc->m->pm, at + n - 1, &last);
	if (!first.wr || !last.wr)
		return false;
	phys_write(pc->m->pm, at, buf, n);
	return true;
}

/* --- CMOS --- */

static void
cmos_word(struct pc *pc, unsigned index, uint64_t val)
{
	uint16_t v = val > 0xffff ? 0xffff : (uint16_t)val;

	mc146818_set(pc->rtc, index, v & 0xff);
	mc146818_set(pc->rtc, index + 1, v >> 8);
}

static uint64_t
over(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void
cmos_memory(struct pc *pc)
{
	uint64_t high = (physmem_ram_size(pc->m->pm) - pc->low_ram) / (64 * KIB);
	uint64_t ext = over(pc->low_ram, MIB) / KIB;

	cmos_word(pc, CMOS_BASE_MEM, pc->low_ram < 640 * KIB ? pc->low_ram / KIB : 640);
	cmos_word(pc, CMOS_EXT_MEM, ext);
	cmos_word(pc, CMOS_EXT_MEM2, ext);
	cmos_word(pc, CMOS_MEM_16M, over(pc->low_ram, 16 * MIB) / (64 * KIB));
	mc146818_set(pc->rtc, CMOS_MEM_4G, high & 0xff);
	mc146818_set(pc->rtc, CMOS_MEM_4G + 1, high >> 8 & 0xff);
	mc146818_set(pc->rtc, CMOS_MEM_4G + 2, high >> 16 & 0xff);
}

/* -boot's letters as SeaBIOS numbers them. */
static unsigned
boot_device(char letter)
{
	switch (letter) {
	case 'a': return 1;
	case 'c': return 2;
	case 'd': return 3;
	case 'n': return 4;
	default: return 0;
	}
}

static void
cmos_boot(struct pc *pc, const char *boot)
{
	unsigned dev[3] = { 0, 0, 0 }, i;

	for (i = 0; i < 3 && boot[i]; i++)
		dev[i] = boot_device(boot[i]);
	mc146818_set(pc->rtc, CMOS_BOOT_12, (uint8_t)(dev[1] << 4 | dev[0]));
	/* Bit 0: do not look for the boot sector's signature on floppies. */
	mc146818_set(pc->rtc, CMOS_BOOT_3, (uint8_t)(dev[2] << 4 | 1));
}

static const char *
boot_order(const struct pc *pc)
{
	return pc->m->cfg.boot ? pc->m->cfg.boot : "cd";
}

void
pc_fw_reset(struct pc *pc)
{
	if (pc->was_reset && pc->m->cfg.boot_once)
		cmos_boot(pc, boot_order(pc));
	pc->was_reset = true;
}

static bool
is_disk(const struct pc *pc, unsigned unit)
{
	return pc->m->cfg.disk[unit].present && !pc->m->cfg.disk[unit].cd;
}

static void
cmos_devices(struct pc *pc)
{
	uint8_t equipment = EQUIPMENT_FPU | EQUIPMENT_MOUSE;

	if (pc->fdc) {
		uint8_t a = fdc_cmos_type(pc->fdc, 0), b = fdc_cmos_type(pc->fdc, 1);

		mc146818_set(pc->rtc, CMOS_FLOPPIES, (uint8_t)(a << 4 | b));
		equipment |= a && b ? EQUIPMENT_TWO_FLOPPIES : EQUIPMENT_FLOPPY;
	}
	mc146818_set(pc->rtc, CMOS_EQUIPMENT, equipment);
	mc146818_set(pc->rtc, CMOS_CPUS, (uint8_t)(pc->m->cpus - 1));
	mc146818_set(pc->rtc, CMOS_DISK_TYPES, (uint8_t)
	    ((is_disk(pc, 0) ? 0xf0 : 0) | (is_disk(pc, 1) ? 0x0f : 0)));
	/* Type 47: drives that describe themselves. */
	mc146818_set(pc->rtc, CMOS_DISK_C_TYPE, is_disk(pc, 0) ? 47 : 0);
	mc146818_set(pc->rtc, CMOS_DISK_C_TYPE + 1, is_disk(pc, 1) ? 47 : 0);
}

/* --- fw_cfg --- */

static void
e820_add(struct pc *pc, uint64_t at, uint64_t len)
{
	blob_int(&pc->e820, 8, at);
	blob_int(&pc->e820, 8, len);
	blob_int(&pc->e820, 4, E820_RAM);
}

static bool
fw_add_memory(struct pc *pc)
{
	struct fw_cfg *f = pc->fw_cfg;
	uint64_t ram = physmem_ram_size(pc->m->pm);

	e820_add(pc, 0, pc->low_ram);
	if (ram > pc->low_ram)
		e820_add(pc, PC_GIB4, ram - pc->low_ram);
	return !pc->e820.oom && fw_cfg_add_int(f, FW_CFG_RAM_SIZE, 8, ram) &&
	    fw_cfg_add_file(f, "etc/e820", pc->e820.p, pc->e820.len);
}

static bool
fw_add_settings(struct pc *pc)
{
	static const uint8_t uuid[16];
	const struct machine_config *cfg = &pc->m->cfg;
	struct fw_cfg *f = pc->fw_cfg;

	return fw_cfg_add(f, FW_CFG_UUID, uuid, sizeof(uuid)) &&
	    fw_cfg_add_int(f, FW_CFG_NOGRAPHIC, 2, cfg->nographic) &&
	    fw_cfg_add_int(f, FW_CFG_NB_CPUS, 2, pc->m->cpus) &&
	    fw_cfg_add_int(f, FW_CFG_MAX_CPUS, 2, pc->m->cpus) &&
	    fw_cfg_add_int(f, FW_CFG_BOOT_MENU, 2, cfg->boot_menu) &&
	    fw_cfg_add_int(f, FW_CFG_IRQ0_OVERRIDE, 4, 1) &&
	    /* Nothing to boot from: say so and stay. */
	    fw_cfg_add_file_int(f, "etc/boot-fail-wait", 4, 0xffffffff) &&
	    (!cfg->nographic || !cfg->serial[0].present ||
	    fw_cfg_add_file_int(f, "etc/sercon-port", 2, 0x3f8));
}

static bool
fw_add_acpi(struct pc *pc)
{
	struct acpi_config cfg = {
		.cpus = pc->m->cpus, .low_ram = (uint32_t)pc->low_ram,
		.serial = { pc->m->cfg.serial[0].present, pc->m->cfg.serial[1].present },
		.hpet = pc->m->cfg.hpet, .s3 = pc->m->cfg.acpi_s3, .floppy = pc->fdc != NULL,
	};

	pc->acpi_made = acpi_tables_init(&pc->acpi, &cfg, pc->m->log);
	return pc->acpi_made && acpi_tables_add(&pc->acpi, pc->fw_cfg);
}

static bool
fw_add_smbios(struct pc *pc)
{
	const struct cpu *c = pc->m->cpu[0];
	struct smbios_config cfg = {
		.cpus = pc->m->cpus, .ram = physmem_ram_size(pc->m->pm),
		.low_ram = pc->low_ram, .cpu_vendor = c->model->vendor,
		.cpu_name = c->model->brand
	};
	uint32_t out[4];

	cpuid(c, 1, 0, out);
	cfg.cpu_signature = out[0];
	cfg.cpu_features = out[3];
	pc->smbios_made = smbios_init(&pc->smbios, &cfg, pc->m->log);
	return pc->smbios_made && smbios_add(&pc->smbios, pc->fw_cfg);
}

/* --- a kernel from the command line --- */

static bool
kernel_open(void *arg, const char *name, struct loader_file *out)
{
	struct pc *pc = arg;
	const struct machine_config *cfg = &pc->m->cfg;
	bool kernel = !strcmp(name, cfg->kernel);
	const struct pc_file *f = pc_open_file(pc, kernel ? "-kernel" : "-initrd", name);

	if (!f)
		return false;
	*out = (struct loader_file){ f->name, f->data, f->len };
	return true;
}

static bool
fw_add_rom(struct pc *pc, const char *rom)
{
	if (!strcmp(rom, "linuxboot"))
		return fw_cfg_add_file(pc->fw_cfg, "genroms/linuxboot.bin",
		    linuxboot_rom, linuxboot_rom_size);
	if (!strcmp(rom, "multiboot_low"))
		return fw_cfg_add_file(pc->fw_cfg, "genroms/multiboot_low.bin",
		    multiboot_low_rom, multiboot_low_rom_size);
	if (!strcmp(rom, "pvh"))
		return fw_cfg_add_file(pc->fw_cfg, "genroms/pvh.bin",
		    pvh_rom, pvh_rom_size);
	return fw_cfg_add_file(pc->fw_cfg, "genroms/multiboot.bin",
	    multiboot_rom, multiboot_rom_size);
}

static void
bootorder_add(struct pc *pc, const char *text)
{
	blob_bytes(&pc->bootorder, text, (uint32_t)strlen(text));
}

static bool
fw_add_kernel(struct pc *pc)
{
	const struct machine_config *cfg = &pc->m->cfg;
	struct loader_config lc = {
		.kernel = cfg->kernel, .initrd = cfg->initrd,
		.cmdline = cfg->append, .low_ram = pc->low_ram,
		.open = kernel_open, .arg = pc
	};

	if (!cfg->kernel)
		return true;
	pc->loader = loader_new(&lc, pc->m->log);
	if (!pc->loader || !loader_add(pc->loader, pc->fw_cfg) ||
	    !fw_add_rom(pc, loader_rom(pc->loader)))
		return false;
	bootorder_add(pc, "/rom@genroms/");
	bootorder_add(pc, loader_rom(pc->loader));
	bootorder_add(pc, ".bin\n");
	return true;
}

static bool
fw_add_bootorder(struct pc *pc)
{
	if (!pc->bootorder.len && !pc->bootorder.oom)
		return true;
	blob_int(&pc->bootorder, 1, 0);
	return !pc->bootorder.oom && fw_cfg_add_file(pc->fw_cfg, "bootorder",
	    pc->bootorder.p, pc->bootorder.len);
}

bool
pc_fw_build(struct pc *pc)
{
	struct fw_cfg_dma dma = { fw_dma_read, fw_dma_write, pc };

	pc->fw_cfg = fw_cfg_new(&dma, pc->m->log);
	if (!machine_add(pc->m, &fw_cfg_class, pc->fw_cfg, "fw-cfg"))
		return false;
	cmos_memory(pc);
	cmos_boot(pc, pc->m->cfg.boot_once ? pc->m->cfg.boot_once : boot_order(pc));
	cmos_devices(pc);
	return fw_add_memory(pc) && fw_add_settings(pc) && fw_add_acpi(pc) &&
	    fw_add_smbios(pc) && fw_add_kernel(pc) && fw_add_bootorder(pc) &&
	    pc_map_pio(pc, FW_CFG_PORT, 2, &fw_cfg_io, pc->fw_cfg, "fw-cfg") &&
	    pc_map_pio(pc, FW_CFG_DMA_PORT, 8, &fw_cfg_dma_io, pc->fw_cfg, "fw-cfg");
}

void
pc_fw_fini(struct pc *pc)
{
	loader_free(pc->loader);
	if (pc->acpi_made)
		acpi_tables_fini(&pc->acpi);
	if (pc->smbios_made)
		smbios_fini(&pc->smbios);
	blob_fini(&pc->e820);
	blob_fini(&pc->bootorder);
}
