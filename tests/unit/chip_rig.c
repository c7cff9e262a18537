/*
 * tests/unit/chip_rig.c - a chip alone on a bench
 */
#include "tests/unit/chip_rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/e1000.h"
#include "hw/debugcon.h"
#include "hw/fdc.h"
#include "hw/fw_cfg.h"
#include "hw/hpet.h"
#include "hw/i8042.h"
#include "hw/i8237.h"
#include "hw/i8254.h"
#include "hw/i8259.h"
#include "hw/ide.h"
#include "hw/ib700.h"
#include "hw/isa_debug_exit.h"
#include "hw/labdev.h"
#include "hw/mc146818.h"
#include "hw/pc_testdev.h"
#include "hw/pci_testdev.h"
#include "hw/port92.h"
#include "hw/uart16550.h"
#include "hw/vga.h"
#include "hw/virtio_balloon.h"
#include "hw/virtio_blk.h"
#include "hw/virtio_console.h"
#include "hw/virtio_net.h"

static void
bench_line_set(void *arg, int line, bool level)
{
	struct bench_line *l = arg;

	(void)line;
	if (level && !l->level)
		l->rises++;
	l->level = level;
}

struct wire
bench_wire(struct bench_line *l)
{
	return (struct wire){ .set = bench_line_set, .arg = l };
}

void
bench_run(struct evheap *h, uint64_t at)
{
	while (evheap_next(h) <= at)
		evheap_run(h, evheap_next(h) > h->now ? evheap_next(h) : h->now);
	evheap_run(h, at);
}

static int
bench_disk_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	struct bench_disk *d = arg;

	if (d->fail)
		return -EIO;
	memcpy(buf, d->data + lba * BLOCKDEV_SECTOR, n * BLOCKDEV_SECTOR);
	return 0;
}

static int
bench_disk_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	struct bench_disk *d = arg;

	if (d->fail)
		return -EIO;
	memcpy(d->data + lba * BLOCKDEV_SECTOR, buf, n * BLOCKDEV_SECTOR);
	return 0;
}

static int
bench_disk_flush(void *arg)
{
	struct bench_disk *d = arg;

	d->flushes++;
	return d->fail ? -EIO : 0;
}

bool
bench_disk_init(struct bench_disk *d, uint64_t sectors)
{
	uint8_t sector[BLOCKDEV_SECTOR];
	uint64_t i;

	memset(d, 0, sizeof(*d));
	d->data = malloc(sectors * BLOCKDEV_SECTOR);
	if (!d->data)
		return false;
	for (i = 0; i < BLOCKDEV_SECTOR; i++)
		sector[i] = (uint8_t)(i * 5 + (i >> 8));
	for (i = 0; i < sectors; i++) {
		memcpy(d->data + i * BLOCKDEV_SECTOR, sector, BLOCKDEV_SECTOR);
		put_le64(d->data + i * BLOCKDEV_SECTOR, i);
	}
	d->dev = (struct blockdev){
		.sectors = sectors,
		.read = bench_disk_read,
		.write = bench_disk_write,
		.flush = bench_disk_flush,
		.arg = d,
	};
	return true;
}

void
bench_disk_fini(struct bench_disk *d)
{
	free(d->data);
	d->data = NULL;
}

/* DMA wraps inside the bench's memory. */
static void
bench_dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct bench_chip *b = arg;
	uint32_t i;

	for (i = 0; i < n; i++)
		((uint8_t *)buf)[i] = b->ram[(at + i) % BENCH_RAM];
}

static void
bench_dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct bench_chip *b = arg;
	uint32_t i;

	for (i = 0; i < n; i++)
		b->ram[(at + i) % BENCH_RAM] = ((const uint8_t *)buf)[i];
}

static void
bench_region(struct bench_chip *b, const struct io_ops *ops, void *dev,
    uint32_t len)
{
	b->region[b->regions].ops = ops;
	b->region[b->regions].dev = dev;
	b->region[b->regions++].len = len;
}

static void
i8259_input_n(struct bench_chip *b, uint32_t n)
{
	if (n & 0x40)
		i8259_intack(b->dev);
	else
		i8259_set_irq(b->dev, n & 15, n & 0x20);
}

static void
make_i8259(struct bench_chip *b)
{
	b->dev = i8259_new(bench_wire(&b->line[0]), NULL);
	b->cls = &i8259_class;
	b->input = i8259_input_n;
	bench_region(b, &i8259_master_io, b->dev, 2);
	bench_region(b, &i8259_slave_io, b->dev, 2);
	bench_region(b, &i8259_elcr_io, b->dev, 2);
}

static void
i8254_input_n(struct bench_chip *b, uint32_t n)
{
	i8254_set_gate(b->dev, n & 3, n & 4);
}

static void
make_i8254(struct bench_chip *b)
{
	b->dev = i8254_new(&b->clock.clock, bench_wire(&b->line[0]), NULL);
	b->cls = &i8254_class;
	b->input = i8254_input_n;
	bench_region(b, &i8254_io, b->dev, 4);
	bench_region(b, &i8254_port61_io, b->dev, 1);
}

static void
make_mc146818(struct bench_chip *b)
{
	struct mc146818_wires w = {
		.irq = bench_wire(&b->line[0]), .nmi_off = bench_wire(&b->line[1]),
	};

	b->dev = mc146818_new(&b->clock.clock, w, 1704067200, NULL);
	b->cls = &mc146818_class;
	bench_region(b, &mc146818_io, b->dev, 2);
	bench_region(b, &mc146818_ext_io, b->dev, 2);
}

static void
uart_input_n(struct bench_chip *b, uint32_t n)
{
	if (n & 0x100)
		uart16550_set_modem(b->dev, (uint8_t)n);
	else if (n & 0x200)
		uart16550_receive_break(b->dev);
	else
		uart16550_receive(b->dev, (uint8_t)n);
}

static void
make_uart16550(struct bench_chip *b)
{
	b->dev = uart16550_new(&b->clock.clock, bench_wire(&b->line[0]),
	    (struct uart16550_backend){ NULL, NULL, NULL }, NULL);
	b->cls = &uart16550_class;
	b->input = uart_input_n;
	bench_region(b, &uart16550_io, b->dev, 8);
}

static void
i8237_input_n(struct bench_chip *b, uint32_t n)
{
	uint8_t buf[64] = { 0 };
	bool tc;

	i8237_dreq(b->dev, n & 7, n & 8);
	i8237_transfer(b->dev, n & 7, buf, n >> 4 & 63, &tc);
}

static void
make_i8237(struct bench_chip *b)
{
	struct i8237_bus bus = { bench_dma_read, bench_dma_write, b };

	b->dev = i8237_new(bus, NULL);
	b->cls = &i8237_class;
	b->input = i8237_input_n;
	bench_region(b, &i8237_dma1_io, b->dev, 16);
	bench_region(b, &i8237_dma2_io, b->dev, 32);
	bench_region(b, &i8237_page_io, b->dev, 16);
}

static void
i8042_input_n(struct bench_chip *b, uint32_t n)
{
	if (n & 0x100)
		i8042_mouse(b->dev, (int)(n >> 9 & 63) - 32,
		    (int)(n >> 15 & 63) - 32, (int)(n >> 21 & 3) - 1, n & 31);
	else
		i8042_key(b->dev, n & 0xff, n & 0x200);
}

static void
make_i8042(struct bench_chip *b)
{
	struct i8042_wires w = {
		.irq1 = bench_wire(&b->line[0]), .irq12 = bench_wire(&b->line[1]),
		.a20 = bench_wire(&b->line[2]), .reset = bench_wire(&b->line[3]),
	};

	b->dev = i8042_new(&b->clock.clock, w, NULL);
	b->cls = &i8042_class;
	b->input = i8042_input_n;
	bench_region(b, &i8042_data_io, b->dev, 1);
	bench_region(b, &i8042_command_io, b->dev, 1);
}

static void
make_port92(struct bench_chip *b)
{
	b->dev = port92_new(bench_wire(&b->line[0]), bench_wire(&b->line[1]));
	b->cls = &port92_class;
	bench_region(b, &port92_io, b->dev, 1);
}

static void
make_debugcon(struct bench_chip *b)
{
	b->dev = debugcon_new(NULL, NULL);
	b->cls = &debugcon_class;
	bench_region(b, &debugcon_io, b->dev, 1);
}

static void
exit_nowhere(void *arg, uint32_t status)
{
	(void)arg;
	(void)status;
}

static void
make_isa_debug_exit(struct bench_chip *b)
{
	b->dev = isa_debug_exit_new(exit_nowhere, NULL);
	b->cls = &isa_debug_exit_class;
	bench_region(b, &isa_debug_exit_io, b->dev, 4);
}

static void
bite_nobody(void *arg)
{
	(void)arg;
}

static void
make_ib700(struct bench_chip *b)
{
	b->dev = ib700_new(&b->clock.clock, bite_nobody, NULL);
	b->cls = &ib700_class;
	bench_region(b, &ib700_io, b->dev, IB700_PORTS);
}

static void
make_pc_testdev(struct bench_chip *b)
{
	struct wire irq[PC_TESTDEV_IRQS];
	unsigned i;

	for (i = 0; i < PC_TESTDEV_IRQS; i++)
		irq[i] = bench_wire(&b->line[i]);
	b->dev = pc_testdev_new(irq);
	b->cls = &pc_testdev_class;
	bench_region(b, &pc_testdev_io, b->dev, 4);
	bench_region(b, &pc_testdev_flush_io, b->dev, 4);
	bench_region(b, &pc_testdev_byte_io, b->dev, 4);
	bench_region(b, &pc_testdev_irq_io, b->dev, PC_TESTDEV_IRQS);
	bench_region(b, &pc_testdev_mem_io, b->dev, PC_TESTDEV_MEM);
}

static void
make_labdev(struct bench_chip *b)
{
	b->dev = labdev_new(&b->clock.clock, (struct labdev_backend){ .arg = NULL },
	    NULL);
	b->cls = &labdev_class;
	bench_region(b, &labdev_io, b->dev, LABDEV_PORTS);
}

/* Commands that do something are rare among random bytes: choose them. */
static void
ide_input_n(struct bench_chip *b, uint32_t n)
{
	static const uint8_t commands[] = {
		0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0xc4, 0xc5, 0xc6, 0xc8,
		0xca, 0xec, 0xa1, 0xa0, 0xa0, 0xa0, 0xe7, 0xef, 0x90, 0x08
	};
	struct ide_channel *ch = ide_get_channel(b->dev, n & 1);

	if (n & 0x10000) {
		ide_change_medium(b->dev, 2, n & 0x20000 ? &b->disk.dev : NULL);
		return;
	}
	out8(&ide_command_io, ch, 6, n & 2 ? 0xf0 : 0xe0);
	out8(&ide_command_io, ch, 5, 0);
	out8(&ide_command_io, ch, 7, commands[(n >> 8 & 0xff) % sizeof(commands)]);
}

static void
make_ide(struct bench_chip *b)
{
	struct ide_wiring w = {
		.irq = { bench_wire(&b->line[0]), bench_wire(&b->line[1]) },
		.dma_read = bench_dma_read, .dma_write = bench_dma_write, .arg = b,
	};
	struct ide *i = ide_new(&b->clock.clock, &w, NULL);

	b->dev = i;
	b->cls = &ide_class;
	b->input = ide_input_n;
	if (!i)
		return;
	ide_attach_disk(i, 0, &b->disk.dev);
	ide_attach_cd(i, 2, &b->disk.dev);
	ide_attach_disk(i, 3, &b->disk.dev);
	bench_region(b, &ide_command_io, ide_get_channel(i, 0), 8);
	bench_region(b, &ide_control_io, ide_get_channel(i, 0), 1);
	bench_region(b, &ide_command_io, ide_get_channel(i, 1), 8);
	bench_region(b, &ide_control_io, ide_get_channel(i, 1), 1);
	bench_region(b, &ide_bm_io, i, 16);
}

static void
make_vga(struct bench_chip *b)
{
	struct vga_memory m = { .size = VGA_MIN_MEMORY };

	m.mem = b->disk.data;
	b->dev = vga_new(&b->clock.clock, m, NULL);
	b->cls = &vga_class;
	bench_region(b, &vga_io, b->dev, 48);
	bench_region(b, &vga_dispi_io, b->dev, 4);
	bench_region(b, &vga_window_io, b->dev, 0x20000);
}

#define FW_DESCRIPTOR	(BENCH_RAM - 16)

/* Only what fw_cfg_input_n() has written: other memory is no state of the chip. */
static bool
fw_dma_read(void *arg, uint64_t at, void *buf, uint32_t n)
{
	struct bench_chip *b = arg;

	if (at != FW_DESCRIPTOR || n > 16)
		return false;
	memcpy(buf, b->ram + at, n);
	return true;
}

static bool
fw_dma_write(void *arg, uint64_t at, const void *buf, uint32_t n)
{
	struct bench_chip *b = arg;

	if (at > BENCH_RAM || n > BENCH_RAM - at)
		return false;
	memcpy(b->ram + at, buf, n);
	return true;
}

static void
fw_item(void *arg, uint32_t off, void *buf, uint32_t n)
{
	(void)arg;
	memset(buf, (int)off, n);
}

/* A descriptor and its start: control, item, length and address from n. */
static void
fw_cfg_input_n(struct bench_chip *b, uint32_t n)
{
	uint8_t *d = b->ram + FW_DESCRIPTOR;

	put_le32(d, __builtin_bswap32((n & 0x3f) << 16 | (n >> 6 & 0x1f)));
	put_le32(d + 4, __builtin_bswap32(n >> 11 & 0xffff));
	put_le64(d + 8, __builtin_bswap64((uint64_t)(n >> 27) << 11));
	fw_cfg_dma_io.write(b->dev, 0, 0, 4);
	fw_cfg_dma_io.write(b->dev, 4, __builtin_bswap32(FW_DESCRIPTOR), 4);
}

static void
make_fw_cfg(struct bench_chip *b)
{
	static const uint8_t data[300] = { 1, 2, 3 };
	struct fw_cfg_dma dma = { fw_dma_read, fw_dma_write, b };
	struct fw_cfg *f = fw_cfg_new(&dma, NULL);

	b->dev = f;
	b->cls = &fw_cfg_class;
	b->input = fw_cfg_input_n;
	if (!f)
		return;
	if (!fw_cfg_add(f, FW_CFG_CMDLINE_DATA, data, sizeof(data)) ||
	    !fw_cfg_add_int(f, FW_CFG_NB_CPUS, 2, 1) ||
	    !fw_cfg_add_int(f, FW_CFG_IRQ0_OVERRIDE, 4, 1) ||
	    !fw_cfg_add_reader(f, FW_CFG_KERNEL_DATA, 20000, fw_item, NULL) ||
	    !fw_cfg_add_file(f, "etc/table", data, sizeof(data)) ||
	    !fw_cfg_add_file_int(f, "etc/number", 8, 7))
		abort();
	bench_region(b, &fw_cfg_io, f, 2);
	bench_region(b, &fw_cfg_dma_io, f, 8);
}

static void
e1000_bench_send(void *arg, const uint8_t *frame, size_t n)
{
	(void)arg;
	(void)frame;
	(void)n;
}

/* Bus mastering and rings that make sense are rare among random bytes. */
static void
e1000_input_n(struct bench_chip *b, uint32_t n)
{
	static const uint32_t set[][2] = {
		{ 0x100, 0x8012 }, { 0x100, 0x0406801a }, { 0x400, 2 }, { 0x2808, 0x80 },
		{ 0x2818, 7 }, { 0x3808, 0x1000 }, { 0x3810, 0 }, { 0x2810, 0 }, { 0x3818, 0xff },
		{ 0xd0, 0x9f }, { 0xc4, 1000 }, { 0x2820, 10 }, { 0x382c, 50 }, { 0x0, 0x40000041 }
	};
	uint32_t which = n % (ARRAY_SIZE(set) + 4);	/* or a frame */
	uint8_t frame[1600] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	size_t len = NIC_FRAME_MIN + (n >> 8) % (sizeof(frame) - NIC_FRAME_MIN);

	pci_cfg_write(e1000_pci(b->dev), PCI_COMMAND, 2, 7);
	if (which < ARRAY_SIZE(set))
		e1000_mem_io.write(b->dev, set[which][0], set[which][1], 4);
	else if (e1000_nic.can_receive(b->dev, len))
		e1000_nic.receive(b->dev, frame, len);
}

static void
make_e1000(struct bench_chip *b)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
	struct nic_cable cable = { e1000_bench_send, bench_dma_read, bench_dma_write, b };

	b->dev = e1000_new(&b->clock.clock, &cable, mac, NULL);
	b->cls = &e1000_class;
	b->input = e1000_input_n;
	bench_region(b, &e1000_mem_io, b->dev, 0x6000);
	bench_region(b, &e1000_port_io, b->dev, 8);
}

/* --- virtio: a driver that keeps to the rules, more or less --- */

#define VQ_RING(q)	(0x1000u * (q))		/* descriptors, available, used */
#define VQ_AVAIL(q)	(VQ_RING(q) + 0x800u)
#define VQ_USED(q)	(VQ_RING(q) + 0xc00u)
#define VQ_BUFFERS	0x8000u

static bool
virtio_bench_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	if (at >= BENCH_RAM || n > BENCH_RAM - at)
		return false;
	bench_dma_read(arg, at, buf, n);
	return true;
}

static bool
virtio_bench_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	if (at >= BENCH_RAM || n > BENCH_RAM - at)
		return false;
	bench_dma_write(arg, at, buf, n);
	return true;
}

static void
vdriver_out(struct bench_chip *b, uint32_t off, uint32_t val, unsigned size)
{
	virtio_io.write(b->dev, off, val, size);
}

/* From reset to DRIVER_OK; n says which features are not wanted. */
static void
virtio_bench_start(struct bench_chip *b, uint32_t n)
{
	unsigned q, i;

	vdriver_out(b, 0x14, 0, 1);
	vdriver_out(b, 0x14, 3, 1);
	for (i = 0; i < 2; i++) {
		vdriver_out(b, 0x00, i, 4);
		vdriver_out(b, 0x08, i, 4);
		vdriver_out(b, 0x0c, (uint32_t)virtio_io.read(b->dev, 0x04, 4) &
		    (i ? ~0u : ~n), 4);
	}
	vdriver_out(b, 0x14, 11, 1);
	for (q = 0; q < virtio_io.read(b->dev, 0x12, 2); q++) {
		vdriver_out(b, 0x16, q, 2);
		vdriver_out(b, 0x18, 8, 2);
		vdriver_out(b, 0x20, VQ_RING(q), 4);
		vdriver_out(b, 0x28, VQ_AVAIL(q), 4);
		vdriver_out(b, 0x30, VQ_USED(q), 4);
		vdriver_out(b, 0x1c, 1, 2);
		memset(b->ram + VQ_RING(q), 0, 0x1000);
	}
	vdriver_out(b, 0x14, 15, 1);
}

/* Three descriptors: 16 bytes that begin with a small number, some bytes in either
 * direction, and a few to write. */
static void
virtio_bench_offer(struct bench_chip *b, uint32_t n)
{
	unsigned q = n % (unsigned)virtio_io.read(b->dev, 0x12, 2), i;
	uint8_t *d = b->ram + VQ_RING(q), *avail = b->ram + VQ_AVAIL(q);
	uint16_t idx = get_le16(avail + 2);
	bool wr = n & 0x100;

	put_le64(b->ram + VQ_BUFFERS, n >> 9 & 15);
	put_le64(b->ram + VQ_BUFFERS + 8, n >> 13 & 3);
	for (i = 0; i < 3; i++) {
		put_le64(d + 16 * i, VQ_BUFFERS + 0x1000 * i);
		put_le32(d + 16 * i + 8, i == 1 ? (n >> 15 & 7) * 512 : 16 - 8 * i);
		put_le16(d + 16 * i + 12, (uint16_t)((i < 2) | (i == 2 || (i == 1 && wr)) << 1));
		put_le16(d + 16 * i + 14, (uint16_t)(i + 1));
	}
	put_le16(avail + 4 + 2 * (idx % 8), n >> 18 & 7 ? 0 : 1);
	put_le16(avail + 2, (uint16_t)(idx + 1));
	vdriver_out(b, 0x3000 + 4 * q, q, 2);
}

static void
virtio_input_n(struct bench_chip *b, uint32_t n)
{
	pci_cfg_write(&((struct virtio *)b->dev)->pci, PCI_COMMAND, 2, 6);
	if (virtio_io.read(b->dev, 0x14, 1) != 15 || n % 64 == 0)
		virtio_bench_start(b, n & 0x30000000);
	virtio_bench_offer(b, n >> 6);
}

static void
make_virtio(struct bench_chip *b, const struct device_class *class, void *dev)
{
	b->dev = dev;
	b->cls = class;
	b->input = virtio_input_n;
	bench_region(b, &virtio_io, dev, VIRTIO_BAR_BYTES);
}

static void
make_virtio_blk(struct bench_chip *b)
{
	struct virtio_bus bus = { virtio_bench_read, virtio_bench_write, b };

	make_virtio(b, &virtio_blk_class,
	    virtio_blk_new(&b->clock.clock, &bus, &b->disk.dev, "BENCH", NULL));
}

static void
virtio_net_input_n(struct bench_chip *b, uint32_t n)
{
	uint8_t frame[1600] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	size_t len = NIC_FRAME_MIN + (n >> 8) % (sizeof(frame) - NIC_FRAME_MIN);

	if (n & 0x80000000)
		virtio_input_n(b, n);
	else if (virtio_net_nic.can_receive(b->dev, len))
		virtio_net_nic.receive(b->dev, frame, len);
}

static void
make_virtio_net(struct bench_chip *b)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
	struct virtio_bus bus = { virtio_bench_read, virtio_bench_write, b };
	struct nic_cable cable = { .send = e1000_bench_send };

	make_virtio(b, &virtio_net_class,
	    virtio_net_new(&b->clock.clock, &bus, &cable, mac, NULL));
	b->input = virtio_net_input_n;
}

static void
make_virtio_balloon(struct bench_chip *b)
{
	struct virtio_bus bus = { virtio_bench_read, virtio_bench_write, b };

	make_virtio(b, &virtio_balloon_class,
	    virtio_balloon_new(&b->clock.clock, &bus, NULL));
}

static void
console_nowhere(void *arg, uint8_t byte)
{
	(void)arg;
	(void)byte;
}

static void
virtio_console_input_n(struct bench_chip *b, uint32_t n)
{
	static const uint8_t text[600];

	if (n & 0x80000000)
		virtio_input_n(b, n);
	else
		virtio_console_receive(b->dev, text, n % sizeof(text));
}

static void
make_virtio_console(struct bench_chip *b)
{
	struct virtio_bus bus = { virtio_bench_read, virtio_bench_write, b };

	make_virtio(b, &virtio_console_class,
	    virtio_console_new(&b->clock.clock, &bus, console_nowhere, NULL, NULL));
	b->input = virtio_console_input_n;
}

static void
make_hpet(struct bench_chip *b)
{
	struct hpet_wires w = { .irq0 = bench_wire(&b->line[24]), .irq8 = bench_wire(&b->line[25]),
		.legacy = bench_wire(&b->line[26]) };
	unsigned i;

	for (i = 0; i < HPET_IRQS; i++)
		w.irq[i] = bench_wire(&b->line[i]);
	b->dev = hpet_new(&b->clock.clock, &w);
	b->cls = &hpet_class;
	bench_region(b, &hpet_io, b->dev, HPET_SIZE);
}

static void
make_pci_testdev(struct bench_chip *b)
{
	struct pci_testdev *t = pci_testdev_new();

	b->dev = t;
	b->cls = &pci_testdev_class;
	if (!t)
		return;
	bench_region(b, pci_testdev_pci(t)->bar[0].ops, t, 4096);
	bench_region(b, pci_testdev_pci(t)->bar[1].ops, t, 256);
}

/* Bytes from and to the front of the memory, a terminal count now and then. */
static uint32_t
fdc_bench_dma(void *arg, void *buf, uint32_t n, bool *tc)
{
	struct bench_chip *b = arg;

	memcpy(b->ram, buf, n);
	*tc = ((uint8_t *)buf)[0] & 1;
	return n;
}

/* Whole commands are rare among random bytes. */
static void
fdc_input_n(struct bench_chip *b, uint32_t n)
{
	static const uint8_t set[][9] = {
		{ 0xe6, 0, 0, 0, 1, 2, 9, 27, 255 }, { 0xc5, 4, 0, 1, 3, 2, 9, 27, 255 },
		{ 0x4d, 0, 2, 9, 80, 0xf6 }, { 0x07, 0 }, { 0x0f, 0, 5 }, { 0x08 }, { 0x4a, 0 },
		{ 0x16, 0x80, 0, 0, 1, 2, 9, 27, 4 }, { 0x03, 0xdf, 3 }
	};
	const uint8_t *c = set[n % ARRAY_SIZE(set)];
	unsigned i;

	if (n >> 16 & 1)
		fdc_io.write(b->dev, 2, 0x1c, 1);
	for (i = 0; i < 9; i++)
		fdc_io.write(b->dev, 5, c[i], 1);
	for (i = 0; i < (n >> 8 & 63); i++)
		fdc_io.read(b->dev, 5, 1);
}

static void
make_fdc(struct bench_chip *b)
{
	struct fdc_wiring w = { bench_wire(&b->line[0]), fdc_bench_dma, b };

	b->dev = fdc_new(&b->clock.clock, &w, NULL);
	b->cls = &fdc_class;
	b->input = fdc_input_n;
	if (!b->dev)
		return;
	if (!fdc_attach(b->dev, 0, &b->disk.dev))
		abort();
	bench_region(b, &fdc_io, b->dev, 6);
	bench_region(b, &fdc_dir_io, b->dev, 1);
}

static void (*const makers[])(struct bench_chip *b) = {
	make_i8259, make_i8254, make_mc146818, make_uart16550, make_i8237,
	make_i8042, make_port92, make_debugcon, make_isa_debug_exit,
	make_pc_testdev, make_labdev, make_ide, make_vga,
	make_fw_cfg, make_e1000, make_virtio_blk, make_virtio_net,
	make_virtio_balloon, make_virtio_console,
	make_hpet, make_pci_testdev, make_fdc, make_ib700,
};

bool
bench_make(struct bench_chip *b, unsigned i, uint64_t now)
{
	memset(b, 0, sizeof(*b));
	if (i >= ARRAY_SIZE(makers))
		return false;
	b->ram = calloc(1, BENCH_RAM);
	if (!b->ram || evheap_init(&b->clock) ||
	    !bench_disk_init(&b->disk, 1024))
		return true;
	b->clock.now = now;
	makers[i](b);
	if (!b->dev)
		b->cls = NULL;
	else
		b->cls->reset(b->dev);
	return true;
}

void
bench_free(struct bench_chip *b)
{
	if (b->cls)
		b->cls->free(b->dev);
	evheap_fini(&b->clock);
	bench_disk_fini(&b->disk);
	free(b->ram);
}

/* xorshift64* */
uint32_t
bench_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (uint32_t)(*seed * 0x2545f4914f6cdd1du >> 32);
}

static unsigned
bench_width(uint8_t sizes, uint32_t n)
{
	unsigned size = 1u << (n & 3);

	while (!(sizes & size))
		size = size == 8 ? 1 : size * 2;
	return size;
}

static uint64_t
bench_access(struct bench_chip *b, uint64_t *seed)
{
	uint32_t n = bench_random(seed), r = n % b->regions;
	const struct io_ops *ops = b->region[r].ops;
	unsigned size = bench_width(ops->sizes, n >> 8);
	uint32_t len = b->region[r].len, off;
	uint64_t val = bench_random(seed);

	if (size > len)
		return 0;
	off = bench_random(seed) % (len / size) * size;
	if (n & 0x10000)
		return ops->read(b->region[r].dev, off, size);
	if (n & 0x20000)
		val &= 0x0f;
	val |= (uint64_t)bench_random(seed) << 32;
	ops->write(b->region[r].dev, off, val & (size == 8 ? ~(uint64_t)0 :
	    ((uint64_t)1 << 8 * size) - 1), size);
	return 0;
}

uint64_t
bench_poke(struct bench_chip *b, uint64_t *seed)
{
	uint32_t n = bench_random(seed);

	if (n % 8 == 0) {
		bench_wait(&b->clock, bench_random(seed) >> (n >> 8 & 31));
		return 0;
	}
	if (n % 8 == 1 && b->input) {
		b->input(b, bench_random(seed));
		return 0;
	}
	return bench_access(b, seed);
}

static void
bench_queue(void *arg, struct vtimer *t)
{
	evheap_restore(arg, t);
}

int
bench_restore(struct bench_chip *b, const uint8_t *in, size_t n)
{
	evheap_clear(&b->clock);
	if (!snap_decode(b->cls->fields, b->dev, in, n) ||
	    b->cls->restored(b->dev))
		return -EINVAL;
	snap_each_timer(b->cls->fields, b->dev, bench_queue, &b->clock);
	return 0;
}
