/*
 * lab/world.c - one workload of the guest kernel, natively or in a VM
 */
#include "lab/world.h"

#include <stdio.h>
#include <string.h>

#include "vmm/abi.h"

#define RAM		((uint64_t)96 << 20)
#define GUEST_RAM	"48M"

struct mode {
	const char	*name, *vmm;
};

static const struct mode modes[WORLD_MODES] = {
	{ "native", NULL },
	{ "svm+shadow", "vm.cpu=svm vm.mem=shadow" },
	{ "svm+nested", "vm.cpu=svm vm.mem=nested" },
};

const char *
world_name(enum world_mode mode)
{
	return modes[mode].name;
}

static bool
configure(struct world *w, const char *words, const char *vmm)
{
	struct machine_config *cfg = &w->rig.cfg;
	const struct mode *m = &modes[w->mode];

	if (!guest_find(w->rig.r, "guest.elf", w->guest))
		return false;
	snprintf(w->words, sizeof(w->words), "%s", words);
	cfg->ram = RAM;
	cfg->cpu = "max";
	cfg->kernel = w->guest;
	cfg->append = w->words;
	if (!m->vmm) {
		snprintf(w->words, sizeof(w->words), "%s mem=" GUEST_RAM, words);
		return true;
	}
	if (!guest_find(w->rig.r, "vmm.elf", w->kernel))
		return false;
	snprintf(w->vmm, sizeof(w->vmm), "%s vm.ram=" GUEST_RAM "%s%s", m->vmm, *vmm ? " " : "", vmm);
	snprintf(w->initrd, sizeof(w->initrd), "%s %s %s", w->guest, words, w->vmm);
	cfg->kernel = w->kernel;
	cfg->initrd = w->initrd;
	cfg->append = "";
	return true;
}

/* What happened between the marks. */
static bool
measure(struct world *w)
{
	struct rig_counts start;

	if (!rig_run_to_mark(&w->rig, LAB_MARK_START))
		return false;
	rig_counts(&w->rig, &start);
	if (!rig_run_to_mark(&w->rig, LAB_MARK_END))
		return false;
	rig_counts(&w->rig, &w->counts);
	rig_counts_sub(&w->counts, &start);
	return true;
}

bool
world_run(struct world *w, const struct lab_run *r, enum world_mode mode, const char *words,
    const char *vmm)
{
	memset(w, 0, sizeof(*w));
	w->mode = mode;
	rig_prepare(&w->rig, r);
	if (!configure(w, words, vmm) || !rig_make(&w->rig) || !measure(w) ||
	    !rig_run_to_end(&w->rig))
		return false;
	if (!rig_value(&w->rig, LAB_KEY_OPS, &w->ops) ||
	    !rig_value(&w->rig, LAB_KEY_CHECKSUM, &w->checksum))
		return lab_fail(r, "%s in %s says no result", words, world_name(mode));
	return true;
}

void
world_end(struct world *w)
{
	rig_end(&w->rig);
}

uint64_t
world_said(const struct world *w, const char *name)
{
	return rig_counter(&w->rig, name);
}

uint64_t
world_vmm_said(const struct world *w, const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "vm0.%s", name);
	return rig_counter(&w->rig, full);
}
