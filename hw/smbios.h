/*
 * hw/smbios.h - SMBIOS 2.8 structures of the board, as SeaBIOS takes them
 */
#ifndef HW_SMBIOS_H
#define HW_SMBIOS_H

#include "base/blob.h"
#include "base/log.h"
#include "hw/fw_cfg.h"

struct smbios_config {
	unsigned	cpus;
	uint64_t	ram;		/* bytes */
	uint64_t	low_ram;	/* of these below 4 GiB */
	const char	*cpu_vendor;
	const char	*cpu_name;
	uint32_t	cpu_signature;	/* CPUID function 1 EAX */
	uint32_t	cpu_features;	/* CPUID function 1 EDX */
};

struct smbios {
	struct blob	tables;		/* etc/smbios/smbios-tables */
	struct blob	anchor;		/* etc/smbios/smbios-anchor */
};

/* False, with a message, when out of memory; then *s needs no fini. */
bool	smbios_init(struct smbios *s, const struct smbios_config *cfg,
	    struct log *log) MUST_CHECK;
void	smbios_fini(struct smbios *s);
/* *s must outlive f. */
bool	smbios_add(const struct smbios *s, struct fw_cfg *f) MUST_CHECK;

#endif
