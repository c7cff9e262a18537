/*
 * hw/machine_info.c - what a machine consists of, as lines for a person
 *
 * Nothing here changes the machine.
 */
#include <inttypes.h>
#include <stdio.h>

#include "hw/machine_priv.h"
#include "hw/pc_priv.h"

void
machine_print_mtree(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	line(arg, "memory");
	physmem_print(m->pm, line, arg);
	line(arg, "ports");
	pio_print(m->pio, line, arg);
}

void
machine_print_pci(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	pci_bus_print(m->pc->pci, line, arg);
}

void
machine_print_block(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	const struct machine_disk *d;
	char text[1024];
	unsigned i;
	bool floppy;

	for (i = 0; i < MACHINE_DISKS; i++) {
		d = &m->cfg.disk[i];
		if (!d->present)
			continue;
		floppy = i >= MACHINE_FLOPPY0;
		snprintf(text, sizeof(text), "%cd%c: %s %s%s%s", floppy ? 'f' : 'h',
		    'a' + (floppy ? i - MACHINE_FLOPPY0 : i),
		    floppy ? "floppy" : d->cd ? "CD" : "disk",
		    d->file ? d->file : "(empty)", d->readonly ? ", read-only" : "",
		    d->snapshot ? ", writes are thrown away" : "");
		line(arg, text);
	}
}
