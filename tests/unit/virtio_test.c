/*
 * tests/unit/virtio_test.c - virtio over PCI: negotiation, rings, hostile drivers
 *
 * The device behind it is one of ours: queue 0 gives each buffer back at once,
 * with its readable bytes copied into the writable ones.
 */
#include "hw/virtio.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/virtio_rig.h"

#define NEXT		1u
#define WRITE		2u
#define INDIRECT	4u
#define NEEDS_RESET	0x40u

struct echo {
	struct virtio	v;
	unsigned	served, notified;
};

static void
echo_notified(struct virtio *v, unsigned q)
{
	struct echo *e = (struct echo *)v;
	struct vring_chain c;
	uint8_t buf[256];
	uint32_t n;

	e->notified++;
	while (virtio_peek(v, q, &c)) {
		virtio_take(v, q);
		n = c.read_bytes < c.write_bytes ? c.read_bytes : c.write_bytes;
		n = n < sizeof(buf) ? n : sizeof(buf);
		if (!virtio_read(v, &c, 0, buf, n) || !virtio_write(v, &c, 0, buf, n))
			return;
		virtio_give(v, q, c.head, n);
		e->served++;
	}
}

static void
echo_reset(struct virtio *v)
{
	((struct echo *)v)->served = 0;
}

static void
echo_config(const struct virtio *v, uint8_t *config)
{
	(void)v;
	put_le32(config, 0x12345678);
}

static const struct virtio_ops echo_ops = {
	.name = "echo", .type = 40, .pci_class = 0xff0000, .queues = 2, .queue_size = 16,
	.config_bytes = 4, .notified = echo_notified, .reset = echo_reset,
	.config = echo_config,
};

static const struct device_class echo_class = {
	.name = "echo", .version = 1, .reset = virtio_reset, .free = virtio_free,
	.fields = virtio_fields,
};

struct rig {
	struct virtio_rig	r;
	struct echo		*e;
};

static void
setup(struct rig *g)
{
	rig_init(&g->r);
	g->e = calloc(1, sizeof(*g->e));
	ck_assert_ptr_nonnull(g->e);
	virtio_init(&g->e->v, &echo_ops, &g->r.h.clock, &g->r.bus, 0x5, NULL);
	rig_attach(&g->r, &echo_class, g->e);
}

static uint32_t
cfg(struct rig *g, uint32_t off, unsigned size)
{
	return pci_cfg_read(&g->e->v.pci, off, size);
}

/* One echo of n bytes: reads the used element back. */
static void
echo(struct rig *g, uint32_t n)
{
	struct rig_seg s[] = { { RIG_BUFFERS, n, false }, { RIG_BUFFERS + 0x1000, n, true } };
	uint16_t head = rig_add(&g->r, 0, s, 2);
	uint32_t id, len;

	memset(g->r.ram + RIG_BUFFERS, 0x5a, n);
	rig_kick(&g->r, 0);
	ck_assert(rig_used(&g->r, 0, &id, &len));
	ck_assert_uint_eq(id, head);
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(g->r.ram + RIG_BUFFERS, g->r.ram + RIG_BUFFERS + 0x1000, n);
}

/* The rules were broken: no more service until a reset, which mends it. */
static void
check_broken(struct rig *g)
{
	ck_assert_uint_eq(rig_status(&g->r), 15 | NEEDS_RESET);
	ck_assert_uint_eq(g->e->v.isr & 2, 2);
	g->e->notified = 0;
	rig_kick(&g->r, 0);
	ck_assert_uint_eq(g->e->notified, 0);
	rig_put(&g->r, 0x14, 0, 1);
	ck_assert_uint_eq(rig_status(&g->r), 0);
	rig_start(&g->r, RIG_ALL);
	echo(g, 32);
}

START_TEST(capabilities_say_where_the_structures_are)
{
	uint32_t at, seen = 0, n = 0;
	struct rig g;

	setup(&g);
	ck_assert_uint_eq(cfg(&g, 0, 4), 0x10401af4 + (40 << 16));
	ck_assert_uint_eq(cfg(&g, PCI_STATUS, 2) & PCI_STS_CAPS, PCI_STS_CAPS);
	for (at = cfg(&g, PCI_CAP_PTR, 1); at && n < 10; at = cfg(&g, at + 1, 1), n++) {
		ck_assert_uint_eq(cfg(&g, at, 1), 9);
		seen |= 1u << cfg(&g, at + 3, 1);
		if (cfg(&g, at + 3, 1) != 5)
			ck_assert_uint_eq(cfg(&g, at + 4, 1), VIRTIO_BAR);
	}
	ck_assert_uint_eq(seen, 0x3e);
	rig_fini(&g.r);
}
END_TEST

START_TEST(features_are_negotiated_and_only_offered_ones_accepted)
{
	struct rig g;

	setup(&g);
	rig_start(&g.r, RIG_ALL);
	ck_assert_uint_eq(g.e->v.accepted, g.e->v.offered);
	rig_put(&g.r, 0x14, 0, 1);
	rig_put(&g.r, 0x14, 3, 1);
	rig_put(&g.r, 0x08, 0, 4);
	rig_put(&g.r, 0x0c, 1, 4);		/* without VERSION_1 */
	rig_put(&g.r, 0x14, 11, 1);
	ck_assert_uint_eq(rig_status(&g.r), 3);
	rig_put(&g.r, 0x08, 1, 4);
	rig_put(&g.r, 0x0c, 3, 4);		/* bit 33 was not offered */
	rig_put(&g.r, 0x14, 11, 1);
	ck_assert_uint_eq(rig_status(&g.r), 3);
	rig_put(&g.r, 0x14, 15, 1);		/* and no life without them */
	ck_assert_uint_eq(rig_status(&g.r), 3);
	rig_fini(&g.r);
}
END_TEST

START_TEST(buffers_come_back_with_length_and_interrupt)
{
	struct rig g;
	unsigned i;

	setup(&g);
	rig_start(&g.r, 0x100000000);
	for (i = 0; i < 40; i++) {
		echo(&g, 1 + i);
		ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 1);
		ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	}
	put_le16(g.r.ram + RIG_AVAIL(0), 1);	/* NO_INTERRUPT */
	echo(&g, 8);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	rig_fini(&g.r);
}
END_TEST

START_TEST(event_index_suppresses_both_ways)
{
	struct rig g;

	setup(&g);
	rig_start(&g.r, RIG_ALL);
	put_le16(g.r.ram + RIG_AVAIL(0) + 4 + 2 * 16, 1);	/* the second one, please */
	echo(&g, 4);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	echo(&g, 4);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 1);
	echo(&g, 4);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	ck_assert_uint_eq(get_le16(g.r.ram + RIG_USED(0) + 4 + 8 * 16), 3);
	rig_fini(&g.r);
}
END_TEST

START_TEST(indirect_tables_are_followed)
{
	struct rig g;
	uint32_t id, len;

	setup(&g);
	rig_start(&g.r, RIG_ALL);
	memset(g.r.ram + RIG_BUFFERS, 7, 64);
	rig_desc(&g.r, 0x40000, 0, RIG_BUFFERS, 10, NEXT, 2);
	rig_desc(&g.r, 0x40000, 2, RIG_BUFFERS + 16, 22, NEXT, 1);
	rig_desc(&g.r, 0x40000, 1, RIG_BUFFERS + 0x100, 32, WRITE, 0);
	rig_desc(&g.r, RIG_RING(0), 5, 0x40000, 3 * 16, INDIRECT, 0);
	rig_offer(&g.r, 0, 5);
	rig_kick(&g.r, 0);
	ck_assert(rig_used(&g.r, 0, &id, &len));
	ck_assert_uint_eq(id, 5);
	ck_assert_uint_eq(len, 32);
	ck_assert_uint_eq(g.r.ram[RIG_BUFFERS + 0x100 + 31], 7);
	rig_fini(&g.r);
}
END_TEST

static void
ring_loop(struct rig *g)
{
	rig_desc(&g->r, RIG_RING(0), 0, RIG_BUFFERS, 1, NEXT, 1);
	rig_desc(&g->r, RIG_RING(0), 1, RIG_BUFFERS, 1, NEXT, 0);
	rig_offer(&g->r, 0, 0);
}

static void
ring_ahead(struct rig *g)
{
	put_le16(g->r.ram + RIG_AVAIL(0) + 2, 17);
}

static void
ring_head(struct rig *g)
{
	rig_offer(&g->r, 0, 16);
}

static void
ring_next(struct rig *g)
{
	rig_desc(&g->r, RIG_RING(0), 0, RIG_BUFFERS, 1, NEXT, 4711);
	rig_offer(&g->r, 0, 0);
}

static void
ring_order(struct rig *g)
{
	struct rig_seg s[] = { { RIG_BUFFERS, 8, true }, { RIG_BUFFERS, 8, false } };

	rig_add(&g->r, 0, s, 2);
}

static void
ring_buffer_nowhere(struct rig *g)
{
	struct rig_seg s[] = { { RIG_RAM - 4, 8, false }, { RIG_BUFFERS, 8, true } };

	rig_add(&g->r, 0, s, 2);
}

static void
ring_huge(struct rig *g)
{
	struct rig_seg s[] = { { 0, 0xffffffff, false }, { 0, 0xffffffff, false },
		{ 0, 8, true } };

	rig_add(&g->r, 0, s, 3);
}

static void
ring_nested(struct rig *g)
{
	rig_desc(&g->r, 0x40000, 0, 0x40000, 16, INDIRECT, 0);
	rig_desc(&g->r, RIG_RING(0), 0, 0x40000, 16, INDIRECT, 0);
	rig_offer(&g->r, 0, 0);
}

static void
ring_odd_table(struct rig *g)
{
	rig_desc(&g->r, RIG_RING(0), 0, 0x40000, 17, INDIRECT, 0);
	rig_offer(&g->r, 0, 0);
}

static void
ring_table_nowhere(struct rig *g)
{
	rig_desc(&g->r, RIG_RING(0), 0, (uint64_t)1 << 60, 16, INDIRECT, 0);
	rig_offer(&g->r, 0, 0);
}

static void
ring_indirect_loop(struct rig *g)
{
	rig_desc(&g->r, 0x40000, 0, RIG_BUFFERS, 1, NEXT, 0);
	rig_desc(&g->r, RIG_RING(0), 0, 0x40000, 16, INDIRECT, 0);
	rig_offer(&g->r, 0, 0);
}

static void (*const hostile[])(struct rig *g) = {
	ring_loop, ring_ahead, ring_head, ring_next, ring_order, ring_buffer_nowhere,
	ring_huge, ring_nested, ring_odd_table, ring_table_nowhere, ring_indirect_loop,
};

START_TEST(a_hostile_ring_ends_the_service_until_a_reset)
{
	struct rig g;

	setup(&g);
	rig_start(&g.r, RIG_ALL);
	hostile[_i](&g);
	rig_kick(&g.r, 0);
	ck_assert_uint_eq(g.e->served, 0);
	check_broken(&g);
	rig_fini(&g.r);
}
END_TEST

START_TEST(rings_outside_memory_or_askew_are_refused)
{
	struct rig g;

	setup(&g);
	rig_start(&g.r, RIG_ALL);
	g.e->v.q[0].used = (uint64_t)1 << 52;
	rig_add(&g.r, 0, &(struct rig_seg){ RIG_BUFFERS, 8, true }, 1);
	rig_kick(&g.r, 0);
	check_broken(&g);
	rig_put(&g.r, 0x14, 0, 1);
	rig_put(&g.r, 0x16, 0, 2);
	rig_put(&g.r, 0x20, 0x1008, 4);
	rig_put(&g.r, 0x1c, 1, 2);
	ck_assert_uint_eq(rig_status(&g.r), NEEDS_RESET);
	ck_assert_uint_eq(rig_get(&g.r, 0x1c, 2), 0);
	rig_fini(&g.r);
}
END_TEST

START_TEST(nothing_happens_before_driver_ok_or_without_bus_mastering)
{
	struct rig g;
	uint32_t id, len;

	setup(&g);
	rig_negotiate(&g.r, RIG_ALL);
	rig_add(&g.r, 0, &(struct rig_seg){ RIG_BUFFERS, 8, true }, 1);
	rig_kick(&g.r, 0);
	ck_assert(!rig_used(&g.r, 0, &id, &len));
	rig_put(&g.r, 0x14, 15, 1);		/* then what is there is served */
	ck_assert(rig_used(&g.r, 0, &id, &len));
	pci_cfg_write(&g.e->v.pci, PCI_COMMAND, 2, PCI_CMD_MEM);
	rig_add(&g.r, 0, &(struct rig_seg){ RIG_BUFFERS, 8, true }, 1);
	rig_kick(&g.r, 0);
	ck_assert(!rig_used(&g.r, 0, &id, &len));
	rig_put(&g.r, RIG_NOTIFY + 4 * 2, 2, 2);	/* a queue that is not there */
	rig_put(&g.r, RIG_NOTIFY + 0xffc, 0, 2);
	rig_fini(&g.r);
}
END_TEST

START_TEST(queue_fields_keep_what_fits_and_stay_while_enabled)
{
	struct rig g;

	setup(&g);
	rig_put(&g.r, 0x16, 1, 2);
	rig_put(&g.r, 0x18, 8, 2);
	rig_put(&g.r, 0x18, 7, 2);
	rig_put(&g.r, 0x18, 32, 2);
	rig_put(&g.r, 0x18, 0, 2);
	ck_assert_uint_eq(rig_get(&g.r, 0x18, 2), 8);
	rig_put(&g.r, 0x24, 0x12, 4);
	ck_assert_uint_eq(rig_get(&g.r, 0x24, 4), 0x12);
	rig_put(&g.r, 0x1c, 1, 2);
	rig_put(&g.r, 0x24, 0x13, 4);
	rig_put(&g.r, 0x18, 4, 2);
	rig_put(&g.r, 0x1c, 0, 2);
	ck_assert_uint_eq(rig_get(&g.r, 0x24, 4), 0x12);
	ck_assert_uint_eq(rig_get(&g.r, 0x18, 2), 8);
	ck_assert_uint_eq(rig_get(&g.r, 0x1c, 2), 1);
	rig_put(&g.r, 0x16, 2, 2);		/* no such queue */
	ck_assert_uint_eq(rig_get(&g.r, 0x18, 2), 0);
	ck_assert_uint_eq(rig_get(&g.r, 0x10, 2), 0xffff);
	rig_fini(&g.r);
}
END_TEST

START_TEST(firmware_reaches_the_bar_through_configuration_space)
{
	struct rig g;
	struct pci_dev *d;
	uint32_t at = 0x84;

	setup(&g);
	d = &g.e->v.pci;
	ck_assert_uint_eq(cfg(&g, at + 3, 1), 5);
	pci_cfg_write(d, at + 4, 1, VIRTIO_BAR);
	pci_cfg_write(d, at + 8, 4, RIG_CONFIG);
	pci_cfg_write(d, at + 12, 4, 4);
	d->reading(d->arg, at + 16, 4);
	ck_assert_uint_eq(cfg(&g, at + 16, 4), 0x12345678);
	pci_cfg_write(d, at + 8, 4, 0x14);
	pci_cfg_write(d, at + 12, 4, 1);
	pci_cfg_write(d, at + 16, 4, 3);
	ck_assert_uint_eq(rig_status(&g.r), 3);
	pci_cfg_write(d, at + 8, 4, 0xfffffffc);	/* nowhere */
	pci_cfg_write(d, at + 12, 4, 4);
	pci_cfg_write(d, at + 16, 4, 3);
	rig_fini(&g.r);
}
END_TEST

Suite *
virtio_suite(void)
{
	Suite *s = suite_create("virtio");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, capabilities_say_where_the_structures_are);
	tcase_add_test(tc, features_are_negotiated_and_only_offered_ones_accepted);
	tcase_add_test(tc, buffers_come_back_with_length_and_interrupt);
	tcase_add_test(tc, event_index_suppresses_both_ways);
	tcase_add_test(tc, indirect_tables_are_followed);
	tcase_add_loop_test(tc, a_hostile_ring_ends_the_service_until_a_reset, 0,
	    ARRAY_SIZE(hostile));
	tcase_add_test(tc, rings_outside_memory_or_askew_are_refused);
	tcase_add_test(tc, nothing_happens_before_driver_ok_or_without_bus_mastering);
	tcase_add_test(tc, queue_fields_keep_what_fits_and_stay_while_enabled);
	tcase_add_test(tc, firmware_reaches_the_bar_through_configuration_space);
	suite_add_tcase(s, tc);
	return s;
}
