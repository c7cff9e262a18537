/*
 * lab/paging_kvm.c - vmm=kvm: the same guest under Linux's KVM, with npt=0 and npt=1
 *
 * Debian's kernel is below it, with lab/linux/kvm.c, which is to KVM what a machine model
 * is.  Exits are the processor's count, so they mean the same for both VMMs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/linux.h"
#include "lab/paging_priv.h"
#include "vmm/abi.h"

#define MACHINE_RAM	256u		/* MiB */

enum { NATIVE, SHADOW, KVM_SHADOW, NESTED, KVM_NESTED, LARGE, KVM_LARGE, WAYS };

static const struct {
	const char	*name;
	unsigned	arm;
	bool		kvm;
	unsigned	npt;
	char		memory;		/* WAY of lab/linux/kvm.c */
} ways[WAYS] = {
	[NATIVE] = { "native", ARM_NATIVE, false, 0, 0 },
	[SHADOW] = { "shadow", ARM_SHADOW, false, 0, 0 },
	[KVM_SHADOW] = { "kvm npt=0", 0, true, 0, '4' },
	[NESTED] = { "nested", ARM_NESTED, false, 0, 0 },
	[KVM_NESTED] = { "kvm npt=1", 0, true, 1, '4' },
	[LARGE] = { "nested-2M", ARM_LARGE, false, 0, 0 },
	[KVM_LARGE] = { "kvm npt=1 2M", 0, true, 1, '2' },
};

/* One boot of Debian's. */
struct host {
	struct rig	rig;
	char		kernel[GUEST_PATH], initrd[GUEST_PATH];
	char		words[256];
};

/* --- the machine --- */

static void
put_work(const struct lab_run *r, char memory, char *buf, size_t n)
{
	char words[128];
	unsigned i;
	size_t at = 0;

	for (i = 0; i < WORKLOADS && at < n; i++) {
		paging_words(r, i, words, sizeof(words));
		at += (size_t)snprintf(buf + at, n - at, "%c %s mem=48M exit\n", memory, words);
	}
}

static bool
make_initramfs(const struct lab_run *r, unsigned way, char path[GUEST_PATH])
{
	struct cpio c = { .files = 0 };
	char work[1024], name[32];

	snprintf(name, sizeof(name), "initramfs, npt=%u, %c", ways[way].npt, ways[way].memory);
	put_work(r, ways[way].memory, work, sizeof(work));
	cpio_file(&c, "work", 0644, work, strlen(work));
	if (!linux_add_guest(r, &c, "init", "linux-kvm.elf") ||
	    !linux_add_guest(r, &c, "guest.elf", "guest.elf") || !linux_add_modules(r, &c)) {
		blob_fini(&c.data);
		return false;
	}
	return linux_initramfs(r, &c, name, path);
}

static bool
configure(struct host *h, unsigned way)
{
	const struct lab_run *r = h->rig.r;

	if (!linux_kernel(r, h->kernel) || !make_initramfs(r, way, h->initrd))
		return false;
	snprintf(h->words, sizeof(h->words), LINUX_WORDS " npt=%u", ways[way].npt);
	linux_boot(&h->rig, MACHINE_RAM, h->kernel, h->initrd, h->words);
	h->rig.cfg.cpu = "max";
	return true;
}

/* --- running --- */

static bool
run_guest(struct host *h, struct measured *m, bool last)
{
	if (!rig_measure(&h->rig, &m->counts))
		return false;
	if (!(last ? rig_run_to_end(&h->rig) : rig_run_to_mark(&h->rig, LAB_MARK_BOOT)))
		return false;
	m->world = RIG_GUEST;
	(void)rig_value(&h->rig, LAB_KEY_OPS, &m->ops);
	(void)rig_value(&h->rig, LAB_KEY_CHECKSUM, &m->checksum);
	paging_of_processor(m);
	return true;
}

static bool
run_kvm(struct lab_run *r, unsigned way, struct measured m[WORKLOADS])
{
	struct host h;
	unsigned i;
	bool ok;

	lab_progress(r, "%s: Debian boots", ways[way].name);
	memset(&h, 0, sizeof(h));
	rig_prepare(&h.rig, r);
	ok = configure(&h, way) && rig_make(&h.rig);
	for (i = 0; ok && i < WORKLOADS; i++) {
		if (i)
			lab_progress(r, "%s, %s", paging_names[i], ways[way].name);
		ok = run_guest(&h, &m[i], i + 1 == WORKLOADS);
	}
	rig_end(&h.rig);
	return ok;
}

static bool
run_ours(struct lab_run *r, unsigned way, struct measured m[WORKLOADS])
{
	char words[128];
	unsigned i;

	for (i = 0; i < WORKLOADS; i++) {
		lab_progress(r, "%s, %s", paging_names[i], ways[way].name);
		paging_words(r, i, words, sizeof(words));
		if (!paging_measure(r, ways[way].arm, words, &m[i]))
			return false;
	}
	return true;
}

static bool
run_all(struct lab_run *r, struct measured m[WAYS][WORKLOADS], struct paging_grid *g)
{
	unsigned w;

	for (w = 0; w < WAYS; w++) {
		g->way[w] = ways[w].name;
		if (!(ways[w].kvm ? run_kvm(r, w, m[w]) : run_ours(r, w, m[w])) ||
		    !paging_same(r, g, w, 0))
			return false;
	}
	return true;
}

/* --- what is shown --- */

/* Claims are about KVM here: ours has been judged without it. */
static void
show(struct lab_run *r, const struct paging_grid *g)
{
	static const struct figure f = { .name = "kvm", .title = "Cycles, by those of the native "
	    "run: two VMMs",
		.caption = "The same guest under ours and under Linux's KVM.",
		.xlabel = "", .ylabel = "times native", .ydecimals = 2, .logy = true,
		.groups = paging_names };
	static const struct paging_claimed claimed = { W_CHURN, W_FORK, W_RANDOM, W_RANDOM_LARGE,
		KVM_SHADOW, KVM_NESTED, KVM_LARGE };

	paging_tables(r, g);
	paging_bars(r, g, &f);
	paging_judge(r, g, &claimed);
	result_note(r->result, "The claims are decided by KVM's runs. Its guest has all of "
	    "its memory from the beginning, and Linux below goes on with its own timer. "
	    "Its access to labdev is an exit to a program and back.");
}

bool
paging_kvm(struct lab_run *r)
{
	struct measured (*m)[WORKLOADS] = calloc(WAYS, sizeof(*m));
	struct paging_grid g = { paging_names, WORKLOADS, WAYS, { NULL }, m ? m[0] : NULL };
	bool ok;

	if (!m)
		return lab_fail(r, "out of memory");
	ok = run_all(r, m, &g);
	if (ok)
		show(r, &g);
	free(m);
	return ok;
}
