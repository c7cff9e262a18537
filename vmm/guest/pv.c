/*
 * vmm/guest/pv.c - the paravirtual kernel's half of pv.h
 *
 * With direct paging entries hold machine frames.  Our own numbers for them
 * are in p2m, the way back is a hash table.  What is stored to a table waits
 * in a queue of batch= entries (64), which one hypercall takes.
 */
#include "vmm/guest/pv.h"

#include "vmm/guest/hypercall.h"
#include "vmm/guest/pmap.h"
#include "vmm/guest/x86.h"

#define BATCH_MAX	512
#define NO_FRAME	0xffffffff
#define EVERYTHING	UINT64_MAX	/* HC_MMU_INVLPG */

struct known {				/* of the hash table */
	uint32_t	machine;	/* 0: nothing was ever here */
	uint32_t	pfn;		/* NO_FRAME: not any more */
};

static bool direct NOT_HASHED;
static bool live NOT_HASHED;		/* direct, and the tables are ours */
static uint32_t *p2m NOT_HASHED;
static struct known *m2p NOT_HASHED;
static uint32_t m2p_mask NOT_HASHED;

static struct vmm_mmu_update queue[BATCH_MAX] NOT_HASHED
    __attribute__((aligned(PAGE_SIZE)));
static unsigned queued NOT_HASHED, batch NOT_HASHED;
static uint64_t stale NOT_HASHED;	/* address to be invalidated */
static bool any_stale NOT_HASHED;

/* ---- console, end, time */

void
pv_console_init(void)
{
	hypercall_init();
	if (!hypercall_present())
		for (;;)		/* nobody to tell */
			__asm__ volatile("cli; hlt");
}

void
pv_console_put(char c)
{
	hypercall(HC_CONSOLE, (uint8_t)c, 0, 0);
}

void
pv_halt(int code)
{
	for (;;)
		hypercall(HC_HALT, (uint64_t)code, 0, 0);
}

uint64_t
pv_time(void)
{
	return (uint64_t)hypercall(HC_TIME, 0, 0, 0);
}

uint64_t
pv_stolen(void)
{
	return (uint64_t)hypercall(HC_STOLEN, 0, 0, 0);
}

/* ---- machine frames */

static uint32_t
m2p_size(uint32_t frames)
{
	uint32_t n = 1;

	while (n < 2 * frames)
		n *= 2;
	return n;
}

size_t
pv_room(uint32_t frames)
{
	return frames * sizeof(*p2m) + m2p_size(frames) * sizeof(*m2p);
}

/* Where the machine frame is in the table, or could be. */
static struct known *
find(uint32_t machine)
{
	uint32_t start = machine * 0x9e3779b1u;	/* golden ratio: spreads them */
	struct known *unused = NULL;
	uint32_t i;

	for (i = 0; i <= m2p_mask; i++) {
		struct known *k = &m2p[(start + i) & m2p_mask];

		if (k->machine == machine)
			return k;
		if (!unused && k->pfn == NO_FRAME)
			unused = k;
		if (!k->machine)
			break;
	}
	return unused;			/* the table is never more than half full */
}

static void
learn(uint32_t pfn)
{
	int64_t machine = hypercall(HC_P2M, pfn, 0, 0);

	p2m[pfn] = machine > 0 ? (uint32_t)machine : 0;
	if (p2m[pfn])
		*find(p2m[pfn]) = (struct known){ p2m[pfn], pfn };
}

void
pv_init(void *room, uint32_t frames)
{
	uint32_t i, n = m2p_size(frames);

	batch = (unsigned)option("batch", 64);
	if (batch < 1 || batch > BATCH_MAX)
		panic("batch= is 1 to %u", BATCH_MAX);
	direct = hypercall_direct();
	if (!direct)
		return;
	p2m = room;
	m2p = (struct known *)(p2m + frames);
	m2p_mask = n - 1;
	for (i = 0; i < n; i++)
		m2p[i] = (struct known){ 0, NO_FRAME };
	for (i = 0; i < frames; i++)
		learn(i);
}

bool
pv_small_pages(void)
{
	return true;
}

bool
pv_large_pages(void)
{
	return !direct;			/* machine frames are in no order */
}

uint32_t
pv_machine(uint32_t pfn)
{
	return direct ? p2m[pfn] : pfn;
}

uint32_t
pv_frame(uint32_t machine)
{
	return direct ? find(machine)->pfn : machine;
}

/* ---- tables */

static void
must(int64_t result, const char *what)
{
	if (result < 0)
		panic("%s: the VMM says %d", what, (int)result);
}

static void
update(void)
{
	int64_t done = hypercall(HC_MMU_UPDATE, (uint64_t)queue - KERNEL_BASE, queued, 0);

	must(done, "update");
	if ((unsigned)done != queued)
		panic("update: %lx at %lx is refused", (uint64_t)queue[done].val,
		    (uint64_t)queue[done].at);
	queued = 0;
}

static void
enqueue(volatile uint64_t *at, uint64_t pte)
{
	uint64_t offset = (uint64_t)at - DIRECT_BASE;

	queue[queued++] = (struct vmm_mmu_update){
		.at = (uint64_t)p2m[offset >> PAGE_SHIFT] << PAGE_SHIFT |
		    (offset & (PAGE_SIZE - 1)),
		.val = pte,
	};
}

void
pv_store(volatile uint64_t *at, uint64_t pte)
{
	if (!live) {
		*at = pte;
		return;
	}
	enqueue(at, pte);
	if (queued >= batch)
		update();
}

bool
pv_try(volatile uint64_t *at, uint64_t pte)
{
	int64_t done;

	if (!live) {
		*at = pte;
		return true;
	}
	pv_flush();
	enqueue(at, pte);
	done = hypercall(HC_MMU_UPDATE, (uint64_t)queue - KERNEL_BASE, 1, 0);
	queued = 0;
	return done == 1;
}

bool
pv_is_ours(uint64_t frame, uint32_t end)
{
	return direct ? pv_frame((uint32_t)frame) != NO_FRAME : frame < end;
}

/* One address is invalidated by itself, several with everything else. */
void
pv_invlpg(uint64_t va)
{
	if (!live) {
		invlpg(va);
		return;
	}
	stale = any_stale && stale != va ? EVERYTHING : va;
	any_stale = true;
}

void
pv_flush(void)
{
	if (queued)
		update();
	if (any_stale)
		must(hypercall(HC_MMU_INVLPG, stale, 0, 0), "invlpg");
	any_stale = false;
}

static uint64_t
machine_address(uint32_t pfn)
{
	return (uint64_t)p2m[pfn] << PAGE_SHIFT;
}

/* What the direct map says about the frame */
static pte_t *
direct_entry(uint32_t pfn)
{
	return pmap_find(pmap_kernel, (uint64_t)page_at(pfn));
}


/* The kernel's tables are ordinary memory until now. */
static void
go_live(void)
{
	uint32_t pfn;

	for (pfn = 0; pfn < page_end; pfn++)
		if (pages[pfn].use == PAGE_KERNEL_TABLE && p2m[pfn])
			*direct_entry(pfn) &= ~(uint64_t)PTE_W;
	live = true;
	must(hypercall(HC_MMU_PIN, machine_address(pmap_kernel), 4, 0), "pin");
}

void
pv_root(uint32_t pfn)
{
	if (!direct) {
		write_cr3((uint64_t)pfn << PAGE_SHIFT);
		return;
	}
	if (!live)
		go_live();
	if (queued)
		update();
	any_stale = false;		/* all is forgotten */
	must(hypercall(HC_MMU_ROOT, machine_address(pfn), 0, 0), "root");
}

void
pv_table(uint32_t pfn, bool root)
{
	if (!live)
		return;
	pv_store(direct_entry(pfn), *direct_entry(pfn) & ~(uint64_t)PTE_W);
	if (!root)
		return;
	pv_flush();
	must(hypercall(HC_MMU_PIN, machine_address(pfn), 4, 0), "pin");
}

void
pv_untable(uint32_t pfn, bool root)
{
	if (!live)
		return;
	if (root) {
		pv_flush();
		must(hypercall(HC_MMU_UNPIN, machine_address(pfn), 0, 0), "unpin");
	}
	pv_store(direct_entry(pfn), *direct_entry(pfn) | PTE_W);
	pv_invlpg((uint64_t)page_at(pfn));
}

/* ---- frames that come and go */

void
pv_gone(uint32_t pfn)
{
	if (!live)
		return;
	pv_store(direct_entry(pfn), 0);
	pv_invlpg((uint64_t)page_at(pfn));
	pv_flush();
	find(p2m[pfn])->pfn = NO_FRAME;
	p2m[pfn] = 0;
}

void
pv_back(uint32_t pfn)
{
	if (!live)
		return;
	learn(pfn);
	pmap_map(direct_entry(pfn), pfn, PTE_W);
	pv_flush();
}
