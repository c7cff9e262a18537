/*
 * lab/guest/net.c - an 82540EM, polled: "PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual", 317453
 */
#include "lab/guest/net.h"

#include "lab/guest/guest.h"

#define CARD_ID		0x100e8086u

/* 13.4: registers */
#define CTRL		0x0000u
#define  CTRL_SLU	0x40u
#define RCTL		0x0100u
#define  RCTL_EN	0x2u
#define  RCTL_BAM	0x8000u
#define  RCTL_SECRC	0x4000000u
#define TCTL		0x0400u
#define  TCTL_EN	0x2u
#define  TCTL_PSP	0x8u
#define RDBAL		0x2800u
#define RDLEN		0x2808u
#define RDH		0x2810u
#define RDT		0x2818u
#define TDBAL		0x3800u
#define TDLEN		0x3808u
#define TDH		0x3810u
#define TDT		0x3818u

/* 3.2.3, 3.3.3: descriptors */
#define RX_DD		0x01u
#define TX_EOP_IFCS_RS	0x0bu
#define TX_DD		0x01u

#define RING		64u

struct rx {
	uint64_t	addr;
	uint16_t	len, sum;
	uint8_t		status, errors;
	uint16_t	special;
};

struct tx {
	uint64_t	addr;
	uint16_t	len;
	uint8_t		cso, cmd, status, css;
	uint16_t	special;
};

static volatile struct rx rx[RING] __attribute__((aligned(128)));
static volatile struct tx tx[RING] __attribute__((aligned(128)));
static uint8_t rx_buf[RING][FRAME_ROOM], tx_buf[RING][FRAME_ROOM];
static uint32_t regs, rx_at, tx_at;

static void
put(uint32_t reg, uint32_t v)
{
	*(volatile uint32_t *)(regs + reg) = v;
}

static uint32_t
pci_read(uint32_t slot, uint32_t reg)
{
	outl(0xcf8, 0x80000000u | slot << 11 | reg);
	return inl(0xcfc);
}

static void
pci_write(uint32_t slot, uint32_t reg, uint32_t v)
{
	outl(0xcf8, 0x80000000u | slot << 11 | reg);
	outl(0xcfc, v);
}

static void
start_rings(void)
{
	uint32_t i;

	for (i = 0; i < RING; i++) {
		rx[i].addr = (uint32_t)rx_buf[i];
		tx[i].addr = (uint32_t)tx_buf[i];
		tx[i].status = TX_DD;
	}
	put(RDBAL, (uint32_t)rx);
	put(RDBAL + 4, 0);
	put(RDLEN, sizeof(rx));
	put(RDH, 0);
	put(TDBAL, (uint32_t)tx);
	put(TDBAL + 4, 0);
	put(TDLEN, sizeof(tx));
	put(TDH, 0);
	put(TDT, 0);
	put(CTRL, CTRL_SLU);
	put(TCTL, TCTL_EN | TCTL_PSP);
	put(RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
	put(RDT, RING - 1);
}

int
net_start(void)
{
	uint32_t slot;

	for (slot = 0; slot < 32 && pci_read(slot, 0) != CARD_ID; slot++)
		;
	if (slot == 32)
		return 0;
	pci_write(slot, 4, (pci_read(slot, 4) & 0xffff) | 6);	/* memory, bus master */
	regs = pci_read(slot, 0x10) & ~0xfu;
	start_rings();
	return 1;
}

uint8_t *
net_next(uint32_t *n)
{
	if (!(rx[rx_at].status & RX_DD))
		return 0;
	*n = rx[rx_at].len;
	return rx_buf[rx_at];
}

void
net_done(void)
{
	rx[rx_at].status = 0;
	put(RDT, rx_at);
	rx_at = (rx_at + 1) % RING;
}

void
net_send(const uint8_t *frame, uint32_t n)
{
	uint32_t i;

	while (!(tx[tx_at].status & TX_DD))
		;
	for (i = 0; i < n; i++)
		tx_buf[tx_at][i] = frame[i];
	tx[tx_at].len = (uint16_t)n;
	tx[tx_at].cmd = TX_EOP_IFCS_RS;
	tx[tx_at].status = 0;
	tx_at = (tx_at + 1) % RING;
	put(TDT, tx_at);
}
