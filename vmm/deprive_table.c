/*
 * vmm/deprive_table.c - descriptor tables and their registers, of a guest without SVM
 */
#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/deprive.h"
#include "vmm/deprive_priv.h"
#include "vmm/guestmem.h"
#include "vmm/inject.h"
#include "vmm/vm.h"

#define SEG_CS		1u
/* Types of system descriptors, in their attributes; AMD APM vol 2 §4.8.3. */
#define TYPE_MASK	0x1fu
#define TYPE_LDT	0x02u
#define TYPE_TSS	0x09u		/* available */

bool
deprive_store_value(struct vm *vm, const struct insn *i, uint64_t v, unsigned size)
{
	if (!i->mem)
		reg_write(vm, i, i->rm, i->size, v);
	else if (!guest_store(vm, i->ea, &v, size))
		return false;
	return true;
}

bool
deprive_load_value(struct vm *vm, const struct insn *i, uint64_t *v, unsigned size)
{
	*v = reg_read(vm, i, i->rm, size);
	return !i->mem || guest_load(vm, i->ea, v, size);
}

bool
deprive_load_table(struct vm *vm, const struct insn *i, struct vmcb_seg *t)
{
	uint8_t p[10] = { 0 };

	if (!guest_load(vm, i->ea, p, 2 + guest_word(vm)))
		return false;
	t->limit = get_le16(p);
	t->base = get_le(p + 2, guest_word(vm));
	return true;
}

bool
deprive_store_table(struct vm *vm, const struct insn *i, const struct vmcb_seg *t)
{
	uint8_t p[10];

	put_le16(p, (uint16_t)t->limit);
	put_le64(p + 2, t->base);
	return guest_store(vm, i->ea, p, 2 + guest_word(vm));
}

/* LLDT, LTR: a descriptor of this type; in long mode it has 16 bytes. */
static bool
load_system(struct vm *vm, uint16_t selector, unsigned type, struct vmcb_seg *t)
{
	struct vmcb_seg cs = guest_state(vm)->cs, new;
	uint64_t high = 0;

	if (!deprive_load_segment(vm, SEG_CS, selector))
		return false;
	new = guest_state(vm)->cs;
	guest_state(vm)->cs = cs;
	if (selector & ~3u ? (new.attr & TYPE_MASK) != type : type != TYPE_LDT) {
		inject_exception_error(vm, VEC_GP, selector & ~3u);
		return false;
	}
	if (selector & ~3u && guest_is_64(vm) &&
	    !deprive_read(vm, guest_state(vm)->gdtr.base + (selector & ~7u) + 8, &high, 8))
		return false;
	new.base |= high << 32;
	*t = new;
	return true;
}

static bool
set_busy(struct vm *vm, uint16_t selector)
{
	gva_t at = guest_state(vm)->gdtr.base + (selector & ~7u) + 5;
	uint8_t type;

	if (!deprive_read(vm, at, &type, 1))
		return false;
	type |= 2;
	guest_state(vm)->tr.attr |= 2;
	return deprive_write(vm, at, &type, 1);
}

bool
deprive_group6(struct vm *vm, const struct insn *i)
{
	uint64_t v;

	switch (i->reg & 7) {
	case 0:
		return deprive_store_value(vm, i, guest_state(vm)->ldtr.sel, 2);
	case 1:
		return deprive_store_value(vm, i, guest_state(vm)->tr.sel, 2);
	case 2:
		return deprive_load_value(vm, i, &v, 2) &&
		    load_system(vm, (uint16_t)v, TYPE_LDT,
		    &guest_state(vm)->ldtr);
	case 3:
		return deprive_load_value(vm, i, &v, 2) &&
		    load_system(vm, (uint16_t)v, TYPE_TSS,
		    &guest_state(vm)->tr) &&
		    set_busy(vm, (uint16_t)v);
	default:
		inject_exception(vm, VEC_UD);
		return false;
	}
}
