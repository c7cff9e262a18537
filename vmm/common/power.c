/*
 * vmm/common/power.c - switching the machine off
 *
 * The power management function of the south bridge says where its registers
 * are: Intel 82371AB datasheet, 7.1 "Power Management PCI Configuration".
 */
#include "vmm/common/power.h"

#include "vmm/common/port.h"

#define CONFIG_ADDRESS	0xcf8
#define CONFIG_DATA	0xcfc
#define PIIX4_PM	0x71138086u	/* device and vendor */
#define PMBASE		0x40
#define PMREGMISC	0x80
#define PM1_CNT		4
#define SLP_EN		0x2000u		/* type 0: soft off */

static uint32_t
config_read(unsigned devfn, unsigned reg)
{
	out_l(CONFIG_ADDRESS, 0x80000000u | devfn << 8 | reg);
	return in_l(CONFIG_DATA);
}

void
power_off(void)
{
	unsigned devfn;

	for (devfn = 0; devfn < 256; devfn++)
		if (config_read(devfn, 0) == PIIX4_PM &&
		    config_read(devfn, PMREGMISC) & 1)
			out_w((uint16_t)((config_read(devfn, PMBASE) & 0xffc0) + PM1_CNT),
			    SLP_EN);
	for (;;)
		__asm__ volatile("cli; hlt");
}
