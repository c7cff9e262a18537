/*
 * tests/insn/diff.c - the emulated processor against the one it runs on
 *
 * For every unprivileged row of the instruction table: random encodings with
 * random operands run in a worker process on the host and in our processor at
 * level 3 with the same memory; registers, flags, x87, MMX, SSE, memory and
 * exceptions must agree, except as tests/insn/rules.def says.
 */
#include <cpuid.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpu/regs.h"
#include "tests/insn/diff.h"

#define DEFAULT_CASES	1000000
#define SHOWN_PER_ROW	1
#define SHOWN		20
#define ROWS		4096

struct options {
	uint64_t	cases, seed;
	uint64_t	only;		/* number of the one case, or ~0 */
	const char	*op;		/* only operations of this name */
	unsigned	bits;		/* 0: both */
	unsigned	engine;
	unsigned	shown;
	bool		coverage;
	const char	*workers;	/* directory of worker64 and worker32 */
};

struct row_stat {
	uint64_t	run, faulted, different;
	const char	*not_run;	/* why, or NULL */
};

struct test {
	const struct options *opt;
	struct target	t;
	struct host	*host;
	struct model	*model;
	struct shared	*shared;
	struct plan	plans[2][BATCH];
	unsigned	count[2];
	struct row_stat	stats[ROWS];
	unsigned	rows[ROWS], row_count;
	uint64_t	number, different;
	unsigned	shown;
};

/* ---- rows ---- */

static bool
host_has(unsigned feat)
{
	static const struct { unsigned leaf, sub, reg, bit; } where[FEAT_COUNT] = {
#define FEATURE(id, name, leaf, sub, reg, bit) [FEAT_##id] = { leaf, sub, reg, bit },
#include "cpu/features.def"
#undef FEATURE
	};
	unsigned r[4];

	if (!feat)
		return true;
	if (feat == FEAT_FSGSBASE && !host_keeps_bases())
		return false;
	if (!__get_cpuid_count(where[feat].leaf, where[feat].sub, &r[0], &r[1], &r[2], &r[3]))
		return false;
	return r[where[feat].reg] >> where[feat].bit & 1;
}

static const char host_lacks[] = "the host does not have it";

static const char *
why_not(const struct test *x, unsigned row)
{
	const struct insn_info *info = &insn_table[row];

	if (rule_excludes(row, x->t.bits))
		return rule_excludes(row, x->t.bits);
	if (info->chk & (x->t.bits == 64 ? CK_NO64 : CK_ONLY64))
		return "not in this mode";
	if (info->feat && !feat_has(&x->t.features, info->feat))
		return "not in this processor model";
	if (!host_has(info->feat))
		return host_lacks;
	return NULL;
}

static bool
wanted(const struct test *x, unsigned row)
{
	return !x->opt->op || !strcmp(oper_table[insn_table[row].opr].fn_name, x->opt->op);
}

static void
choose_rows(struct test *x)
{
	unsigned row;

	for (row = 1; row < insn_table_rows; row++) {
		x->stats[row].not_run = why_not(x, row);
		if (!x->stats[row].not_run && wanted(x, row))
			x->rows[x->row_count++] = row;
	}
}

/* ---- batches ---- */

static bool
make_case(struct test *x, unsigned row, struct insn_case *c, struct plan *p)
{
	if (!gen_case(&x->t, x->opt->seed, x->number, row, c, p))
		return false;
	if (x->t.ways.canonical_stack && !is_canonical(c->regs.gpr[RSP]))
		return false;
	if (!model_run(x->model, c, p))
		return false;
	/* INT3 behind an instruction that leaves such a stack: now and then #UD. */
	if (x->t.ways.canonical_stack && !is_canonical(p->want.regs.gpr[RSP]))
		return false;
	return !(p->want.vector == EXC_PF && host_owns(x->host, p->want.cr2));
}

static void
make_batch(struct test *x, unsigned buffer, uint64_t end)
{
	unsigned n = 0;

	while (n < BATCH && x->number < end) {
		unsigned row = x->rows[x->number % x->row_count];

		if (x->opt->only == ~(uint64_t)0 || x->opt->only == x->number)
			n += make_case(x, row, &x->shared->cases[buffer][n],
			    &x->plans[buffer][n]);
		x->number++;
	}
	x->count[buffer] = n;
}

static void
show(struct test *x, const struct insn_case *c, const struct plan *p, const char *why)
{
	char text[128] = "(no instruction)";

	if (p->result == DEC_OK)
		disasm(&p->in, (x->t.bits == 64 ? DM_64 : DM_32) | DM_PE, c->regs.rip, text,
		    sizeof(text));
	printf("case %" PRIu64 " (%u-bit, seed %" PRIu64 ") %s: %s\n", p->number, x->t.bits,
	    x->opt->seed, text, why);
	print_case(&x->t, c, p);
}

static void
check_case(struct test *x, const struct insn_case *c, const struct plan *p)
{
	struct row_stat *s = &x->stats[p->row];
	char why[256];

	s->run++;
	s->faulted += p->want.vector != EXC_DB && p->want.vector != EXC_BP;
	if (!differs(&x->t, c, p, why, sizeof(why)))
		return;
	x->different++;
	if ((s->different++ < SHOWN_PER_ROW || x->opt->op) && x->shown < x->opt->shown) {
		x->shown++;
		show(x, c, p, why);
	}
}

static bool
finish_batch(struct test *x, unsigned buffer)
{
	unsigned i;

	if (!host_wait(x->host, buffer)) {
		i = x->shared->current;
		show(x, &x->shared->cases[buffer][i], &x->plans[buffer][i], "the worker stopped");
		return false;
	}
	for (i = 0; i < x->count[buffer]; i++)
		check_case(x, &x->shared->cases[buffer][i], &x->plans[buffer][i]);
	return true;
}

/* The host runs one batch while the next is made. */
static bool
run(struct test *x, uint64_t end)
{
	unsigned buffer = 0;

	make_batch(x, 0, end);
	while (x->count[buffer]) {
		host_submit(x->host, buffer, x->count[buffer]);
		make_batch(x, buffer ^ 1, end);
		if (!finish_batch(x, buffer))
			return false;
		buffer ^= 1;
	}
	return true;
}

/* ---- coverage ---- */

static const char *
row_name(unsigned row, char buf[96])
{
	static const char *const maps[] = { "", "0f ", "0f38 ", "0f3a " };
	static const char *const pfx[] = { "", "np ", "66 ", "f3 ", "f2 " };
	const struct insn_info *i = &insn_table[row];

	snprintf(buf, 96, "%s%s%02x ext %03x %s", pfx[i->pfx], maps[i->map], i->opcode, i->ext,
	    oper_table[i->opr].fn_name);
	return buf;
}

static unsigned
report_rows(const struct test *x)
{
	unsigned row, missing = 0;
	char name[96];

	for (row = 1; row < insn_table_rows; row++) {
		const struct row_stat *s = &x->stats[row];

		if (s->different)
			printf("%8" PRIu64 " of %8" PRIu64 " differ: %u-bit %s\n", s->different,
			    s->run, x->t.bits, row_name(row, name));
		if (!s->not_run && !s->run && !x->opt->op && x->opt->only == ~(uint64_t)0) {
			printf("never run: %u-bit %s\n", x->t.bits, row_name(row, name));
			missing++;
		}
		if (s->not_run == host_lacks)
			printf("not tested: %u-bit %s: %s\n", x->t.bits, row_name(row, name),
			    host_lacks);
		if (x->opt->coverage)
			printf("%u-bit %-44s %8" PRIu64 " run %8" PRIu64 " faulted %s\n",
			    x->t.bits, row_name(row, name), s->run, s->faulted,
			    s->not_run ? s->not_run : "");
	}
	return missing;
}

/* ---- main ---- */

static struct test *
test_new(const struct options *opt, unsigned bits)
{
	struct test *x = calloc(1, sizeof(*x));
	char program[4096];

	x->opt = opt;
	x->t.bits = bits;
	x->t.engine = opt->engine;
	x->t.far_at = bits == 64 ? FAR64_AT : FAR32_AT;
	x->t.gs_base = bits == 64 ? GS_BASE64 : GS_BASE32;
	snprintf(program, sizeof(program), "%s/worker%u", opt->workers, bits);
	x->host = host_new(bits, program, opt->seed, host_has(FEAT_FSGSBASE));
	if (!x->host)
		return NULL;
	x->shared = host_shared(x->host);
	x->t.shared = x->shared;
	x->t.ways = host_ways(x->host, bits);
	x->model = model_new(&x->t);
	if (!x->model)
		return NULL;
	choose_rows(x);
	return x;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool
test_mode(const struct options *opt, unsigned bits, uint64_t cases)
{
	double start = now();
	struct test *x = test_new(opt, bits);
	unsigned missing;
	bool ok;

	if (!x || !x->row_count) {
		fprintf(stderr, "%u-bit: nothing to test\n", bits);
		return false;
	}
	ok = run(x, cases);
	missing = report_rows(x);
	ok = ok && !missing && !x->different;
	printf("%u-bit: %" PRIu64 " cases, %u rows, %" PRIu64 " differences, %u rows never run, "
	    "%.1f s\n", bits, cases, x->row_count, x->different, missing, now() - start);
	host_free(x->host);
	model_free(x->model);
	free(x);
	return ok;
}

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: diff [--cases N] [--seed N] [--bits 64|32] [--op NAME] [--case N]\n"
	    "            [--engine reference|threaded] [--workers DIR] [--show N] [--coverage]\n"
	    "       diff --rules\n");
	exit(2);
}

static void
parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "cases", 1, NULL, 'n' }, { "seed", 1, NULL, 's' }, { "bits", 1, NULL, 'b' },
		{ "op", 1, NULL, 'o' }, { "case", 1, NULL, 'c' }, { "engine", 1, NULL, 'e' },
		{ "workers", 1, NULL, 'w' }, { "coverage", 0, NULL, 'C' },
		{ "rules", 0, NULL, 'R' }, { "show", 1, NULL, 'S' }, { NULL, 0, NULL, 0 }
	};
	int k;

	while ((k = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (k) {
		case 'n': o->cases = strtoull(optarg, NULL, 0); break;
		case 's': o->seed = strtoull(optarg, NULL, 0); break;
		case 'b': o->bits = (unsigned)atoi(optarg); break;
		case 'o': o->op = optarg; break;
		case 'c': o->only = strtoull(optarg, NULL, 0); break;
		case 'S': o->shown = (unsigned)atoi(optarg); break;
		case 'e': o->engine = strcmp(optarg, "threaded") ? ENGINE_REFERENCE :
		    ENGINE_THREADED; break;
		case 'w': o->workers = optarg; break;
		case 'C': o->coverage = true; break;
		case 'R': rules_print(stdout); exit(0);
		default: usage();
		}
	}
}

int
main(int argc, char **argv)
{
	struct options o = {
		.cases = DEFAULT_CASES, .seed = 1, .only = ~(uint64_t)0, .shown = SHOWN,
		.workers = "tests/insn",
	};
	bool ok = true;

	parse(argc, argv, &o);
	if (!o.bits || o.bits == 64)
		ok = test_mode(&o, 64, o.bits ? o.cases : o.cases - o.cases / 3);
	if (!o.bits || o.bits == 32)
		ok = test_mode(&o, 32, o.bits ? o.cases : o.cases / 3) && ok;
	return !ok;
}
