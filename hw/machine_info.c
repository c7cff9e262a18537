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
	static const struct { unsigned first; char kind; } kinds[] = {
		{ MACHINE_FLOPPY0, 'f' }, { MACHINE_IDE_DISKS, 'v' }, { 0, 'h' }
	};
	unsigned k = 0;

	while (unit < kinds[k].first)
		k++;
	name[0] = kinds[k].kind;
	name[1] = 'd';
	name[2] = (char)('a' + unit - kinds[k].first);
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
		snprintf(text, sizeof(text), "%s: %s %s%s%s", name,
		    i >= MACHINE_FLOPPY0 ? "floppy" : d->cd ? "CD" : "disk",
		    d->file ? d->file : "(empty)", d->readonly ? ", read-only" : "",
		    d->snapshot ? ", writes are thrown away" : "");
		line(arg, text);
		any = true;
	}
	if (!any)
		line(arg, "no drives");
}
