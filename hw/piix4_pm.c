/*
 * hw/piix4_pm.c - PIIX4 power management function: PM timer, SCI, sleep, SMBus
 *
 * Reference: Intel 82371AB PIIX4 (290562), chapter 7 "Power Management PCI
 * Configuration Registers", 7.2 "Power Management I/O Space Registers", 7.3
 * "System Management Bus I/O Space Registers"; ACPI 1.0b, 4.7 "ACPI Register
 * Model".
 *
 * There is no SMM.  What the firmware's SMI handler would do on writes of F1h
 * and F0h to the APM control port (set and clear SCI_EN) is done here, and
 * configuration byte 5Bh resets to 02h (APMC_EN), which firmware takes for "SMM
 * is set up already".
 *
 * Suspend to RAM (sleep type 1): the board stops the processors; an RTC alarm
 * that is enabled, or the power button, ends it.
 *
 * Not modelled: throttling, C2 and C3, device monitors, suspend to disk (logged,
 * ignored); the SMBus has no devices on it, every transaction ends with a device
 * error.
 */
#include "hw/piix4_pm.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bits.h"

#define PMBASE		0x40
#define DEVACTB		0x58
#define   DEVACTB_RESET	0x02000000u	/* APMC_EN */
#define PMREGMISC	0x80
#define   PMIOSE	0x01
#define SMBBASE		0x90
#define SMBHSTCFG	0xd2
#define   SMB_HST_EN	0x01

#define WIN_PM		0
#define WIN_SMB		1

/* PM1 status and enable */
#define TMR_BIT		0x0001
#define GBL_BIT		0x0020
#define PWRBTN_BIT	0x0100
#define RTC_BIT		0x0400
#define WAK_STS		0x8000
#define PM1_STS_BITS	0x8d31
#define PM1_EN_BITS	(TMR_BIT | GBL_BIT | PWRBTN_BIT | RTC_BIT)
/* PM1 control */
#define SCI_EN		0x0001
#define SLP_EN		0x2000
#define SLP_TYP_SHIFT	10
#define PM1_CNT_BITS	0x1c03		/* what is kept; SLP_EN while it sleeps */
#define SLP_TYP_OFF	0
#define SLP_TYP_RAM	1
#define SLP_TYP_ON	5

#define APM_ACPI_ON	0xf1
#define APM_ACPI_OFF	0xf0

/* The timer has 24 bits; TMR_STS is set whenever bit 23 changes. */
#define TMR_MASK	0xffffffu
#define TMR_HALF	0x800000u

struct smb_host {
	uint8_t		sts;
	uint8_t		slv_sts;
	uint8_t		cnt;
	uint8_t		cmd;
	uint8_t		addr;
	uint8_t		dat[2];
	uint8_t		slv_cnt;
	uint8_t		shadow_cmd;
	uint16_t	slv_evt;
	uint16_t	slv_dat;
};

#define SMB_DEV_ERR	0x04
#define SMB_STS_BITS	0x1e
#define SMB_START	0x40

struct piix4_pm {
	struct pci_dev		pci;
	uint16_t		pm1_sts;	/* without TMR_BIT */
	uint16_t		pm1_en;
	uint16_t		pm1_cnt;
	uint16_t		gpe_sts;
	uint16_t		gpe_en;
	uint64_t		tmr_edge;	/* tick at which TMR_BIT is set */
	uint16_t		misc[18];	/* 10h, 18h..37h: read as written */
	uint8_t			apm_cnt;
	uint8_t			apm_sts;
	struct smb_host		smb;
	struct vtimer		timer;
	/* Wiring: */
	struct vclock		*vc;
	struct wire		sci;
	struct piix4_pm_cb	cb;
	struct log		*log;
	bool			rtc;		/* level of IRQ8 */
};

/* --- PM timer and SCI --- */

static uint64_t
pm_ticks(struct piix4_pm *p)
{
	return muldiv64(vclock_now(p->vc), PM_TIMER_HZ, VCLOCK_HZ);
}

static uint16_t
pm1_status(struct piix4_pm *p)
{
	return p->pm1_sts | (pm_ticks(p) >= p->tmr_edge ? TMR_BIT : 0);
}

static void
pm_drive_sci(struct piix4_pm *p)
{
	bool level = (pm1_status(p) & p->pm1_en & PM1_EN_BITS) ||
	    (p->gpe_sts & p->gpe_en);

	wire_set(&p->sci, level && (p->pm1_cnt & SCI_EN));
}

/* SCI level, and an event at the next edge of bit 23 when that matters. */
static void
pm_update(struct piix4_pm *p)
{
	pm_drive_sci(p);
	if ((p->pm1_en & TMR_BIT) && !(pm1_status(p) & TMR_BIT))
		vtimer_arm(p->vc, &p->timer,
		    muldiv64_up(p->tmr_edge, VCLOCK_HZ, PM_TIMER_HZ));
	else
		vtimer_disarm(p->vc, &p->timer);
}

static void
pm_timer_fired(void *arg)
{
	pm_update(arg);
}

static void
pm1_status_write(struct piix4_pm *p, uint16_t val)
{
	p->pm1_sts &= (uint16_t)~(val & PM1_STS_BITS);
	if (val & TMR_BIT)
		p->tmr_edge = (pm_ticks(p) & ~(uint64_t)(TMR_HALF - 1)) + TMR_HALF;
}

/* --- sleep --- */

bool
piix4_pm_asleep(const struct piix4_pm *p)
{
	return p->pm1_cnt & SLP_EN;
}

/* ACPI 4.7.2.2.1.2 "Real Time Clock Alarm": RTC_EN lets RTC_STS wake. */
static void
pm_rtc_wakes(struct piix4_pm *p)
{
	if (p->rtc && piix4_pm_asleep(p) && (p->pm1_en & RTC_BIT))
		p->cb.wake(p->cb.arg, PIIX4_WAKE_RTC);
}

static void
pm_sleep(struct piix4_pm *p)
{
	unsigned type = (unsigned)bits_get(p->pm1_cnt, SLP_TYP_SHIFT, 3);

	switch (type) {
	case SLP_TYP_OFF:
		p->cb.power_off(p->cb.arg);
		break;
	case SLP_TYP_RAM:
		p->pm1_cnt |= SLP_EN;
		p->cb.suspend(p->cb.arg);
		pm_rtc_wakes(p);
		break;
	case SLP_TYP_ON:		/* working: nothing to do */
		break;
	default:
		log_unimp(p->log, "piix4-sleep",
		    "piix4: sleep type %u asked for; soft off (0) and suspend to RAM (1) are "
		    "modelled", type);
	}
}

void
piix4_pm_rtc(struct piix4_pm *p, bool level)
{
	p->rtc = level;
	pm_rtc_wakes(p);
}

/* After the reset that ends the sleep. */
void
piix4_pm_woken(struct piix4_pm *p, enum piix4_wake by)
{
	p->pm1_sts |= WAK_STS | (by == PIIX4_WAKE_RTC ? RTC_BIT : PWRBTN_BIT);
	pm_update(p);
}

void
piix4_pm_power_button(struct piix4_pm *p)
{
	if (piix4_pm_asleep(p)) {
		p->cb.wake(p->cb.arg, PIIX4_WAKE_BUTTON);
		return;
	}
	p->pm1_sts |= PWRBTN_BIT;
	pm_update(p);
}

/* --- power management I/O space, 64 ports at PMBASE --- */

/* Plain storage: PCNTRL at 10h, the global and device registers from 18h. */
static uint16_t *
pm_misc_word(struct piix4_pm *p, uint32_t off)
{
	if (off == 0x10 || off == 0x12)
		return &p->misc[(off - 0x10) / 2];
	if (off >= 0x18 && off < 0x38)
		return &p->misc[2 + (off - 0x18) / 2];
	return NULL;
}

static uint64_t
pm_read16(struct piix4_pm *p, uint32_t off)
{
	const uint16_t *w = pm_misc_word(p, off);

	switch (off) {
	case 0x00: return pm1_status(p);
	case 0x02: return p->pm1_en;
	case 0x04: return p->pm1_cnt;
	case 0x08: return pm_ticks(p) & 0xffff;
	case 0x0a: return (pm_ticks(p) & TMR_MASK) >> 16;
	case 0x0c: return p->gpe_sts;
	case 0x0e: return p->gpe_en;
	default: return w ? *w : 0;
	}
}

static void
pm_write16(struct piix4_pm *p, uint32_t off, uint16_t val)
{
	uint16_t *w = pm_misc_word(p, off);

	switch (off) {
	case 0x00:
		pm1_status_write(p, val);
		break;
	case 0x02:
		p->pm1_en = val & PM1_EN_BITS;
		break;
	case 0x04:
		p->pm1_cnt = val & PM1_CNT_BITS;
		if (val & SLP_EN)
			pm_sleep(p);
		break;
	case 0x0c:
		p->gpe_sts &= (uint16_t)~val;
		break;
	case 0x0e:
		p->gpe_en = val & 0x0f01;
		break;
	default:
		if (w)
			*w = val;
	}
	pm_update(p);
}

/*
 * Reading P_LVL2 or P_LVL3 (14h, 15h) would enter C2 or C3; the FADT does not
 * offer them.
 */
static uint64_t
pm_io_read(void *dev, uint32_t off, unsigned size)
{
	struct piix4_pm *p = dev;

	if (size == 1)
		return pm_read16(p, off & ~1u) >> 8 * (off & 1) & 0xff;
	if (size == 2)
		return pm_read16(p, off);
	if (off == 0x08)
		return pm_ticks(p) & TMR_MASK;
	return pm_read16(p, off) | pm_read16(p, off + 2) << 16;
}

static void
pm_io_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct piix4_pm *p = dev;
	unsigned sh = 8 * (off & 1);
	uint16_t old;

	if (size == 1) {
		off &= ~1u;
		/* A status bit that is not addressed must not be cleared. */
		old = off == 0x00 || off == 0x0c ? 0 : (uint16_t)pm_read16(p, off);
		pm_write16(p, off, (uint16_t)((old & ~(0xffu << sh)) |
		    (uint32_t)val << sh));
		return;
	}
	pm_write16(p, off, (uint16_t)val);
	if (size == 4)
		pm_write16(p, off + 2, (uint16_t)(val >> 16));
}

static const struct io_ops pm_io = {
	.read = pm_io_read,
	.write = pm_io_write,
	.sizes = 1 | 2 | 4,
};

/* --- APM control and status, B2h and B3h --- */

static uint64_t
piix4_apm_read(void *dev, uint32_t off, unsigned size)
{
	const struct piix4_pm *p = dev;

	(void)size;
	return off ? p->apm_sts : p->apm_cnt;
}

static void
piix4_apm_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct piix4_pm *p = dev;

	(void)size;
	if (off) {
		p->apm_sts = (uint8_t)val;
		return;
	}
	p->apm_cnt = (uint8_t)val;
	if (val == APM_ACPI_ON)
		p->pm1_cnt |= SCI_EN;
	else if (val == APM_ACPI_OFF)
		p->pm1_cnt &= (uint16_t)~SCI_EN;
	pm_update(p);
}

/* --- SMBus host, 16 ports at SMBBASE --- */

static uint64_t
smb_read(void *dev, uint32_t off, unsigned size)
{
	const struct smb_host *s = &((struct piix4_pm *)dev)->smb;

	(void)size;
	switch (off) {
	case 0x0: return s->sts;
	case 0x1: return s->slv_sts;
	case 0x2: return s->cnt;
	case 0x3: return s->cmd;
	case 0x4: return s->addr;
	case 0x5: return s->dat[0];
	case 0x6: return s->dat[1];
	case 0x7: return 0;
	case 0x8: return s->slv_cnt;
	case 0x9: return s->shadow_cmd;
	case 0xa: return s->slv_evt & 0xff;
	case 0xb: return s->slv_evt >> 8;
	case 0xc: return s->slv_dat & 0xff;
	case 0xd: return s->slv_dat >> 8;
	default: return 0;
	}
}

static void
smb_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct smb_host *s = &((struct piix4_pm *)dev)->smb;
	uint8_t v = (uint8_t)val;

	(void)size;
	switch (off) {
	case 0x0: s->sts &= (uint8_t)~(v & SMB_STS_BITS); break;
	case 0x1: s->slv_sts &= (uint8_t)~v; break;
	case 0x2:
		s->cnt = v & 0x1f;
		if (v & SMB_START)	/* nobody acknowledges the address */
			s->sts |= SMB_DEV_ERR;
		break;
	case 0x3: s->cmd = v; break;
	case 0x4: s->addr = v; break;
	case 0x5: s->dat[0] = v; break;
	case 0x6: s->dat[1] = v; break;
	case 0x8: s->slv_cnt = v; break;
	case 0xa: s->slv_evt = (uint16_t)bits_put(s->slv_evt, 0, 8, v); break;
	case 0xb: s->slv_evt = (uint16_t)bits_put(s->slv_evt, 8, 8, v); break;
	default: break;
	}
}

static const struct io_ops smb_io = {
	.read = smb_read,
	.write = smb_write,
	.sizes = 1,
};

/* --- configuration space --- */

/* PMBASE and SMBBASE are not where BARs are, and neither are their enables. */
static void
piix4_pm_map(struct piix4_pm *p)
{
	const uint8_t *cfg = p->pci.cfg;
	bool io = get_le16(cfg + PCI_COMMAND) & PCI_CMD_IO;

	pci_win_set(&p->pci, WIN_PM, get_le32(cfg + PMBASE) & 0xffc0,
	    cfg[PMREGMISC] & PMIOSE);
	pci_win_set(&p->pci, WIN_SMB, get_le32(cfg + SMBBASE) & 0xfff0,
	    io && (cfg[SMBHSTCFG] & SMB_HST_EN));
}

static void
piix4_pm_written(void *arg, uint32_t off, unsigned size)
{
	(void)off;
	(void)size;
	piix4_pm_map(arg);
}

/* --- reset, restore, construction --- */

static void
piix4_pm_reset(void *dev)
{
	struct piix4_pm *p = dev;

	p->pm1_sts = p->pm1_en = p->pm1_cnt = 0;
	p->gpe_sts = p->gpe_en = 0;
	memset(p->misc, 0, sizeof(p->misc));
	p->apm_cnt = p->apm_sts = 0;
	p->smb = (struct smb_host){ 0 };
	pm1_status_write(p, TMR_BIT);
	pci_dev_reset(&p->pci);
	piix4_pm_map(p);
	pm_update(p);
}

static int
piix4_pm_restored(void *dev)
{
	struct piix4_pm *p = dev;

	if (p->tmr_edge % TMR_HALF || p->tmr_edge > BIT(60))
		return -EINVAL;
	p->pm1_sts &= PM1_STS_BITS & ~TMR_BIT;
	p->pm1_en &= PM1_EN_BITS;
	p->pm1_cnt &= PM1_CNT_BITS | SLP_EN;
	pci_dev_restored(&p->pci);
	pm_drive_sci(p);
	return 0;
}

static void
piix4_pm_free(void *dev)
{
	struct piix4_pm *p = dev;

	if (p) {
		vtimer_disarm(p->vc, &p->timer);
		pci_dev_fini(&p->pci);
	}
	free(p);
}

static const struct snap_field smb_fields[] = {
	SNAP_U8(struct smb_host, sts),
	SNAP_U8(struct smb_host, slv_sts),
	SNAP_U8(struct smb_host, cnt),
	SNAP_U8(struct smb_host, cmd),
	SNAP_U8(struct smb_host, addr),
	SNAP_ARRAY(struct smb_host, dat),
	SNAP_U8(struct smb_host, slv_cnt),
	SNAP_U8(struct smb_host, shadow_cmd),
	SNAP_U16(struct smb_host, slv_evt),
	SNAP_U16(struct smb_host, slv_dat),
	SNAP_END
};

static const struct snap_field piix4_pm_fields[] = {
	SNAP_STRUCT_1(struct piix4_pm, pci, pci_dev_fields),
	SNAP_U16(struct piix4_pm, pm1_sts),
	SNAP_U16(struct piix4_pm, pm1_en),
	SNAP_U16(struct piix4_pm, pm1_cnt),
	SNAP_U16(struct piix4_pm, gpe_sts),
	SNAP_U16(struct piix4_pm, gpe_en),
	SNAP_U64(struct piix4_pm, tmr_edge),
	SNAP_ARRAY(struct piix4_pm, misc),
	SNAP_U8(struct piix4_pm, apm_cnt),
	SNAP_U8(struct piix4_pm, apm_sts),
	SNAP_STRUCT_1(struct piix4_pm, smb, smb_fields),
	SNAP_TIMER(struct piix4_pm, timer),
	SNAP_END
};

const struct io_ops piix4_apm_io = {
	.read = piix4_apm_read,
	.write = piix4_apm_write,
	.sizes = 1,
};

const struct device_class piix4_pm_class = {
	.name = "piix4-pm",
	.version = 1,
	.reset = piix4_pm_reset,
	.restored = piix4_pm_restored,
	.free = piix4_pm_free,
	.fields = piix4_pm_fields,
};

struct pci_dev *
piix4_pm_pci(struct piix4_pm *p)
{
	return &p->pci;
}

static void
piix4_pm_cfg(struct piix4_pm *p)
{
	struct pci_dev *d = &p->pci;
	unsigned i;

	pci_dev_init(d, "piix4-pm", 0x8086, 0x7113, 0x068000, 3);
	pci_cfg_init(d, PCI_COMMAND, 2, 0, PCI_CMD_IO);
	pci_cfg_init(d, PCI_STATUS, 2, 0x0280, 0);
	pci_cfg_init(d, PCI_INT_PIN, 1, 1, 0);
	pci_cfg_init(d, PMBASE, 4, 1, 0xffc0);
	for (i = 0x44; i < 0x80; i += 4)	/* CNTA.. DEVRESJ */
		pci_cfg_init(d, i, 4, i == DEVACTB ? DEVACTB_RESET : 0, 0xffffffff);
	pci_cfg_init(d, PMREGMISC, 1, 0, 0x01);
	pci_cfg_init(d, SMBBASE, 4, 1, 0xfff0);
	pci_cfg_init(d, SMBHSTCFG, 4, 0, 0x00ffff0f);
	d->written = piix4_pm_written;
	d->arg = p;
	pci_win_regs(d, WIN_PM, PCI_BAR_IO, 64, &pm_io, p);
	pci_win_regs(d, WIN_SMB, PCI_BAR_IO, 16, &smb_io, p);
}

struct piix4_pm *
piix4_pm_new(struct vclock *vc, const struct wire *sci,
    const struct piix4_pm_cb *cb, struct log *log)
{
	struct piix4_pm *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->vc = vc;
	p->sci = *sci;
	p->cb = *cb;
	p->log = log;
	vtimer_init(&p->timer, pm_timer_fired, p);
	piix4_pm_cfg(p);
	return p;
}
