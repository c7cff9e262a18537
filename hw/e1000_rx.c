/*
 * hw/e1000_rx.c - the 82540EM receives
 */
#include <string.h>
#include <zlib.h>

#include "hw/e1000_priv.h"
#include "hw/inet.h"

/* SDM 3.2.3 "Receive Descriptor Format" */
#define RXD_DD		0x01u
#define RXD_EOP		0x02u
#define RXD_IXSM	0x04u
#define RXD_VP		0x08u
#define RXD_TCPCS	0x20u
#define RXD_IPCS	0x40u
#define RXD_PIF		0x80u
#define RXD_TCPE	0x20u		/* errors */
#define RXD_IPE		0x40u

#define RXCSUM_IPOFL	0x0100u
#define RXCSUM_TUOFL	0x0200u

#define FCS_BYTES	4u
#define VLAN_BYTES	4u
#define PLAIN_MAX	1518u		/* without check sequence, with a VLAN tag */
#define RAH_AV		0x80000000u

/* --- which frames are taken: SDM 3.2.1 "Packet Address Filtering" and 13.4.22 --- */

static bool
address_known(const struct e1000 *e, const uint8_t *to)
{
	unsigned i;

	for (i = 0; i < RX_ADDRESSES; i++)
		if ((e->ra[2 * i + 1] & RAH_AV) && get_le32(to) == e->ra[2 * i] &&
		    get_le16(to + 4) == (e->ra[2 * i + 1] & 0xffff))
			return true;
	return false;
}

static bool
multicast_known(const struct e1000 *e, const uint8_t *to)
{
	static const uint8_t shift[4] = { 4, 3, 2, 0 };
	unsigned mo = e->reg[R_RCTL] >> RCTL_MO & 3;
	unsigned bit = get_le16(to + 4) >> shift[mo] & 0xfff;

	return e->mta[bit / 32] >> bit % 32 & 1;
}

static bool
is_broadcast(const uint8_t *to)
{
	return get_le32(to) == 0xffffffff && get_le16(to + 4) == 0xffff;
}

static bool
address_passes(const struct e1000 *e, const uint8_t *to)
{
	uint32_t rctl = e->reg[R_RCTL];

	if (is_broadcast(to) && (rctl & RCTL_BAM))
		return true;
	if (address_known(e, to))
		return true;
	if (to[0] & 1)
		return (rctl & RCTL_MPE) || multicast_known(e, to);
	return rctl & RCTL_UPE;
}

static bool
has_tag(const struct e1000 *e, const uint8_t *frame, size_t n)
{
	return n >= NIC_FRAME_MIN + VLAN_BYTES && inet_get16(frame + 12) == e->reg[R_VET];
}

static bool
vlan_passes(const struct e1000 *e, const uint8_t *frame, size_t n)
{
	unsigned id;

	if (!(e->reg[R_RCTL] & RCTL_VFE) || !has_tag(e, frame, n))
		return true;
	id = inet_get16(frame + 14) & 0xfff;
	return e->vfta[id / 32] >> id % 32 & 1;
}

static bool
receiver_on(const struct e1000 *e)
{
	return (e->reg[R_RCTL] & RCTL_EN) && e1000_link_up(e) && pci_bus_master(&e->pci);
}

/* --- the ring --- */

static uint32_t
rx_buffer_size(const struct e1000 *e)
{
	unsigned size = e->reg[R_RCTL] >> RCTL_BSIZE & 3;

	if ((e->reg[R_RCTL] & RCTL_BSEX) && size)
		return 32768u >> size;
	return 2048u >> size;
}

/* Descriptors that are the card's.  A head or tail outside the ring: none. */
static uint32_t
rx_free(const struct e1000 *e)
{
	uint32_t count = e->reg[R_RDLEN] / DESC_BYTES;
	uint32_t head = e->reg[R_RDH], tail = e->reg[R_RDT];

	if (head >= count || tail >= count)
		return 0;
	return tail >= head ? tail - head : count - head + tail;
}

/* Bytes of a frame that go into memory, at most. */
static size_t
rx_stored(const struct e1000 *e, size_t n)
{
	n = n < NIC_FRAME_PAD ? NIC_FRAME_PAD : n;
	return e->reg[R_RCTL] & RCTL_SECRC ? n : n + FCS_BYTES;
}

bool
e1000_can_receive(const void *nic, size_t n)
{
	const struct e1000 *e = nic;
	uint32_t size = rx_buffer_size(e);

	if (!receiver_on(e))
		return true;		/* nobody listens: it is gone */
	return (rx_stored(e, n) + size - 1) / size <= rx_free(e);
}

/* --- one frame --- */

struct rx_frame {
	const uint8_t	*data;
	size_t		n;
	uint8_t		status, errors;
	uint16_t	sum, special;
};

static void
rx_checksums(const struct e1000 *e, struct rx_frame *f)
{
	uint32_t rxcsum = e->reg[R_RXCSUM], start = rxcsum & 0xff;
	unsigned sums = inet_check(f->data, f->n);

	if (start < f->n)
		f->sum = inet_fold(inet_sum(0, f->data + start, f->n - start));
	f->sum = __builtin_bswap16(f->sum);	/* as it is in memory */
	if (!(rxcsum & (RXCSUM_IPOFL | RXCSUM_TUOFL)))
		f->status |= RXD_IXSM;
	if ((rxcsum & RXCSUM_IPOFL) && (sums & INET_IP))
		f->status |= RXD_IPCS;
	if ((rxcsum & RXCSUM_TUOFL) && (sums & INET_L4))
		f->status |= RXD_TCPCS;
	if ((f->status & RXD_IPCS) && (sums & INET_IP_BAD))
		f->errors |= RXD_IPE;
	if ((f->status & RXD_TCPCS) && (sums & INET_L4_BAD))
		f->errors |= RXD_TCPE;
}

static void
rx_write_back(struct e1000 *e, uint64_t at, const struct rx_frame *f, size_t len, bool last)
{
	uint8_t d[8];

	put_le16(d, (uint16_t)len);
	put_le16(d + 2, last ? f->sum : 0);
	d[4] = (uint8_t)(f->status | RXD_DD | (last ? RXD_EOP : 0));
	d[5] = last ? f->errors : 0;
	put_le16(d + 6, f->special);
	e->cable.dma_write(e->cable.arg, at + 8, d, sizeof(d));
}

/* can_receive() has seen to it that there are descriptors enough. */
static void
rx_store(struct e1000 *e, const struct rx_frame *f)
{
	uint32_t size = rx_buffer_size(e), count = e->reg[R_RDLEN] / DESC_BYTES;
	size_t done = 0, len;
	uint8_t address[8];

	while (done < f->n && rx_free(e)) {
		uint64_t at = e1000_desc(e, R_RDBAL, e->reg[R_RDH]);

		len = f->n - done < size ? f->n - done : size;
		e->cable.dma_read(e->cable.arg, at, address, sizeof(address));
		e->cable.dma_write(e->cable.arg, get_le64(address), f->data + done,
		    (uint32_t)len);
		done += len;
		rx_write_back(e, at, f, len, done == f->n);
		e->reg[R_RDH] = (e->reg[R_RDH] + 1) % count;
	}
}

static void
rx_interrupt(struct e1000 *e)
{
	uint32_t count = e->reg[R_RDLEN] / DESC_BYTES;
	unsigned part = (e->reg[R_RCTL] >> RCTL_RDMTS & 3) + 1;

	if (rx_free(e) <= count >> part)
		e1000_cause(e, INT_RXDMT0);
	if (e->reg[R_RDTR])
		e1000_cause_later(e, &e->rx_timer, &e->rx_latest, e->reg[R_RDTR],
		    e->reg[R_RADV]);
	else
		e1000_cause(e, INT_RXT0);
}

static void
rx_statistics(struct e1000 *e, const uint8_t *to, size_t n)
{
	e1000_count(e, STAT_TPR, 1);
	e1000_count64(e, STAT_TOR, n);
	e1000_count(e, STAT_GPRC, 1);
	e1000_count64(e, STAT_GORC, n);
	e1000_count_size(e, STAT_PRC64, n);
	if (is_broadcast(to))
		e1000_count(e, STAT_BPRC, 1);
	else if (to[0] & 1)
		e1000_count(e, STAT_MPRC, 1);
}

/* Takes the tag out: SDM 9.3 "802.1q VLAN Packet Filtering". */
static size_t
rx_strip(const struct e1000 *e, uint8_t *frame, size_t n, struct rx_frame *f)
{
	if (!(e->reg[R_CTRL] & CTRL_VME) || !has_tag(e, frame, n))
		return n;
	f->status |= RXD_VP;
	f->special = inet_get16(frame + 14);
	memmove(frame + 12, frame + 12 + VLAN_BYTES, n - 12 - VLAN_BYTES);
	return n - VLAN_BYTES;
}

void
e1000_receive(void *nic, const uint8_t *frame, size_t n)
{
	uint8_t buf[NIC_FRAME_MAX + NIC_FRAME_PAD];
	struct rx_frame f = { .data = buf };
	struct e1000 *e = nic;

	if (!receiver_on(e) || n > NIC_FRAME_MAX || n < NIC_FRAME_MIN)
		return;
	if (n > PLAIN_MAX && !(e->reg[R_RCTL] & RCTL_LPE))
		return;
	if (!address_passes(e, frame) || !vlan_passes(e, frame, n))
		return;
	f.status = address_known(e, frame) || is_broadcast(frame) ? 0 : RXD_PIF;
	memcpy(buf, frame, n);
	n = rx_strip(e, buf, n, &f);
	if (n < NIC_FRAME_PAD) {
		memset(buf + n, 0, NIC_FRAME_PAD - n);
		n = NIC_FRAME_PAD;
	}
	f.n = n;
	rx_checksums(e, &f);
	if (!(e->reg[R_RCTL] & RCTL_SECRC)) {
		/* IEEE 802.3, 3.2.9 "Frame Check Sequence field" */
		put_le32(buf + n, (uint32_t)crc32(0, buf, (uInt)n));
		f.n += FCS_BYTES;
	}
	rx_store(e, &f);
	rx_statistics(e, frame, n + FCS_BYTES);
	rx_interrupt(e);
}
