/*
 * hw/e1000_tx.c - the 82540EM sends
 */
#include <string.h>

#include "hw/e1000_priv.h"
#include "hw/inet.h"

/* SDM 3.3.3 "Legacy Transmit Descriptor Format", 3.3.7 "TCP/IP Data Descriptor
 * Format": the command byte. */
#define TXD_EOP		0x01u
#define TXD_IC		0x04u		/* legacy */
#define TXD_TSE		0x04u		/* data, context */
#define TXD_RS		0x08u
#define TXD_DEXT	0x20u
#define TXD_VLE		0x40u
#define TXD_IDE		0x80u
#define TXD_DD		0x01u		/* status */

#define TUCMD_TCP	0x01u
#define TUCMD_IP	0x02u

#define POPTS_IXSM	0x01u
#define POPTS_TXSM	0x02u

#define TCP_FIN_PSH	0x09u
#define VLAN_BYTES	4u
#define FCS_BYTES	4u

/* A portion: what one register write, or one event, does at most. */
#define PORTION_DESCS	64u
#define PORTION_BYTES	0x10000u
#define PORTION_SEGMENTS 256u		/* cut from one descriptor */
#define LINE_CYCLES	8u		/* a byte at 1 Gb/s */
/* Smaller segments are no segments: they would only be many. */
#define MSS_MIN		16u

/* --- one frame --- */

/* Adds up bytes [from, to] and puts the result at where; what is there counts. */
static void
tx_sum(struct e1000_tx *t, uint32_t from, uint32_t to, uint32_t where, bool not_zero)
{
	uint16_t sum;

	if (!to || to >= t->len)
		to = t->len - 1;
	if (from > to || where + 2 > t->len)
		return;
	sum = (uint16_t)~inet_fold(inet_sum(0, t->buf + from, to - from + 1));
	if (!sum && not_zero)
		sum = 0xffff;
	inet_put16(t->buf + where, sum);
}

static void
tx_sums(struct e1000_tx *t)
{
	const struct e1000_offload *o = t->cut ? &t->tso : &t->off;

	if (t->legacy_sum)
		tx_sum(t, t->css, 0, t->cso, false);
	if (t->popts & POPTS_TXSM)
		tx_sum(t, o->tucss, o->tucse, o->tucso, true);
	if (t->popts & POPTS_IXSM)
		tx_sum(t, o->ipcss, o->ipcse, o->ipcso, false);
}

/* SDM 3.5.9 "IP/TCP/UDP Header Updating" */
static void
tx_update_header(struct e1000_tx *t, bool last)
{
	const struct e1000_offload *o = &t->tso;
	uint8_t *ip = t->buf + o->ipcss, *l4 = t->buf + o->tucss;
	uint32_t len;

	if (o->ipcss + 20u <= t->len) {
		if (o->ip) {
			inet_put16(ip + 2, t->len - o->ipcss);
			inet_put16(ip + 4, inet_get16(ip + 4) + t->segment);
		} else if (o->ipcss + 40u <= t->len) {
			inet_put16(ip + 4, t->len - o->ipcss - 40);
		}
	}
	if (o->tucss + 20u <= t->len && o->tcp) {
		inet_put32(l4 + 4, inet_get32(l4 + 4) + t->sent);
		if (!last)
			l4[13] &= (uint8_t)~TCP_FIN_PSH;
	} else if (o->tucss + 8u <= t->len && !o->tcp) {
		inet_put16(l4 + 4, t->len - o->tucss);
	}
	/* The sum of the pseudo header that is there lacks the length. */
	if ((t->popts & POPTS_TXSM) && o->tucso + 2u <= t->len && o->tucss < t->len) {
		len = t->len - o->tucss;
		inet_put16(t->buf + o->tucso, inet_fold(inet_get16(t->buf + o->tucso) + len));
	}
}

static void
tx_tag(struct e1000 *e)
{
	struct e1000_tx *t = &e->tx;

	if (!t->vlan || !(e->reg[R_CTRL] & CTRL_VME) || t->len + VLAN_BYTES > NIC_FRAME_MAX)
		return;
	memmove(t->buf + 12 + VLAN_BYTES, t->buf + 12, t->len - 12);
	inet_put16(t->buf + 12, e->reg[R_VET]);
	inet_put16(t->buf + 14, t->special);
	t->len += VLAN_BYTES;
}

static void
tx_statistics(struct e1000 *e, size_t n)
{
	const uint8_t *to = e->tx.buf;

	e1000_count(e, STAT_TPT, 1);
	e1000_count64(e, STAT_TOT, n);
	e1000_count(e, STAT_GPTC, 1);
	e1000_count64(e, STAT_GOTC, n);
	e1000_count_size(e, STAT_PTC64, n);
	if (get_le32(to) == 0xffffffff && get_le16(to + 4) == 0xffff)
		e1000_count(e, STAT_BPTC, 1);
	else if (to[0] & 1)
		e1000_count(e, STAT_MPTC, 1);
}

/* Onto the line: what is in buf. */
static void
tx_frame(struct e1000 *e, bool last)
{
	struct e1000_tx *t = &e->tx;

	if (t->len < NIC_FRAME_MIN)
		return;
	if (t->cut)
		tx_update_header(t, last);
	tx_sums(t);
	tx_tag(e);
	if (t->len < NIC_FRAME_PAD) {
		memset(t->buf + t->len, 0, NIC_FRAME_PAD - t->len);
		t->len = NIC_FRAME_PAD;
	}
	tx_statistics(e, t->len + FCS_BYTES);
	if (e1000_link_up(e))
		e->cable.send(e->cable.arg, t->buf, t->len);
}

/* --- bytes of a packet --- */

static void
tx_append(struct e1000 *e, uint64_t at, uint32_t n)
{
	e->cable.dma_read(e->cable.arg, at, e->tx.buf + e->tx.len, n);
	e->tx.len += n;
}

static uint32_t
tx_segment_max(const struct e1000_tx *t)
{
	uint32_t n = t->tso.mss < MSS_MIN ? MSS_MIN : t->tso.mss;

	n += t->tso.hdrlen;
	return n < NIC_FRAME_MAX ? n : NIC_FRAME_MAX;
}

static void
tx_next_segment(struct e1000 *e)
{
	struct e1000_tx *t = &e->tx;
	uint32_t payload = tx_segment_max(t) - t->tso.hdrlen;

	tx_frame(e, false);
	t->segment++;
	t->sent += payload;
	memcpy(t->buf, t->header, t->tso.hdrlen);
	t->len = t->tso.hdrlen;
}

/* A full segment waits: whether it is the last one is not known before more comes.
 * How many of n bytes were taken: all, unless they are very many segments. */
static uint32_t
tx_cut_bytes(struct e1000 *e, uint64_t at, uint32_t n)
{
	struct e1000_tx *t = &e->tx;
	uint32_t max = tx_segment_max(t), segments = 0, left = n, take, end;

	for (; left; left -= take, at += take) {
		if (t->len == max && segments++ == PORTION_SEGMENTS)
			break;
		if (t->len == max)
			tx_next_segment(e);
		end = t->len < t->tso.hdrlen ? t->tso.hdrlen : max;
		take = end - t->len < left ? end - t->len : left;
		tx_append(e, at, take);
		if (!t->segment && t->len == t->tso.hdrlen)
			memcpy(t->header, t->buf, t->tso.hdrlen);
	}
	return n - left;
}

static uint32_t
tx_bytes(struct e1000 *e, uint64_t at, uint32_t n)
{
	struct e1000_tx *t = &e->tx;
	uint32_t room = NIC_FRAME_MAX - t->len;

	if (t->cut)
		return tx_cut_bytes(e, at, n);
	tx_append(e, at, n < room ? n : room);
	t->dropped |= n > room;
	return n;
}

static void
tx_end(struct e1000 *e)
{
	struct e1000_tx *t = &e->tx;

	if (!t->dropped && t->len)
		tx_frame(e, true);
	if (t->cut)
		e1000_count(e, STAT_TSCTC, 1);
	t->started = t->cut = t->vlan = t->legacy_sum = false;
	t->popts = 0;
	t->segment = t->sent = t->len = t->dropped = 0;
}

/* --- descriptors --- */

/* SDM 3.3.6 */
static void
tx_context(struct e1000 *e, const uint8_t *d)
{
	uint8_t cmd = d[11];
	struct e1000_offload *o = cmd & TXD_TSE ? &e->tx.tso : &e->tx.off;

	/* In the middle of a packet it would change what was begun. */
	if (e->tx.started)
		return;
	*o = (struct e1000_offload){
		.ipcss = d[0], .ipcso = d[1], .ipcse = get_le16(d + 2),
		.tucss = d[4], .tucso = d[5], .tucse = get_le16(d + 6),
		.hdrlen = d[13], .mss = get_le16(d + 14),
		.tcp = cmd & TUCMD_TCP, .ip = cmd & TUCMD_IP,
	};
}

static void
tx_begin(struct e1000_tx *t, const uint8_t *d, bool legacy)
{
	uint8_t cmd = d[11];

	t->started = true;
	t->vlan = cmd & TXD_VLE;
	t->special = get_le16(d + 14);
	if (legacy) {
		t->cso = d[10];
		t->css = d[13];
		return;
	}
	t->cut = cmd & TXD_TSE;
	t->popts = d[13];
}

/* Adds to the payload bytes; whether all of it is done.  Memory may have changed
 * since a part of it was. */
static bool
tx_data(struct e1000 *e, const uint8_t *d, uint32_t *bytes)
{
	bool legacy = !(d[11] & TXD_DEXT);
	uint32_t n = get_le32(d + 8) & (legacy ? 0xffff : 0xfffff), done = e->tx.done, took;

	if (!e->tx.started)
		tx_begin(&e->tx, d, legacy);
	done = done < n ? done : n;
	took = tx_bytes(e, get_le64(d) + done, n - done);
	*bytes += took;
	e->tx.done = done + took;
	if (e->tx.done < n)
		return false;
	e->tx.done = 0;
	if (d[11] & TXD_EOP) {
		e->tx.legacy_sum = legacy && (d[11] & TXD_IC);
		e->tx.vlan = e->tx.vlan || (d[11] & TXD_VLE);
		tx_end(e);
	}
	return true;
}

static bool
tx_descriptor(struct e1000 *e, uint32_t *bytes)
{
	static const uint8_t done = TXD_DD;
	uint64_t at = e1000_desc(e, R_TDBAL, e->reg[R_TDH]);
	uint8_t d[DESC_BYTES];

	e->cable.dma_read(e->cable.arg, at, d, sizeof(d));
	if ((d[11] & TXD_DEXT) && !(d[10] >> 4))
		tx_context(e, d);
	else if (!tx_data(e, d, bytes))
		return false;
	if (!(d[11] & TXD_RS))
		return true;
	e->cable.dma_write(e->cable.arg, at + 12, &done, 1);
	if ((d[11] & TXD_IDE) && e->reg[R_TIDV])
		e1000_cause_later(e, &e->tx_int_timer, &e->tx_int_latest, e->reg[R_TIDV],
		    e->reg[R_TADV]);
	else
		e1000_cause(e, INT_TXDW);
	return true;
}

void
e1000_tx_run(struct e1000 *e)
{
	uint32_t count = e->reg[R_TDLEN] / DESC_BYTES, descs = 0, bytes = 0;

	if (!(e->reg[R_TCTL] & TCTL_EN) || !pci_bus_master(&e->pci) ||
	    vtimer_armed(&e->tx_timer))
		return;
	if (e->reg[R_TDH] >= count || e->reg[R_TDT] >= count ||
	    e->reg[R_TDH] == e->reg[R_TDT])
		return;
	while (e->reg[R_TDH] != e->reg[R_TDT]) {
		if (descs++ == PORTION_DESCS || bytes >= PORTION_BYTES ||
		    !tx_descriptor(e, &bytes)) {
			vtimer_arm(e->clock, &e->tx_timer, vclock_now(e->clock) +
			    (uint64_t)LINE_CYCLES * (bytes + DESC_BYTES * descs));
			return;
		}
		e->reg[R_TDH] = (e->reg[R_TDH] + 1) % count;
	}
	e1000_cause(e, INT_TXQE);
}

void
e1000_tx_reset(struct e1000 *e)
{
	vtimer_disarm(e->clock, &e->tx_timer);
	memset(&e->tx, 0, sizeof(e->tx));
}

bool
e1000_tx_valid(const struct e1000 *e)
{
	const struct e1000_tx *t = &e->tx;

	if (t->len > NIC_FRAME_MAX)
		return false;
	return !t->cut || t->len <= tx_segment_max(t);
}

static const struct snap_field offload_fields[] = {
	SNAP_U8(struct e1000_offload, ipcss),
	SNAP_U8(struct e1000_offload, ipcso),
	SNAP_U8(struct e1000_offload, tucss),
	SNAP_U8(struct e1000_offload, tucso),
	SNAP_U16(struct e1000_offload, ipcse),
	SNAP_U16(struct e1000_offload, tucse),
	SNAP_U8(struct e1000_offload, hdrlen),
	SNAP_U16(struct e1000_offload, mss),
	SNAP_BOOL(struct e1000_offload, tcp),
	SNAP_BOOL(struct e1000_offload, ip),
	SNAP_END
};

const struct snap_field e1000_tx_fields[] = {
	SNAP_STRUCT_1(struct e1000_tx, off, offload_fields),
	SNAP_STRUCT_1(struct e1000_tx, tso, offload_fields),
	SNAP_BOOL(struct e1000_tx, started),
	SNAP_BOOL(struct e1000_tx, cut),
	SNAP_BOOL(struct e1000_tx, vlan),
	SNAP_U8(struct e1000_tx, popts),
	SNAP_U16(struct e1000_tx, special),
	SNAP_BOOL(struct e1000_tx, legacy_sum),
	SNAP_U8(struct e1000_tx, css),
	SNAP_U8(struct e1000_tx, cso),
	SNAP_U32(struct e1000_tx, segment),
	SNAP_U32(struct e1000_tx, sent),
	SNAP_U32(struct e1000_tx, len),
	SNAP_U32(struct e1000_tx, dropped),
	SNAP_U32(struct e1000_tx, done),
	SNAP_BYTES(struct e1000_tx, header),
	SNAP_BYTES(struct e1000_tx, buf),
	SNAP_END
};
