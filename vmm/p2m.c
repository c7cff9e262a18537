/*
 * vmm/p2m.c - which machine frame a guest's frame is
 */
#include "vmm/p2m.h"

#include <string.h>

#include "vmm/frames.h"
#include "vmm/panic.h"
#include "vmm/swap.h"
#include "vmm/vm.h"

#define LARGE	512u		/* frames of a 2 MiB page */

static void
give(struct vm *vm, uint32_t gfn, uint32_t mfn, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		vm->p2m[gfn + i] = mfn + i;
		frame_info(mfn + i)->gfn = gfn + i;
	}
}

/* In pieces of 2 MiB where there are any, so that they can be mapped so. */
void
p2m_init(struct vm *vm)
{
	uint32_t gfn = 0, n, mfn;

	vm->p2m = frames_table(vm->config.ram * sizeof(*vm->p2m));
	if (vm->config.frames != vm->config.ram)
		return;			/* as they are touched */
	while (gfn < vm->config.ram) {
		n = gfn % LARGE == 0 && vm->config.ram - gfn >= LARGE ? LARGE : 1;
		mfn = frames_alloc((uint8_t)vm->id, n, n);
		if (mfn == NO_FRAME && n > 1) {
			n = 1;
			mfn = frames_alloc((uint8_t)vm->id, n, n);
		}
		if (mfn == NO_FRAME)
			panic("too little memory for %u KiB of VM %u",
			    vm->config.ram * 4, vm->id);
		give(vm, gfn, mfn, n);
		gfn += n;
	}
}

bool
p2m_is_ram(const struct vm *vm, uint64_t gfn)
{
	return gfn < vm->config.ram;
}

uint32_t
p2m_frame(const struct vm *vm, uint64_t gfn)
{
	return gfn < vm->config.ram ? vm->p2m[gfn] : NO_FRAME;
}

bool
p2m_want(struct vm *vm, uint64_t gfn)
{
	if (gfn >= vm->config.ram)
		return false;
	return vm->p2m[gfn] != NO_FRAME || swap_want(vm, (uint32_t)gfn);
}

uint32_t
p2m_outside(struct vm *vm, uint64_t gfn)
{
	if (!vm->config.trust || p2m_is_ram(vm, gfn) || !frame_info(gfn))
		return vm_nowhere(vm);
	return (uint32_t)gfn;
}

uint32_t
p2m_map_outside(struct vm *vm, uint64_t gfn)
{
	uint32_t mfn = p2m_outside(vm, gfn);

	if (mfn == vm->nowhere)
		vm->count.unbacked++;
	else
		vm->count.unguarded++;
	return mfn;
}

void *
p2m_ptr(struct vm *vm, gpa_t gpa)
{
	uint64_t gfn = gpa >> PAGE_SHIFT;

	if (!p2m_want(vm, gfn))
		return NULL;
	vm->swap->clean[gfn] = false;
	return (uint8_t *)frame_ptr(vm->p2m[gfn]) + (gpa & (PAGE_SIZE - 1));
}

/* A pointer, and how much of n bytes is in its page. */
static uint8_t *
piece(struct vm *vm, gpa_t gpa, size_t n, size_t *part)
{
	*part = PAGE_SIZE - (gpa & (PAGE_SIZE - 1));
	if (*part > n)
		*part = n;
	return p2m_ptr(vm, gpa);
}

bool
p2m_read(struct vm *vm, gpa_t gpa, void *to, size_t n)
{
	uint8_t *out = to, *p;
	size_t part;

	for (; n; n -= part, gpa += part, out += part) {
		if (p2m_is_ram(vm, gpa >> PAGE_SHIFT) &&
		    vm->swap->state[gpa >> PAGE_SHIFT] == SWAP_OUT)
			vm->swap->copied++;
		p = piece(vm, gpa, n, &part);
		if (!p)
			return false;
		memcpy(out, p, part);
	}
	return true;
}

bool
p2m_write(struct vm *vm, gpa_t gpa, const void *from, size_t n)
{
	const uint8_t *in = from;
	size_t part;
	uint8_t *p;

	for (; n; n -= part, gpa += part, in += part) {
		p = piece(vm, gpa, n, &part);
		if (!p)
			return false;
		memcpy(p, in, part);
	}
	return true;
}
