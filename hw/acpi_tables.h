/*
 * hw/acpi_tables.h - ACPI tables of the board, as SeaBIOS takes them
 *
 * Three files in fw_cfg: the tables, the root pointer, and a list of commands
 * by which the firmware places them and fills in addresses and checksums.
 */
#ifndef HW_ACPI_TABLES_H
#define HW_ACPI_TABLES_H

#include "base/blob.h"
#include "base/log.h"
#include "hw/fw_cfg.h"

/* Where SeaBIOS puts the power-management ports of the PIIX4. */
#define ACPI_PM_BASE	0x600u
#define ACPI_HPET_ADDR	0xfed00000u

struct acpi_config {
	unsigned	cpus;		/* 1..255; APIC IDs are 0..cpus - 1 */
	uint32_t	low_ram;	/* bytes below 4 GiB: where the PCI hole starts */
	bool		serial[2];	/* COM1, COM2 are there */
	bool		floppy;
	bool		hpet;
	bool		s3;		/* suspend to RAM is offered */
};

struct acpi_tables {
	struct blob	tables;		/* etc/acpi/tables */
	struct blob	rsdp;		/* etc/acpi/rsdp */
	struct blob	loader;		/* etc/table-loader */
};

/* False, with a message, when out of memory; then *t needs no fini. */
bool	acpi_tables_init(struct acpi_tables *t, const struct acpi_config *cfg,
	    struct log *log) MUST_CHECK;
void	acpi_tables_fini(struct acpi_tables *t);
/* *t must outlive f. */
bool	acpi_tables_add(const struct acpi_tables *t, struct fw_cfg *f) MUST_CHECK;

#endif
