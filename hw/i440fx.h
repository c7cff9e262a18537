/*
 * hw/i440fx.h - host bridge 82441FX: memory attributes of the BIOS area
 */
#ifndef HW_I440FX_H
#define HW_I440FX_H

#include "hw/pci.h"

struct i440fx;

/*
 * pam() says where reads and writes of [at, at + len) between C0000h and FFFFFh
 * go: true = DRAM, false = the bus behind the bridge (firmware ROM).  Called
 * for all 13 segments at reset and after a restore, else for the ones that
 * changed.
 */
struct i440fx_cb {
	void	(*pam)(void *arg, uint32_t at, uint32_t len, bool rd, bool wr);
	void	*arg;
};

struct i440fx *i440fx_new(const struct i440fx_cb *cb, struct log *log);
struct pci_dev *i440fx_pci(struct i440fx *h);

/* The attribute registers: a sleep of the machine keeps them. */
#define I440FX_PAMS	7
void	i440fx_get_pam(const struct i440fx *h, uint8_t pam[I440FX_PAMS]);
void	i440fx_set_pam(struct i440fx *h, const uint8_t pam[I440FX_PAMS]);

extern const struct device_class i440fx_class;

#endif
