/*
 * vmm/vmclock.c - a VM's virtual time
 *
 * There are a handful of timers: a list without order does.
 */
#include "vmm/vmclock.h"

#include "vmm/host.h"
#include "vmm/panic.h"

static uint64_t
clock_now(struct vclock *vc)
{
	return vmclock_now(CONTAINER_OF(vc, struct vmclock, vclock));
}

static void
clock_disarm(struct vclock *vc, struct vtimer *t)
{
	(void)vc;
	t->when = VTIMER_IDLE;
}

static void
clock_arm(struct vclock *vc, struct vtimer *t, uint64_t when)
{
	struct vmclock *c = CONTAINER_OF(vc, struct vmclock, vclock);

	t->when = when;
	t->seq = c->next_seq++;
	if (t->heap_pos)		/* known already */
		return;
	if (c->timers == VMCLOCK_TIMERS)
		panic("more than %u timers in a VM", VMCLOCK_TIMERS);
	c->timer[c->timers++] = t;
	t->heap_pos = c->timers;
}

void
vmclock_init(struct vmclock *c)
{
	c->vclock = (struct vclock){ clock_now, clock_arm, clock_disarm };
	c->begin = host_now();
}

uint64_t
vmclock_now(const struct vmclock *c)
{
	if (c->firing)
		return c->firing;
	return (c->stopped_at ? c->stopped_at : host_now()) - c->begin;
}

static struct vtimer *
earliest(const struct vmclock *c)
{
	struct vtimer *best = NULL, *t;
	unsigned i;

	for (i = 0; i < c->timers; i++) {
		t = c->timer[i];
		if (vtimer_armed(t) && (!best || t->when < best->when ||
		    (t->when == best->when && t->seq < best->seq)))
			best = t;
	}
	return best;
}

uint64_t
vmclock_next(const struct vmclock *c)
{
	const struct vtimer *t = earliest(c);

	return t ? c->begin + t->when : VTIMER_IDLE;
}

void
vmclock_run(struct vmclock *c)
{
	uint64_t now = vmclock_now(c), seq;
	struct vtimer *t;

	while ((t = earliest(c)) && t->when <= now) {
		seq = t->seq;
		c->firing = t->when;
		t->fn(t->arg);
		if (t->seq == seq)	/* not armed again */
			t->when = VTIMER_IDLE;
	}
	c->firing = 0;
}

void
vmclock_stop(struct vmclock *c)
{
	if (!c->stopped_at)
		c->stopped_at = host_now();
}

void
vmclock_start(struct vmclock *c)
{
	if (c->stopped_at)
		c->begin += host_now() - c->stopped_at;
	c->stopped_at = 0;
}
