/*
 * hw/piix4_pm.h - PIIX4 power management function: PM timer, SCI, sleep, SMBus
 */
#ifndef HW_PIIX4_PM_H
#define HW_PIIX4_PM_H

#include "base/vclock.h"
#include "hw/pci.h"

#define PM_TIMER_HZ	3579545u

struct piix4_pm;

enum piix4_wake { PIIX4_WAKE_RTC, PIIX4_WAKE_BUTTON };

/*
 * power_off(): the guest asked for S5 (soft off).  suspend(): for S3, suspend to
 * RAM; the processors stop until wake(), whereupon everything but memory is reset
 * and piix4_pm_woken() is called.
 */
struct piix4_pm_cb {
	void	(*power_off)(void *arg);
	void	(*suspend)(void *arg);
	void	(*wake)(void *arg, enum piix4_wake by);
	void	*arg;
};

/* sci drives ISA interrupt 9. */
struct piix4_pm *piix4_pm_new(struct vclock *vc, const struct wire *sci,
	    const struct piix4_pm_cb *cb, struct log *log);
struct pci_dev *piix4_pm_pci(struct piix4_pm *p);
bool	piix4_pm_asleep(const struct piix4_pm *p);
void	piix4_pm_woken(struct piix4_pm *p, enum piix4_wake by);
/* The level of IRQ8#; also while it is being restored. */
void	piix4_pm_rtc(struct piix4_pm *p, bool level);
/* A person presses the power button. */
void	piix4_pm_power_button(struct piix4_pm *p);

extern const struct device_class piix4_pm_class;
extern const struct io_ops piix4_apm_io;	/* at B2h, 2 ports */

#endif
