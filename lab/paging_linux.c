/*
 * lab/paging_linux.c - guest=linux: Debian's kernel natively, under shadow and under nested
 * paging
 *
 * Nothing is changed in it; lab/linux/work.c is its first program.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/linux.h"
#include "lab/paging_priv.h"
#include "vmm/abi.h"

#define VM_RAM		128u		/* MiB */
#define MACHINE_RAM	256u
#define KERNEL		0xffffffff80000000u

/* A processor without what the VMM hides and the kernel would use all the time. */
#define LIKE_A_VM	"max,-erms,-fsrm,-smep,-smap,-pcid,-invpcid,-fsgsbase,-umip,-xsave," \
		"-autoibrs,-ssb-no,-btc-no,-srso-no"

enum { P_BOOT, P_FORK, P_MAP, P_TOUCH, P_LARGE, PHASES };
static const char *const names[PHASES + 1] = {
	"boot", "fork+exec", "mmap", "random", "random-2M", NULL
};

static const struct {
	const char	*name, *vmm;		/* NULL: no VMM */
} ways[] = {
	{ "native", NULL },
	{ "shadow", "vm.cpu=svm vm.mem=shadow vm.sync=wp" },
	{ "shadow-lazy", "vm.cpu=svm vm.mem=shadow vm.sync=lazy" },
	{ "nested", "vm.cpu=svm vm.mem=nested vm.large=0" },
	{ "nested-2M", "vm.cpu=svm vm.mem=nested vm.large=1" },
};
enum { NATIVE, SHADOW, LAZY, NESTED, LARGE, WAYS };

/* Boots take most of the time. */
static bool
left_out(const struct lab_run *r, unsigned way)
{
	return r->brief && way == LAZY;
}

/* One boot. */
struct boot {
	struct rig	rig;
	char		kernel[GUEST_PATH], initrd[GUEST_PATH], vmm[GUEST_PATH];
	char		words[512], modules[640];
};

/* --- the machine --- */

static bool
make_initramfs(const struct lab_run *r, char path[GUEST_PATH])
{
	struct cpio c = { .files = 0 };

	if (!linux_add_guest(r, &c, "init", "linux-work.elf")) {
		blob_fini(&c.data);
		return false;
	}
	return linux_initramfs(r, &c, "initramfs", path);
}

static void
put_words(struct boot *b, const struct lab_run *r)
{
	snprintf(b->words, sizeof(b->words), LINUX_WORDS " " LINUX_PLAIN " forks=%" PRIu64 " maps=%"
	    PRIu64 " touches=%" PRIu64 " pages=%" PRIu64, paging_scale(r, 60),
	    paging_scale(r, 200), paging_scale(r, 200000), lab_number(r, "pages"));
}

static bool
configure(struct boot *b, unsigned way)
{
	struct machine_config *cfg = &b->rig.cfg;
	const struct lab_run *r = b->rig.r;

	if (!linux_kernel(r, b->kernel) || !make_initramfs(r, b->initrd))
		return false;
	put_words(b, r);
	linux_boot(&b->rig, VM_RAM, b->kernel, b->initrd, b->words);
	b->rig.kernel = KERNEL;
	b->rig.kernel_world = ways[way].vmm ? RIG_GUEST : RIG_HOST;
	cfg->cpu = ways[way].vmm ? "max" : LIKE_A_VM;
	if (!ways[way].vmm)
		return true;
	if (!guest_find(r, "vmm.elf", b->vmm))
		return false;
	snprintf(b->modules, sizeof(b->modules), "%s %s %s vm.ram=%uM,%s vm.module", b->kernel,
	    b->words, ways[way].vmm, VM_RAM, b->initrd);
	cfg->ram = (uint64_t)MACHINE_RAM << 20;
	cfg->kernel = b->vmm;
	cfg->initrd = b->modules;
	cfg->append = "";
	return true;
}

/* --- one run --- */

static void
fill(struct measured *m, const struct boot *b, unsigned way, size_t said)
{
	m->native = !ways[way].vmm;
	m->world = m->native ? RIG_HOST : RIG_GUEST;
	(void)rig_value(&b->rig, LAB_KEY_OPS, &m->ops);
	(void)rig_value(&b->rig, LAB_KEY_CHECKSUM, &m->checksum);
	paging_of_processor(m);
	if (!m->native)
		paging_of_vmm(m, &b->rig, said);
}

/* What there is to say about a phase is said before the next one.  The boot counts from
 * the first walk for the kernel's own addresses, when it has unpacked itself: that takes
 * three times as long and has nothing to do with paging. */
static bool
run_phases(struct boot *b, unsigned way, struct measured m[PHASES])
{
	struct rig_counts start;
	size_t said = 0;
	unsigned p;
	bool ok = true;

	for (p = P_BOOT; ok && p < PHASES; p++) {
		ok = rig_measure_since(&b->rig, p == P_BOOT ? &b->rig.at_kernel : &start,
		    &m[p].counts);
		ok = ok && (p + 1 == PHASES ? rig_run_to_end(&b->rig) :
		    rig_run_to_mark(&b->rig, LAB_MARK_START));
		if (!ok)
			break;
		fill(&m[p], b, way, said);
		rig_counts(&b->rig, &start);
		said = b->rig.counters;
	}
	return ok;
}

static bool
run_way(struct lab_run *r, unsigned way, struct measured m[PHASES])
{
	struct boot b;
	bool ok;

	lab_progress(r, "Linux, %s (%u of %u)", ways[way].name, way + 1, WAYS);
	memset(&b, 0, sizeof(b));
	rig_prepare(&b.rig, r);
	ok = configure(&b, way) && rig_make(&b.rig) && run_phases(&b, way, m);
	rig_end(&b.rig);
	return ok;
}

/* --- what is shown --- */

static void
show(struct lab_run *r, const struct paging_grid *g)
{
	static const struct figure f = { .name = "linux", .title = "Debian's kernel: cycles, by "
	    "those of the native run",
		.caption = "The boot from the unpacked kernel's first page walk to its first program; that forks, "
		    "maps memory, and touches it at random.",
		.xlabel = "", .ylabel = "times native", .ydecimals = 2, .logy = true,
		.groups = names };
	static const struct paging_claimed claimed = { P_MAP, P_FORK, P_TOUCH, P_LARGE, SHADOW, NESTED,
		LARGE };

	paging_tables(r, g);
	paging_bars(r, g, &f);
	result_note(r->result, "The kernel runs as it is, in %u MiB, natively on a processor "
	    "(%s) and with the timer and interrupt controller (%s) that the VM has, too. Its "
	    "ticks go on. What the VMM says of the boot (hidden faults, fills, syncs) begins "
	    "before the kernel has unpacked itself.", VM_RAM, LIKE_A_VM, LINUX_PLAIN);
	paging_judge(r, g, &claimed);
}

bool
paging_linux(struct lab_run *r)
{
	struct measured m[WAYS][PHASES];
	struct paging_grid g = { names, PHASES, WAYS, { NULL }, m[0] };
	unsigned w;

	memset(m, 0, sizeof(m));
	for (w = 0; w < WAYS; w++) {
		if (left_out(r, w))
			continue;
		g.way[w] = ways[w].name;
		if (!run_way(r, w, m[w]) || !paging_same(r, &g, w, P_FORK))
			return false;
	}
	show(r, &g);
	return true;
}
