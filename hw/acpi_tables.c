/*
 * hw/acpi_tables.c - ACPI tables of the board, as SeaBIOS takes them
 *
 * Reference: ACPI Specification 6.4, chapter 5 "ACPI Software Programming
 * Model"; the loader's commands: SeaBIOS, src/fw/romfile_loader.h.
 *
 * The DSDT says what cannot be found by looking: the PCI root bridge and its
 * windows, how PIRQ lines reach interrupts (link devices over PIIX3's routing
 * registers), the ISA devices, and soft off.
 */
#include "hw/acpi_tables.h"

#include <string.h>

#include "hw/aml.h"
#include "hw/hpet.h"

#define SCI_IRQ		9
#define PORT_APM	0xb2
#define APM_ACPI_ON	0xf1
#define APM_ACPI_OFF	0xf0
#define PORT_RESET	0xcf9
#define RESET_VALUE	0x06
#define CMOS_CENTURY	0x32
#define LAPIC_ADDR	0xfee00000u
#define IOAPIC_ADDR	0xfec00000u

#define FILE_TABLES	"etc/acpi/tables"
#define FILE_RSDP	"etc/acpi/rsdp"
#define FILE_LOADER	"etc/table-loader"

/* --- the loader's commands: 128 bytes each --- */

#define LOADER_ALLOCATE	1
#define LOADER_POINTER	2
#define LOADER_CHECKSUM	3
#define ZONE_HIGH	1
#define ZONE_FSEG	2
#define LOADER_ENTRY	128
#define LOADER_NAME	56

static void
loader_pad(struct blob *l, uint32_t start)
{
	blob_zero(l, start + LOADER_ENTRY - l->len);
}

static void
loader_allocate(struct blob *l, const char *file, uint32_t align, uint8_t zone)
{
	uint32_t start = l->len;

	blob_int(l, 4, LOADER_ALLOCATE);
	blob_text(l, file, LOADER_NAME, 0);
	blob_int(l, 4, align);
	blob_int(l, 1, zone);
	loader_pad(l, start);
}

/* Adds the address of src to the size bytes at off of dst. */
static void
loader_pointer(struct blob *l, const char *dst, uint32_t off, uint8_t size,
    const char *src)
{
	uint32_t start = l->len;

	blob_int(l, 4, LOADER_POINTER);
	blob_text(l, dst, LOADER_NAME, 0);
	blob_text(l, src, LOADER_NAME, 0);
	blob_int(l, 4, off);
	blob_int(l, 1, size);
	loader_pad(l, start);
}

static void
loader_checksum(struct blob *l, const char *file, uint32_t off, uint32_t first,
    uint32_t len)
{
	uint32_t start = l->len;

	blob_int(l, 4, LOADER_CHECKSUM);
	blob_text(l, file, LOADER_NAME, 0);
	blob_int(l, 4, off);
	blob_int(l, 4, first);
	blob_int(l, 4, len);
	loader_pad(l, start);
}

/* --- tables in general --- */

#define HDR_LENGTH	4
#define HDR_CHECKSUM	9

/* 5.2.6 "System Description Table Header"; returns where the table starts. */
static uint32_t
table_open(struct blob *b, const char *signature, uint8_t revision)
{
	uint32_t at;

	blob_align(b, 8);
	at = b->len;
	blob_text(b, signature, 4, ' ');
	blob_int(b, 4, 0);
	blob_int(b, 1, revision);
	blob_int(b, 1, 0);
	blob_text(b, "RNGLAB", 6, ' ');
	blob_text(b, "RNGLAB", 4, ' ');
	blob_text(b, signature, 4, ' ');
	blob_int(b, 4, 1);
	blob_text(b, "RLAB", 4, ' ');
	blob_int(b, 4, 1);
	return at;
}

static void
table_close(struct acpi_tables *t, uint32_t at)
{
	uint32_t len = t->tables.len - at;

	blob_set(&t->tables, at + HDR_LENGTH, 4, len);
	loader_checksum(&t->loader, FILE_TABLES, at + HDR_CHECKSUM, at, len);
}

/* size bytes that will hold the address of the table at target. */
static void
table_pointer(struct acpi_tables *t, unsigned size, uint32_t target)
{
	loader_pointer(&t->loader, FILE_TABLES, t->tables.len, (uint8_t)size,
	    FILE_TABLES);
	blob_int(&t->tables, size, target);
}

/* --- DSDT --- */

static void
dsdt_hid(struct blob *b, const char *id)
{
	aml_name(b, "_HID");
	aml_eisaid(b, id);
}

static void
dsdt_named_int(struct blob *b, const char *name, uint32_t v)
{
	aml_name(b, name);
	aml_int(b, v);
}

struct isa_dev {
	char		name[5];
	char		hid[8];
	struct { uint16_t port; uint8_t len; } io[2];
	int8_t		irq;		/* -1: none */
	int8_t		dma;
	uint8_t		uid;
};

static const struct isa_dev isa_devs[] = {
	{ "PIC", "PNP0000", { { 0x20, 2 }, { 0xa0, 2 } }, 2, -1, 0 },
	{ "DMAC", "PNP0200", { { 0x00, 16 }, { 0xc0, 32 } }, -1, 4, 0 },
	{ "TIMR", "PNP0100", { { 0x40, 4 } }, 0, -1, 0 },
	{ "RTC", "PNP0B00", { { 0x70, 2 } }, 8, -1, 0 },
	{ "KBD", "PNP0303", { { 0x60, 1 }, { 0x64, 1 } }, 1, -1, 0 },
	{ "MOU", "PNP0F13", { { 0, 0 } }, 12, -1, 0 },
};

static const struct isa_dev isa_com[2] = {
	{ "COM1", "PNP0501", { { 0x3f8, 8 } }, 4, -1, 1 },
	{ "COM2", "PNP0501", { { 0x2f8, 8 } }, 3, -1, 2 },
};

static const struct isa_dev isa_fdc =
	{ "FDC0", "PNP0700", { { 0x3f2, 4 }, { 0x3f7, 1 } }, 6, 2, 0 };

static void
dsdt_isa_dev(struct blob *b, const struct isa_dev *d)
{
	uint32_t at = aml_device_open(b, d->name);
	struct aml_res r;
	unsigned i;

	dsdt_hid(b, d->hid);
	if (d->uid)
		dsdt_named_int(b, "_UID", d->uid);
	dsdt_named_int(b, "_STA", 0x0f);	/* present, enabled, shown, works */
	aml_name(b, "_CRS");
	r = aml_resources_open(b);
	for (i = 0; i < 2; i++)
		if (d->io[i].len)
			aml_res_io(b, d->io[i].port, d->io[i].len);
	if (d->irq >= 0)
		aml_res_irq(b, (unsigned)d->irq);
	if (d->dma >= 0)
		aml_res_dma(b, (unsigned)d->dma);
	aml_resources_close(b, r);
	aml_close(b, at);
}

static const char *const pirq_fields[4] = { "PRQ0", "PRQ1", "PRQ2", "PRQ3" };

static void
dsdt_isa(struct blob *b, const struct acpi_config *cfg)
{
	uint32_t at = aml_device_open(b, "ISA");
	unsigned i;

	dsdt_named_int(b, "_ADR", 0x00010000);
	aml_pci_region(b, "P40C", 0x60, 4);
	aml_byte_fields(b, "P40C", pirq_fields, 4);
	for (i = 0; i < sizeof(isa_devs) / sizeof(isa_devs[0]); i++)
		dsdt_isa_dev(b, &isa_devs[i]);
	for (i = 0; i < 2; i++)
		if (cfg->serial[i])
			dsdt_isa_dev(b, &isa_com[i]);
	if (cfg->floppy)
		dsdt_isa_dev(b, &isa_fdc);
	aml_close(b, at);
}

/* --- PCI interrupt links --- */

static const char *const pirq_paths[4] = {
	"\\_SB.PCI0.ISA.PRQ0", "\\_SB.PCI0.ISA.PRQ1",
	"\\_SB.PCI0.ISA.PRQ2", "\\_SB.PCI0.ISA.PRQ3"
};
static const char *const link_names[4] = { "LNKA", "LNKB", "LNKC", "LNKD" };

/* Offset of the interrupt number in a buffer with one extended interrupt. */
#define RES_IRQ_OFF	5
#define PIRQ_OFF	0x80

/* Method (_STA) { If (PRQn & 0x80) { Return (9) } Return (11) } */
static void
dsdt_link_sta(struct blob *b, unsigned n)
{
	uint32_t m = aml_method_open(b, "_STA", 0), at = aml_if_open(b);

	aml_op(b, AML_AND);
	aml_path(b, pirq_paths[n]);
	aml_int(b, PIRQ_OFF);
	aml_op(b, AML_NULL);
	aml_op(b, AML_RETURN);
	aml_int(b, 0x09);		/* present, functioning, disabled */
	aml_close(b, at);
	aml_op(b, AML_RETURN);
	aml_int(b, 0x0b);
	aml_close(b, m);
}

static void
dsdt_link_dis(struct blob *b, unsigned n)
{
	uint32_t m = aml_method_open(b, "_DIS", 0);

	aml_op(b, AML_OR);
	aml_path(b, pirq_paths[n]);
	aml_int(b, PIRQ_OFF);
	aml_path(b, pirq_paths[n]);
	aml_close(b, m);
}

/*
 * Name (BUF0, ResourceTemplate () { Interrupt () { 0 } })
 * Method (_CRS) {
 *	CreateDWordField (BUF0, 5, IRQW)
 *	If (PRQn < 0x80) { IRQW = PRQn }
 *	Return (BUF0)
 * }
 */
static void
dsdt_link_crs(struct blob *b, unsigned n)
{
	static const uint32_t none[1] = { 0 };
	struct aml_res r;
	uint32_t m, at;

	aml_name(b, "BUF0");
	r = aml_resources_open(b);
	aml_res_interrupts(b, none, 1);
	aml_resources_close(b, r);
	m = aml_method_open(b, "_CRS", 0);
	aml_op(b, AML_DWORD_FIELD);
	aml_path(b, "BUF0");
	aml_int(b, RES_IRQ_OFF);
	aml_path(b, "IRQW");
	at = aml_if_open(b);
	aml_op(b, AML_LESS);
	aml_path(b, pirq_paths[n]);
	aml_int(b, PIRQ_OFF);
	aml_op(b, AML_STORE);
	aml_path(b, pirq_paths[n]);
	aml_path(b, "IRQW");
	aml_close(b, at);
	aml_op(b, AML_RETURN);
	aml_path(b, "BUF0");
	aml_close(b, m);
}

/* Method (_SRS, 1) { CreateDWordField (Arg0, 5, IRQW)  PRQn = IRQW } */
static void
dsdt_link_srs(struct blob *b, unsigned n)
{
	uint32_t m = aml_method_open(b, "_SRS", 1);

	aml_op(b, AML_DWORD_FIELD);
	aml_op(b, AML_ARG0);
	aml_int(b, RES_IRQ_OFF);
	aml_path(b, "IRQW");
	aml_op(b, AML_STORE);
	aml_path(b, "IRQW");
	aml_path(b, pirq_paths[n]);
	aml_close(b, m);
}

static void
dsdt_link(struct blob *b, unsigned n)
{
	static const uint32_t choices[3] = { 5, 10, 11 };
	uint32_t at = aml_device_open(b, link_names[n]);
	struct aml_res r;

	dsdt_hid(b, "PNP0C0F");
	dsdt_named_int(b, "_UID", n + 1);
	aml_name(b, "_PRS");
	r = aml_resources_open(b);
	aml_res_interrupts(b, choices, 3);
	aml_resources_close(b, r);
	dsdt_link_sta(b, n);
	dsdt_link_dis(b, n);
	dsdt_link_crs(b, n);
	dsdt_link_srs(b, n);
	aml_close(b, at);
}

/* --- PCI root bridge --- */

/*
 * One entry per slot and pin: { slot << 16 | FFFFh, pin, link, 0 }.  The power
 * management function's pin is wired to the SCI.
 */
static void
dsdt_prt(struct blob *b)
{
	uint32_t at, e;
	unsigned slot, pin;

	aml_name(b, "_PRT");
	at = aml_package_open(b, 32 * 4);
	for (slot = 0; slot < 32; slot++)
		for (pin = 0; pin < 4; pin++) {
			bool sci = slot == 1 && pin == 0;

			e = aml_package_open(b, 4);
			aml_int(b, slot << 16 | 0xffff);
			aml_int(b, pin);
			if (sci)
				aml_int(b, 0);
			else
				aml_path(b, link_names[(slot + pin + 3) & 3]);
			aml_int(b, sci ? SCI_IRQ : 0);
			aml_close(b, e);
		}
	aml_close(b, at);
}

static void
dsdt_pci_crs(struct blob *b, uint32_t hole)
{
	struct aml_res r;

	aml_name(b, "_CRS");
	r = aml_resources_open(b);
	aml_res_bus(b, 0, 0xff);
	aml_res_io(b, 0xcf8, 8);
	aml_res_io_range(b, 0x0000, 0x0cf7);
	aml_res_io_range(b, 0x0d00, 0xffff);
	aml_res_mem_range(b, 0x000a0000, 0x000bffff, true);
	aml_res_mem_range(b, hole, IOAPIC_ADDR - 1, false);
	aml_resources_close(b, r);
}

static void
dsdt_pci(struct blob *b, const struct acpi_config *cfg)
{
	uint32_t at = aml_device_open(b, "PCI0");

	dsdt_hid(b, "PNP0A03");
	dsdt_named_int(b, "_UID", 0);
	dsdt_named_int(b, "_ADR", 0);
	dsdt_pci_crs(b, cfg->low_ram);
	dsdt_prt(b);
	dsdt_isa(b, cfg);
	aml_close(b, at);
}

/* The ranges of the interrupt controllers and of power management are taken. */
static void
dsdt_reserved(struct blob *b)
{
	uint32_t at = aml_device_open(b, "MBRD");
	struct aml_res r;

	dsdt_hid(b, "PNP0C02");
	aml_name(b, "_CRS");
	r = aml_resources_open(b);
	aml_res_io(b, 0xb2, 2);
	aml_res_io(b, 0x4d0, 2);
	aml_res_io(b, ACPI_PM_BASE, 64);
	aml_res_mem_fixed(b, IOAPIC_ADDR, 0x1000);
	aml_res_mem_fixed(b, LAPIC_ADDR, 0x1000);
	aml_resources_close(b, r);
	aml_close(b, at);
}

static void
dsdt_processors(struct blob *b, unsigned cpus)
{
	static const char hex[] = "0123456789ABCDEF";
	uint32_t at = aml_scope_open(b, "\\_PR");
	unsigned i;

	for (i = 0; i < cpus; i++) {
		char name[5] = { 'C', 'P', hex[i >> 4], hex[i & 15], 0 };

		aml_processor(b, name, i);
	}
	aml_close(b, at);
}

/* Name (name, Package () {type, type, 0, 0}): for PM1a, PM1b */
static void
dsdt_sleep(struct blob *b, const char *name, unsigned type)
{
	uint32_t at;
	unsigned i;

	aml_name(b, name);
	at = aml_package_open(b, 4);
	for (i = 0; i < 4; i++)
		aml_int(b, i < 2 ? type : 0);
	aml_close(b, at);
}

static uint32_t
build_dsdt(struct acpi_tables *t, const struct acpi_config *cfg)
{
	struct blob *b = &t->tables;
	uint32_t start = table_open(b, "DSDT", 1), at;
	unsigned i;

	at = aml_scope_open(b, "\\_SB");
	dsdt_pci(b, cfg);
	dsdt_reserved(b);
	for (i = 0; i < 4; i++)
		dsdt_link(b, i);
	aml_close(b, at);
	dsdt_processors(b, cfg->cpus);
	/* Sleep types of the PIIX4: 0 is soft off, 1 suspend to RAM. */
	if (cfg->s3)
		dsdt_sleep(b, "\\_S3", 1);
	dsdt_sleep(b, "\\_S5", 0);
	table_close(t, start);
	return start;
}

/* --- FACS, FADT, MADT, RSDT, RSDP --- */

/* 5.2.10 "Firmware ACPI Control Structure": 64 bytes, aligned to 64. */
static uint32_t
build_facs(struct acpi_tables *t)
{
	struct blob *b = &t->tables;
	uint32_t at;

	blob_align(b, 64);
	at = b->len;
	blob_text(b, "FACS", 4, ' ');
	blob_int(b, 4, 64);
	blob_zero(b, 64 - 8);
	return at;
}

/* 5.2.3.2 "Generic Address Structure" in port space; port 0: none. */
static void
fadt_gas(struct blob *b, uint16_t port, uint8_t bytes)
{
	blob_int(b, 1, port ? 1 : 0);
	blob_int(b, 1, 8u * bytes);
	blob_int(b, 1, 0);
	blob_int(b, 1, port ? (bytes == 4 ? 3 : bytes) : 0);	/* access size */
	blob_int(b, 8, port);
}

#define FADT_WBINVD		0x0001
#define FADT_PROC_C1		0x0004
#define FADT_SLP_BUTTON		0x0020	/* no fixed sleep button */
#define FADT_FIX_RTC		0x0040	/* RTC wake not in fixed registers */
#define FADT_RESET_REG		0x0400

static void
fadt_ports(struct blob *b)
{
	blob_int(b, 4, ACPI_PM_BASE);		/* PM1a event */
	blob_int(b, 4, 0);
	blob_int(b, 4, ACPI_PM_BASE + 4);	/* PM1a control */
	blob_int(b, 4, 0);
	blob_int(b, 4, 0);			/* PM2 control */
	blob_int(b, 4, ACPI_PM_BASE + 8);	/* PM timer */
	blob_int(b, 4, ACPI_PM_BASE + 12);	/* GPE0 */
	blob_int(b, 4, 0);
	blob_int(b, 1, 4);			/* their lengths */
	blob_int(b, 1, 2);
	blob_int(b, 1, 0);
	blob_int(b, 1, 4);
	blob_int(b, 1, 4);
	blob_zero(b, 3);			/* GPE1 length, base; C states */
	blob_int(b, 2, 0xfff);			/* C2 and C3 latency: not there */
	blob_int(b, 2, 0xfff);
}

static void
fadt_extended(struct acpi_tables *t, uint32_t dsdt)
{
	struct blob *b = &t->tables;

	fadt_gas(b, PORT_RESET, 1);
	blob_int(b, 1, RESET_VALUE);
	blob_zero(b, 3);
	blob_int(b, 8, 0);		/* the 32-bit FACS pointer is used */
	table_pointer(t, 8, dsdt);
	fadt_gas(b, ACPI_PM_BASE, 4);
	fadt_gas(b, 0, 0);
	fadt_gas(b, ACPI_PM_BASE + 4, 2);
	fadt_gas(b, 0, 0);
	fadt_gas(b, 0, 0);
	fadt_gas(b, ACPI_PM_BASE + 8, 4);
	fadt_gas(b, ACPI_PM_BASE + 12, 4);
	fadt_gas(b, 0, 0);
}

/* 5.2.9 "Fixed ACPI Description Table (FADT)", revision 3, 244 bytes */
static uint32_t
build_fadt(struct acpi_tables *t, uint32_t facs, uint32_t dsdt)
{
	struct blob *b = &t->tables;
	uint32_t start = table_open(b, "FACP", 3);

	table_pointer(t, 4, facs);
	table_pointer(t, 4, dsdt);
	blob_int(b, 1, 0);
	blob_int(b, 1, 0);		/* profile: unspecified */
	blob_int(b, 2, SCI_IRQ);
	blob_int(b, 4, PORT_APM);
	blob_int(b, 1, APM_ACPI_ON);
	blob_int(b, 1, APM_ACPI_OFF);
	blob_zero(b, 2);
	fadt_ports(b);
	blob_zero(b, 4);		/* flush size and stride: WBINVD */
	blob_zero(b, 2);		/* duty cycle */
	blob_zero(b, 2);		/* no day and month alarm */
	blob_int(b, 1, CMOS_CENTURY);
	blob_int(b, 2, 0x0003);		/* legacy devices, 8042 */
	blob_int(b, 1, 0);
	blob_int(b, 4, FADT_WBINVD | FADT_PROC_C1 | FADT_SLP_BUTTON |
	    FADT_FIX_RTC | FADT_RESET_REG);
	fadt_extended(t, dsdt);
	table_close(t, start);
	return start;
}

/* 5.2.12.5 "Interrupt Source Override Structure" */
static void
madt_override(struct blob *b, unsigned irq, unsigned gsi, unsigned flags)
{
	blob_int(b, 1, 2);
	blob_int(b, 1, 10);
	blob_int(b, 1, 0);
	blob_int(b, 1, irq);
	blob_int(b, 4, gsi);
	blob_int(b, 2, flags);
}

#define MADT_LEVEL_HIGH	0x000d

/* 5.2.12 "Multiple APIC Description Table (MADT)" */
static uint32_t
build_madt(struct acpi_tables *t, unsigned cpus)
{
	static const uint8_t level[] = { 5, 9, 10, 11 };
	struct blob *b = &t->tables;
	uint32_t start = table_open(b, "APIC", 1);
	unsigned i;

	blob_int(b, 4, LAPIC_ADDR);
	blob_int(b, 4, 1);		/* there is an 8259 pair too */
	for (i = 0; i < cpus; i++) {
		blob_int(b, 1, 0);	/* processor local APIC */
		blob_int(b, 1, 8);
		blob_int(b, 1, i);
		blob_int(b, 1, i);
		blob_int(b, 4, 1);
	}
	blob_int(b, 1, 1);		/* I/O APIC */
	blob_int(b, 1, 12);
	blob_int(b, 2, 0);
	blob_int(b, 4, IOAPIC_ADDR);
	blob_int(b, 4, 0);
	madt_override(b, 0, 2, 0);
	for (i = 0; i < sizeof(level); i++)
		madt_override(b, level[i], level[i], MADT_LEVEL_HIGH);
	blob_int(b, 1, 4);		/* NMI on LINT1 of every processor */
	blob_int(b, 1, 6);
	blob_int(b, 1, 0xff);
	blob_int(b, 2, 0);
	blob_int(b, 1, 1);
	table_close(t, start);
	return start;
}

/* IA-PC HPET Specification 1.0a, 3.2.4 "The HPET Description Table" */
static uint32_t
build_hpet(struct acpi_tables *t)
{
	struct blob *b = &t->tables;
	uint32_t start = table_open(b, "HPET", 1);

	blob_int(b, 4, HPET_ID);
	blob_int(b, 1, 0);		/* address: memory, 64 bits */
	blob_int(b, 1, 64);
	blob_int(b, 2, 0);
	blob_int(b, 8, ACPI_HPET_ADDR);
	blob_int(b, 1, 0);		/* its number */
	blob_int(b, 2, HPET_MIN_TICKS);
	blob_int(b, 1, 0);
	table_close(t, start);
	return start;
}

/* hpet: 0, or where its table is. */
static void
build_root(struct acpi_tables *t, uint32_t fadt, uint32_t madt, uint32_t hpet)
{
	struct blob *b = &t->tables, *r = &t->rsdp;
	uint32_t rsdt = table_open(b, "RSDT", 1);

	table_pointer(t, 4, fadt);
	table_pointer(t, 4, madt);
	if (hpet)
		table_pointer(t, 4, hpet);
	table_close(t, rsdt);
	/* 5.2.5.3 "Root System Description Pointer (RSDP) Structure", ACPI 1.0 */
	blob_text(r, "RSD PTR ", 8, ' ');
	blob_int(r, 1, 0);
	blob_text(r, "RNGLAB", 6, ' ');
	blob_int(r, 1, 0);
	loader_pointer(&t->loader, FILE_RSDP, r->len, 4, FILE_TABLES);
	blob_int(r, 4, rsdt);
	loader_checksum(&t->loader, FILE_RSDP, 8, 0, r->len);
}

bool
acpi_tables_init(struct acpi_tables *t, const struct acpi_config *cfg,
    struct log *log)
{
	uint32_t facs, dsdt, fadt, madt;

	memset(t, 0, sizeof(*t));
	loader_allocate(&t->loader, FILE_RSDP, 16, ZONE_FSEG);
	loader_allocate(&t->loader, FILE_TABLES, 64, ZONE_HIGH);
	facs = build_facs(t);
	dsdt = build_dsdt(t, cfg);
	fadt = build_fadt(t, facs, dsdt);
	madt = build_madt(t, cfg->cpus);
	build_root(t, fadt, madt, cfg->hpet ? build_hpet(t) : 0);
	if (!t->tables.oom && !t->rsdp.oom && !t->loader.oom)
		return true;
	log_error(log, "out of memory for ACPI tables");
	acpi_tables_fini(t);
	return false;
}

void
acpi_tables_fini(struct acpi_tables *t)
{
	blob_fini(&t->tables);
	blob_fini(&t->rsdp);
	blob_fini(&t->loader);
}

bool
acpi_tables_add(const struct acpi_tables *t, struct fw_cfg *f)
{
	return fw_cfg_add_file(f, FILE_TABLES, t->tables.p, t->tables.len) &&
	    fw_cfg_add_file(f, FILE_RSDP, t->rsdp.p, t->rsdp.len) &&
	    fw_cfg_add_file(f, FILE_LOADER, t->loader.p, t->loader.len);
}
