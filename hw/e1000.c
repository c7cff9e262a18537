/*
 * hw/e1000.c - the 82540EM's registers and interrupts
 */
#include "hw/e1000.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hw/e1000_priv.h"

#define MEM_BYTES	0x20000u
#define PORTS		0x40u

/* Offsets of registers that do more than keep a value: SDM table 13-2. */
#define O_STATUS	0x0008u
#define O_EECD		0x0010u
#define O_EERD		0x0014u
#define O_MDIC		0x0020u
#define O_ICR		0x00c0u
#define O_ICS		0x00c8u
#define O_IMS		0x00d0u
#define O_IMC		0x00d8u
#define O_STATS		0x4000u
#define O_MTA		0x5200u
#define O_RA		0x5400u
#define O_VFTA		0x5600u

#define STATUS_FD	0x001u
#define STATUS_LU	0x002u
#define STATUS_1000	0x280u		/* SPEED and ASDV */

#define CTRL_INIT	0x00000201u	/* full duplex, 1000 Mb/s */
#define PBA_INIT	0x00100030u
#define VET_INIT	0x8100u
#define PHY_POWER_DOWN	0x0800u

#define DELAY_CYCLES	1024u		/* RDTR, RADV, TIDV, TADV: 1.024 us */
#define ITR_CYCLES	256u

/* --- interrupts: SDM 3.2.7, 13.4.17 to 13.4.21 --- */

static void
e1000_update_irq(struct e1000 *e)
{
	uint64_t now = vclock_now(e->clock);

	if (!(e->icr & e->ims)) {
		e->asserted = false;
		vtimer_disarm(e->clock, &e->itr_timer);
	} else if (!e->asserted && now >= e->itr_next) {
		e->asserted = true;
		e->itr_next = now + (uint64_t)e->reg[R_ITR] * ITR_CYCLES;
	} else if (!e->asserted && !vtimer_armed(&e->itr_timer)) {
		vtimer_arm(e->clock, &e->itr_timer, e->itr_next);
	}
	pci_set_intx(&e->pci, e->asserted);
}

void
e1000_cause(struct e1000 *e, uint32_t what)
{
	e->icr |= what & INT_ALL;
	e1000_update_irq(e);
}

static void
e1000_itr_over(void *arg)
{
	e1000_update_irq(arg);
}

static void
e1000_rx_delay_over(void *arg)
{
	e1000_cause(arg, INT_RXT0);
}

static void
e1000_tx_delay_over(void *arg)
{
	e1000_cause(arg, INT_TXDW);
}

void
e1000_cause_later(struct e1000 *e, struct vtimer *t, uint64_t *by, uint32_t delay,
    uint32_t latest)
{
	uint64_t now = vclock_now(e->clock), when = now + (uint64_t)delay * DELAY_CYCLES;

	if (!vtimer_armed(t))
		*by = latest ? now + (uint64_t)latest * DELAY_CYCLES : VTIMER_IDLE;
	vtimer_arm(e->clock, t, when < *by ? when : *by);
}

static uint32_t
e1000_read_icr(struct e1000 *e)
{
	uint32_t v = e->icr;

	e->icr = 0;
	e1000_update_irq(e);
	return v;
}

/* In a callback a timer still counts as armed. */
static void
e1000_tx_go_on(void *arg)
{
	struct e1000 *e = arg;

	vtimer_disarm(e->clock, &e->tx_timer);
	e1000_tx_run(e);
}

/* --- link and statistics --- */

bool
e1000_link_up(const struct e1000 *e)
{
	return e->link && !(e->phy[0] & PHY_POWER_DOWN);
}

static void
e1000_set_link(void *nic, bool up)
{
	struct e1000 *e = nic;
	bool was = e1000_link_up(e);

	e->link = up;
	if (e1000_link_up(e) != was)
		e1000_cause(e, INT_LSC);
}

void
e1000_count(struct e1000 *e, unsigned stat, uint64_t n)
{
	uint64_t v = e->stat[stat] + n;

	e->stat[stat] = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

void
e1000_count64(struct e1000 *e, unsigned stat, uint64_t n)
{
	uint64_t v = ((uint64_t)e->stat[stat + 1] << 32 | e->stat[stat]) + n;

	e->stat[stat] = (uint32_t)v;
	e->stat[stat + 1] = (uint32_t)(v >> 32);
}

void
e1000_count_size(struct e1000 *e, unsigned stat, size_t n)
{
	static const uint16_t above[] = { 64, 127, 255, 511, 1023 };
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(above) && n > above[i]; i++)
		;
	e1000_count(e, stat + i, 1);
}

/* Reading clears; of the 64-bit ones, which are read low half first, the high half. */
static uint32_t
e1000_read_stat(struct e1000 *e, unsigned i)
{
	uint32_t v = e->stat[i];

	switch (i) {
	case STAT_GORC:
	case STAT_GOTC:
	case STAT_TOR:
	case STAT_TOT:
		return v;
	case STAT_GORC + 1:
	case STAT_GOTC + 1:
	case STAT_TOR + 1:
	case STAT_TOT + 1:
		e->stat[i - 1] = 0;
		break;
	default:
		break;
	}
	e->stat[i] = 0;
	return v;
}

/* --- registers --- */

static int
e1000_find(uint32_t off, uint32_t *mask)
{
	switch (off) {
#define REG(name, at, bits) case at: *mask = bits; return R_##name;
	E1000_REGS
#undef REG
	default: return -1;
	}
}

static uint32_t *
e1000_table(struct e1000 *e, uint32_t off)
{
	if (off >= O_RA && off < O_RA + sizeof(e->ra))
		return &e->ra[(off - O_RA) / 4];
	if (off >= O_MTA && off < O_MTA + sizeof(e->mta))
		return &e->mta[(off - O_MTA) / 4];
	if (off >= O_VFTA && off < O_VFTA + sizeof(e->vfta))
		return &e->vfta[(off - O_VFTA) / 4];
	return NULL;
}

static uint32_t
e1000_status(const struct e1000 *e)
{
	return STATUS_FD | STATUS_1000 | (e1000_link_up(e) ? STATUS_LU : 0);
}

static uint64_t
e1000_mem_read(void *dev, uint32_t off, unsigned size)
{
	struct e1000 *e = dev;
	uint32_t mask, *table;
	int r;

	(void)size;
	off &= ~3u;
	r = e1000_find(off, &mask);
	if (r >= 0)
		return e->reg[r];
	switch (off) {
	case O_STATUS:	return e1000_status(e);
	case O_EECD:	return e1000_eecd_read(e);
	case O_EERD:	return e->eerd;
	case O_MDIC:	return e->mdic;
	case O_ICR:	return e1000_read_icr(e);
	case O_IMS:	return e->ims;
	default:	break;
	}
	if (off >= O_STATS && off < O_STATS + sizeof(e->stat))
		return e1000_read_stat(e, STAT(off));
	table = e1000_table(e, off);
	return table ? *table : 0;
}

/* What a device reset leaves alone is the PHY, the EEPROM and the bus: SDM 14.3. */
static void
e1000_reset_registers(struct e1000 *e)
{
	memset(e->reg, 0, sizeof(e->reg));
	memset(e->mta, 0, sizeof(e->mta));
	memset(e->vfta, 0, sizeof(e->vfta));
	memset(e->ra, 0, sizeof(e->ra));
	memset(e->stat, 0, sizeof(e->stat));
	e->reg[R_CTRL] = CTRL_INIT;
	e->reg[R_PBA] = PBA_INIT;
	e->reg[R_VET] = VET_INIT;
	e->icr = e->ims = e->eerd = e->mdic = e->ioaddr = 0;
	e->itr_next = e->rx_latest = e->tx_int_latest = 0;
	vtimer_disarm(e->clock, &e->rx_timer);
	vtimer_disarm(e->clock, &e->tx_int_timer);
	e1000_tx_reset(e);
	e1000_load_mac(e);
	e1000_update_irq(e);
}

static void
e1000_control(struct e1000 *e, uint32_t v)
{
	e->reg[R_CTRL] = v & ~(CTRL_RST | CTRL_PHY_RST);
	if (v & CTRL_PHY_RST)
		e1000_phy_reset(e);
	if (v & CTRL_RST)
		e1000_reset_registers(e);
}

static void
e1000_written(struct e1000 *e, enum e1000_reg r, uint32_t v)
{
	switch (r) {
	case R_CTRL:
		e1000_control(e, v);
		break;
	case R_CTRL_EXT:
		e->reg[r] &= ~CTRL_EXT_EE_RST;
		if (v & CTRL_EXT_EE_RST)
			e1000_load_mac(e);
		break;
	case R_TDT:
	case R_TCTL:
		e1000_tx_run(e);
		break;
	case R_RDTR:		/* bit 31 is FPD: flush partial descriptor block */
		if ((v & 0x80000000u) && vtimer_armed(&e->rx_timer)) {
			vtimer_disarm(e->clock, &e->rx_timer);
			e1000_cause(e, INT_RXT0);
		}
		break;
	case R_ITR:
		e->itr_next = 0;
		vtimer_disarm(e->clock, &e->itr_timer);
		e1000_update_irq(e);
		break;
	default:
		break;
	}
}

static void
e1000_write_special(struct e1000 *e, uint32_t off, uint32_t v)
{
	switch (off) {
	case O_EECD:
		e1000_eecd_write(e, v);
		break;
	case O_EERD:
		e1000_eerd_write(e, v);
		break;
	case O_MDIC:
		e1000_mdic_write(e, v);
		break;
	case O_ICR:
		e->icr &= ~v;
		e1000_update_irq(e);
		break;
	case O_ICS:
		e1000_cause(e, v);
		break;
	case O_IMS:
		e->ims |= v & INT_ALL;
		e1000_update_irq(e);
		break;
	case O_IMC:
		e->ims &= ~v;
		e1000_update_irq(e);
		break;
	default:
		break;			/* read-only, or nothing that is modelled */
	}
}

static void
e1000_mem_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct e1000 *e = dev;
	uint32_t mask, *table, v = (uint32_t)val;
	int r;

	(void)size;
	off &= ~3u;
	r = e1000_find(off, &mask);
	table = e1000_table(e, off);
	if (r >= 0) {
		e->reg[r] = v & mask;
		e1000_written(e, (enum e1000_reg)r, v);
	} else if (table) {
		*table = v;
	} else {
		e1000_write_special(e, off, v);
	}
}

/* SDM 13.1.2 "I/O-Mapped Internal Register, Internal Memory, and Flash" */
static uint64_t
e1000_port_read(void *dev, uint32_t off, unsigned size)
{
	struct e1000 *e = dev;

	if (off == 0)
		return e->ioaddr;
	return off == 4 && e->ioaddr < MEM_BYTES ? e1000_mem_read(e, e->ioaddr, size) : 0;
}

static void
e1000_port_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct e1000 *e = dev;

	if (off == 0)
		e->ioaddr = (uint32_t)val;
	else if (off == 4 && e->ioaddr < MEM_BYTES)
		e1000_mem_write(e, e->ioaddr, val, size);
}

const struct io_ops e1000_mem_io = {
	.read = e1000_mem_read,
	.write = e1000_mem_write,
	.sizes = 4,
};

const struct io_ops e1000_port_io = {
	.read = e1000_port_read,
	.write = e1000_port_write,
	.sizes = 4,
};

/* --- the chip --- */

/* The cable stays where it is. */
static void
e1000_reset(void *dev)
{
	struct e1000 *e = dev;

	pci_dev_reset(&e->pci);
	e->eecd = 0;
	e->shift = 0;
	e->bits_in = e->bits_out = 0;
	e1000_phy_reset(e);
	e1000_reset_registers(e);
}

static int
e1000_restored(void *dev)
{
	struct e1000 *e = dev;

	if (!e1000_tx_valid(e) || e->bits_in > 9)
		return -EINVAL;
#define REG(name, at, bits) e->reg[R_##name] &= bits;
	E1000_REGS
#undef REG
	e->icr &= INT_ALL;
	e->ims &= INT_ALL;
	pci_dev_restored(&e->pci);
	pci_set_intx(&e->pci, e->asserted);
	return 0;
}

static void
e1000_free(void *dev)
{
	struct e1000 *e = dev;

	if (e)
		pci_dev_fini(&e->pci);
	free(e);
}

static const struct snap_field e1000_fields[] = {
	SNAP_STRUCT_1(struct e1000, pci, pci_dev_fields),
	SNAP_ARRAY(struct e1000, reg),
	SNAP_U32(struct e1000, icr),
	SNAP_U32(struct e1000, ims),
	SNAP_U32(struct e1000, ioaddr),
	SNAP_ARRAY(struct e1000, ra),
	SNAP_ARRAY(struct e1000, mta),
	SNAP_ARRAY(struct e1000, vfta),
	SNAP_ARRAY(struct e1000, stat),
	SNAP_BOOL(struct e1000, link),
	SNAP_ARRAY(struct e1000, phy),
	SNAP_U32(struct e1000, eecd),
	SNAP_U32(struct e1000, eerd),
	SNAP_U32(struct e1000, mdic),
	SNAP_U16(struct e1000, shift),
	SNAP_U8(struct e1000, bits_in),
	SNAP_U8(struct e1000, bits_out),
	SNAP_BOOL(struct e1000, asserted),
	SNAP_U64(struct e1000, itr_next),
	SNAP_TIMER(struct e1000, itr_timer),
	SNAP_TIMER(struct e1000, rx_timer),
	SNAP_U64(struct e1000, rx_latest),
	SNAP_TIMER(struct e1000, tx_int_timer),
	SNAP_U64(struct e1000, tx_int_latest),
	SNAP_TIMER(struct e1000, tx_timer),
	SNAP_STRUCT_1(struct e1000, tx, e1000_tx_fields),
	SNAP_END
};

const struct device_class e1000_class = {
	.name = "e1000",
	.version = 2,
	.reset = e1000_reset,
	.restored = e1000_restored,
	.free = e1000_free,
	.fields = e1000_fields,
};

const struct nic_class e1000_nic = {
	.can_receive = e1000_can_receive,
	.receive = e1000_receive,
	.set_link = e1000_set_link,
};

struct pci_dev *
e1000_pci(struct e1000 *e)
{
	return &e->pci;
}

/* SDM 4.1 "PCI Configuration" */
static void
e1000_pci_init(struct e1000 *e)
{
	struct pci_dev *d = &e->pci;

	pci_dev_init(d, "e1000", 0x8086, 0x100e, 0x020000, 2);
	pci_cfg_init(d, PCI_STATUS, 2, 0x0220, 0);
	pci_cfg_init(d, PCI_SUBSYS_VENDOR, 2, 0x8086, 0);
	pci_cfg_init(d, PCI_SUBSYS_ID, 2, 0x001e, 0);
	pci_cfg_init(d, PCI_INT_PIN, 1, 1, 0);
	pci_cfg_init(d, PCI_LATENCY, 1, 0, 0xf8);
	pci_bar_regs(d, 0, 0, MEM_BYTES, &e1000_mem_io, e);
	pci_bar_regs(d, 2, PCI_BAR_IO, PORTS, &e1000_port_io, e);
}

struct e1000 *
e1000_new(struct vclock *clock, const struct nic_cable *cable, const uint8_t mac[6],
    struct log *log)
{
	struct e1000 *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->clock = clock;
	e->cable = *cable;
	e->log = log;
	e->link = true;
	memcpy(e->mac, mac, sizeof(e->mac));
	vtimer_init(&e->itr_timer, e1000_itr_over, e);
	vtimer_init(&e->rx_timer, e1000_rx_delay_over, e);
	vtimer_init(&e->tx_int_timer, e1000_tx_delay_over, e);
	vtimer_init(&e->tx_timer, e1000_tx_go_on, e);
	e1000_pci_init(e);
	e1000_nvm_init(e);
	return e;
}
