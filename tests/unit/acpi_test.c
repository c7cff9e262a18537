/*
 * tests/unit/acpi_test.c - AML, ACPI and SMBIOS tables, as the firmware sees them
 *
 * The loader commands are run as SeaBIOS runs them; then everything must be
 * found from the root pointer with valid checksums.
 */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/acpi_tables.h"
#include "hw/aml.h"
#include "hw/smbios.h"

#define TABLES_AT	0x8000u
#define RSDP_AT		0x0800u

static uint8_t mem[0x20000];

static uint32_t
file_at(const uint8_t *name)
{
	if (!strcmp((const char *)name, "etc/acpi/tables"))
		return TABLES_AT;
	ck_assert_str_eq((const char *)name, "etc/acpi/rsdp");
	return RSDP_AT;
}

static uint8_t
sum(const uint8_t *p, uint32_t n)
{
	uint8_t s = 0;

	while (n-- > 0)
		s += p[n];
	return s;
}

static void
run_command(const uint8_t *c)
{
	uint32_t at, off;

	switch (get_le32(c)) {
	case 1:
		(void)file_at(c + 4);
		break;
	case 2:
		at = file_at(c + 4) + get_le32(c + 116);
		put_le(mem + at, c[120], get_le(mem + at, c[120]) + file_at(c + 60));
		break;
	case 3:
		at = file_at(c + 4);
		off = at + get_le32(c + 60);
		mem[off] = (uint8_t)-sum(mem + at + get_le32(c + 64),
		    get_le32(c + 68));
		break;
	default:
		ck_abort_msg("command %u", get_le32(c));
	}
}

static void
place(unsigned cpus)
{
	struct acpi_config cfg = { .cpus = cpus, .low_ram = 0x8000000,
	    .serial = { true, true }, .floppy = true };
	struct acpi_tables t;
	uint32_t i;

	ck_assert(acpi_tables_init(&t, &cfg, NULL));
	ck_assert_uint_le(t.tables.len, sizeof(mem) - TABLES_AT);
	ck_assert_uint_eq(t.loader.len % 128, 0);
	memcpy(mem + TABLES_AT, t.tables.p, t.tables.len);
	memcpy(mem + RSDP_AT, t.rsdp.p, t.rsdp.len);
	for (i = 0; i < t.loader.len; i += 128)
		run_command(t.loader.p + i);
	acpi_tables_fini(&t);
}

/* The table at an address, checked. */
static const uint8_t *
table(uint32_t at, const char *signature)
{
	const uint8_t *p = mem + at;

	ck_assert_uint_lt(at, sizeof(mem) - 44);
	ck_assert_mem_eq(p, signature, 4);
	ck_assert_uint_le(get_le32(p + 4), sizeof(mem) - at);
	if (strcmp(signature, "FACS"))
		ck_assert_uint_eq(sum(p, get_le32(p + 4)), 0);
	return p;
}

START_TEST(everything_is_found_from_the_root_pointer)
{
	const uint8_t *rsdt, *fadt;

	place(1);
	ck_assert_mem_eq(mem + RSDP_AT, "RSD PTR ", 8);
	ck_assert_uint_eq(sum(mem + RSDP_AT, 20), 0);
	rsdt = table(get_le32(mem + RSDP_AT + 16), "RSDT");
	ck_assert_uint_eq(get_le32(rsdt + 4), 36 + 8);
	fadt = table(get_le32(rsdt + 36), "FACP");
	ck_assert_uint_eq(get_le32(fadt + 4), 244);
	table(get_le32(rsdt + 40), "APIC");
	table(get_le32(fadt + 40), "DSDT");
	ck_assert_uint_eq(get_le64(fadt + 140), get_le32(fadt + 40));
	ck_assert_uint_eq(get_le32(fadt + 36) % 64, 0);
	table(get_le32(fadt + 36), "FACS");
	ck_assert_uint_eq(get_le32(fadt + 56), 0x600);
	ck_assert_uint_eq(get_le32(fadt + 76), 0x608);
}
END_TEST

START_TEST(madt_lists_each_processor)
{
	const uint8_t *madt, *p;
	unsigned cpus = 0, ioapics = 0, overrides = 0;

	place(255);
	madt = table(get_le32(table(get_le32(mem + RSDP_AT + 16), "RSDT") + 40),
	    "APIC");
	for (p = madt + 44; p < madt + get_le32(madt + 4); p += p[1]) {
		ck_assert_uint_ge(p[1], 2);
		if (p[0] == 0)
			ck_assert_uint_eq(p[3], cpus++);
		ioapics += p[0] == 1;
		overrides += p[0] == 2;
	}
	ck_assert_ptr_eq(p, madt + get_le32(madt + 4));
	ck_assert_uint_eq(cpus, 255);
	ck_assert_uint_eq(ioapics, 1);
	ck_assert_uint_eq(overrides, 5);
}
END_TEST

/* SeaBIOS looks for these to know whether there is a keyboard controller. */
START_TEST(dsdt_names_the_isa_devices)
{
	static const uint8_t kbd[] = { 0x0c, 0x41, 0xd0, 0x03, 0x03 };
	const uint8_t *fadt, *dsdt;

	place(1);
	fadt = table(get_le32(table(get_le32(mem + RSDP_AT + 16), "RSDT") + 36),
	    "FACP");
	dsdt = table(get_le32(fadt + 40), "DSDT");
	ck_assert_ptr_nonnull(memmem(dsdt, get_le32(dsdt + 4), kbd, sizeof(kbd)));
}
END_TEST

static void
blob_is(struct blob *b, const void *want, uint32_t n)
{
	ck_assert(!b->oom);
	ck_assert_uint_eq(b->len, n);
	ck_assert_mem_eq(b->p, want, n);
	blob_fini(b);
}

START_TEST(dsdt_offers_suspend_when_asked)
{
	/* Name (\_S3, Package () {1, 1, 0, 0}) */
	static const uint8_t s3[] = { 0x08, '\\', '_', 'S', '3', '_', 0x12, 0x06, 4, 1, 1, 0, 0 };
	struct acpi_config cfg = { .cpus = 1, .low_ram = 0x8000000 };
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct acpi_tables t;

		cfg.s3 = i;
		ck_assert(acpi_tables_init(&t, &cfg, NULL));
		ck_assert_int_eq(memmem(t.tables.p, t.tables.len, s3, sizeof(s3)) != NULL, i);
		acpi_tables_fini(&t);
	}
}
END_TEST

START_TEST(aml_paths)
{
	struct blob b = { NULL, 0, 0, false };

	aml_path(&b, "\\_SB.PCI0.ISA");
	aml_path(&b, "A");
	aml_path(&b, "PCI0.ISA");
	aml_path(&b, "\\");
	blob_is(&b, "\\\x2f\x03_SB_PCI0ISA_" "A___" "\x2ePCI0ISA_" "\\\0", 30);
}
END_TEST

START_TEST(aml_integers_and_ids)
{
	struct blob b = { NULL, 0, 0, false };

	aml_int(&b, 0);
	aml_int(&b, 1);
	aml_int(&b, 2);
	aml_int(&b, 0x100);
	aml_int(&b, 0x10000);
	aml_eisaid(&b, "PNP0A03");
	blob_is(&b, "\x00\x01\x0a\x02\x0b\x00\x01\x0c\x00\x00\x01\x00"
	    "\x0c\x41\xd0\x0a\x03", 17);
}
END_TEST

/* The length counts itself: 1, 2 and 3 bytes at the edges. */
START_TEST(aml_package_lengths)
{
	static const struct { uint32_t body, n; uint8_t bytes[3]; } c[] = {
		{ 62, 1, { 0x3f } }, { 63, 2, { 0x41, 0x04 } },
		{ 0xfff - 2, 2, { 0x4f, 0xff } },
		{ 0xffe, 3, { 0x81, 0x00, 0x01 } },
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(c); i++) {
		struct blob b = { NULL, 0, 0, false };

		blob_zero(&b, c[i].body);
		aml_close(&b, 0);
		ck_assert_uint_eq(b.len, c[i].body + c[i].n);
		ck_assert_mem_eq(b.p, c[i].bytes, c[i].n);
		blob_fini(&b);
	}
}
END_TEST

START_TEST(smbios_structures_are_well_formed)
{
	static const uint8_t types[] = { 0, 1, 3, 4, 4, 16, 17, 19, 19, 32, 127 };
	static const uint8_t sizes[] = { 24, 27, 22, 42, 42, 23, 40, 31, 31, 11, 4 };
	struct smbios_config cfg = { .cpus = 2, .ram = (uint64_t)8 << 30,
	    .low_ram = (uint64_t)3 << 30, .cpu_vendor = "AuthenticAMD",
	    .cpu_name = "test" };
	struct smbios s;
	const uint8_t *p, *end;
	unsigned i;

	ck_assert(smbios_init(&s, &cfg, NULL));
	p = s.tables.p;
	end = p + s.tables.len;
	for (i = 0; i < sizeof(types); i++) {
		ck_assert_uint_eq(p[0], types[i]);
		ck_assert_msg(p[1] == sizes[i], "type %u has %u bytes", p[0], p[1]);
		p += p[1];
		while (p + 1 < end && (p[0] || p[1]))
			p++;
		p += 2;
	}
	ck_assert_ptr_eq(p, end);
	ck_assert_uint_eq(s.anchor.len, 31);
	ck_assert_uint_eq(get_le16(s.anchor.p + 22), s.tables.len);
	ck_assert_uint_eq(get_le16(s.anchor.p + 28), sizeof(types));
	smbios_fini(&s);
}
END_TEST

Suite *acpi_suite(void);

Suite *
acpi_suite(void)
{
	Suite *s = suite_create("acpi");
	TCase *tc = tcase_create("acpi");

	tcase_add_test(tc, everything_is_found_from_the_root_pointer);
	tcase_add_test(tc, madt_lists_each_processor);
	tcase_add_test(tc, dsdt_names_the_isa_devices);
	tcase_add_test(tc, dsdt_offers_suspend_when_asked);
	tcase_add_test(tc, aml_paths);
	tcase_add_test(tc, aml_integers_and_ids);
	tcase_add_test(tc, aml_package_lengths);
	tcase_add_test(tc, smbios_structures_are_well_formed);
	suite_add_tcase(s, tc);
	return s;
}
