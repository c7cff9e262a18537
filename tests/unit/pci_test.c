/*
 * tests/unit/pci_test.c - PCI configuration space, BARs, interrupts, bridges
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "hw/i440fx.h"
#include "hw/pci.h"
#include "hw/piix3.h"
#include "hw/piix_ide.h"
#include "tests/unit/chip_state.h"

static char text[1024];
static bool level[16];
static struct pci_bus *bus;
static struct piix3 *piix;

static void
say(const char *fmt, unsigned long long x, unsigned long long y)
{
	size_t n = strlen(text);

	snprintf(text + n, sizeof(text) - n, fmt, x, y);
}

static int
map(void *arg, enum pci_space sp, uint64_t at, uint64_t len,
    const struct io_ops *ops, void *dev, const char *name)
{
	(void)arg;
	(void)ops;
	(void)dev;
	(void)name;
	say(sp == PCI_SPACE_IO ? "+io %llx %llx," : "+mem %llx %llx,", at, len);
	return 7;
}

static void
move(void *arg, enum pci_space sp, int handle, uint64_t at, bool enabled)
{
	(void)arg;
	(void)sp;
	ck_assert_int_eq(handle, 7);
	if (enabled)
		say("> %llx%llx,", at, 0);
	else
		say("-%.0llx%.0llx,", 0, 0);
}

static void
unmap(void *arg, enum pci_space sp, int handle)
{
	(void)arg;
	(void)sp;
	(void)handle;
	say("x%.0llx%.0llx,", 0, 0);
}

static void
irq(void *arg, int line, bool on)
{
	(void)arg;
	level[line] = on;
}

static void
reset_asked(void *arg, bool hard)
{
	(void)arg;
	say(hard ? "hard%.0llx%.0llx," : "soft%.0llx%.0llx,", 0, 0);
}

static void
setup(void)
{
	struct pci_space_ops ops = { map, move, unmap, NULL };
	struct piix3_cb cb = { reset_asked, NULL };
	struct wire w[16], p[4];
	int i;

	text[0] = 0;
	memset(level, 0, sizeof(level));
	for (i = 0; i < 16; i++)
		w[i] = (struct wire){ irq, NULL, i };
	piix = piix3_new(w, &cb, NULL);
	for (i = 0; i < 4; i++)
		p[i] = (struct wire){ piix3_set_pirq, piix, i };
	bus = pci_bus_new(&ops, p, NULL);
	ck_assert(pci_add(bus, piix3_pci(piix), pci_devfn(1, 0)));
	pci_bus_class.reset(bus);
	piix3_class.reset(piix);
}

static void
teardown(void)
{
	piix3_class.free(piix);
	pci_bus_class.free(bus);
}

static uint32_t
cfg_read(unsigned devfn, uint32_t off, unsigned size)
{
	pci_addr_io.write(bus, 0, 0x80000000 | devfn << 8 | (off & 0xfc), 4);
	return (uint32_t)pci_data_io.read(bus, off & 3, size);
}

static void
cfg_write(unsigned devfn, uint32_t off, unsigned size, uint32_t v)
{
	pci_addr_io.write(bus, 0, 0x80000000 | devfn << 8 | (off & 0xfc), 4);
	pci_data_io.write(bus, off & 3, v, size);
}

START_TEST(mechanism_one_selects_devices)
{
	ck_assert_uint_eq(cfg_read(8, 0, 4), 0x70008086);
	ck_assert_uint_eq(cfg_read(8, 2, 2), 0x7000);
	ck_assert_uint_eq(cfg_read(8, 0xe, 1), 0x80);
	ck_assert_uint_eq(cfg_read(9, 0, 4), 0xffffffff);
	pci_addr_io.write(bus, 0, 0x80010800, 4);	/* bus 1 */
	ck_assert_uint_eq(pci_data_io.read(bus, 0, 4), 0xffffffff);
	pci_addr_io.write(bus, 0, 0x00000800, 4);	/* not enabled */
	ck_assert_uint_eq(pci_data_io.read(bus, 0, 2), 0xffff);
	pci_addr_io.write(bus, 0, 0xffffffff, 4);
	ck_assert_uint_eq(pci_addr_io.read(bus, 0, 4), 0x80fffffc);
}
END_TEST

START_TEST(slots_are_taken_once)
{
	ck_assert(!pci_add(bus, piix3_pci(piix), pci_devfn(1, 0)));
}
END_TEST

static const struct io_ops no_ops = { NULL, NULL, 1 };

static void
moved(void *arg, uint64_t at, bool on)
{
	(void)arg;
	say(on ? "ram %llx%.0llx," : "ram off%.0llx%.0llx,", on ? at : 0, 0);
}

static struct pci_dev *
card(void)
{
	static struct pci_dev d;

	pci_dev_init(&d, "card", 0x1234, 0x1111, 0x030000, 2);
	pci_bar_mem(&d, 0, PCI_BAR_PREFETCH, 0x1000000, moved, NULL);
	pci_bar_regs(&d, 1, PCI_BAR_IO, 32, &no_ops, NULL);
	pci_bar_regs(&d, 2, 0, 4096, &no_ops, NULL);
	pci_bar_regs(&d, 4, PCI_BAR_MEM64, 0x4000, &no_ops, NULL);
	pci_cfg_init(&d, PCI_INT_PIN, 1, 1, 0);
	ck_assert(pci_add(bus, &d, pci_devfn(3, 0)));
	pci_dev_reset(&d);
	return &d;
}

START_TEST(bar_sizing_returns_masks)
{
	struct pci_dev *d = card();
	unsigned i;

	for (i = 0; i < 6; i++)
		cfg_write(24, 0x10 + 4 * i, 4, 0xffffffff);
	ck_assert_uint_eq(cfg_read(24, 0x10, 4), 0xff000008);
	ck_assert_uint_eq(cfg_read(24, 0x14, 4), 0xffffffe1);
	ck_assert_uint_eq(cfg_read(24, 0x18, 4), 0xfffff000);
	ck_assert_uint_eq(cfg_read(24, 0x1c, 4), 0);
	ck_assert_uint_eq(cfg_read(24, 0x20, 4), 0xffffc004);
	ck_assert_uint_eq(cfg_read(24, 0x24, 4), 0xffffffff);
	ck_assert_str_eq(text, "");
	/* Decoding on while all ones are in: nothing may be mapped there. */
	cfg_write(24, PCI_COMMAND, 2, 3);
	ck_assert_str_eq(text, "");
	pci_dev_fini(d);
}
END_TEST

START_TEST(bars_follow_command_and_address)
{
	struct pci_dev *d = card();

	cfg_write(24, 0x10, 4, 0xe0000000);
	cfg_write(24, 0x14, 4, 0xc001);
	cfg_write(24, PCI_COMMAND, 2, 1);
	ck_assert_str_eq(text, "+io c000 20,");
	text[0] = 0;
	cfg_write(24, PCI_COMMAND, 1, 3);
	ck_assert_str_eq(text, "ram e0000000,");
	text[0] = 0;
	cfg_write(24, 0x15, 1, 0xd0);
	ck_assert_str_eq(text, "-,> d0000,");
	text[0] = 0;
	cfg_write(24, PCI_COMMAND, 2, 0);
	ck_assert_str_eq(text, "ram off,-,");
	text[0] = 0;
	pci_dev_fini(d);
	ck_assert_str_eq(text, "x,");
}
END_TEST

START_TEST(bar_64_maps_above_4_gib)
{
	struct pci_dev *d = card();

	cfg_write(24, 0x20, 4, 0);
	cfg_write(24, 0x24, 4, 0x10);
	cfg_write(24, PCI_COMMAND, 2, 2);
	ck_assert_str_eq(text, "+mem 1000000000 4000,");
	pci_dev_fini(d);
}
END_TEST

START_TEST(status_bits_are_cleared_by_ones)
{
	struct pci_dev *d = card();

	put_le16(d->cfg + PCI_STATUS, 0xf900);
	cfg_write(24, PCI_STATUS, 2, 0x0100);
	ck_assert_uint_eq(cfg_read(24, PCI_STATUS, 2), 0xf800);
	cfg_write(24, PCI_STATUS, 2, 0xffff);
	ck_assert_uint_eq(cfg_read(24, PCI_STATUS, 2), 0);
	pci_dev_fini(d);
}
END_TEST

/* INTA of slot 3 is PIRQ line 2, by register 62h. */
START_TEST(interrupt_pin_reaches_the_routed_irq)
{
	struct pci_dev *d = card();

	pci_set_intx(d, true);
	ck_assert(!level[11]);
	cfg_write(8, 0x62, 1, 11);
	ck_assert(level[11]);
	ck_assert_uint_eq(cfg_read(24, PCI_STATUS, 2) & PCI_STS_INTX, PCI_STS_INTX);
	cfg_write(8, 0x62, 1, 10);
	ck_assert(!level[11] && level[10]);
	cfg_write(8, 0x62, 1, 0x80 | 10);
	ck_assert(!level[10]);
	cfg_write(8, 0x62, 1, 8);	/* reserved */
	ck_assert(!level[8]);
	cfg_write(8, 0x62, 1, 5);
	ck_assert(level[5]);
	cfg_write(24, PCI_COMMAND, 2, PCI_CMD_INTX_OFF);
	ck_assert(!level[5]);
	cfg_write(24, PCI_COMMAND, 2, 0);
	ck_assert(level[5]);
	pci_set_intx(d, false);
	ck_assert(!level[5]);
	pci_dev_fini(d);
}
END_TEST

START_TEST(shared_line_is_or_of_devices)
{
	struct pci_dev *d = card(), e;

	pci_dev_init(&e, "other", 1, 2, 0, 0);
	pci_cfg_init(&e, PCI_INT_PIN, 1, 1, 0);
	ck_assert(pci_add(bus, &e, pci_devfn(7, 0)));	/* the same PIRQ line */
	cfg_write(8, 0x62, 1, 11);
	pci_set_intx(d, true);
	pci_set_intx(&e, true);
	pci_set_intx(d, false);
	ck_assert(level[11]);
	pci_dev_fini(&e);
	ck_assert(!level[11]);
	pci_dev_fini(d);
}
END_TEST

START_TEST(reset_port_resets_on_the_rising_bit)
{
	piix3_rcr_io.write(piix, 0, 2, 1);
	ck_assert_str_eq(text, "");
	piix3_rcr_io.write(piix, 0, 6, 1);
	ck_assert_str_eq(text, "hard,");
	piix3_rcr_io.write(piix, 0, 4, 1);
	ck_assert_str_eq(text, "hard,soft,");
}
END_TEST

START_TEST(piix3_state_survives)
{
	struct piix3_cb cb = { reset_asked, NULL };
	struct wire w[16] = { { NULL, NULL, 0 } };
	struct piix3 *other = piix3_new(w, &cb, NULL);

	cfg_write(8, 0x60, 4, 0x0b0a0b0a);
	piix3_rcr_io.write(piix, 0, 2, 1);
	piix3_set_pirq(piix, 1, true);
	chip_state_survives(&piix3_class, piix, other);
	piix3_class.free(other);
}
END_TEST

/* Read-only bytes of a hostile snapshot do not stick. */
START_TEST(restored_keeps_read_only_configuration)
{
	struct pci_dev *d = card();

	memset(d->cfg, 0xff, sizeof(d->cfg));
	pci_dev_restored(d);
	ck_assert_uint_eq(get_le32(d->cfg), 0x11111234);
	ck_assert_uint_eq(d->cfg[PCI_INT_PIN], 1);
	ck_assert_uint_eq(get_le32(d->cfg + 0x10), 0xff000008);
	pci_dev_fini(d);
}
END_TEST

START_TEST(capability_is_linked)
{
	struct pci_dev d;

	pci_dev_init(&d, "cap", 1, 2, 0, 0);
	pci_cap_add(&d, 5, 0x50, 14);
	pci_cap_add(&d, 0x11, 0x60, 12);
	ck_assert_uint_eq(pci_cfg_read(&d, PCI_CAP_PTR, 1), 0x60);
	ck_assert_uint_eq(pci_cfg_read(&d, 0x60, 2), 0x5011);
	ck_assert_uint_eq(pci_cfg_read(&d, 0x50, 2), 0x0005);
	ck_assert_uint_eq(pci_cfg_read(&d, PCI_STATUS, 2), PCI_STS_CAPS);
}
END_TEST

static void
decode(void *arg, unsigned ch, bool on)
{
	(void)arg;
	say(on ? "ide%llu on%.0llx," : "ide%llu off%.0llx,", ch, 0);
}

static void
master(void *arg, bool on)
{
	(void)arg;
	say(on ? "master%.0llx%.0llx," : "no master%.0llx%.0llx,", 0, 0);
}

START_TEST(ide_function_decodes_channels)
{
	struct piix_ide_cb cb = { decode, master, NULL };
	struct piix_ide *ide = piix_ide_new(&no_ops, NULL, &cb, NULL);

	ck_assert(pci_add(bus, piix_ide_pci(ide), pci_devfn(1, 1)));
	piix_ide_class.reset(ide);
	ck_assert_str_eq(text, "ide0 off,ide1 off,no master,");
	text[0] = 0;
	ck_assert_uint_eq(cfg_read(9, PCI_CLASS_PROG, 1), 0x80);
	cfg_write(9, 0x40, 2, 0x8000);
	cfg_write(9, PCI_COMMAND, 2, 5);
	ck_assert_str_eq(text, "ide0 on,master,");
	text[0] = 0;
	cfg_write(9, 0x42, 2, 0x8000);
	cfg_write(9, 0x20, 4, 0xc041);
	ck_assert_str_eq(text, "ide1 on,+io c040 10,");
	piix_ide_class.free(ide);
}
END_TEST

Suite *pci_suite(void);

Suite *
pci_suite(void)
{
	Suite *s = suite_create("pci");
	TCase *tc = tcase_create("pci");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, mechanism_one_selects_devices);
	tcase_add_test(tc, slots_are_taken_once);
	tcase_add_test(tc, bar_sizing_returns_masks);
	tcase_add_test(tc, bars_follow_command_and_address);
	tcase_add_test(tc, bar_64_maps_above_4_gib);
	tcase_add_test(tc, status_bits_are_cleared_by_ones);
	tcase_add_test(tc, interrupt_pin_reaches_the_routed_irq);
	tcase_add_test(tc, shared_line_is_or_of_devices);
	tcase_add_test(tc, reset_port_resets_on_the_rising_bit);
	tcase_add_test(tc, piix3_state_survives);
	tcase_add_test(tc, restored_keeps_read_only_configuration);
	tcase_add_test(tc, capability_is_linked);
	tcase_add_test(tc, ide_function_decodes_channels);
	suite_add_tcase(s, tc);
	return s;
}
