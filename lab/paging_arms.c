/*
 * lab/paging_arms.c - ways to run a workload, and what one run comes to
 */
#include "cpu/vmcb.h"
#include "lab/paging_priv.h"

const struct arm paging_arms[ARMS] = {
	[ARM_NATIVE] = { "native", WORLD_NATIVE, "" },
	[ARM_DEPRIVILEGED] = { "deprivileged", WORLD_DEPRIVILEGED, "vm.sync=wp" },
	[ARM_SHADOW] = { "shadow", WORLD_SHADOW, "vm.sync=wp" },
	[ARM_LAZY] = { "shadow-lazy", WORLD_SHADOW, "vm.sync=lazy" },
	[ARM_NESTED] = { "nested", WORLD_NESTED, "vm.large=0" },
	[ARM_LARGE] = { "nested-2M", WORLD_NESTED, "vm.large=1" },
	[ARM_DIRECT] = { "pv-direct", WORLD_PARA_DIRECT, "" },
};

uint64_t
paging_scale(const struct lab_run *r, uint64_t n)
{
	uint64_t v = n * lab_number(r, "work") / 100;

	return v ? v : 1;
}

int64_t
paging_by_native(const struct measured *m, const struct measured *native)
{
	return scaled((int64_t)m->counts.cycles, 100, (int64_t)native->counts.cycles);
}

/* --- exits --- */

static uint64_t
exits_between(const struct rig_counts *c, unsigned first, unsigned last)
{
	uint64_t sum = 0;

	for (; first <= last && first < ARRAY_SIZE(c->exits); first++)
		sum += c->exits[first];
	return sum;
}

static void
put_others(struct measured *m)
{
	unsigned i;

	m->exit[BY_OTHERS] = m->exits;
	for (i = 0; i < BY_OTHERS; i++)
		m->exit[BY_OTHERS] -= m->exit[i];
}

void
paging_of_processor(struct measured *m)
{
	const struct rig_counts *c = &m->counts;

	m->exits = exits_between(c, 0, ARRAY_SIZE(c->exits) - 1) + c->npfs;
	m->exit[BY_CR] = exits_between(c, EXIT_CR_READ(0), EXIT_CR_WRITE(15)) +
	    c->exits[EXIT_CR0_SEL];
	m->exit[BY_INVLPG] = c->exits[EXIT_INVLPG];
	m->exit[BY_PF] = c->exits[EXIT_EXC(EXC_PF)];
	m->exit[BY_NPF] = c->npfs;
	m->exit[BY_IO] = c->exits[EXIT_IOIO];
	m->exit[BY_INTR] = c->exits[EXIT_INTR];
	m->exit[BY_CALL] = c->exits[EXIT_VMMCALL];
	m->exit[BY_TRAP] = 0;
	put_others(m);
	m->in_guest = c->guest_cycles;
}

/* --- what the VMM says --- */

void
paging_of_vmm(struct measured *m, const struct rig *g, size_t first)
{
	m->has_vmm = true;
	m->hidden = rig_counter_since(g, first, "vm0.work.faults_hidden");
	m->fills = rig_counter_since(g, first, "vm0.work.shadow_filled");
	m->syncs = rig_counter_since(g, first, "vm0.work.pt_synced") +
	    rig_counter_since(g, first, "vm0.work.pt_emulated");
}

/* Without SVM the processor knows nothing of exits. */
static void
exits_of_vmm(struct measured *m, const struct world *w)
{
	static const struct {
		unsigned	reason;
		const char	*name;
	} is[] = {
		{ BY_CR, "work.exit_cr" }, { BY_INVLPG, "work.exit_invlpg" },
		{ BY_PF, "work.exit_pf" }, { BY_IO, "work.exit_io" },
		{ BY_INTR, "work.exit_intr" }, { BY_CALL, "work.exit_vmmcall" },
		{ BY_TRAP, "work.exit_trap" }
	};
	unsigned i;

	m->exits = world_vmm_said(w, "work.exits");
	for (i = 0; i < ARRAY_SIZE(is); i++)
		m->exit[is[i].reason] = world_vmm_said(w, is[i].name);
	put_others(m);
	m->in_guest = 0;
}

/* --- running --- */

static void
take(struct measured *m, const struct world *w)
{
	m->ops = w->ops;
	m->checksum = w->checksum;
	m->updates = world_said(w, "updates");
	m->touches = world_said(w, "touches");
	paging_of_processor(m);
	if (m->native)
		return;
	paging_of_vmm(m, &w->rig, 0);
	if (w->mode == WORLD_DEPRIVILEGED)
		exits_of_vmm(m, w);
}

bool
paging_measure(struct lab_run *r, unsigned arm, const char *words, struct measured *m)
{
	const struct arm *a = &paging_arms[arm];
	struct world w;
	bool ok = world_run(&w, r, a->mode, words, a->vmm);

	*m = (struct measured){ .counts = w.counts, .native = arm == ARM_NATIVE };
	m->world = m->native ? RIG_HOST : RIG_GUEST;
	if (ok)
		take(m, &w);
	world_end(&w);
	return ok;
}
