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
#define EXIT_PORT	0xf4

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
	struct cpio c = { .data = NULL };
	char work[1024], name[32];

	snprintf(name, sizeof(name), "initramfs, npt=%u, %c", ways[way].npt, ways[way].memory);
	put_work(r, ways[way].memory, work, sizeof(work));
	cpio_file(&c, "work", 0644, work, strlen(work));
	if (!linux_add_guest(r, &c, "init", "linux-kvm.elf") ||
	    !linux_add_guest(r, &c, "guest.elf", "guest.elf") || !linux_add_modules(r, &c)) {
		free(c.data);
		return false;
	}
	return linux_initramfs(r, &c, name, path);
}

static bool
configure(struct host *h, unsigned way)
{
	struct machine_config *cfg = &h->rig.cfg;
	const struct lab_run *r = h->rig.r;

	if (!linux_kernel(r, h->kernel) || !make_initramfs(r, way, h->initrd))
		return false;
	snprintf(h->words, sizeof(h->words), LINUX_WORDS " npt=%u", ways[way].npt);
	h->rig.limit = LINUX_PATIENCE;
	cfg->cpu = "max";
	cfg->debug_exit = true;
	cfg->debug_exit_port = EXIT_PORT;
	cfg->debug_exit_size = 4;
	cfg->ram = (uint64_t)MACHINE_RAM << 20;
	cfg->kernel = h->kernel;
	cfg->initrd = h->initrd;
	cfg->append = h->words;
	return true;
}

/* --- running --- */

static bool
run_guest(struct host *h, struct measured *m, bool last)
{
	struct rig_counts start;

	if (!rig_run_to_mark(&h->rig, LAB_MARK_START))
		return false;
	rig_counts(&h->rig, &start);
	if (!rig_run_to_mark(&h->rig, LAB_MARK_END))
		return false;
	rig_counts(&h->rig, &m->counts);
	rig_counts_sub(&m->counts, &start);
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
run_all(struct lab_run *r, struct measured m[WAYS][WORKLOADS])
{
	unsigned w, i;

	for (w = 0; w < WAYS; w++) {
		if (!(ways[w].kvm ? run_kvm(r, w, m[w]) : run_ours(r, w, m[w])))
			return false;
		for (i = 0; i < WORKLOADS; i++)
			if (m[w][i].checksum != m[NATIVE][i].checksum)
				return lab_fail(r, "%s computes another thing in %s than "
				    "natively", paging_names[i], ways[w].name);
	}
	return true;
}

/* --- what is shown --- */

static void
draw(struct lab_run *r, struct measured m[WAYS][WORKLOADS])
{
	static const struct figure f = { .name = "kvm", .title = "Cycles, by those of the native "
	    "run: two VMMs",
		.caption = "The same guest under ours and under Linux's KVM.",
		.xlabel = "", .ylabel = "times native", .ydecimals = 2, .logy = true,
		.groups = paging_names };
	struct drawn *d = result_figure(r->result, &f);
	struct series *s;
	unsigned w, i;

	for (w = SHADOW; w < WAYS; w++) {
		s = figure_series(r->result, d, SERIES_BARS, ways[w].name);
		for (i = 0; i < WORKLOADS; i++)
			series_point(s, i, paging_by_native(&m[w][i], &m[NATIVE][i]), NULL);
	}
}

static void
put_tables(struct lab_run *r, struct measured m[WAYS][WORKLOADS])
{
	struct paging_tables t;
	unsigned w, i;

	paging_tables_begin(r, &t);
	for (i = 0; i < WORKLOADS; i++)
		for (w = 0; w < WAYS; w++)
			paging_tables_put(&t, paging_names[i], ways[w].name, &m[w][i],
			    &m[NATIVE][i]);
}

static struct paging_case
case_of(struct measured m[WAYS][WORKLOADS], unsigned i)
{
	return (struct paging_case){ &m[NATIVE][i], &m[KVM_SHADOW][i], &m[KVM_NESTED][i],
		&m[KVM_LARGE][i] };
}

/* Claims are about KVM here: ours has been judged without it. */
static void
judge(struct lab_run *r, struct measured m[WAYS][WORKLOADS])
{
	struct paging_case churn = case_of(m, W_CHURN), fork = case_of(m, W_FORK);
	struct paging_case random = case_of(m, W_RANDOM), large = case_of(m, W_RANDOM_LARGE);

	paging_judge(r, &churn, &fork, &random, &large);
}

bool
paging_kvm(struct lab_run *r)
{
	struct measured (*m)[WORKLOADS] = calloc(WAYS, sizeof(*m));
	bool ok;

	if (!m)
		return lab_fail(r, "out of memory");
	ok = run_all(r, m);
	if (ok) {
		put_tables(r, m);
		draw(r, m);
		judge(r, m);
		result_note(r->result, "The claims are decided by KVM's runs. Its guest has all of "
		    "its memory from the beginning, and Linux below goes on with its own timer. "
		    "Its access to labdev is an exit to a program and back.");
	}
	free(m);
	return ok;
}
