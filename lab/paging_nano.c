/*
 * lab/paging_nano.c - single operations, beside those of Adams and Agesen
 *
 * "A Comparison of Software and Hardware Techniques for x86 Virtualization", ASPLOS 2006:
 * a Pentium 4 of 3.8 GHz; SW is a binary translator, HW the first VT-x with shadow
 * paging.  Their figures are from memory, but as ratios and order well known.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/paging_priv.h"

struct operation {
	const char	*name, *said;
	bool		user;		/* measured in the program: its loop is to be taken off */
	int64_t		native, sw, hw;	/* -1: none */
};

static const struct operation operations[] = {
	{ "syscall", "nano.syscall", true, 242, 2242, 242 },
	{ "in", "nano.in", false, 3209, 214, 15826 },
	{ "cr8 write", "nano.cr8", false, 140, 35, 140 },
	{ "call/ret", "nano.callret", true, 11, 51, 11 },
	{ "page fault", "nano.fault", false, 1093, 3927, 11242 },
	{ "divide by 0", "nano.divide", false, 889, 3223, 1014 },
	{ "PTE change", "nano.pte", false, 1, 391, 12733 },
	{ "hypercall", "nano.call", false, -1, -1, -1 },
};

static const struct column columns[] = {
	{ "operation", NULL, 0 }, { "native", "cycles", 1 }, { "deprivileged", "cycles", 1 },
	{ "shadow", "cycles", 1 }, { "lazy", "cycles", 1 }, { "nested", "cycles", 1 },
	{ "pv_direct", "cycles", 1 }, { "native_2006", "cycles", 0 }, { "sw_2006", "cycles", 0 },
	{ "hw_2006", "cycles", 0 }
};

static const unsigned ways[] = {
	ARM_NATIVE, ARM_DEPRIVILEGED, ARM_SHADOW, ARM_LAZY, ARM_NESTED, ARM_DIRECT
};
#define WAYS		ARRAY_SIZE(ways)
#define OPERATIONS	ARRAY_SIZE(operations)

/* Tenths of cycles; less than 0: there is no such thing here. */
static bool
run_one(struct lab_run *r, unsigned arm, int64_t out[OPERATIONS])
{
	uint64_t n = lab_number(r, "nano");
	char words[64];
	struct world w;
	unsigned i;
	bool ok;

	snprintf(words, sizeof(words), "workload=nano n=%" PRIu64, n);
	lab_progress(r, "single operations, %s", paging_arms[arm].name);
	ok = world_run(&w, r, paging_arms[arm].mode, words, paging_arms[arm].vmm);
	for (i = 0; ok && i < OPERATIONS; i++) {
		int64_t all = (int64_t)world_said(&w, operations[i].said);
		int64_t empty = (int64_t)world_said(&w, operations[i].user ? "nano.loop" :
		    "nano.empty");

		out[i] = all ? scaled(all - empty, 10, (int64_t)n) : -1;
	}
	world_end(&w);
	return ok;
}

static void
put(struct table *t, int64_t v)
{
	if (v < 0)
		table_none(t);
	else
		table_number(t, v);
}

bool
paging_nano(struct lab_run *r)
{
	struct table *t = result_table(r->result, "nano", "Single operations, and those of 2006 "
	    "(remembered)", columns,
	    ARRAY_SIZE(columns));
	int64_t is[WAYS][OPERATIONS];
	unsigned i, a;

	for (a = 0; a < WAYS; a++)
		if (!run_one(r, ways[a], is[a]))
			return false;
	for (i = 0; i < OPERATIONS; i++) {
		table_text(t, operations[i].name);
		for (a = 0; a < WAYS; a++)
			put(t, is[a][i]);
		put(t, operations[i].native);
		put(t, operations[i].sw);
		put(t, operations[i].hw);
	}
	result_note(r->result, "Single operations: to be compared is the order, not the height "
	    "(a cycle here is a "
	    "nanosecond, and a world switch costs 1400). As in 2006 system calls, calls and "
	    "divisions by zero cost what they cost natively, and page faults, changed entries "
	    "and ports are an exit or more; with nested paging only the port is left. "
	    "Deprivileged, all but calls are traps: it is not the translator of 2006, which "
	    "makes of many of them code without.");
	return true;
}
