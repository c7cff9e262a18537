/*
 * hw/e1000_priv.h - inside of the 82540EM
 */
#ifndef HW_E1000_PRIV_H
#define HW_E1000_PRIV_H

#include "base/bits.h"
#include "hw/e1000.h"

/*
 * REG(name, offset, writable bits): registers that keep what is written; SDM 13.2
 * "Register Conventions", table 13-2.  What reading or writing one does besides is
 * in e1000.c.
 */
#define E1000_REGS \
	REG(CTRL, 0x0000, 0xffffffff) \
	REG(CTRL_EXT, 0x0018, 0xffffffff) \
	REG(FLA, 0x001c, 0xffffffff) \
	REG(FCAL, 0x0028, 0xffffffff) \
	REG(FCAH, 0x002c, 0x0000ffff) \
	REG(FCT, 0x0030, 0x0000ffff) \
	REG(VET, 0x0038, 0x0000ffff) \
	REG(ITR, 0x00c4, 0x0000ffff) \
	REG(RCTL, 0x0100, 0xffffffff) \
	REG(FCTTV, 0x0170, 0x0000ffff) \
	REG(TXCW, 0x0178, 0xffffffff) \
	REG(TCTL, 0x0400, 0xffffffff) \
	REG(TIPG, 0x0410, 0xffffffff) \
	REG(AIFS, 0x0458, 0x0000ffff) \
	REG(LEDCTL, 0x0e00, 0xffffffff) \
	REG(PBA, 0x1000, 0xffffffff) \
	REG(FCRTL, 0x2160, 0xffffffff) \
	REG(FCRTH, 0x2168, 0xffffffff) \
	REG(RDBAL, 0x2800, 0xfffffff0) \
	REG(RDBAH, 0x2804, 0xffffffff) \
	REG(RDLEN, 0x2808, 0x000fff80) \
	REG(RDH, 0x2810, 0x0000ffff) \
	REG(RDT, 0x2818, 0x0000ffff) \
	REG(RDTR, 0x2820, 0x0000ffff) \
	REG(RXDCTL, 0x2828, 0xffffffff) \
	REG(RADV, 0x282c, 0x0000ffff) \
	REG(RSRPD, 0x2c00, 0x00000fff) \
	REG(TDBAL, 0x3800, 0xfffffff0) \
	REG(TDBAH, 0x3804, 0xffffffff) \
	REG(TDLEN, 0x3808, 0x000fff80) \
	REG(TDH, 0x3810, 0x0000ffff) \
	REG(TDT, 0x3818, 0x0000ffff) \
	REG(TIDV, 0x3820, 0x0000ffff) \
	REG(TXDCTL, 0x3828, 0xffffffff) \
	REG(TADV, 0x382c, 0x0000ffff) \
	REG(TSPMT, 0x3830, 0xffffffff) \
	REG(RXCSUM, 0x5000, 0x000007ff) \
	REG(WUC, 0x5800, 0xffffffff) \
	REG(WUFC, 0x5808, 0xffffffff) \
	REG(WUS, 0x5810, 0xffffffff) \
	REG(MANC, 0x5820, 0xffffffff)

enum e1000_reg {
#define REG(name, off, mask) R_##name,
	E1000_REGS
#undef REG
	E1000_REG_COUNT
};

#define CTRL_SLU	0x00000040u
#define CTRL_VME	0x40000000u
#define CTRL_RST	0x04000000u
#define CTRL_PHY_RST	0x80000000u
#define CTRL_EXT_EE_RST	0x00002000u

#define RCTL_EN		0x00000002u
#define RCTL_UPE	0x00000008u
#define RCTL_MPE	0x00000010u
#define RCTL_LPE	0x00000020u
#define RCTL_RDMTS	8		/* 2 bits */
#define RCTL_MO		12		/* 2 bits */
#define RCTL_BAM	0x00008000u
#define RCTL_BSIZE	16		/* 2 bits */
#define RCTL_VFE	0x00040000u
#define RCTL_BSEX	0x02000000u
#define RCTL_SECRC	0x04000000u

#define TCTL_EN		0x00000002u

/* SDM 13.4.17 "Interrupt Cause Read Register" */
#define INT_TXDW	0x00000001u
#define INT_TXQE	0x00000002u
#define INT_LSC		0x00000004u
#define INT_RXDMT0	0x00000010u
#define INT_RXT0	0x00000080u
#define INT_MDAC	0x00000200u
#define INT_ALL		0x0001ffffu

/* Statistics registers, by place; SDM 13.7 */
#define STATS		74		/* 4000h to 4124h */
#define STAT(off)	(((off) - 0x4000u) / 4)
#define STAT_PRC64	STAT(0x405c)
#define STAT_GPRC	STAT(0x4074)
#define STAT_BPRC	STAT(0x4078)
#define STAT_MPRC	STAT(0x407c)
#define STAT_GPTC	STAT(0x4080)
#define STAT_GORC	STAT(0x4088)
#define STAT_GOTC	STAT(0x4090)
#define STAT_TOR	STAT(0x40c0)
#define STAT_TOT	STAT(0x40c8)
#define STAT_TPR	STAT(0x40d0)
#define STAT_TPT	STAT(0x40d4)
#define STAT_PTC64	STAT(0x40d8)
#define STAT_MPTC	STAT(0x40f0)
#define STAT_BPTC	STAT(0x40f4)
#define STAT_TSCTC	STAT(0x40f8)

#define NVM_WORDS	64
#define PHY_REGS	32
#define RX_ADDRESSES	16
#define DESC_BYTES	16u

/* What a context descriptor says; SDM 3.3.6 "TCP/IP Context Descriptor
 * Layout".  Kept apart for packets that are cut into segments. */
struct e1000_offload {
	uint8_t		ipcss, ipcso, tucss, tucso;
	uint16_t	ipcse, tucse;
	uint8_t		hdrlen;
	uint16_t	mss;
	bool		tcp, ip;
};

/* The packet that is being put together. */
struct e1000_tx {
	struct e1000_offload off, tso;
	bool		started;	/* first descriptor was seen: what it said holds */
	bool		cut;		/* TSE */
	bool		vlan;
	uint8_t		popts;
	uint16_t	special;
	bool		legacy_sum;
	uint8_t		css, cso;
	uint32_t	segment;	/* frames made of this packet so far */
	uint32_t	sent;		/* payload bytes in them */
	uint32_t	len;		/* bytes in buf */
	uint32_t	dropped;	/* bytes that had no room */
	uint32_t	done;		/* bytes of the descriptor at the head */
	uint8_t		header[256];	/* TSE: the packet's */
	uint8_t		buf[NIC_FRAME_MAX];
};

struct e1000 {
	struct pci_dev		pci;
	struct vclock		*clock;
	struct nic_cable	cable;
	struct log		*log;
	uint8_t			mac[6];

	uint32_t		reg[E1000_REG_COUNT];
	uint32_t		icr, ims;
	uint32_t		ioaddr;
	uint32_t		ra[2 * RX_ADDRESSES];	/* RAL, RAH */
	uint32_t		mta[128], vfta[128];
	uint32_t		stat[STATS];
	bool			link;		/* the cable */

	/* e1000_nvm.c */
	uint16_t		nvm[NVM_WORDS];
	uint16_t		phy[PHY_REGS];
	uint32_t		eecd, eerd, mdic;
	uint16_t		shift;		/* bits that came in */
	uint8_t			bits_in, bits_out;

	/* Interrupts. */
	bool			asserted;
	uint64_t		itr_next;	/* no interrupt before */
	struct vtimer		itr_timer;
	struct vtimer		rx_timer;	/* RDTR, RADV */
	uint64_t		rx_latest;	/* while rx_timer is armed */
	struct vtimer		tx_int_timer;	/* TIDV, TADV */
	uint64_t		tx_int_latest;

	struct vtimer		tx_timer;	/* sends on */
	struct e1000_tx		tx;
};

/* --- e1000.c --- */

void	e1000_cause(struct e1000 *e, uint32_t what);
/* Cause what after delay in units of 1.024 us, at the latest after latest of
 * them, if that is not 0; *by is state. */
void	e1000_cause_later(struct e1000 *e, struct vtimer *t, uint64_t *by, uint32_t delay,
	    uint32_t latest);
void	e1000_count(struct e1000 *e, unsigned stat, uint64_t n);
void	e1000_count64(struct e1000 *e, unsigned stat, uint64_t n);
/* Of the six classes of size from stat on. */
void	e1000_count_size(struct e1000 *e, unsigned stat, size_t n);
bool	e1000_link_up(const struct e1000 *e);
static inline uint64_t
e1000_desc(const struct e1000 *e, enum e1000_reg low, uint32_t i)
{
	return (uint64_t)e->reg[low + 1] << 32 | (e->reg[low] + DESC_BYTES * i);
}

/* --- e1000_nvm.c --- */

void	e1000_nvm_init(struct e1000 *e);
void	e1000_phy_reset(struct e1000 *e);
void	e1000_load_mac(struct e1000 *e);
void	e1000_eecd_write(struct e1000 *e, uint32_t v);
uint32_t e1000_eecd_read(const struct e1000 *e);
void	e1000_eerd_write(struct e1000 *e, uint32_t v);
void	e1000_mdic_write(struct e1000 *e, uint32_t v);

/* --- e1000_rx.c --- */

bool	e1000_can_receive(const void *nic, size_t n);
void	e1000_receive(void *nic, const uint8_t *frame, size_t n);

/* --- e1000_tx.c --- */

/* Sends what is in the ring, unless it is waiting for its next portion. */
void	e1000_tx_run(struct e1000 *e);
void	e1000_tx_reset(struct e1000 *e);
bool	e1000_tx_valid(const struct e1000 *e);
extern const struct snap_field e1000_tx_fields[];

#endif
