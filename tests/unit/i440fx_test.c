/*
 * tests/unit/i440fx_test.c - programmable attribute map of the host bridge
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "hw/i440fx.h"
#include "tests/unit/chip_state.h"

static char text[1024];

static void
pam(void *arg, uint32_t at, uint32_t len, bool rd, bool wr)
{
	size_t n = strlen(text);

	(void)arg;
	snprintf(text + n, sizeof(text) - n, "%x+%x%s%s ", at, len, rd ? "r" : "",
	    wr ? "w" : "");
}

static struct i440fx *
bridge(void)
{
	struct i440fx_cb cb = { pam, NULL };
	struct i440fx *h = i440fx_new(&cb, NULL);

	ck_assert_ptr_nonnull(h);
	text[0] = 0;
	i440fx_class.reset(h);
	return h;
}

START_TEST(reset_sends_everything_to_rom)
{
	struct i440fx *h = bridge();

	ck_assert_str_eq(text, "f0000+10000 c0000+4000 c4000+4000 c8000+4000 "
	    "cc000+4000 d0000+4000 d4000+4000 d8000+4000 dc000+4000 e0000+4000 "
	    "e4000+4000 e8000+4000 ec000+4000 ");
	i440fx_class.free(h);
}
END_TEST

START_TEST(registers_map_to_segments)
{
	struct i440fx *h = bridge();
	struct pci_dev *d = i440fx_pci(h);

	text[0] = 0;
	pci_cfg_write(d, 0x59, 1, 0x10);
	pci_cfg_write(d, 0x5a, 1, 0x32);
	pci_cfg_write(d, 0x5f, 1, 0x31);
	ck_assert_str_eq(text, "f0000+10000r c0000+4000w c4000+4000rw "
	    "e8000+4000r ec000+4000rw ");
	text[0] = 0;
	pci_cfg_write(d, 0x5a, 1, 0x32);
	ck_assert_str_eq(text, "");
	pci_cfg_write(d, 0x58, 4, 0x00323000);	/* as a dword */
	ck_assert_str_eq(text, "f0000+10000rw ");
	i440fx_class.free(h);
}
END_TEST

START_TEST(reserved_bits_read_zero)
{
	struct i440fx *h = bridge();

	pci_cfg_write(i440fx_pci(h), 0x59, 4, 0xffffffff);
	ck_assert_uint_eq(pci_cfg_read(i440fx_pci(h), 0x59, 4), 0x33333330);
	ck_assert_uint_eq(pci_cfg_read(i440fx_pci(h), 0, 4), 0x12378086);
	ck_assert_uint_eq(pci_cfg_read(i440fx_pci(h), 8, 4), 0x06000002);
	i440fx_class.free(h);
}
END_TEST

START_TEST(i440fx_state_survives)
{
	struct i440fx *h = bridge(), *other = bridge();

	pci_cfg_write(i440fx_pci(h), 0x59, 4, 0x12331230);
	text[0] = 0;
	chip_state_survives(&i440fx_class, h, other);
	ck_assert_ptr_nonnull(strstr(text, "f0000+10000rw "));
	i440fx_class.free(h);
	i440fx_class.free(other);
}
END_TEST

Suite *i440fx_suite(void);

Suite *
i440fx_suite(void)
{
	Suite *s = suite_create("i440fx");
	TCase *tc = tcase_create("i440fx");

	tcase_add_test(tc, reset_sends_everything_to_rom);
	tcase_add_test(tc, registers_map_to_segments);
	tcase_add_test(tc, reserved_bits_read_zero);
	tcase_add_test(tc, i440fx_state_survives);
	suite_add_tcase(s, tc);
	return s;
}
