/*
 * ui/stats.c - what a run cost
 */
#include "ui/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cpu/cpuid.h"
#include "cpu/svm.h"
#include "cpu/timing.h"
#include "hw/machine_stats.h"
#include "snapshot/checkpoint.h"

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

static void
row_of(FILE *out, const char *who, const char *what, uint64_t v)
{
	char name[32];

	snprintf(name, sizeof(name), "%s %s", who, what);
	row(out, name, v);
}

/* Drives and network cards, where there are some. */
static void
print_transfers(struct machine *m, FILE *out)
{
	struct block_stats d;
	struct nic_stats n;
	char name[16];
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		if (!machine_disk_stats(m, i, &d))
			continue;
		machine_disk_name(i, name);
		row_of(out, name, "bytes read", d.read_bytes);
		row_of(out, name, "bytes written", d.write_bytes);
	}
	for (i = 0; i < MACHINE_NICS; i++) {
		if (!machine_nic_stats(m, i, &n))
			continue;
		snprintf(name, sizeof(name), "nic%u", i);
		row_of(out, name, "bytes in", n.bytes_in);
		row_of(out, name, "bytes out", n.bytes_out);
	}
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
	row(out, "port accesses", s.pio_reads + s.pio_writes);
	print_transfers(m, out);
	fprintf(out, "  %-24s%20.1f\n", "MIPS", mips(&s, seconds));
	fprintf(out, "  %-24s%20.2f\n", "seconds", seconds);
}

/* --- JSON and CSV --- */

/*
 * One walk through all values serves every format.  A value has a name inside
 * named objects: nested in JSON, joined by dots in the first line of a CSV table.
 */
struct writer {
	FILE			*out;
	enum stats_format	format;
	unsigned		depth;
	bool			first;		/* in its object, or of the line */
	char			path[128];	/* "cpus.0." */
};

static bool
is_json(const struct writer *w)
{
	return w->format == STATS_JSON || w->format == STATS_JSON_LINE;
}

/* What comes before a member or a field. */
static void
separate(struct writer *w, const char *name)
{
	static const char *const indent[] = { "", "\n  ", "\n    " };
	bool lines = w->format == STATS_JSON && w->depth < ARRAY_SIZE(indent);

	if (!w->first)
		putc(',', w->out);
	if (is_json(w))
		fprintf(w->out, "%s\"%s\": ", lines ? indent[w->depth] : w->first ? "" : " ",
		    name);
	else if (w->format == STATS_CSV_NAMES)
		fprintf(w->out, "%s%s", w->path, name);
	w->first = false;
}

static void
open_object(struct writer *w, const char *name)
{
	size_t n = strlen(w->path);

	if (is_json(w)) {
		separate(w, name);
		putc('{', w->out);
		w->first = true;
	}
	snprintf(w->path + n, sizeof(w->path) - n, "%s.", name);
	w->depth++;
}

static void
close_object(struct writer *w)
{
	size_t n = strlen(w->path);

	w->depth--;
	for (n--; n && w->path[n - 1] != '.'; n--)
		;
	w->path[n] = '\0';
	if (!is_json(w))
		return;
	if (w->format == STATS_JSON && w->depth == 1 && !w->first)
		fprintf(w->out, "%s", "\n  ");
	putc('}', w->out);
	w->first = false;
}

static void
put_u64(struct writer *w, const char *name, uint64_t v)
{
	separate(w, name);
	if (w->format != STATS_CSV_NAMES)
		fprintf(w->out, "%" PRIu64, v);
}

static void
put_real(struct writer *w, const char *name, double v)
{
	separate(w, name);
	if (w->format != STATS_CSV_NAMES)
		fprintf(w->out, "%.6f", v);
}

/* --- what there is --- */

static void
write_tlb_misses(struct writer *w, const struct machine_stats *s)
{
	static const char *const access[TLB_ACCESSES] = { "read", "write", "execute" };
	unsigned i;

	open_object(w, "tlb_misses");
	for (i = 0; i < TLB_ACCESSES; i++)
		put_u64(w, access[i], s->tlb_miss[i]);
	close_object(w);
}

static void
write_counters(struct writer *w, const struct machine_stats *s)
{
	put_u64(w, "cycles", s->cycles);
	put_u64(w, "instructions", s->insns);
	put_u64(w, "idle_cycles", s->halt_cycles);
	put_u64(w, "exceptions", s->exceptions);
	put_u64(w, "page_faults", s->page_faults);
	put_u64(w, "interrupts", s->interrupts);
	put_u64(w, "software_interrupts", s->soft_interrupts);
	put_u64(w, "system_calls", s->syscalls);
	put_u64(w, "cr3_loads", s->cr3_loads);
	put_u64(w, "port_reads", s->pio_reads);
	put_u64(w, "port_writes", s->pio_writes);
	put_u64(w, "halts", s->halts);
	write_tlb_misses(w, s);
	put_u64(w, "walks", s->walks);
	put_u64(w, "walk_references", s->refs);
	put_u64(w, "walk_references_charged", s->refs_charged);
	put_u64(w, "tlb_flushes", s->tlb_flushes);
	put_u64(w, "invlpg", s->invlpg);
}

/* By number: those that occurred, but columns of a table are all of them. */
static void
write_exceptions(struct writer *w, struct machine *m)
{
	uint64_t n[32] = { 0 };
	unsigned i, v;
	char name[16];

	for (i = 0; i < machine_cpus(m); i++)
		for (v = 0; v < 32; v++)
			n[v] += machine_cpu(m, i)->stats.exceptions[v];
	open_object(w, "exceptions_by_vector");
	for (v = 0; v < 32; v++) {
		snprintf(name, sizeof(name), "%u", v);
		if (n[v] || !is_json(w))
			put_u64(w, name, n[v]);
	}
	close_object(w);
}

/* --- SVM: of processors that have it --- */

static void
write_exits(struct writer *w, const struct svm_stats *t)
{
	char name[SVM_NAME];
	unsigned i;

	open_object(w, "exits");
	for (i = 0; i < ARRAY_SIZE(t->exits); i++)
		if (t->exits[i] || !is_json(w))
			put_u64(w, svm_exit_name(i, name), t->exits[i]);
	put_u64(w, "npf", t->npfs);
	put_u64(w, "invalid", t->invalid);
	close_object(w);
}

/* Nested page faults on the final address, and on the guest's tables. */
static void
write_npfs(struct writer *w, const struct svm_stats *t)
{
	static const char *const stage[] = { "npf_final", "npf_tables" };
	static const char *const kind[] = { "not_present", "write", "fetch", "reserved" };
	unsigned i, k;

	for (i = 0; i < ARRAY_SIZE(stage); i++) {
		open_object(w, stage[i]);
		for (k = 0; k < ARRAY_SIZE(kind); k++)
			put_u64(w, kind[k], t->npf_kind[i][k]);
		close_object(w);
	}
}

/* Levels 1 to 4. */
static void
write_references(struct writer *w, const struct mmu_stats *u)
{
	static const char *const dim[] = { "references", "nested_references" };
	char name[16];
	unsigned i, level;

	for (i = 0; i < ARRAY_SIZE(dim); i++) {
		open_object(w, dim[i]);
		for (level = 1; level <= 4; level++) {
			snprintf(name, sizeof(name), "%u", level);
			put_u64(w, name, u->refs[i][level]);
		}
		close_object(w);
	}
}

static void
write_svm(struct writer *w, const struct cpu *c)
{
	const struct svm_stats *t = &c->svm_stats;

	if (!feat_has(&c->features, FEAT_SVM))
		return;
	open_object(w, "svm");
	put_u64(w, "vmruns", t->vmruns);
	put_u64(w, "injected", t->injected);
	put_u64(w, "guest_cycles", t->guest_cycles);
	put_u64(w, "switch_cycles", t->charged);
	write_exits(w, t);
	write_npfs(w, t);
	write_references(w, &c->mmu.stats);
	close_object(w);
}

static void
write_cpus(struct writer *w, struct machine *m)
{
	struct machine_stats s;
	char name[16];
	unsigned i;

	open_object(w, "cpus");
	for (i = 0; i < machine_cpus(m); i++) {
		machine_cpu_stats(m, i, &s);
		snprintf(name, sizeof(name), "%u", i);
		open_object(w, name);
		write_counters(w, &s);
		write_svm(w, machine_cpu(m, i));
		close_object(w);
	}
	close_object(w);
}

static void
write_devices(struct writer *w, struct machine *m)
{
	struct machine_io io[MACHINE_IO_MAX];
	unsigned n = machine_io_stats(m, io, MACHINE_IO_MAX), i;

	open_object(w, "devices");
	for (i = 0; i < n; i++) {
		open_object(w, io[i].name);
		put_u64(w, "port_reads", io[i].port.reads);
		put_u64(w, "port_writes", io[i].port.writes);
		put_u64(w, "mmio_reads", io[i].mmio.reads);
		put_u64(w, "mmio_writes", io[i].mmio.writes);
		close_object(w);
	}
	close_object(w);
}

static void
write_disks(struct writer *w, struct machine *m)
{
	struct block_stats s;
	char name[16];
	unsigned i;

	open_object(w, "disks");
	for (i = 0; i < MACHINE_DISKS; i++) {
		if (!machine_disk_stats(m, i, &s))
			continue;
		machine_disk_name(i, name);
		open_object(w, name);
		put_u64(w, "reads", s.reads);
		put_u64(w, "read_bytes", s.read_bytes);
		put_u64(w, "writes", s.writes);
		put_u64(w, "write_bytes", s.write_bytes);
		put_u64(w, "flushes", s.flushes);
		close_object(w);
	}
	close_object(w);
}

static void
write_nics(struct writer *w, struct machine *m)
{
	struct nic_stats s;
	char name[16];
	unsigned i;

	open_object(w, "nics");
	for (i = 0; i < MACHINE_NICS; i++) {
		if (!machine_nic_stats(m, i, &s))
			continue;
		snprintf(name, sizeof(name), "nic%u", i);
		open_object(w, name);
		put_u64(w, "frames_in", s.frames_in);
		put_u64(w, "bytes_in", s.bytes_in);
		put_u64(w, "frames_out", s.frames_out);
		put_u64(w, "bytes_out", s.bytes_out);
		close_object(w);
	}
	close_object(w);
}

/* All that is not the same in every run. */
static void
write_host(struct writer *w, struct machine *m, double seconds, const struct machine_stats *s)
{
	open_object(w, "host");
	put_real(w, "seconds", seconds);
	put_real(w, "mips", mips(s, seconds));
	put_u64(w, "max_rss_bytes", max_rss_bytes());
	put_u64(w, "ram_resident_bytes", machine_ram_resident(m));
	put_u64(w, "blocks_built", s->blocks_built);
	put_u64(w, "generic_steps", s->generic_steps);
	put_u64(w, "lookups", s->lookups);
	put_real(w, "hash_seconds", (double)s->hash_ns / 1e9);
	close_object(w);
}

static void
write_output(struct writer *w, const struct outbuf *b)
{
	struct outbuf_counts n;
	unsigned i;

	for (i = 0; i < OUTBUF_CLASSES; i++) {
		outbuf_count(b, i, &n);
		open_object(w, outbuf_class_name(i));
		put_u64(w, "held", n.held);
		put_u64(w, "released", n.released);
		put_u64(w, "dropped", n.dropped);
		put_u64(w, "early", n.early);
		put_u64(w, "retracted", n.retracted);
		put_u64(w, "overflowed", n.overflowed);
		close_object(w);
	}
}

static void
write_sent(struct writer *w, const struct checkpoint_sent *s)
{
	if (!s->any)
		return;
	open_object(w, "sent");
	put_u64(w, "bytes", s->bytes);
	put_u64(w, "page_bytes", s->page_bytes);
	put_real(w, "wait_seconds", (double)s->wait_ns / 1e9);
	put_real(w, "wait_seconds_most", (double)s->wait_most_ns / 1e9);
	close_object(w);
}

static void
write_checkpoints(struct writer *w, const struct checkpoints *c)
{
	struct checkpoints_stats s;

	checkpoints_get_stats(c, &s);
	open_object(w, "checkpoints");
	put_u64(w, "epochs", s.epochs);
	put_u64(w, "forced", s.forced);
	put_u64(w, "rollbacks", s.rollbacks);
	put_u64(w, "lost_cycles", s.lost_cycles);
	put_u64(w, "dirty_pages", s.pages);
	put_u64(w, "dirty_pages_most", s.pages_most);
	put_u64(w, "kept_bytes", s.bytes);
	put_u64(w, "waiting_bytes_most", outbuf_most(checkpoints_outbuf(c)));
	put_real(w, "pause_seconds", (double)s.pause_ns / 1e9);
	put_real(w, "pause_seconds_most", (double)s.pause_most_ns / 1e9);
	write_sent(w, &s.sent);
	write_output(w, checkpoints_outbuf(c));
	close_object(w);
}

bool
stats_write(struct machine *m, const struct checkpoints *c, double seconds,
    enum stats_format format, FILE *out)
{
	struct writer w = { .out = out, .format = format, .depth = 1, .first = true };
	struct machine_stats s;

	machine_get_stats(m, &s);
	if (is_json(&w))
		putc('{', out);
	put_u64(&w, "version", STATS_VERSION);
	put_u64(&w, "timing_version", TIMING_VERSION);
	write_counters(&w, &s);
	put_u64(&w, "resets", s.resets);
	write_exceptions(&w, m);
	write_cpus(&w, m);
	write_devices(&w, m);
	write_disks(&w, m);
	write_nics(&w, m);
	if (c)
		write_checkpoints(&w, c);
	write_host(&w, m, seconds, &s);
	fprintf(out, "%s", format == STATS_JSON ? "\n}\n" : is_json(&w) ? "}\n" : "\n");
	return !ferror(out);
}
