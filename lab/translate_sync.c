/*
 * lab/translate_sync.c - how shadows follow the guest's tables, and whose faults are whose
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/vmcb.h"
#include "lab/translate_priv.h"

/* --- a mapping that is taken back --- */

struct follow {
	uint64_t	cycles, exits, writes, emulated, unsynced, dropped, stale;
	uint64_t	verified, bad;
};

enum { WP, LAZY, OFF, SYNCS };

static const char *const sync_names[SYNCS] = { "wp", "lazy", "off" };

static const struct column follow_columns[] = {
	{ "sync", NULL, 0 }, { "stale", NULL, 0 }, { "write_faults", NULL, 0 },
	{ "executed", NULL, 0 }, { "unsynced", NULL, 0 }, { "dropped", NULL, 0 },
	{ "exits", NULL, 0 }, { "cycles", NULL, 0 }, { "verified", NULL, 0 },
	{ "differ", NULL, 0 }
};

static bool
one_follow(struct lab_run *r, const char *sync, struct follow *f)
{
	char words[64], vmm[64];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=stale n=%" PRIu64, lab_number(r, "stale"));
	snprintf(vmm, sizeof(vmm), "%s vm.verify=1", sync);
	lab_progress(r, "a mapping taken back, %s", sync);
	ok = world_run(&w, r, WORLD_SHADOW, words, vmm);
	if (ok)
		*f = (struct follow){ w.counts.cycles, world_vmm_worked(&w, "exits"),
			world_vmm_worked(&w, "faults_write"), world_vmm_worked(&w, "pt_emulated"),
			world_vmm_worked(&w, "pt_unsynced"), world_vmm_worked(&w, "sync_dropped"),
			world_said(&w, "stale"),
			world_vmm_said(&w, "verified"), world_vmm_said(&w, "verify_bad") };
	world_end(&w);
	return ok;
}

static void
put_follow(struct table *t, const char *name, const struct follow *f)
{
	table_text(t, name);
	table_number(t, (int64_t)f->stale);
	table_number(t, (int64_t)f->writes);
	table_number(t, (int64_t)f->emulated);
	table_number(t, (int64_t)f->unsynced);
	table_number(t, (int64_t)f->dropped);
	table_number(t, (int64_t)f->exits);
	table_number(t, (int64_t)f->cycles);
	table_number(t, (int64_t)f->verified);
	table_number(t, (int64_t)f->bad);
}

static void
judge_follow(struct lab_run *r, const struct follow f[SYNCS])
{
	uint64_t n = lab_number(r, "stale");
	bool ok = !f[WP].stale && !f[LAZY].stale && f[OFF].stale && f[WP].writes >= n &&
	    f[LAZY].writes < f[WP].writes;

	result_finding(r->result, "3c.3", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "something follows the tables, which need not be write protection: to look again "
	    "at each INVLPG and CR3 load (lazy) is enough, as for a TLB" : "the table `follow'",
	    "of %" PRIu64 " mappings taken back with INVLPG stale ones are used: wp %" PRIu64
	    ", lazy %" PRIu64 ", off %" PRIu64 "; write faults %" PRIu64 ", %" PRIu64
	    ", %" PRIu64, n, f[WP].stale, f[LAZY].stale, f[OFF].stale, f[WP].writes,
	    f[LAZY].writes, f[OFF].writes);
}

static bool
follow(struct lab_run *r, uint64_t *verified, uint64_t *bad)
{
	struct table *t = result_table(r->result, "follow", "A mapping is taken back, again and "
	    "again (verified: present shadow entries compared with P2M(V2P), but in tables that "
	    "may be out of step)", follow_columns, ARRAY_SIZE(follow_columns));
	struct follow f[SYNCS];
	char words[32];
	unsigned i;

	*verified = *bad = 0;
	for (i = 0; i < SYNCS; i++) {
		snprintf(words, sizeof(words), "vm.sync=%s", sync_names[i]);
		if (!one_follow(r, i == WP ? translate_sync(r) : words, &f[i]))
			return false;
		put_follow(t, i == WP && lab_is_broken(r, "sync") ? "wp (broken)" :
		    sync_names[i], &f[i]);
		if (i == OFF)
			continue;
		*verified += f[i].verified;
		*bad += f[i].bad;
	}
	judge_follow(r, f);
	return true;
}

/* --- whose faults --- */

/* Between the marks. */
struct faults {
	uint64_t	native;		/* page faults, natively */
	uint64_t	guest, npfs, tables, walks;	/* nested: those, on the way to a table,
						 * and walks that failed */
	uint64_t	exits, proved, hidden, writes;	/* shadow */
};

enum { W_TRANSLATE, W_STALE, W_FORK, WORKLOADS };

static const char *const names[WORKLOADS] = { "translate", "stale", "fork" };
static const char *const counts[WORKLOADS] = { "n", "stale", "forks" };

static const struct column fault_columns[] = {
	{ "workload", NULL, 0 }, { "native", "#PF", 0 }, { "nested_guest", "#PF", 0 },
	{ "nested_npf", NULL, 0 }, { "of_them_table", NULL, 0 },
	{ "failed_walks", "nested", 0 }, { "shadow_exits", "#PF", 0 },
	{ "true", NULL, 0 }, { "hidden", NULL, 0 }, { "table_write", NULL, 0 }
};

static bool
one_world(struct lab_run *r, enum way way, const char *words, struct faults *f)
{
	enum world_mode mode = translate_mode(r, way);
	struct world w;
	bool ok = world_run(&w, r, mode, words, mode == WORLD_SHADOW ? translate_sync(r) : "");

	if (ok && way == WAY_NATIVE)
		f->native = w.counts.page_faults;
	if (ok && way == WAY_NESTED) {
		f->guest = w.counts.page_faults;
		f->npfs = w.counts.npfs;
		f->tables = w.counts.npf_tables;
		f->walks = w.counts.walk[RIG_GUEST].faults;
	}
	if (ok && way == WAY_SHADOW) {
		f->exits = w.counts.exits[EXIT_EXC(EXC_PF)];
		f->proved = world_vmm_worked(&w, "faults_true");
		f->hidden = world_vmm_worked(&w, "faults_hidden");
		f->writes = world_vmm_worked(&w, "faults_write");
	}
	world_end(&w);
	return ok;
}

static bool
kinds(struct lab_run *r, struct faults f[WORKLOADS])
{
	struct table *t = result_table(r->result, "kinds", "Page faults between the workload's "
	    "first and last step, by who gets them", fault_columns, ARRAY_SIZE(fault_columns));
	char words[64];
	unsigned i, k;

	for (i = 0; i < WORKLOADS; i++) {
		snprintf(words, sizeof(words), "workload=%s n=%" PRIu64, names[i],
		    lab_number(r, counts[i]));
		for (k = 0; k < WAYS; k++) {
			lab_progress(r, "kinds of faults: %s, %s", names[i], translate_way[k]);
			if (!one_world(r, k, words, &f[i]))
				return false;
		}
		table_text(t, names[i]);
		table_number(t, (int64_t)f[i].native);
		table_number(t, (int64_t)f[i].guest);
		table_number(t, (int64_t)f[i].npfs);
		table_number(t, (int64_t)f[i].tables);
		table_number(t, (int64_t)f[i].walks);
		table_number(t, (int64_t)f[i].exits);
		table_number(t, (int64_t)f[i].proved);
		table_number(t, (int64_t)f[i].hidden);
		table_number(t, (int64_t)f[i].writes);
	}
	return true;
}

static void
judge_kinds(struct lab_run *r, const struct faults f[WORKLOADS])
{
	bool nested = true, shadow = true;
	struct faults sum;
	unsigned i;

	memset(&sum, 0, sizeof(sum));
	for (i = 0; i < WORKLOADS; i++) {
		nested = nested && f[i].guest == f[i].native && f[i].npfs &&
		    f[i].walks == f[i].guest + f[i].npfs;
		shadow = shadow && f[i].proved == f[i].native && f[i].hidden &&
		    f[i].exits == f[i].proved + f[i].hidden + f[i].writes;
		sum.native += f[i].native;
		sum.guest += f[i].guest;
		sum.npfs += f[i].npfs;
		sum.tables += f[i].tables;
		sum.walks += f[i].walks;
		sum.exits += f[i].exits;
		sum.proved += f[i].proved;
		sum.hidden += f[i].hidden;
		sum.writes += f[i].writes;
	}
	result_finding(r->result, "3b.3", nested ? VERDICT_HOLDS : VERDICT_FAILS, nested ? "" :
	    "the table `kinds', nested", "%" PRIu64 " walks fail: %" PRIu64 " are page faults "
	    "the guest's kernel gets and answers in V2P (natively %" PRIu64 "), %" PRIu64
	    " #VMEXIT(NPF), which the VMM answers in P2M, %" PRIu64 " of them on the way to one "
	    "of the guest's tables", sum.walks, sum.guest, sum.native, sum.npfs, sum.tables);
	result_finding(r->result, "3c.4", shadow ? VERDICT_HOLDS : VERDICT_FAILS, shadow ? "" :
	    "the table `kinds', shadow", "%" PRIu64 " #VMEXIT(#PF): %" PRIu64 " true ones go on "
	    "to the guest (natively %" PRIu64 "), %" PRIu64 " hidden ones and %" PRIu64
	    " stores to tables never reach it", sum.exits, sum.proved, sum.native, sum.hidden,
	    sum.writes);
}

bool
translate_follow(struct lab_run *r, uint64_t *verified, uint64_t *bad)
{
	struct faults f[WORKLOADS];

	memset(f, 0, sizeof(f));
	if (!follow(r, verified, bad) || !kinds(r, f))
		return false;
	judge_kinds(r, f);
	return true;
}
