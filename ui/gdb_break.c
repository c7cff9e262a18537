/*
 * ui/gdb_break.c - break- and watchpoints, single step
 *
 * Breakpoints are linear addresses in a table; guest memory never changes.  The
 * threaded engine stops its blocks at the offsets in a page that have one and
 * asks there; pages with watchpoints are kept out of the fast TLB, so accesses
 * to them are seen.  Steps go through the reference loop.  None of it costs the
 * guest a cycle.
 */
#include <errno.h>
#include <string.h>

#include "ui/gdb_priv.h"

struct gdb_position
gdb_position_of(const struct cpu *c)
{
	return (struct gdb_position){ c->rip, c->insns, c->cycles };
}

bool
gdb_is_at(const struct cpu *c, const struct gdb_position *p)
{
	return c->rip == p->rip && c->insns == p->insns && c->cycles == p->cycles;
}

static uint64_t
linear_pc(const struct cpu *c)
{
	if (c->mode & MK_64)
		return c->rip;
	return (uint32_t)(c->seg[SEG_CS].base + c->rip);
}

static bool
is_watch(const struct gdb_point *p)
{
	return p->type >= POINT_WRITE;
}

/* --- the table --- */

static bool
same_point(const struct gdb_point *a, const struct gdb_point *b)
{
	return a->type == b->type && a->addr == b->addr &&
	    (!is_watch(a) || a->len == b->len);
}

static struct gdb_point *
point_find(struct gdb *g, const struct gdb_point *p)
{
	unsigned i;

	for (i = 0; i < g->points; i++)
		if (same_point(&g->point[i], p))
			return &g->point[i];
	return NULL;
}

unsigned
gdb_insert(struct gdb *g, const struct gdb_point *p)
{
	if (point_find(g, p))
		return 0;
	if (is_watch(p) && !p->len)
		return EINVAL;
	if (g->points == GDB_POINTS)
		return ENOSPC;
	g->point[g->points++] = *p;
	return 0;
}

void
gdb_remove(struct gdb *g, const struct gdb_point *p)
{
	struct gdb_point *at = point_find(g, p);

	if (at)
		*at = g->point[--g->points];
}

void
gdb_remove_all(struct gdb *g)
{
	g->points = 0;
}

/* --- asked while the machine runs --- */

const struct gdb_point *
gdb_break_at(const struct gdb *g, const struct cpu *c)
{
	uint64_t pc = linear_pc(c);
	unsigned i;

	for (i = 0; i < g->points; i++)
		if (!is_watch(&g->point[i]) && g->point[i].addr == pc)
			return &g->point[i];
	return NULL;
}

/*
 * A breakpoint where the machine stands does not stop it again; one that the
 * client moved it to does.  A repetition left in the middle is one instruction.
 */
static bool
on_boundary(void *arg, struct cpu *c)
{
	struct gdb *g = arg;
	const struct gdb_point *p;
	unsigned i = c->index;

	if (g->stop == GDB_WATCH)
		return true;
	if (c->rep_active || i >= GDB_CPUS)
		return false;
	p = gdb_is_at(c, &g->stopped_at[i]) ? NULL : gdb_break_at(g, c);
	if (p) {
		g->stop = GDB_BREAK;
		g->stop_point = *p;
		g->stop_cpu = i;
		return true;
	}
	if (!g->stepping || g->step_cpu != i || gdb_is_at(c, &g->resumed_at[i]))
		return false;
	g->stop = GDB_STEPPED;
	g->stop_cpu = i;
	return true;
}

static bool
watches(const struct gdb_point *p, uint64_t va, uint64_t size, bool write)
{
	if (p->type == POINT_WRITE ? !write : p->type == POINT_READ ? write :
	    p->type != POINT_ACCESS)
		return false;
	return va - p->addr < p->len || p->addr - va < size;
}

const struct gdb_point *
gdb_watch_at(const struct gdb *g, uint64_t va, unsigned size, bool write)
{
	unsigned i;

	for (i = 0; i < g->points; i++)
		if (watches(&g->point[i], va, size, write))
			return &g->point[i];
	return NULL;
}

struct gdb_point
gdb_watch_report(const struct gdb_point *p, uint64_t va)
{
	struct gdb_point at = *p;

	if (va - p->addr < p->len)
		at.addr = va;
	return at;
}

static void
on_data(void *arg, struct cpu *c, gva_t va, unsigned size, bool write)
{
	struct gdb *g = arg;
	const struct gdb_point *p;

	if (g->stop == GDB_WATCH || !(p = gdb_watch_at(g, va, size, write)))
		return;
	g->stop = GDB_WATCH;
	g->stop_point = gdb_watch_report(p, va);
	g->stop_cpu = c->index;
	g->debugger.asks = true;
}

/* --- around a run --- */

void
gdb_build_stops(const struct gdb *g, uint64_t stops[CPU_STOPS_WORDS])
{
	unsigned i, off;

	memset(stops, 0, CPU_STOPS_WORDS * sizeof(*stops));
	for (i = 0; i < g->points; i++) {
		if (is_watch(&g->point[i]))
			continue;
		off = g->point[i].addr % PAGE_SIZE;
		stops[off / 64] |= (uint64_t)1 << off % 64;
	}
}

/* An access over a page's end is never fast, so its first page does not matter. */
void
gdb_watch_pages(struct gdb *g, struct cpu_debugger *d)
{
	const struct gdb_point *p;
	uint64_t last;
	unsigned i;

	d->watched = g->watched;
	d->nwatched = 0;
	for (i = 0; i < g->points; i++) {
		p = &g->point[i];
		if (!is_watch(p))
			continue;
		last = p->len > ~p->addr ? ~(uint64_t)0 : p->addr + p->len - 1;
		g->watched[d->nwatched++] = (struct mmu_pages){
			p->addr & PAGE_MASK, last & PAGE_MASK
		};
	}
}

/* Decoded code is thrown away only when the offsets changed: a client removes
 * and inserts all its breakpoints at every stop. */
void
gdb_arm(struct gdb *g)
{
	uint64_t stops[CPU_STOPS_WORDS];
	unsigned i;

	for (i = 0; i < machine_cpus(g->m) && i < GDB_CPUS; i++)
		g->resumed_at[i] = gdb_position_of(machine_cpu(g->m, i));
	g->stop = GDB_SIGNALLED;
	g->debugger.arg = g;
	g->debugger.brk = on_boundary;
	g->debugger.asks = false;
	gdb_watch_pages(g, &g->debugger);
	g->debugger.data = g->debugger.nwatched ? on_data : NULL;
	g->debugger.stops = g->stepping ? NULL : g->stops;
	gdb_build_stops(g, stops);
	if (!g->stepping && memcmp(stops, g->stops, sizeof(stops)) != 0) {
		memcpy(g->stops, stops, sizeof(stops));
		machine_set_debugger(g->m, NULL);
	}
	machine_set_debugger(g->m, &g->debugger);
}

void
gdb_note_stop(struct gdb *g, enum gdb_stop why, unsigned cpu)
{
	unsigned i;

	for (i = 0; i < machine_cpus(g->m) && i < GDB_CPUS; i++)
		g->stopped_at[i] = gdb_position_of(machine_cpu(g->m, i));
	g->stepping = false;
	g->stop = why;
	g->stop_cpu = g->cpu = cpu;
}

void
gdb_disarm(struct gdb *g)
{
	gdb_remove_all(g);
	g->stepping = false;
	memset(g->stops, 0, sizeof(g->stops));
	machine_set_debugger(g->m, NULL);
}
