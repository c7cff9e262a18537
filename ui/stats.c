/*
 * ui/stats.c - what a run cost
 */
#include "ui/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cpu/timing.h"

#define STATS_VERSION	1
#define TLB_ACCESSES	3

/* 1234567 as "1 234 567". */
static void
with_gaps(uint64_t v, char out[32])
{
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, v), i;

	for (i = 0; i < n; i++) {
		*out++ = digits[i];
		if (i + 1 < n && (n - i - 1) % 3 == 0)
			*out++ = ' ';
	}
	*out = '\0';
}

static void
row(FILE *out, const char *name, uint64_t v)
{
	char text[32];

	with_gaps(v, text);
	fprintf(out, "  %-24s%20s\n", name, text);
}

static double
mips(const struct machine_stats *s, double seconds)
{
	return seconds > 0 ? (double)s->insns / seconds / 1e6 : 0;
}

static uint64_t
tlb_misses(const struct machine_stats *s)
{
	return s->tlb_miss[0] + s->tlb_miss[1] + s->tlb_miss[2];
}

static uint64_t
max_rss_bytes(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) == 0 ? (uint64_t)u.ru_maxrss * 1024 : 0;
}

void
stats_print(struct machine *m, double seconds, FILE *out)
{
	struct machine_stats s;

	machine_get_stats(m, &s);
	fprintf(out, "\nWhat it cost\n");
	row(out, "instructions", s.insns);
	row(out, "cycles", s.cycles);
	row(out, "  of them idle", s.halt_cycles);
	row(out, "TLB misses", tlb_misses(&s));
	row(out, "walk references", s.refs);
	row(out, "exceptions", s.exceptions);
	row(out, "  of them page faults", s.page_faults);
	row(out, "interrupts", s.interrupts);
	row(out, "system calls", s.syscalls);
	fprintf(out, "  %-24s%20.1f\n", "MIPS", mips(&s, seconds));
	fprintf(out, "  %-24s%20.2f\n", "seconds", seconds);
}

/* --- JSON --- */

static void
json_u64(FILE *out, const char *name, uint64_t v)
{
	fprintf(out, "  \"%s\": %" PRIu64 ",\n", name, v);
}

static void
json_guest(FILE *out, const struct machine_stats *s)
{
	static const char *const access[TLB_ACCESSES] = { "read", "write", "execute" };
	unsigned i;

	json_u64(out, "cycles", s->cycles);
	json_u64(out, "instructions", s->insns);
	json_u64(out, "idle_cycles", s->halt_cycles);
	json_u64(out, "exceptions", s->exceptions);
	json_u64(out, "page_faults", s->page_faults);
	json_u64(out, "interrupts", s->interrupts);
	json_u64(out, "software_interrupts", s->soft_interrupts);
	json_u64(out, "system_calls", s->syscalls);
	json_u64(out, "cr3_loads", s->cr3_loads);
	json_u64(out, "port_reads", s->pio_reads);
	json_u64(out, "port_writes", s->pio_writes);
	json_u64(out, "halts", s->halts);
	json_u64(out, "resets", s->resets);
	fprintf(out, "  \"tlb_misses\": {");
	for (i = 0; i < TLB_ACCESSES; i++)
		fprintf(out, "%s\"%s\": %" PRIu64, i ? ", " : "", access[i],
		    s->tlb_miss[i]);
	fprintf(out, "},\n");
	json_u64(out, "walks", s->walks);
	json_u64(out, "walk_references", s->refs);
	json_u64(out, "walk_references_charged", s->refs_charged);
	json_u64(out, "tlb_flushes", s->tlb_flushes);
	json_u64(out, "invlpg", s->invlpg);
}

/* Vectors that occurred, by number. */
static void
json_exceptions(FILE *out, struct machine *m)
{
	uint64_t n[32] = { 0 };
	const char *sep = "";
	unsigned i, v;

	for (i = 0; i < machine_cpus(m); i++)
		for (v = 0; v < 32; v++)
			n[v] += machine_cpu(m, i)->stats.exceptions[v];
	fprintf(out, "  \"exceptions_by_vector\": {");
	for (v = 0; v < 32; v++) {
		if (!n[v])
			continue;
		fprintf(out, "%s\"%u\": %" PRIu64, sep, v, n[v]);
		sep = ", ";
	}
	fprintf(out, "},\n");
}

bool
stats_json(struct machine *m, double seconds, FILE *out)
{
	struct machine_stats s;

	machine_get_stats(m, &s);
	fprintf(out, "{\n  \"version\": %d,\n  \"timing_version\": %d,\n", STATS_VERSION,
	    TIMING_VERSION);
	json_guest(out, &s);
	json_exceptions(out, m);
	fprintf(out, "  \"host\": {\"seconds\": %.6f, \"mips\": %.3f, "
	    "\"max_rss_bytes\": %" PRIu64 ", \"ram_resident_bytes\": %" PRIu64 ", "
	    "\"blocks_built\": %" PRIu64 ", "
	    "\"generic_steps\": %" PRIu64 ", \"lookups\": %" PRIu64 ", "
	    "\"hash_seconds\": %.6f}\n}\n", seconds, mips(&s, seconds),
	    max_rss_bytes(), machine_ram_resident(m), s.blocks_built, s.generic_steps, s.lookups,
	    (double)s.hash_ns / 1e9);
	return !ferror(out);
}
