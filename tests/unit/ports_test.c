/*
 * tests/unit/ports_test.c - the small ports: port 92h, debugcon, debug exit,
 * pc-testdev, labdev
 */
#include <string.h>

#include "hw/debugcon.h"
#include "hw/ib700.h"
#include "hw/isa_debug_exit.h"
#include "hw/labdev.h"
#include "hw/pc_testdev.h"
#include "hw/pci_testdev.h"
#include "hw/port92.h"
#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

struct rig {
	char		text[600];
	uint32_t	status, mark, key;
	uint64_t	value;
	unsigned	texts;
};

static void
on_byte(void *arg, uint8_t byte)
{
	struct rig *r = arg;

	r->text[strlen(r->text)] = (char)byte;
}

static void
on_exit_port(void *arg, uint32_t status)
{
	((struct rig *)arg)->status = status;
}

static void
on_mark(void *arg, uint32_t phase)
{
	((struct rig *)arg)->mark = phase;
}

static uint64_t
on_counter(void *arg, uint32_t n)
{
	(void)arg;
	return n * 0x100000001ull;
}

static void
on_value(void *arg, uint32_t key, uint64_t value)
{
	((struct rig *)arg)->key = key;
	((struct rig *)arg)->value = value;
}

static void
on_text(void *arg, const char *text)
{
	struct rig *r = arg;

	strcat(r->text, text);
	strcat(r->text, "|");
	r->texts++;
}

START_TEST(port_92_drives_a20_and_pulses_reset_on_a_rising_bit)
{
	struct bench_line a20 = { 0 }, reset = { 0 };
	struct port92 *p = port92_new(bench_wire(&a20), bench_wire(&reset));

	out8(&port92_io, p, 0, 0x02);
	ck_assert(a20.level);
	ck_assert_uint_eq(in8(&port92_io, p, 0), 0x02);
	out8(&port92_io, p, 0, 0x03);
	ck_assert_uint_eq(reset.rises, 1);
	out8(&port92_io, p, 0, 0x03);
	ck_assert_uint_eq(reset.rises, 1);
	out8(&port92_io, p, 0, 0x00);
	ck_assert(!a20.level);
	port92_class.free(p);
}
END_TEST

START_TEST(debugcon_reads_e9_and_passes_bytes_on)
{
	struct rig r = { .text = "" };
	struct debugcon *d = debugcon_new(on_byte, &r);

	ck_assert_uint_eq(in8(&debugcon_io, d, 0), 0xe9);
	out8(&debugcon_io, d, 0, 'o');
	out8(&debugcon_io, d, 0, 'k');
	ck_assert_str_eq(r.text, "ok");
	debugcon_class.free(d);
}
END_TEST

START_TEST(debug_exit_status_is_odd)
{
	struct rig r = { .status = 0 };
	struct isa_debug_exit *d = isa_debug_exit_new(on_exit_port, &r);

	isa_debug_exit_io.write(d, 0, 0x10, 4);
	ck_assert_uint_eq(r.status, 0x21);
	isa_debug_exit_class.free(d);
}
END_TEST

static void
on_bite(void *arg)
{
	struct rig *r = arg;

	r->status++;
}

static void
pass(struct evheap *h, uint64_t seconds)
{
	h->now += seconds * VCLOCK_HZ;
	evheap_run(h, h->now);
}

START_TEST(watchdog_bites_after_its_time)
{
	struct rig r = { .status = 0 };
	struct evheap heap;
	struct ib700 *w;

	ck_assert_int_eq(evheap_init(&heap), 0);
	w = ib700_new(&heap.clock, on_bite, &r);
	pass(&heap, 100);
	ck_assert_uint_eq(r.status, 0);
	out8(&ib700_io, w, 2, 0x05);		/* 20 s */
	pass(&heap, 19);
	out8(&ib700_io, w, 2, 0x0a);		/* 10 s from now */
	pass(&heap, 9);
	ck_assert_uint_eq(r.status, 0);
	pass(&heap, 1);
	ck_assert_uint_eq(r.status, 1);
	pass(&heap, 100);
	ck_assert_uint_eq(r.status, 1);
	out8(&ib700_io, w, 2, 0x00);
	out8(&ib700_io, w, 1, 0x00);		/* between the two: nothing */
	pass(&heap, 29);
	out8(&ib700_io, w, 0, 0x00);
	pass(&heap, 100);
	ck_assert_uint_eq(r.status, 1);
	ck_assert_uint_eq(in8(&ib700_io, w, 2), 0xff);
	ib700_class.free(w);
	evheap_fini(&heap);
}
END_TEST

START_TEST(pci_testdev_counts_the_writes_of_the_test_started)
{
	struct pci_testdev *t = pci_testdev_new();
	const struct io_ops *mem, *port;
	uint32_t at;

	ck_assert_ptr_nonnull(t);
	pci_testdev_class.reset(t);
	mem = pci_testdev_pci(t)->bar[0].ops;
	port = pci_testdev_pci(t)->bar[1].ops;
	ck_assert_uint_eq(in8(mem, t, 1), 0);	/* none: no width */
	out8(mem, t, 0, 2);
	ck_assert_uint_eq(in8(mem, t, 1), 1);
	at = (uint32_t)mem->read(t, 4, 4);
	out8(mem, t, at, 0);
	ck_assert_uint_eq(mem->read(t, 12, 4), 0);
	out8(mem, t, at, in8(mem, t, 8));
	ck_assert_uint_eq(mem->read(t, 12, 4), 1);
	ck_assert_uint_eq(in8(mem, t, 16), 'm');
	out8(port, t, 0, 0);
	ck_assert_uint_eq(in8(port, t, 16), 'p');
	ck_assert_uint_eq(port->read(t, 12, 4), 0);
	out8(port, t, (uint32_t)port->read(t, 4, 4), 0);
	ck_assert_uint_eq(port->read(t, 12, 4), 1);
	out8(port, t, 0, 3);			/* there is none */
	ck_assert_uint_eq(in8(port, t, 1), 0);
	pci_testdev_class.free(t);
}
END_TEST

START_TEST(testdev_reads_back_by_any_width_and_pulls_lines)
{
	struct bench_line line[PC_TESTDEV_IRQS] = { { 0 } };
	struct wire irq[PC_TESTDEV_IRQS];
	struct pc_testdev *t;
	unsigned i;

	for (i = 0; i < PC_TESTDEV_IRQS; i++)
		irq[i] = bench_wire(&line[i]);
	t = pc_testdev_new(irq);
	pc_testdev_io.write(t, 0, 0x12345678, 4);
	ck_assert_uint_eq(pc_testdev_io.read(t, 1, 1), 0x56);
	ck_assert_uint_eq(pc_testdev_io.read(t, 2, 2), 0x1234);
	ck_assert_uint_eq(pc_testdev_byte_io.read(t, 3, 1), 0x12);
	out8(&pc_testdev_irq_io, t, 17, 1);
	ck_assert(line[17].level);
	out8(&pc_testdev_irq_io, t, 17, 0);
	ck_assert(!line[17].level);
	pc_testdev_mem_io.write(t, 0xfff8, 0x1122334455667788, 8);
	ck_assert_uint_eq(pc_testdev_mem_io.read(t, 0xfffc, 4), 0x11223344);
	ck_assert_uint_eq(pc_testdev_mem_io.read(t, 0xffff, 4), 0xffffffff);
	pc_testdev_class.free(t);
}
END_TEST

static struct labdev *
lab(struct rig *r, struct evheap *h)
{
	struct labdev_backend b = { on_mark, on_counter, on_value, on_text, r };

	ck_assert_int_eq(evheap_init(h), 0);
	return labdev_new(&h->clock, b, NULL);
}

START_TEST(labdev_gives_the_exact_cycle_and_latches_its_high_half)
{
	struct rig r = { .text = "" };
	struct evheap h;
	struct labdev *l = lab(&r, &h);

	ck_assert_uint_eq(labdev_io.read(l, 0, 4), LABDEV_ID);
	bench_run(&h, 0x5ffffffffull);
	ck_assert_uint_eq(labdev_io.read(l, 8, 4), 0xffffffff);
	bench_wait(&h, 10);
	ck_assert_uint_eq(labdev_io.read(l, 12, 4), 5);
	ck_assert_uint_eq(labdev_io.read(l, 8, 4), 9);
	ck_assert_uint_eq(labdev_io.read(l, 12, 4), 6);
	labdev_class.free(l);
	evheap_fini(&h);
}
END_TEST

START_TEST(labdev_marks_counts_and_reports)
{
	struct rig r = { .text = "" };
	const char *p = "one\ntwo";
	struct evheap h;
	struct labdev *l = lab(&r, &h);
	unsigned i;

	labdev_io.write(l, 4, 77, 4);
	ck_assert_uint_eq(r.mark, 77);
	labdev_io.write(l, 0x10, 3, 4);
	ck_assert_uint_eq(labdev_io.read(l, 0x14, 4), 3);
	ck_assert_uint_eq(labdev_io.read(l, 0x18, 4), 3);
	labdev_io.write(l, 0x1c, 9, 4);
	labdev_io.write(l, 0x20, 0x55667788, 4);
	labdev_io.write(l, 0x24, 0x11223344, 4);
	ck_assert_uint_eq(r.key, 9);
	ck_assert_uint_eq(r.value, 0x1122334455667788);
	for (i = 0; i <= strlen(p); i++)
		labdev_io.write(l, 0x28, (uint8_t)p[i], i & 1 ? 4 : 1);
	ck_assert_str_eq(r.text, "one|two|");
	for (i = 0; i < 300; i++)
		labdev_io.write(l, 0x28, 'x', 1);
	labdev_io.write(l, 0x28, 0, 1);
	ck_assert_uint_eq(r.texts, 4);
	labdev_class.free(l);
	evheap_fini(&h);
}
END_TEST

Suite *
ports_suite(void)
{
	Suite *s = suite_create("ports");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, port_92_drives_a20_and_pulses_reset_on_a_rising_bit);
	tcase_add_test(tc, debugcon_reads_e9_and_passes_bytes_on);
	tcase_add_test(tc, debug_exit_status_is_odd);
	tcase_add_test(tc, watchdog_bites_after_its_time);
	tcase_add_test(tc, pci_testdev_counts_the_writes_of_the_test_started);
	tcase_add_test(tc, testdev_reads_back_by_any_width_and_pulls_lines);
	tcase_add_test(tc, labdev_gives_the_exact_cycle_and_latches_its_high_half);
	tcase_add_test(tc, labdev_marks_counts_and_reports);
	suite_add_tcase(s, tc);
	return s;
}
