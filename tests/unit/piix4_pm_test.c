/*
 * tests/unit/piix4_pm_test.c - PM timer, SCI, sleep, SMBus of the PIIX4
 */
#include <check.h>
#include <string.h>

#include "base/bits.h"
#include "base/evheap.h"
#include "hw/bus.h"
#include "hw/piix4_pm.h"
#include "tests/unit/chip_state.h"

#define PM	0x600u
#define SMB	0x700u

static struct evheap heap;
static struct pio *pio;
static struct pci_bus *bus;
static struct piix4_pm *pm;
static bool sci;
static unsigned offs, sleeps, wakes;
static enum piix4_wake woken_by;

static int
map(void *arg, enum pci_space sp, uint64_t at, uint64_t len,
    const struct io_ops *ops, void *dev, const char *name)
{
	(void)arg;
	ck_assert_int_eq(sp, PCI_SPACE_IO);
	return pio_map(pio, (uint32_t)at, (uint32_t)len, ops, dev, name);
}

static void
move(void *arg, enum pci_space sp, int handle, uint64_t at, bool enabled)
{
	(void)arg;
	(void)sp;
	pio_remap(pio, handle, (uint32_t)at, enabled);
}

static void
unmap(void *arg, enum pci_space sp, int handle)
{
	(void)arg;
	(void)sp;
	pio_unmap(pio, handle);
}

static void
set_sci(void *arg, int line, bool level)
{
	(void)arg;
	(void)line;
	sci = level;
}

static void
power_off(void *arg)
{
	(void)arg;
	offs++;
}

static void
suspend(void *arg)
{
	(void)arg;
	sleeps++;
}

static void
wake(void *arg, enum piix4_wake by)
{
	(void)arg;
	wakes++;
	woken_by = by;
}

static struct piix4_pm *
make(void)
{
	struct wire w = { set_sci, NULL, 0 };
	struct piix4_pm_cb cb = { power_off, suspend, wake, NULL };

	return piix4_pm_new(&heap.clock, &w, &cb, NULL);
}

/* As SeaBIOS sets it up. */
static void
setup(void)
{
	struct pci_space_ops ops = { map, move, unmap, NULL };
	struct wire none[4] = { { NULL, NULL, 0 } };
	struct pci_dev *d;

	sci = false;
	offs = 0;
	ck_assert_int_eq(evheap_init(&heap), 0);
	pio = pio_new(NULL);
	bus = pci_bus_new(&ops, none, NULL);
	pm = make();
	d = piix4_pm_pci(pm);
	ck_assert(pci_add(bus, d, pci_devfn(1, 3)));
	piix4_pm_class.reset(pm);
	pci_cfg_write(d, 0x40, 4, PM | 1);
	pci_cfg_write(d, 0x80, 1, 1);
	pci_cfg_write(d, 0x90, 4, SMB | 1);
	pci_cfg_write(d, 0xd2, 1, 9);
	pci_cfg_write(d, PCI_COMMAND, 2, 1);
	pio_map(pio, 0xb2, 2, &piix4_apm_io, pm, "apm");
}

static void
teardown(void)
{
	piix4_pm_class.free(pm);
	pci_bus_class.free(bus);
	pio_free(pio);
	evheap_fini(&heap);
}

START_TEST(smm_looks_set_up_after_reset)
{
	ck_assert_uint_eq(pci_cfg_read(piix4_pm_pci(pm), 0x5b, 1), 0x02);
	ck_assert_uint_eq(pci_cfg_read(piix4_pm_pci(pm), 0, 4), 0x71138086);
	ck_assert_uint_eq(pci_cfg_read(piix4_pm_pci(pm), 0x40, 4), PM | 1);
}
END_TEST

START_TEST(timer_counts_3579545_ticks_a_second)
{
	uint32_t t0 = pio_read(pio, PM + 8, 4);

	evheap_run(&heap, VCLOCK_HZ);
	ck_assert_uint_eq((pio_read(pio, PM + 8, 4) - t0) & 0xffffff, PM_TIMER_HZ);
	evheap_run(&heap, 5 * (uint64_t)VCLOCK_HZ);
	ck_assert_uint_eq(pio_read(pio, PM + 8, 4), 5 * PM_TIMER_HZ & 0xffffff);
	ck_assert_uint_eq(pio_read(pio, PM + 8, 2), 5 * PM_TIMER_HZ & 0xffff);
	ck_assert_uint_eq(pio_read(pio, PM + 10, 1), 5 * PM_TIMER_HZ >> 16 & 0xff);
}
END_TEST

/* Bit 23 first changes at tick 800000h = 2.343 s. */
START_TEST(timer_status_follows_bit_23)
{
	uint64_t edge = muldiv64_up(0x800000, VCLOCK_HZ, PM_TIMER_HZ);

	evheap_run(&heap, edge - 1);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0);
	evheap_run(&heap, edge);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 1);
	pio_write(pio, PM, 2, 1);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0);
	evheap_run(&heap, 2 * edge);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 1);
}
END_TEST

START_TEST(timer_interrupt_comes_at_the_edge)
{
	uint64_t edge = muldiv64_up(0x800000, VCLOCK_HZ, PM_TIMER_HZ);

	pio_write(pio, PM + 2, 2, 1);
	ck_assert_uint_eq(evheap_next(&heap), edge);
	evheap_run(&heap, edge);
	ck_assert(!sci);		/* SCI_EN is off */
	pio_write(pio, 0xb2, 1, 0xf1);
	ck_assert(sci);
	ck_assert_uint_eq(pio_read(pio, PM + 4, 2), 1);
	pio_write(pio, PM, 2, 1);
	ck_assert(!sci);
	ck_assert_uint_eq(evheap_next(&heap),
	    muldiv64_up(0x1000000, VCLOCK_HZ, PM_TIMER_HZ));
	pio_write(pio, PM + 2, 2, 0);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	pio_write(pio, 0xb2, 1, 0xf0);
	ck_assert_uint_eq(pio_read(pio, PM + 4, 2), 0);
}
END_TEST

START_TEST(power_button_raises_sci)
{
	pio_write(pio, 0xb2, 1, 0xf1);
	pio_write(pio, PM + 2, 2, 0x100);
	piix4_pm_power_button(pm);
	ck_assert(sci);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0x100);
	pio_write(pio, PM + 1, 1, 1);		/* byte access clears it too */
	ck_assert(!sci);
}
END_TEST

START_TEST(byte_write_clears_only_its_status_bits)
{
	evheap_run(&heap, 3 * (uint64_t)VCLOCK_HZ);
	piix4_pm_power_button(pm);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0x101);
	pio_write(pio, PM + 1, 1, 0xff);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0x001);
}
END_TEST

START_TEST(soft_off_is_reported_once)
{
	pio_write(pio, PM + 4, 2, 0x0001 | 5 << 10 | 0x2000);
	ck_assert_uint_eq(offs, 0);
	pio_write(pio, PM + 4, 2, 0x2001);
	ck_assert_uint_eq(offs, 1);
	ck_assert_uint_eq(pio_read(pio, PM + 4, 2), 1);
	pio_write(pio, PM + 4, 2, 0);
	ck_assert_uint_eq(offs, 1);
}
END_TEST

/* ACPI: the alarm wakes if RTC_EN lets it. */
START_TEST(alarm_ends_suspend_to_ram)
{
	sleeps = wakes = 0;
	piix4_pm_rtc(pm, true);
	piix4_pm_rtc(pm, false);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0);
	pio_write(pio, PM + 4, 2, 0x2401);
	ck_assert_uint_eq(sleeps, 1);
	ck_assert(piix4_pm_asleep(pm));
	piix4_pm_rtc(pm, true);
	ck_assert_uint_eq(wakes, 0);
	pio_write(pio, PM + 2, 2, 0x400);
	piix4_pm_rtc(pm, false);
	piix4_pm_rtc(pm, true);
	ck_assert_uint_eq(wakes, 1);
	ck_assert_int_eq(woken_by, PIIX4_WAKE_RTC);
	piix4_pm_class.reset(pm);
	piix4_pm_woken(pm, PIIX4_WAKE_RTC);
	ck_assert(!piix4_pm_asleep(pm));
	pci_cfg_write(piix4_pm_pci(pm), 0x40, 4, PM | 1);
	pci_cfg_write(piix4_pm_pci(pm), 0x80, 1, 1);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0x8400);
	pio_write(pio, PM, 2, 0x8400);
	ck_assert_uint_eq(pio_read(pio, PM, 2), 0);
}
END_TEST

START_TEST(power_button_ends_suspend_to_ram)
{
	sleeps = wakes = 0;
	pio_write(pio, PM + 4, 2, 0x2400);
	piix4_pm_power_button(pm);
	ck_assert_uint_eq(sleeps, 1);
	ck_assert_uint_eq(wakes, 1);
	ck_assert_int_eq(woken_by, PIIX4_WAKE_BUTTON);
}
END_TEST

START_TEST(windows_follow_configuration)
{
	struct pci_dev *d = piix4_pm_pci(pm);

	pci_cfg_write(d, 0x40, 4, 0xb001);
	ck_assert_uint_eq(pio_read(pio, PM + 4, 2), 0xffff);
	ck_assert_uint_eq(pio_read(pio, 0xb004, 2), 0);
	pci_cfg_write(d, 0x80, 1, 0);
	ck_assert_uint_eq(pio_read(pio, 0xb004, 2), 0xffff);
}
END_TEST

START_TEST(smbus_has_no_devices)
{
	ck_assert_uint_eq(pio_read(pio, SMB, 1), 0);
	pio_write(pio, SMB + 4, 1, 0xa1);
	ck_assert_uint_eq(pio_read(pio, SMB + 4, 1), 0xa1);
	pio_write(pio, SMB + 2, 1, 0x48);
	ck_assert_uint_eq(pio_read(pio, SMB, 1), 0x04);
	pio_write(pio, SMB, 1, 0xff);
	ck_assert_uint_eq(pio_read(pio, SMB, 1), 0);
}
END_TEST

START_TEST(piix4_state_survives)
{
	struct piix4_pm *other = make();

	evheap_run(&heap, 12345678);
	pio_write(pio, PM + 2, 2, 0x121);
	pio_write(pio, PM + 0x10, 4, 0x12345678);
	pio_write(pio, PM + 0x34, 4, 0x87654321);
	pio_write(pio, SMB + 10, 4, 0xdeadbeef);
	piix4_pm_power_button(pm);
	chip_state_survives(&piix4_pm_class, pm, other);
	piix4_pm_class.free(other);
}
END_TEST

START_TEST(random_accesses_do_no_harm)
{
	uint32_t x = 1, i;

	for (i = 0; i < 200000; i++) {
		x = x * 1664525 + 1013904223;
		unsigned size = 1u << (x >> 29 & 1 ? x >> 30 & 1 : 2);
		uint32_t port = (x >> 8 & 1 ? PM : SMB) + (x >> 9 & 63);

		if (x >> 20 & 1)
			pio_write(pio, port, size, x * 2654435761u);
		else
			(void)pio_read(pio, port, size);
		evheap_run(&heap, heap.now + (x >> 4 & 0xfffff));
	}
}
END_TEST

Suite *piix4_pm_suite(void);

Suite *
piix4_pm_suite(void)
{
	Suite *s = suite_create("piix4_pm");
	TCase *tc = tcase_create("piix4_pm");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, smm_looks_set_up_after_reset);
	tcase_add_test(tc, timer_counts_3579545_ticks_a_second);
	tcase_add_test(tc, timer_status_follows_bit_23);
	tcase_add_test(tc, timer_interrupt_comes_at_the_edge);
	tcase_add_test(tc, power_button_raises_sci);
	tcase_add_test(tc, byte_write_clears_only_its_status_bits);
	tcase_add_test(tc, soft_off_is_reported_once);
	tcase_add_test(tc, alarm_ends_suspend_to_ram);
	tcase_add_test(tc, power_button_ends_suspend_to_ram);
	tcase_add_test(tc, windows_follow_configuration);
	tcase_add_test(tc, smbus_has_no_devices);
	tcase_add_test(tc, piix4_state_survives);
	tcase_add_test(tc, random_accesses_do_no_harm);
	suite_add_tcase(s, tc);
	return s;
}
