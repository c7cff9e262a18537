/*
 * hw/machine_stats.c - counters of a run, collected from where they are
 */
#include "hw/machine_stats.h"

#include <string.h>

#include "hw/machine_priv.h"
#include "hw/pc_priv.h"

/* --- devices --- */

struct io_list {
	struct machine_io	*io;
	unsigned		n, room;
};

/* Blocks of one name are one. */
static struct machine_io *
io_named(struct io_list *l, const char *name)
{
	unsigned i;

	for (i = 0; i < l->n; i++)
		if (!strcmp(l->io[i].name, name))
			return &l->io[i];
	if (l->n == l->room)
		return NULL;
	l->io[l->n] = (struct machine_io){ .name = name };
	return &l->io[l->n++];
}

static void
add_port(void *arg, const char *name, const struct io_count *c)
{
	struct machine_io *io = io_named(arg, name);

	if (!io)
		return;
	io->port.reads += c->reads;
	io->port.writes += c->writes;
}

static void
add_mmio(void *arg, const char *name, const struct io_count *c)
{
	struct machine_io *io = io_named(arg, name);

	if (!io)
		return;
	io->mmio.reads += c->reads;
	io->mmio.writes += c->writes;
}

unsigned
machine_io_stats(const struct machine *m, struct machine_io *io, unsigned room)
{
	struct io_list l = { io, 0, room };

	pio_each_count(m->pio, add_port, &l);
	physmem_each_count(m->pm, add_mmio, &l);
	return l.n;
}

/* --- drives and cards --- */

bool
machine_disk_stats(const struct machine *m, unsigned unit, struct block_stats *s)
{
	if (unit >= MACHINE_DISKS || !m->cfg.disk[unit].present)
		return false;
	*s = m->pc->disk_count[unit].stats;
	return true;
}

bool
machine_nic_stats(const struct machine *m, unsigned nic, struct nic_stats *s)
{
	if (nic >= MACHINE_NICS || !m->cfg.nic[nic].present)
		return false;
	*s = m->pc->nic[nic].stats;
	return true;
}
