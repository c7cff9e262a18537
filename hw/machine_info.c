/*
 * hw/machine_info.c - what a machine consists of, as lines for a person
 *
 * Nothing here changes the machine.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "hw/machine_priv.h"
#include "hw/pc_priv.h"

void
print_line(const struct printer *p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->line(p->arg, text);
}

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

/* --- drives --- */

static void
print_backing(const struct printer *p, const struct blockimage *im)
{
	const char *file;
	unsigned i;

	for (i = 1; (file = blockimage_file(im, i)); i++)
		print_line(p, "    Backing file:     %s (%s)", file, blockimage_format_of(im, i));
}

/* Where what the guest writes is. */
static void
print_writes(const struct printer *p, struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	const struct overlay_file *f = d->snapshot ? NULL : pc_overlay_file(pc);
	const struct overlay *o = pc_overlay(pc, unit);

	if (!o || d->readonly)
		return;
	if (!overlay_frozen(o)) {
		print_line(p, "    Writes:           go to the image");
		return;
	}
	print_line(p, "    Writes:           %" PRIu64 " clusters of 4 KiB in %s%s", overlay_count(o),
	    f ? overlay_file_path(f) : "memory", d->snapshot ? ", thrown away at the end" : "");
}

static void
print_drive(const struct printer *p, struct pc *pc, unsigned unit)
{
	const struct machine_disk *d = &pc->m->cfg.disk[unit];
	const struct blockimage *im = pc->image[unit];
	uint64_t bytes;
	char name[4];

	machine_disk_name(unit, name);
	if (!im) {
		print_line(p, "%s: [not inserted]", name);
		return;
	}
	bytes = blockimage_dev(im)->sectors * BLOCKDEV_SECTOR;
	print_line(p, "%s: %s (%s%s)", name, blockimage_file(im, 0), blockimage_format_of(im, 0),
	    d->readonly || d->cd ? ", read-only" : "");
	print_line(p, "    Size:             %.4g MiB (%" PRIu64 " bytes), a %s",
	    (double)bytes / (1 << 20), bytes,
	    unit >= MACHINE_FLOPPY0 ? "floppy" : d->cd ? "CD" : "disk");
	print_backing(p, im);
	print_writes(p, pc, unit);
}

void
machine_print_block(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	const struct printer p = { line, arg };
	bool any = false;
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		if (!m->cfg.disk[i].present)
			continue;
		print_drive(&p, m->pc, i);
		any = true;
	}
	if (!any)
		line(arg, "no drives");
}
