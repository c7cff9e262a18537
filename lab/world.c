/*
 * lab/world.c - one workload of the guest kernel, natively or in a VM
 */
#include "lab/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm/abi.h"

#define RAM		((uint64_t)96 << 20)
#define GUEST_RAM	"48M"

#define DISK_BYTES	((off_t)64 << 20)
#define DISK_FD		300		/* and the next: paths of one length, as the guests' */

struct mode {
	const char	*name, *guest, *vmm;
	const char	*cpu;			/* NULL: max */
};

static const struct mode modes[WORLD_MODES] = {
	{ "native", "guest.elf", NULL, NULL },
	{ "svm+shadow", "guest.elf", "vm.cpu=svm vm.mem=shadow", NULL },
	{ "svm+nested", "guest.elf", "vm.cpu=svm vm.mem=nested", NULL },
	{ "paravirt+shadow", "guest-pv.elf", "vm.cpu=paravirt vm.mem=shadow", NULL },
	{ "paravirt+nested", "guest-pv.elf", "vm.cpu=paravirt vm.mem=nested", NULL },
	{ "paravirt+direct", "guest-pv.elf", "vm.cpu=paravirt vm.mem=direct", NULL },
	{ "deprivileged+shadow", "guest.elf", "vm.cpu=deprivileged vm.mem=shadow", "pg" },
};

const char *
world_name(enum world_mode mode)
{
	return modes[mode].name;
}

const char *
world_guest(enum world_mode mode)
{
	return modes[mode].guest;
}

const char *
world_cpu(enum world_mode mode)
{
	return modes[mode].cpu ? modes[mode].cpu : "max";
}

enum map_kind
world_kind(enum world_mode mode)
{
	switch (mode) {
	case WORLD_NESTED:
	case WORLD_PARA_NESTED:
		return MAP_NESTED;
	case WORLD_PARA_DIRECT:
		return MAP_DIRECT;
	default:
		return MAP_SHADOW;
	}
}

const char *
world_words(enum world_mode mode)
{
	return modes[mode].vmm ? modes[mode].vmm : "";
}

/* An empty file without a name. */
static bool
make_disk(struct world *w, unsigned i)
{
	char name[] = "/tmp/ringlab-lab-XXXXXX";
	int fd = mkstemp(name), to = DISK_FD + (int)i;

	if (fd < 0)
		return lab_fail(w->rig.r, "%s: %s", name, strerror(errno));
	unlink(name);
	if (ftruncate(fd, DISK_BYTES) || dup2(fd, to) < 0) {
		close(fd);
		return lab_fail(w->rig.r, "%s: %s", name, strerror(errno));
	}
	close(fd);
	w->disk[i] = to;
	snprintf(w->disk_name[i], GUEST_PATH, "/proc/self/fd/%d", to);
	w->rig.cfg.disk[i ? 3 : 0] = (struct machine_disk){ .file = w->disk_name[i], .present =
	    true,
		.snapshot = true, .format = "raw" };
	return true;
}

static bool
configure(struct world *w, const char *words, const char *vmm)
{
	struct machine_config *cfg = &w->rig.cfg;
	const struct mode *m = &modes[w->mode];

	if (!guest_find(w->rig.r, m->guest, w->guest))
		return false;
	snprintf(w->words, sizeof(w->words), "%s", words);
	cfg->ram = RAM;
	cfg->cpu = world_cpu(w->mode);
	w->rig.user_is_guest = w->mode == WORLD_DEPRIVILEGED;
	cfg->kernel = w->guest;
	cfg->append = w->words;
	if (!m->vmm) {
		snprintf(w->words, sizeof(w->words), "%s mem=" GUEST_RAM, words);
		return true;
	}
	if (!guest_find(w->rig.r, "vmm.elf", w->kernel))
		return false;
	snprintf(w->vmm, sizeof(w->vmm), "%s%s%s vm.ram=" GUEST_RAM, m->vmm, *vmm ? " " : "", vmm);
	snprintf(w->initrd, sizeof(w->initrd), "%s %s %s", w->guest, words, w->vmm);
	cfg->kernel = w->kernel;
	cfg->initrd = w->initrd;
	cfg->append = "";
	return true;
}

static bool
run(struct world *w, const struct lab_run *r, const char *words, const char *vmm)
{
	rig_prepare(&w->rig, r);
	if (w->paged && (!make_disk(w, 0) || !make_disk(w, 1)))
		return false;
	if (!configure(w, words, vmm) || !rig_make(&w->rig))
		return false;
	if (w->watch)
		watch_begin(w->watch, &w->rig);
	if (w->mode != WORLD_NATIVE)
		maps_watch(r, &w->rig, world_name(w->mode), world_kind(w->mode));
	if (!rig_measure(&w->rig, &w->counts) || !rig_run_to_end(&w->rig))
		return false;
	if (w->watch && w->watch->lost)
		return lab_fail(r, "%s in %s does more than can be kept", words,
		    world_name(w->mode));
	if (!rig_value(&w->rig, LAB_KEY_OPS, &w->ops) ||
	    !rig_value(&w->rig, LAB_KEY_CHECKSUM, &w->checksum))
		return lab_fail(r, "%s in %s says no result", words, world_name(w->mode));
	return true;
}

bool
world_run(struct world *w, const struct lab_run *r, enum world_mode mode, const char *words,
    const char *vmm)
{
	memset(w, 0, sizeof(*w));
	w->mode = mode;
	return run(w, r, words, vmm);
}

bool
world_run_paged(struct world *w, const struct lab_run *r, enum world_mode mode, const char *words,
    const char *vmm)
{
	memset(w, 0, sizeof(*w));
	w->mode = mode;
	w->paged = true;
	return run(w, r, words, vmm);
}

bool
world_run_watched(struct world *w, const struct lab_run *r, enum world_mode mode, bool paged,
    const char *words, const char *vmm, struct watch *watch)
{
	memset(w, 0, sizeof(*w));
	w->mode = mode;
	w->paged = paged;
	w->watch = watch;
	return run(w, r, words, vmm);
}

void
world_end(struct world *w)
{
	unsigned i;

	rig_end(&w->rig);
	for (i = 0; i < 2; i++)
		if (w->disk[i])
			close(w->disk[i]);
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

uint64_t
world_vmm_worked(const struct world *w, const char *name)
{
	char full[48];

	snprintf(full, sizeof(full), "work.%s", name);
	return world_vmm_said(w, full);
}
