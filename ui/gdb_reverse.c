/*
 * ui/gdb_reverse.c - going back: the packets bs and bc
 *
 * "Debugging with GDB", chapter 6 "Running programs backward".  What gdb calls
 * executing backwards is looking for a place in the past and going there.  The
 * run is gone over forward again, from a checkpoint to where the machine stands,
 * and the last place on the way that matters is the one; when there is none, the
 * interval before that one is next.
 *
 * A place is a boundary where stepi could stop: before an instruction, interrupts
 * delivered, no repetition in the middle.  A watchpoint's place is before the
 * instruction that made the access, as if it had been undone.
 */
#include "snapshot/history.h"
#include "ui/gdb_priv.h"

/* The last place is mostly near: how many cycles back to look, more each time. */
static const uint64_t near[] = { 2000, 100000, 4000000 };

/* How often a debugger's Ctrl-C is looked for, in cycles. */
#define LOOK_EVERY	20000000u

/* No single instruction takes longer, as far as watchpoints are concerned. */
#define UNDER_WAY	1000000u

enum verdict { FOUND, NOT_FOUND, INTERRUPTED };

/*
 * How ground is gone over.  A quick look sees breakpoints and accesses; of an
 * access it knows the time, but not where its instruction began if that was a
 * repetition, or an interrupt's delivery.  A close look is slow and sees every
 * boundary; when stepping, the last one is the place.
 */
enum look { LOOK_QUICK, LOOK_CLOSE, LOOK_STEP };

struct scan {
	struct gdb		*g;
	struct cpu_debugger	debugger;
	uint64_t		stops[CPU_STOPS_WORDS];
	/* What matters is before end; insns ~0: before its cycle. */
	struct gdb_position	end;
	uint64_t		present;	/* where the machine stood first */
	bool			ended;
	/* The last boundary that was seen; what came of it. */
	bool			seen, hit;
	bool			rough;	/* there is a quick look's access */
	struct gdb_position	here, there;
	enum gdb_stop		why;
	struct gdb_point	point;
};

static bool
before_cycle(const struct scan *s)
{
	return s->end.insns == ~(uint64_t)0;
}

static bool
is_end(const struct scan *s, const struct cpu *c)
{
	return gdb_is_at(c, &s->end) || c->cycles > s->end.cycles ||
	    (c->cycles == s->end.cycles && before_cycle(s));
}

static bool
scan_boundary(void *arg, struct cpu *c)
{
	struct scan *s = arg;
	const struct gdb_point *p;

	if (c->rep_active)
		return false;
	if (is_end(s, c)) {
		s->ended = true;
		return true;
	}
	s->here = gdb_position_of(c);
	s->seen = true;
	p = gdb_break_at(s->g, c);
	if (p) {
		s->hit = true;
		s->rough = false;
		s->there = s->here;
		s->why = GDB_BREAK;
		s->point = *p;
	}
	return false;
}

static void
scan_data(void *arg, struct cpu *c, gva_t va, unsigned size, bool write)
{
	struct scan *s = arg;
	const struct gdb_point *p;

	(void)c;
	if (!s->seen || !(p = gdb_watch_at(s->g, va, size, write)))
		return;
	s->hit = true;
	s->there = s->here;
	s->why = GDB_WATCH;
	s->point = gdb_watch_report(p, va);
}

/* Before the end; what began before and goes on behind it is found from there. */
static void
scan_data_quick(void *arg, struct cpu *c, gva_t va, unsigned size, bool write)
{
	struct scan *s = arg;

	if (c->cycles > s->end.cycles || !gdb_watch_at(s->g, va, size, write) ||
	    (c->cycles == s->end.cycles && (before_cycle(s) || c->insns >= s->end.insns)))
		return;
	s->hit = s->rough = true;
	s->there = gdb_position_of(c);
}

/* Not beyond the live end; false: the client called. */
static bool
run_to(struct scan *s, uint64_t cycle)
{
	struct gdb *g = s->g;
	uint64_t at;

	while (!s->ended && (at = machine_cycles(g->m)) < cycle && history_in_past(g->history)) {
		if (g->interrupted && g->interrupted(g->interrupted_arg))
			return false;
		(void)history_run(g->history, cycle - at < LOOK_EVERY ? cycle : at + LOOK_EVERY);
	}
	return true;
}

/*
 * Beyond the end's cycle.  Its first boundary may be another one, as with -timing
 * none there are things that take no time.  Between a checkpoint and the next
 * place there may be accesses of what was under way there: the delivery of an
 * interrupt, the rest of a repetition.
 */
static bool
run_over_end(struct scan *s, bool watch)
{
	const struct cpu *c = machine_cpu(s->g->m, 0);
	uint64_t over = s->end.cycles + UNDER_WAY;

	if (before_cycle(s))
		return !watch || run_to(s, over < s->present ? over : s->present);
	if (c->cycles != s->end.cycles || (c->insns == s->end.insns && c->rip == s->end.rip))
		return true;
	return run_to(s, s->end.cycles + 1);
}

static void
scan_prepare(struct scan *s, enum look look)
{
	s->seen = s->hit = s->rough = s->ended = false;
	s->debugger = (struct cpu_debugger){ .arg = s, .brk = scan_boundary,
	    .stops = look == LOOK_QUICK ? s->stops : NULL };
	gdb_build_stops(s->g, s->stops);
	gdb_watch_pages(s->g, &s->debugger);
	if (s->debugger.nwatched)
		s->debugger.data = look == LOOK_QUICK ? scan_data_quick : scan_data;
}

/* Goes over [from, s->end). */
static enum verdict
scan(struct scan *s, uint64_t from, enum look look)
{
	struct gdb *g = s->g;
	bool beyond, done;

	scan_prepare(s, look);
	beyond = look != LOOK_QUICK && s->debugger.data;
	if (history_goto(g->history, from))
		return NOT_FOUND;
	machine_set_debugger(g->m, &s->debugger);
	done = run_to(s, s->end.cycles) && (s->ended || run_over_end(s, beyond));
	machine_set_debugger(g->m, NULL);
	if (!done)
		return INTERRUPTED;
	return s->hit || (look == LOOK_STEP && s->seen) ? FOUND : NOT_FOUND;
}

static bool
stop_there(void *arg, struct cpu *c)
{
	const struct gdb_position *p = arg;

	return !c->rep_active && gdb_is_at(c, p);
}

/* The cycle is not enough where boundaries share one. */
static void
go_to(struct gdb *g, struct gdb_position p)
{
	struct cpu_debugger d = { .arg = &p, .brk = stop_there };

	if (history_goto(g->history, p.cycles) || gdb_is_at(machine_cpu(g->m, 0), &p))
		return;
	machine_set_debugger(g->m, &d);
	(void)history_run(g->history, p.cycles + 1);
	machine_set_debugger(g->m, NULL);
}

static enum gdb_stop
arrive(struct gdb *g, const struct scan *s, bool step)
{
	bool same = s->hit && s->there.cycles == s->here.cycles && s->there.rip == s->here.rip;

	go_to(g, step ? s->here : s->there);
	if (step && !same)
		return GDB_STEPPED;
	g->stop_point = s->point;
	return s->why;
}

/* Fails only without memory: the machine stays. */
static void
go_to_cycle(struct gdb *g, uint64_t cycle)
{
	int err = history_goto(g->history, cycle);

	(void)err;
}

/* Nothing before this place. */
static enum gdb_stop
arrive_at_oldest(struct gdb *g)
{
	go_to_cycle(g, history_oldest(g->history));
	return GDB_BEGIN;
}

/* Where to look from, looking back from cycle end for the nth time. */
static uint64_t
look_from(const struct gdb *g, uint64_t end, unsigned n, bool step)
{
	uint64_t oldest = history_oldest(g->history);

	if (!step || n >= ARRAY_SIZE(near))
		return history_before(g->history, end);
	return end - oldest > near[n] ? end - near[n] : oldest;
}

/* Looks closely at the access a quick look found, from ever earlier on. */
static enum verdict
refine(struct scan *s)
{
	struct gdb *g = s->g;
	uint64_t oldest = history_oldest(g->history), from = s->there.cycles;
	enum verdict v;
	unsigned n = 0;

	if (from < s->end.cycles)
		s->end = (struct gdb_position){ .cycles = from + 1, .insns = ~(uint64_t)0 };
	do {
		from = look_from(g, from, n++, true);
		v = scan(s, from, LOOK_CLOSE);
	} while (v == NOT_FOUND && from > oldest);
	return v;
}

enum gdb_stop
gdb_go_back(struct gdb *g)
{
	struct scan s = { .g = g, .end = gdb_position_of(machine_cpu(g->m, 0)) };
	uint64_t oldest = history_oldest(g->history), from = s.end.cycles;
	bool step = g->reverse == REVERSE_STEP;
	enum verdict v;
	unsigned n = 0;

	s.present = from;
	while (from > oldest) {
		from = look_from(g, from, n++, step);
		v = scan(&s, from, step ? LOOK_STEP : LOOK_QUICK);
		if (v == FOUND && s.rough)
			v = refine(&s);
		if (v == FOUND)
			return arrive(g, &s, step);
		if (v == INTERRUPTED) {
			go_to_cycle(g, s.end.cycles);
			return GDB_INTERRUPTED;
		}
		s.end = (struct gdb_position){ .cycles = from, .insns = ~(uint64_t)0 };
	}
	return arrive_at_oldest(g);
}

void
gdb_settle(struct gdb *g)
{
	if (g->changed && g->history)
		history_disturbed(g->history);
	g->changed = false;
}
