/*
 * hw/machine_pace.c - virtual time against the host's clock
 *
 * Only idle time is paced: a halted machine either jumps to its next deadline
 * or sleeps until then on the host, and what has arrived meanwhile is taken at
 * the virtual time that corresponds to the moment of its arrival.
 */
#include <time.h>

#include "hw/machine_priv.h"
#include "hw/machine_slice.h"

#define MS		1000000u
/* Shorter sleeps than this are saved up. */
#define SLEEP_MIN	(200 * 1000u)
/* No sleep is longer, so that time-outs are noticed. */
#define SLEEP_MAX	(50 * MS)
/* -pace real catches up at most this much. */
#define LAG_MAX		(100 * MS)

uint64_t
machine_host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool
machine_paced(const struct machine *m)
{
	const struct machine_host *h = &m->cfg.host;

	if (m->apart)
		return false;
	if (m->cfg.pace == PACE_AUTO)
		return h->attended && h->attended(h->arg);
	return m->cfg.pace == PACE_REAL;
}

/*
 * How far virtual time `when` is ahead of the host's.  Whoever is behind by more
 * than is tolerated starts again from here.
 */
static uint64_t
pace_ahead(struct machine *m, uint64_t when)
{
	uint64_t lag = m->cfg.pace == PACE_REAL ? LAG_MAX : 0;
	uint64_t host = machine_host_ns() - m->pace_host;
	uint64_t now = machine_cycles(m) - m->pace_virtual;

	if (!m->pace_host || host > now + lag) {
		m->pace_host = machine_host_ns();
		m->pace_virtual = machine_cycles(m);
		return when - machine_cycles(m);
	}
	when -= m->pace_virtual;
	return when > host ? when - host : 0;
}

static void
pace_sleep(struct machine *m, uint64_t wait)
{
	const struct machine_host *h = &m->cfg.host;
	struct timespec t;

	if (wait > SLEEP_MAX)
		wait = SLEEP_MAX;
	t = (struct timespec){ 0, (long)wait };
	if (h->poll)
		h->poll(h->arg, m, wait);
	else
		nanosleep(&t, NULL);
}

/*
 * The virtual time it is on the host, within [now, target), or now: what is due
 * at target comes after what arrives, in a recording and when it is played.
 */
static uint64_t
pace_arrived(const struct machine *m, uint64_t target)
{
	uint64_t at = m->pace_virtual + (machine_host_ns() - m->pace_host);

	if (at >= target)
		at = target - 1;
	return at < machine_cycles(m) ? machine_cycles(m) : at;
}

static void
idle_to(struct machine *m, uint64_t when)
{
	struct cpu *c = m->cur;

	if (m->slices) {
		slices_idle_to(m, when);
		return;
	}
	c->stats.halt_cycles += when - c->cycles;
	c->cycles = when;
}

void
machine_idle(struct machine *m, uint64_t target)
{
	uint64_t ahead;

	if (target <= machine_cycles(m))
		return;
	ahead = machine_paced(m) ? pace_ahead(m, target) : 0;
	if (ahead < SLEEP_MIN) {
		idle_to(m, target);
		return;
	}
	m->idle_until = target;
	pace_sleep(m, ahead);
	machine_idle_arrive(m);
	m->idle_until = 0;
	m->next_poll = machine_cycles(m);
}

/* Time passes first: input is taken at the time of its arrival. */
void
machine_idle_arrive(struct machine *m)
{
	if (m->idle_until)
		idle_to(m, pace_arrived(m, m->idle_until));
}

void
machine_poll(struct machine *m)
{
	const struct machine_host *h = &m->cfg.host;
	uint64_t ahead = 0;

	if (m->cfg.pace == PACE_REAL)
		ahead = pace_ahead(m, machine_cycles(m));
	if (ahead >= 2 * MS)
		pace_sleep(m, ahead);
	else if (h->poll)
		h->poll(h->arg, m, 0);
}
