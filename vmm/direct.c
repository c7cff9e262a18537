/*
 * vmm/direct.c - direct paging: the guest's tables are the processor's
 */
#include "vmm/direct.h"

#include "vmm/abi.h"
#include "vmm/cpu.h"
#include "vmm/frames.h"
#include "vmm/p2m.h"
#include "vmm/svm.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define ENTRIES		512u
#define UPDATES_MAX	4096u
#define EARLY_PINS	16u
#define EVERYTHING	(~(uint64_t)0)

struct direct {
	bool		live;
	uint32_t	root;		/* machine frame */
	/* Pinned while the guest could still write to them: looked at later. */
	struct { uint32_t mfn; uint8_t level; } early[EARLY_PINS];
	unsigned	earlies;
};

static int64_t get_type(struct vm *vm, uint64_t mfn, unsigned type);
static void	put_type(struct vm *vm, uint64_t mfn);

void
direct_init(struct vm *vm)
{
	vm->direct = frames_small(sizeof(*vm->direct));
}

bool
direct_is_live(const struct vm *vm)
{
	return vm->direct && vm->direct->live;
}

static struct frame *
own_frame(const struct vm *vm, uint64_t mfn)
{
	struct frame *f = frame_info(mfn);

	return f && f->owner == vm->id && p2m_frame(vm, f->gfn) == mfn ? f : NULL;
}

bool
direct_is_unused(const struct vm *vm, uint32_t mfn)
{
	const struct frame *f = own_frame(vm, mfn);

	return !vm->direct || (f && !f->refs && !f->maps);
}

/* With check=off a frame is what the guest says it is. */
static bool
is_believed(const struct vm *vm, uint64_t at)
{
	return vm->config.trust && frame_info(at >> PAGE_SHIFT);
}

/* --- entries --- */

static uint64_t
frame_of(uint64_t entry)
{
	return (entry & PTE_FRAME) >> PAGE_SHIFT;
}

/* What an entry of this level names may be named by it, from now on. */
static int64_t
get_entry(struct vm *vm, unsigned level, unsigned slot, uint64_t e)
{
	struct frame *f = own_frame(vm, frame_of(e));
	int64_t r = 0;

	if (!(e & PTE_P))
		return 0;
	if (!f)
		return -VMM_EPERM;
	if ((level > 1 && e & PTE_PS) || (level == 4 && slot == VMM_SLOT))
		return -VMM_EINVAL;
	if (level > 1)
		r = get_type(vm, frame_of(e), level - 1);
	else if (e & PTE_W)
		r = get_type(vm, frame_of(e), TYPE_WRITABLE);
	if (!r)
		f->maps++;
	return r;
}

static void
put_entry(struct vm *vm, unsigned level, uint64_t e)
{
	if (!(e & PTE_P))
		return;
	frame_info(frame_of(e))->maps--;
	if (level > 1 || e & PTE_W)
		put_type(vm, frame_of(e));
}

/* --- types --- */

static void
put_entries(struct vm *vm, uint64_t mfn, unsigned level, unsigned n)
{
	const uint64_t *e = frame_ptr((uint32_t)mfn);

	while (n--)
		put_entry(vm, level, e[n]);
}

/* All entries of what is to be a table.  The type is there first, so that a
 * table which names itself is seen to be two things. */
static int64_t
validate(struct vm *vm, uint64_t mfn, unsigned level)
{
	const uint64_t *e = frame_ptr((uint32_t)mfn);
	unsigned slot;
	int64_t r;

	vm->count.mmu_validated++;
	vm->cpu.flush = true;		/* nobody writes through the TLB */
	for (slot = 0; slot < ENTRIES; slot++) {
		r = get_entry(vm, level, slot, e[slot]);
		if (r) {
			put_entries(vm, mfn, level, slot);
			return r;
		}
	}
	return 0;
}

static int64_t
get_type(struct vm *vm, uint64_t mfn, unsigned type)
{
	struct frame *f = own_frame(vm, mfn);
	int64_t r = 0;

	if (!f)
		return -VMM_EPERM;
	if (f->refs && f->type != type)
		return -VMM_EBUSY;
	if (f->refs++)
		return 0;
	f->type = (uint8_t)type;
	if (type <= TYPE_TABLE_4)
		r = validate(vm, mfn, type);
	if (r) {
		f->refs = 0;
		f->type = TYPE_NONE;
	}
	return r;
}

static void
put_type(struct vm *vm, uint64_t mfn)
{
	struct frame *f = frame_info(mfn);
	unsigned type = f->type;

	if (--f->refs)
		return;
	f->type = TYPE_NONE;
	if (type <= TYPE_TABLE_4)
		put_entries(vm, mfn, type, ENTRIES);
}

/* --- hypercalls --- */

static int64_t
update_unseen(struct vm *vm, const struct vmm_mmu_update *u)
{
	if (u->at % 8)
		return -VMM_EINVAL;
	*(uint64_t *)phys(u->at) = u->val;
	vm->count.mmu_updates++;
	vm->count.unguarded += u->val & PTE_P && !own_frame(vm, frame_of(u->val));
	return 0;
}

static int64_t
update(struct vm *vm, const struct vmm_mmu_update *u)
{
	struct frame *f = own_frame(vm, u->at >> PAGE_SHIFT);
	unsigned slot = (unsigned)(u->at % PAGE_SIZE / 8);
	uint64_t *e, old;
	int64_t r;

	if (is_believed(vm, u->at))
		return update_unseen(vm, u);
	if (!f)
		return -VMM_EPERM;
	if (u->at % 8 || !f->refs || f->type > TYPE_TABLE_4)
		return -VMM_EINVAL;
	r = get_entry(vm, f->type, slot, u->val);
	if (r)
		return r;
	e = (uint64_t *)frame_ptr((uint32_t)(u->at >> PAGE_SHIFT)) + slot;
	old = *e;
	*e = u->val;
	put_entry(vm, f->type, old);
	vm->count.mmu_updates++;
	return 0;
}

int64_t
direct_update(struct vm *vm, uint64_t gpa, uint64_t count)
{
	uint64_t n, before = vm->count.mmu_validated;
	struct vmm_mmu_update u;

	if (count > UPDATES_MAX || !direct_is_live(vm))
		return -VMM_EINVAL;
	/* A frame that is looked at again and again in one call is a trick. */
	for (n = 0; n < count &&
	    vm->count.mmu_validated - before <= vm->config.ram; n++) {
		if (!p2m_read(vm, gpa + n * sizeof(u), &u, sizeof(u)))
			return -VMM_EINVAL;
		if (update(vm, &u)) {
			vm->count.mmu_refused++;
			break;
		}
	}
	return (int64_t)n;
}

static int64_t
pin_early(struct direct *d, uint32_t mfn, uint64_t level)
{
	if (d->earlies == EARLY_PINS)
		return -VMM_ENOMEM;
	d->early[d->earlies].mfn = mfn;
	d->early[d->earlies++].level = (uint8_t)level;
	return 0;
}

static int64_t
pin(struct vm *vm, uint64_t mfn, unsigned level)
{
	struct frame *f = own_frame(vm, mfn);
	int64_t r;

	if (!f)
		return -VMM_EPERM;
	if (f->pinned)
		return -VMM_EBUSY;
	r = get_type(vm, mfn, level);
	f->pinned = !r;
	return r;
}

int64_t
direct_pin(struct vm *vm, uint64_t at, uint64_t level)
{
	uint64_t mfn = at >> PAGE_SHIFT;

	int64_t r;

	if (!vm->direct || at % PAGE_SIZE || level < 1 || level > 4)
		return -VMM_EINVAL;
	if (is_believed(vm, at))
		return 0;
	if (!own_frame(vm, mfn))
		r = -VMM_EPERM;
	else if (vm->direct->live)
		r = pin(vm, mfn, (unsigned)level);
	else
		r = pin_early(vm->direct, (uint32_t)mfn, level);
	vm->count.mmu_refused += r < 0;
	return r;
}

static void
unpin(struct vm *vm, uint64_t mfn)
{
	frame_info(mfn)->pinned = false;
	put_type(vm, mfn);
}

int64_t
direct_unpin(struct vm *vm, uint64_t at)
{
	const struct frame *f = own_frame(vm, at >> PAGE_SHIFT);

	if (is_believed(vm, at))
		return 0;
	if (!f)
		return -VMM_EPERM;
	if (!direct_is_live(vm) || !f->pinned)
		return -VMM_EINVAL;
	unpin(vm, at >> PAGE_SHIFT);
	return 0;
}

/* From here on no nested tables: guest memory is what its own tables map. */
static void
go_live(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;
	unsigned n;

	vm->direct->live = true;
	v->c.nested = 0;
	v->s.cr0 |= CR0_WP;
	for (n = 0; n < 5; n += n == 0 ? 3 : 1)
		svm_intercept(v, EXIT_CR_WRITE(n), true);
}

/* Its entries were looked at when it was pinned, and by nobody here: that is why it
 * has to be. */
static int64_t
get_root(struct vm *vm, uint64_t mfn)
{
	const struct frame *f = own_frame(vm, mfn);

	if (!f)
		return -VMM_EPERM;
	return f->pinned ? get_type(vm, mfn, TYPE_TABLE_4) : -VMM_ENOTPINNED;
}

/* All or nothing: what is refused here goes on to be written to by the guest, so
 * nothing may count as looked at. */
static int64_t
first_root(struct vm *vm, uint64_t mfn)
{
	struct direct *d = vm->direct;
	unsigned n;
	int64_t r = 0;

	if (!(vm->cpu.efer & EFER_LMA))
		return -VMM_EINVAL;
	for (n = 0; n < d->earlies && !r; n++)
		r = pin(vm, d->early[n].mfn, d->early[n].level);
	if (r)
		n--;
	else
		r = get_root(vm, mfn);
	if (r) {
		while (n--)
			unpin(vm, d->early[n].mfn);
		return r;
	}
	d->earlies = 0;
	go_live(vm);
	return 0;
}

static int64_t
check_root(struct vm *vm, uint64_t mfn)
{
	struct direct *d = vm->direct;
	int64_t r = d->live ? get_root(vm, mfn) : first_root(vm, mfn);

	if (r) {
		vm->count.mmu_refused++;
		return r;
	}
	if (d->root)
		put_type(vm, d->root);
	d->root = (uint32_t)mfn;
	return 0;
}

static int64_t
believe_root(struct vm *vm)
{
	if (!(vm->cpu.efer & EFER_LMA))
		return -VMM_EINVAL;
	if (!vm->direct->live)
		go_live(vm);
	return 0;
}

int64_t
direct_root(struct vm *vm, uint64_t at)
{
	uint64_t begin = rdtsc();
	int64_t r;

	if (!vm->direct || at % PAGE_SIZE)
		return -VMM_EINVAL;
	r = is_believed(vm, at) ? believe_root(vm) : check_root(vm, at >> PAGE_SHIFT);
	if (r)
		return r;
	vm->cpu.vmcb->s.cr3 = vm->cpu.cr3 = at;
	vm->cpu.flush = true;
	vm->count.cr3_loads++;
	vm->count.cycles_cr3 += rdtsc() - begin;
	return 0;
}

int64_t
direct_invlpg(struct vm *vm, uint64_t va)
{
	if (!vm->direct)		/* and perhaps no SVM */
		return -VMM_EINVAL;
	if (va == EVERYTHING)
		vm->cpu.flush = true;
	else
		__asm__ volatile("invlpga %%rax, %%ecx" : : "a"(va),
		    "c"(vm->cpu.vmcb->c.asid) : "memory");
	return 0;
}

bool
direct_write_cr(struct vm *vm, unsigned n, uint64_t v)
{
	const uint64_t free0 = CR0_TS | CR0_MP | CR0_EM | CR0_NE | CR0_AM;
	const uint64_t free4 = CR4_PGE | CR4_DE | CR4_TSD | CR4_OSFXSR | CR4_OSXMMEXCPT;
	struct vmcb_save *s = &vm->cpu.vmcb->s;

	if (n == 0 && !((v ^ s->cr0) & ~free0))
		s->cr0 = v;
	else if (n == 4 && !((v ^ s->cr4) & ~free4))
		s->cr4 = v;
	else
		return false;
	return true;
}
