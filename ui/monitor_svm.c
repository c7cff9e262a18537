/*
 * ui/monitor_svm.c - what a processor's guests did: `info exits`
 */
#include <inttypes.h>

#include "cpu/cpuid.h"
#include "cpu/svm.h"
#include "ui/monitor_priv.h"

static void
say_codes(struct monitor_call *call, const struct svm_stats *t)
{
	char name[SVM_NAME];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(t->exits); i++)
		if (t->exits[i])
			monitor_say(call, "%-14s %12" PRIu64, svm_exit_name(i, name), t->exits[i]);
	if (t->npfs)
		monitor_say(call, "%-14s %12" PRIu64, "npf", t->npfs);
	if (t->invalid)
		monitor_say(call, "%-14s %12" PRIu64, "invalid", t->invalid);
}

static void
say_npfs(struct monitor_call *call, const struct svm_stats *t)
{
	static const char *const kind[] = { "not present", "write", "fetch", "reserved bits" };
	unsigned i;

	if (!t->npfs)
		return;
	monitor_say(call, "nested page faults    final address  guest's tables");
	for (i = 0; i < ARRAY_SIZE(kind); i++)
		monitor_say(call, "  %-14s %18" PRIu64 " %15" PRIu64, kind[i], t->npf_kind[0][i],
		    t->npf_kind[1][i]);
}

static void
say_walks(struct monitor_call *call, const struct mmu_stats *u)
{
	unsigned i;

	monitor_say(call, "walk references       guest's tables   nested tables");
	for (i = 4; i; i--)
		monitor_say(call, "  level %u %25" PRIu64 " %15" PRIu64, i, u->refs[0][i],
		    u->refs[1][i]);
}

void
monitor_do_info_exits(struct monitor_call *call)
{
	const struct cpu *c = monitor_cpu(call);
	const struct svm_stats *t = &c->svm_stats;

	if (!feat_has(&c->features, FEAT_SVM)) {
		monitor_say(call, "the processor has no SVM (-cpu max, or +svm)");
		return;
	}
	monitor_say(call, "in the %s, GIF %u; %" PRIu64 " VMRUN, %" PRIu64 " injected",
	    c->svm.guest ? "guest" : "host", c->svm.gif, t->vmruns, t->injected);
	if (c->svm.guest)
		monitor_say(call, "VMCB %" PRIx64 " ASID %u, nested paging %s", c->svm.vmcb_pa,
		    c->svm.asid, c->mmu.nested ? "on" : "off");
	monitor_say(call, "cycles in guests %" PRIu64 ", of %" PRIu64 "; world switches cost %"
	    PRIu64, t->guest_cycles, c->cycles, t->charged);
	say_codes(call, t);
	say_npfs(call, t);
	say_walks(call, &c->mmu.stats);
}
