/*
 * hw/e1000_nvm.c - the 82540EM's EEPROM and PHY
 */
#include <string.h>

#include "hw/e1000_priv.h"

/* SDM 13.4.3 "EEPROM/Flash Control & Data Register" */
#define EECD_SK		0x01u
#define EECD_CS		0x02u
#define EECD_DI		0x04u
#define EECD_DO		0x08u
#define EECD_FWE	0x30u
#define EECD_REQ	0x40u
#define EECD_GNT	0x80u
#define EECD_PRES	0x100u

/* SDM 13.4.4 "EEPROM Read Register" */
#define EERD_START	0x01u
#define EERD_DONE	0x10u

/* SDM 13.4.6 "MDI Control Register" */
#define MDIC_OP		0x0c000000u
#define   MDIC_WRITE	0x04000000u
#define   MDIC_READ	0x08000000u
#define MDIC_READY	0x10000000u
#define MDIC_INT	0x20000000u
#define MDIC_ERROR	0x40000000u
#define PHY_ADDRESS	1u

/* IEEE 802.3, 22.2.4 "Management functions"; SDM 8 "PHY functionality" */
enum {
	PHY_CTRL = 0, PHY_STATUS = 1, PHY_ID1 = 2, PHY_ID2 = 3, PHY_ADVERTISE = 4,
	PHY_PARTNER = 5, PHY_EXPANSION = 6, PHY_1000_CTRL = 9, PHY_1000_STATUS = 10,
	PHY_EXT_STATUS = 15, PHY_SPECIFIC_CTRL = 16, PHY_SPECIFIC_STATUS = 17,
	PHY_EXT_CTRL = 20, PHY_PAGE = 29
};
#define PHY_CTRL_RESET		0x8000u
#define PHY_CTRL_RESTART	0x0200u
#define PHY_STATUS_LINK		0x0004u
#define PHY_STATUS_NEGOTIATED	0x0020u
/* 1000 Mb/s, full duplex, resolved */
#define PHY_SPECIFIC_GOOD	0xa800u
#define PHY_SPECIFIC_LINK	0x0400u

/* --- EEPROM --- */

#define NVM_CHECKSUM	63
#define NVM_SUM		0xbaba		/* SDM 5.6.31 "Checksum Word Calculation" */
#define MICROWIRE_READ	6		/* start bit and opcode 10 */
#define MICROWIRE_HEAD	9u		/* with 6 address bits */

static uint16_t
nvm_sum(const struct e1000 *e)
{
	uint16_t sum = 0;
	unsigned i;

	for (i = 0; i < NVM_CHECKSUM; i++)
		sum = (uint16_t)(sum + e->nvm[i]);
	return sum;
}

/* SDM 5.6, table 5-2 "EEPROM Address Map" */
void
e1000_nvm_init(struct e1000 *e)
{
	static const uint16_t map[NVM_WORDS] = {
		[0x05] = 0xffff, [0x06] = 0xffff, [0x07] = 0xffff, [0x08] = 0x3000,
		[0x09] = 0x1000, [0x0a] = 0x6402, [0x0b] = 0x001e, [0x0c] = 0x8086,
		[0x0d] = 0x100e, [0x0e] = 0x8086, [0x0f] = 0x3040, [0x21] = 0x7862,
		[0x22] = 0x0008
	};
	unsigned i;

	memcpy(e->nvm, map, sizeof(map));
	for (i = 0; i < 3; i++)
		e->nvm[i] = get_le16(e->mac + 2 * i);
	e->nvm[NVM_CHECKSUM] = (uint16_t)(NVM_SUM - nvm_sum(e));
}

void
e1000_load_mac(struct e1000 *e)
{
	e->ra[0] = e->nvm[0] | (uint32_t)e->nvm[1] << 16;
	e->ra[1] = e->nvm[2] | 0x80000000u;
}

static uint16_t
nvm_word(const struct e1000 *e, uint32_t at)
{
	return at < NVM_WORDS ? e->nvm[at] : 0xffff;
}

/*
 * One bit by Microwire: a start bit, two bits of opcode and six of address go in on
 * rising edges of the clock, sixteen bits of data come out, after falling ones.
 */
static void
microwire_clock(struct e1000 *e, bool rising, bool bit)
{
	bool reading = e->bits_in == MICROWIRE_HEAD;

	if (rising && !reading) {
		/* Zeros before the start bit mean nothing. */
		if (!e->bits_in && !bit)
			return;
		e->shift = (uint16_t)(e->shift << 1 | bit);
		e->bits_in++;
		e->bits_out = 0;
	} else if (!rising && reading && e->bits_out < 0xff) {
		e->bits_out++;
	}
}

static bool
microwire_out(const struct e1000 *e)
{
	unsigned word = e->shift & (NVM_WORDS - 1), bit = e->bits_out - 1u;

	if (e->bits_in < MICROWIRE_HEAD || e->shift >> 6 != MICROWIRE_READ)
		return true;		/* ready */
	if (!e->bits_out)
		return false;		/* the dummy bit before the data */
	return e->nvm[(word + bit / 16) % NVM_WORDS] >> (15 - bit % 16) & 1;
}

void
e1000_eecd_write(struct e1000 *e, uint32_t v)
{
	uint32_t was = e->eecd;

	e->eecd = v & (EECD_SK | EECD_CS | EECD_DI | EECD_FWE | EECD_REQ);
	if (!(v & EECD_CS)) {
		e->bits_in = e->bits_out = 0;
		e->shift = 0;
	} else if ((v ^ was) & EECD_SK) {
		microwire_clock(e, v & EECD_SK, v & EECD_DI);
	}
}

uint32_t
e1000_eecd_read(const struct e1000 *e)
{
	return e->eecd | EECD_PRES | (e->eecd & EECD_REQ ? EECD_GNT : 0) |
	    (microwire_out(e) ? EECD_DO : 0);
}

void
e1000_eerd_write(struct e1000 *e, uint32_t v)
{
	uint32_t at = v >> 8 & 0xff;

	if (v & EERD_START)
		e->eerd = (uint32_t)nvm_word(e, at) << 16 | at << 8 | EERD_DONE;
}

/* --- PHY: a Marvell 88E1000 inside --- */

void
e1000_phy_reset(struct e1000 *e)
{
	static const uint16_t init[PHY_REGS] = {
		[PHY_CTRL] = 0x1140, [PHY_STATUS] = 0x7949, [PHY_ID1] = 0x0141,
		[PHY_ID2] = 0x0c20, [PHY_ADVERTISE] = 0x0de1, [PHY_PARTNER] = 0x4de1,
		[PHY_EXPANSION] = 0x0007, [PHY_1000_CTRL] = 0x0e00,
		[PHY_1000_STATUS] = 0x3c00, [PHY_EXT_STATUS] = 0x3000,
		[PHY_SPECIFIC_CTRL] = 0x0360, [PHY_EXT_CTRL] = 0x0d60
	};

	memcpy(e->phy, init, sizeof(init));
}

static uint16_t
phy_read(const struct e1000 *e, unsigned reg)
{
	bool up = e1000_link_up(e);

	switch (reg) {
	case PHY_STATUS:
		return e->phy[reg] | (up ? PHY_STATUS_LINK | PHY_STATUS_NEGOTIATED : 0);
	case PHY_SPECIFIC_STATUS:
		return up ? PHY_SPECIFIC_GOOD | PHY_SPECIFIC_LINK : 0;
	case PHY_PARTNER:
	case PHY_1000_STATUS:
		return up ? e->phy[reg] : 0;
	default:
		return e->phy[reg];
	}
}

static void
phy_write(struct e1000 *e, unsigned reg, uint16_t v)
{
	switch (reg) {
	case PHY_CTRL:
		if (v & PHY_CTRL_RESET)
			e1000_phy_reset(e);
		else
			e->phy[reg] = v & (uint16_t)~PHY_CTRL_RESTART;
		break;
	case PHY_ADVERTISE:
	case PHY_1000_CTRL:
	case PHY_SPECIFIC_CTRL:
	case 18:
	case PHY_EXT_CTRL:
	case PHY_PAGE:
	case PHY_PAGE + 1:
		e->phy[reg] = v;
		break;
	default:
		break;			/* read-only, or not there */
	}
}

void
e1000_mdic_write(struct e1000 *e, uint32_t v)
{
	unsigned reg = v >> 16 & 31;

	e->mdic = (v & ~MDIC_ERROR) | MDIC_READY;
	if ((v >> 21 & 31) != PHY_ADDRESS)
		e->mdic |= MDIC_ERROR;
	else if ((v & MDIC_OP) == MDIC_READ)
		e->mdic = (e->mdic & 0xffff0000u) | phy_read(e, reg);
	else if ((v & MDIC_OP) == MDIC_WRITE)
		phy_write(e, reg, (uint16_t)v);
	else
		e->mdic |= MDIC_ERROR;
	if (v & MDIC_INT)
		e1000_cause(e, INT_MDAC);
}
