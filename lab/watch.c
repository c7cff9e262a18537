/*
 * lab/watch.c - what the processor of a world did, one thing after the other
 */
#include "lab/watch.h"

#include <stdlib.h>

#define DATA_END	(WATCH_DATA + ((gva_t)64 << 20))	/* of what labs' programs map */

static void *
room_for(struct watch *w, void *old, size_t used, size_t *room, size_t size)
{
	size_t want = *room ? 2 * *room : 256;
	void *p;

	if (used < *room)
		return old;
	p = want <= WATCH_MAX ? realloc(old, want * size) : NULL;
	if (p)
		*room = want;
	else
		w->lost = true;
	return p;
}

/* NULL: no room. */
static struct watch_event *
note(struct watch *w, enum watch_kind kind, const struct cpu *c)
{
	void *p = room_for(w, w->event, w->events, &w->event_room, sizeof(*w->event));
	struct watch_event *e;

	if (!p)
		return NULL;
	w->event = p;
	e = &w->event[w->events++];
	*e = (struct watch_event){ .cycle = c->cycles, .insns = c->insns, .kind = kind,
		.injected = c->svm_stats.injected, .guest = c->svm.guest,
		.user = c->mmu.user };
	return e;
}

static void
on_exception(void *arg, struct cpu *c, const struct cpu_fault *f)
{
	if (f->vector == EXC_PF)
		note(arg, WATCH_FAULT, c);
}

static void
on_vmrun(void *arg, struct cpu *c)
{
	note(arg, WATCH_RUN, c);
}

static void
on_vmexit(void *arg, struct cpu *c, uint64_t code)
{
	struct watch_event *e = note(arg, WATCH_EXIT, c);

	if (e)
		e->what = code;
}

static void
on_io(void *arg, struct cpu *c, uint16_t port, unsigned size, bool write, uint64_t v)
{
	struct watch_event *e;

	(void)size;
	if (!write || (port != WATCH_FIRST_ATA && port != WATCH_SECOND_ATA))
		return;
	e = note(arg, WATCH_DISK, c);
	if (!e)
		return;
	e->what = port;
	e->command = (uint8_t)v;
}

bool
watch_is_data(const struct walk_req *req)
{
	return req->acc & ACC_USER && req->va >= WATCH_DATA && req->va < DATA_END;
}

bool
watch_explain(const struct cpu *c, gva_t va, struct watch_walk *k)
{
	struct walk_fault fault;
	struct walk_res res;
	bool ok;

	k->n = mmu_walk_explain(&c->mmu.pg, c->mmu.nested ? &c->mmu.npg : NULL, c->mmu.pm,
	    va, k->step, WATCH_STEPS, &res, &fault, &ok);
	if (!ok)
		return false;
	k->cycle = c->cycles;
	k->va = va;
	k->hpa = res.hpa;
	k->cr3 = c->mmu.pg.cr3;
	return true;
}

static void
keep_walk(struct watch *w, const struct cpu *c, const struct walk_req *req)
{
	void *p = room_for(w, w->walk, w->walks, &w->walk_room, sizeof(*w->walk));
	struct watch_walk *k;

	if (!p)
		return;
	w->walk = p;
	k = &w->walk[w->walks];
	if (!watch_explain(c, req->va, k))
		return;
	w->walks++;
	if (w->walked)
		w->walked(w->arg, c, k);
}

static void
on_walk(void *arg, const struct walk_req *req, const struct walk_res *res,
    const struct walk_fault *fault, const struct walk_refs *refs)
{
	struct watch *w = arg;
	const struct cpu *c = machine_cpu(w->rig->m, 0);
	struct watch_event *e;
	unsigned i;

	rig_hear_walk(w->rig, req, res, fault, refs);
	if (!watch_is_data(req))
		return;
	e = note(w, WATCH_WALK, c);
	if (!e)
		return;
	e->va = req->va;
	e->failed = fault != NULL;
	for (i = 1; i < 5; i++) {
		e->refs[0] = (uint8_t)(e->refs[0] + refs->n[0][i]);
		e->refs[1] = (uint8_t)(e->refs[1] + refs->n[1][i]);
	}
	if (!fault)
		keep_walk(w, c, req);
}

void
watch_begin(struct watch *w, struct rig *g)
{
	struct mmu *m = &machine_cpu(g->m, 0)->mmu;

	w->rig = g;
	w->trace = (struct cpu_trace){ .arg = w, .exception = on_exception,
		.vmrun = on_vmrun, .vmexit = on_vmexit, .io = on_io };
	machine_set_trace(g->m, &w->trace);
	m->on_walk = on_walk;
	m->on_walk_arg = w;
}

void
watch_end(struct watch *w)
{
	free(w->event);
	free(w->walk);
}

size_t
watch_from(const struct watch *w, uint64_t cycle)
{
	size_t i = 0;

	while (i < w->events && w->event[i].cycle < cycle)
		i++;
	return i;
}

bool
watch_injects(const struct watch *w, size_t i)
{
	return i && i + 1 < w->events &&
	    w->event[i + 1].injected > w->event[i - 1].injected;
}
