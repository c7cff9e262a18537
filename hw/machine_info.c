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

bool
machine_balloon(const struct machine *m, uint64_t *ram)
{
	return pc_balloon(m->pc, ram);
}

void
machine_disk_name(unsigned unit, char name[4])
{
	bool ide = unit < MACHINE_IDE_DISKS;

	name[0] = ide ? 'h' : 'v';
	name[1] = 'd';
	name[2] = (char)('a' + unit - (ide ? 0 : MACHINE_IDE_DISKS));
	name[3] = '\0';
}

void
machine_print_block(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	const struct machine_disk *d;
	char text[1024], name[4];
	bool any = false;
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		d = &m->cfg.disk[i];
		if (!d->present)
			continue;
		machine_disk_name(i, name);
		snprintf(text, sizeof(text), "%s: %s %s%s%s", name, d->cd ? "CD" : "disk",
		    d->file ? d->file : "(empty)", d->readonly ? ", read-only" : "",
		    d->snapshot ? ", writes are thrown away" : "");
		line(arg, text);
		any = true;
	}
	if (!any)
		line(arg, "no drives");
}
