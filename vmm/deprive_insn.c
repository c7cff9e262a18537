/*
 * vmm/deprive_insn.c - the instructions that trap in ring 3
 *
 * Those that SVM intercepts become such exits; the others are executed here on
 * the guest's registers in the VMCB.  AMD APM vol 3 has them all.
 */
#include "base/bits.h"
#include "vmm/abi.h"
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/deprive.h"
#include "vmm/deprive_priv.h"
#include "vmm/exits.h"
#include "vmm/guestmem.h"
#include "vmm/inject.h"
#include "vmm/svm.h"
#include "vmm/vm.h"

#define SEG_CS		1u
#define SEG_SS		2u
#define FLAGS_POP	0x244dd5u	/* ID, AC, NT, OF, DF, TF and arithmetic */
#define FLAGS_KERNEL	0x243fd5u	/* ... and IF, IOPL */

enum {
	OP_FAR_JMP = 0xea, OP_MOV_FROM_SEG = 0x8c, OP_MOV_TO_SEG = 0x8e,
	OP_PUSHF = 0x9c, OP_POPF = 0x9d, OP_RETF = 0xcb, OP_INT3 = 0xcc, OP_INT = 0xcd,
	OP_IRET = 0xcf, OP_HLT = 0xf4, OP_CLI = 0xfa, OP_STI = 0xfb,
	OP_GROUP6 = 0xf00, OP_GROUP7 = 0xf01, OP_SYSCALL = 0xf05, OP_CLTS = 0xf06,
	OP_SYSRET = 0xf07, OP_INVD = 0xf08, OP_WBINVD = 0xf09,
	OP_MOV_CR = 0xf20, OP_MOV_DR = 0xf21, OP_WRMSR = 0xf30, OP_RDTSC = 0xf31,
	OP_RDMSR = 0xf32, OP_RDPMC = 0xf33, OP_CPUID = 0xfa2,
	OP_PUSH_FS = 0xfa0, OP_POP_FS = 0xfa1, OP_PUSH_GS = 0xfa8, OP_POP_GS = 0xfa9
};

/* --- stack --- */

static gva_t
stack_at(const struct vm *vm, uint64_t rsp)
{
	return guest_is_64(vm) ? rsp : (uint32_t)(vm->cpu.vmcb->s.ss.base + rsp);
}

static bool
pop(struct vm *vm, uint64_t *v, unsigned at)
{
	*v = 0;
	return guest_load(vm, stack_at(vm, vm->cpu.gpr[RSP] + at * guest_word(vm)), v, guest_word(vm));
}

static bool
push(struct vm *vm, uint64_t v)
{
	uint64_t rsp = vm->cpu.gpr[RSP] - guest_word(vm);

	if (!guest_store(vm, stack_at(vm, rsp), &v, guest_word(vm)))
		return false;
	vm->cpu.gpr[RSP] = rsp;
	return true;
}

static void
set_flags(struct vm *vm, uint64_t v, uint64_t mask)
{
	guest_state(vm)->rflags = (guest_state(vm)->rflags & ~mask) | (v & mask);
}

static void
end(struct vm *vm, const struct insn *i)
{
	exit_skip(vm, i->len);
}

static bool
popf(struct vm *vm)
{
	uint64_t v;

	if (!pop(vm, &v, 0))
		return false;
	vm->cpu.gpr[RSP] += guest_word(vm);
	set_flags(vm, v, guest_state(vm)->cpl ? FLAGS_POP : FLAGS_KERNEL);
	return true;
}

/* --- transfers --- */

static uint64_t
iret(struct vm *vm)
{
	uint64_t f[5];
	unsigned n, cpl = guest_state(vm)->cpl;

	if (!guest_is_64(vm)) {
		vm_end(vm, 1, "IRET in 32-bit mode");
		return EXIT_NOTHING;
	}
	for (n = 0; n < 5; n++)
		if (!pop(vm, &f[n], n))
			return EXIT_NOTHING;
	if (!deprive_load_segment(vm, SEG_CS, (uint16_t)f[1]) ||
	    !deprive_load_segment(vm, SEG_SS, (uint16_t)f[4]))
		return EXIT_NOTHING;
	guest_state(vm)->rip = f[0];
	set_flags(vm, f[2], cpl ? FLAGS_POP : FLAGS_KERNEL);
	vm->cpu.gpr[RSP] = f[3];
	guest_state(vm)->cpl = f[1] & 3;
	return EXIT_NOTHING;
}

static uint64_t
retf(struct vm *vm)
{
	uint64_t rip, cs;

	if (pop(vm, &rip, 0) && pop(vm, &cs, 1) &&
	    deprive_load_segment(vm, SEG_CS, (uint16_t)cs)) {
		guest_state(vm)->rip = rip;
		vm->cpu.gpr[RSP] += 2 * guest_word(vm);
	}
	return EXIT_NOTHING;
}

static uint64_t
far_jump(struct vm *vm, const struct insn *i)
{
	if (deprive_load_segment(vm, SEG_CS, i->far_selector))
		guest_state(vm)->rip = (uint32_t)i->imm;
	return EXIT_NOTHING;
}

/* Vol 2 §6.1.1 "SYSCALL and SYSRET" */
static uint64_t
syscall(struct vm *vm, const struct insn *i)
{
	struct vmcb_save *s = guest_state(vm);
	uint16_t cs = (uint16_t)bits_get(s->star, 32, 16);

	vm->cpu.gpr[RCX] = s->rip + i->len;
	vm->cpu.gpr[11] = s->rflags & ~(uint64_t)FLAG_RF;
	s->rip = s->lstar;
	s->rflags &= ~(s->sfmask | FLAG_RF);
	s->cs = (struct vmcb_seg){ cs & 0xfffc, 0xa9b, ~0u, 0 };
	s->ss = (struct vmcb_seg){ (uint16_t)((cs & 0xfffc) + 8), 0xc93, ~0u, 0 };
	s->cpl = 0;
	return EXIT_NOTHING;
}

static uint64_t
sysret(struct vm *vm, const struct insn *i)
{
	struct vmcb_save *s = guest_state(vm);
	uint16_t base = (uint16_t)bits_get(s->star, 48, 16);
	bool wide = i->size == 8;

	s->rip = wide ? vm->cpu.gpr[RCX] : (uint32_t)vm->cpu.gpr[RCX];
	set_flags(vm, vm->cpu.gpr[11], FLAGS_KERNEL);
	s->cs = (struct vmcb_seg){ (uint16_t)((base + (wide ? 16 : 0)) | 3),
	    wide ? 0xafb : 0xcfb, ~0u, 0 };
	s->ss.sel = (uint16_t)((base + 8) | 3);
	s->cpl = 3;
	return EXIT_NOTHING;
}

static uint64_t
software_interrupt(struct vm *vm, const struct insn *i)
{
	unsigned vector = i->opcode == OP_INT3 ? VEC_BP : i->imm & 0xff;

	if (vector == VMM_VECTOR && i->opcode == OP_INT)
		return EXIT_VMMCALL;
	end(vm, i);
	vm->cpu.vmcb->c.eventinj = vector | EV_TYPE_SOFT | EV_VALID;
	return EXIT_NOTHING;
}

/* --- group 7 --- */

static bool
swapgs(struct vm *vm)
{
	uint64_t base = guest_state(vm)->gs.base;

	guest_state(vm)->gs.base = guest_state(vm)->kernel_gs_base;
	guest_state(vm)->kernel_gs_base = base;
	return true;
}

static bool
read_tsc(struct vm *vm)
{
	uint64_t t = rdtsc() + vm->cpu.vmcb->c.tsc_offset;

	vm->cpu.gpr[RAX] = (uint32_t)t;
	vm->cpu.gpr[RDX] = t >> 32;
	return true;
}

/* 0F 01: those with memory, then those without. */
static uint64_t
group7(struct vm *vm, const struct insn *i)
{
	bool ok = false;

	switch ((i->reg & 7) | (i->mem ? 0 : 8)) {
	case 0: ok = deprive_store_table(vm, i, &guest_state(vm)->gdtr); break;
	case 1: ok = deprive_store_table(vm, i, &guest_state(vm)->idtr); break;
	case 2: ok = deprive_load_table(vm, i, &guest_state(vm)->gdtr); break;
	case 3: ok = deprive_load_table(vm, i, &guest_state(vm)->idtr); break;
	case 4: case 4 | 8:
		return EXIT_CR_READ(0);
	case 6: case 6 | 8:
		return EXIT_CR_WRITE(0);
	case 7:
		return EXIT_INVLPG;
	case 7 | 8:
		if ((i->rm & 7) < 2) {
			ok = (i->rm & 7) ? read_tsc(vm) : swapgs(vm);
			break;
		}
		/* fall through */
	default:
		inject_exception(vm, VEC_UD);
	}
	if (ok)
		end(vm, i);
	return EXIT_NOTHING;
}

/* --- what only a kernel may do --- */

static uint64_t
sti(struct vm *vm, const struct insn *i)
{
	struct insn next;

	guest_state(vm)->rflags |= FLAG_IF;
	end(vm, i);
	/* Nothing comes between STI and HLT. */
	if (decode(vm, &next) && next.opcode == OP_HLT)
		return EXIT_HLT;
	return EXIT_NOTHING;
}

static uint64_t
kernel_only(struct vm *vm, const struct insn *i)
{
	switch (i->opcode) {
	case OP_CLI:
		guest_state(vm)->rflags &= ~(uint64_t)FLAG_IF;
		end(vm, i);
		return EXIT_NOTHING;
	case OP_STI:
		return sti(vm, i);
	case OP_HLT:
		return EXIT_HLT;
	case OP_SYSRET:
		return sysret(vm, i);
	case OP_CLTS:
		return EXIT_CR_WRITE(0);
	case OP_INVD:
	case OP_WBINVD:
		return EXIT_WBINVD;
	case OP_MOV_CR:
		return EXIT_CR_READ(i->reg & 15);
	case OP_MOV_CR + 2:
		return EXIT_CR_WRITE(i->reg & 15);
	case OP_MOV_DR:
		return EXIT_DR_READ(i->reg & 7);
	case OP_MOV_DR + 2:
		return EXIT_DR_WRITE(i->reg & 7);
	case OP_RDMSR:
	case OP_WRMSR:
		vm->cpu.vmcb->c.exitinfo1 = i->opcode == OP_WRMSR;
		return EXIT_MSR;
	case OP_GROUP7:
		return group7(vm, i);
	default:
		inject_exception_error(vm, VEC_GP, 0);
		return EXIT_NOTHING;
	}
}

/* --- ports --- */

static bool
is_port(const struct insn *i)
{
	return (i->opcode >= 0xe4 && i->opcode <= 0xe7) ||
	    (i->opcode >= 0xec && i->opcode <= 0xef) ||
	    (i->opcode >= 0x6c && i->opcode <= 0x6f);
}

/* As SVM would describe it. */
static uint64_t
port(struct vm *vm, const struct insn *i)
{
	struct vmcb *v = vm->cpu.vmcb;
	bool string = i->opcode < 0x70, fixed = i->opcode >= 0xe4 && i->opcode <= 0xe7;
	uint64_t size = i->size == 8 ? 4 : i->size;

	v->c.exitinfo1 = (fixed ? i->imm & 0xff : vm->cpu.gpr[RDX] & 0xffff) <<
	    IOIO_PORT_SHIFT | size << IOIO_SIZE_SHIFT |
	    (uint64_t)(i->addr_size / 2) << IOIO_ADDR_SHIFT |
	    (uint64_t)(i->seg < 6 ? i->seg : 3) << IOIO_SEG_SHIFT;
	if (!(i->opcode & 2))
		v->c.exitinfo1 |= IOIO_IN;
	if (string)
		v->c.exitinfo1 |= IOIO_STR | (i->rep || i->repne ? IOIO_REP : 0);
	v->c.exitinfo2 = v->s.rip + i->len;
	return EXIT_IOIO;
}

/* --- all of them --- */

/* Segment registers' numbers in instructions are the VMCB's order. */
static bool
move_segment(struct vm *vm, const struct insn *i)
{
	uint64_t v;

	switch (i->opcode) {
	case OP_MOV_FROM_SEG:
		return deprive_store_value(vm, i, (&guest_state(vm)->es)[i->reg & 7].sel, 2);
	case OP_MOV_TO_SEG:
		return deprive_load_value(vm, i, &v, 2) &&
		    deprive_load_segment(vm, i->reg & 7, (uint16_t)v);
	case OP_PUSH_FS:
	case OP_PUSH_GS:
		return push(vm, (i->opcode & 8 ? &guest_state(vm)->gs : &guest_state(vm)->fs)->sel);
	default:
		if (!pop(vm, &v, 0) ||
		    !deprive_load_segment(vm, i->opcode & 8 ? 5 : 4, (uint16_t)v))
			return false;
		vm->cpu.gpr[RSP] += guest_word(vm);
		return true;
	}
}

static uint64_t
done_if(struct vm *vm, const struct insn *i, bool ok)
{
	if (ok)
		end(vm, i);
	return EXIT_NOTHING;
}

static uint64_t
execute(struct vm *vm, const struct insn *i)
{
	switch (i->opcode) {
	case OP_MOV_FROM_SEG:
	case OP_MOV_TO_SEG:
		if ((i->reg & 7) > 5 || (i->opcode == OP_MOV_TO_SEG && (i->reg & 7) == 1))
			break;
		return done_if(vm, i, move_segment(vm, i));
	case OP_PUSH_FS: case OP_POP_FS: case OP_PUSH_GS: case OP_POP_GS:
		return done_if(vm, i, move_segment(vm, i));
	case OP_PUSHF:
		return done_if(vm, i, push(vm, guest_state(vm)->rflags & ~(uint64_t)FLAG_RF));
	case OP_POPF:
		return done_if(vm, i, popf(vm));
	case OP_IRET:
		return iret(vm);
	case OP_RETF:
		return retf(vm);
	case OP_FAR_JMP:
		return far_jump(vm, i);
	case OP_SYSCALL:
		return syscall(vm, i);
	case OP_INT:
	case OP_INT3:
		return software_interrupt(vm, i);
	case OP_CPUID:
		return EXIT_CPUID;
	case OP_RDTSC:
		return done_if(vm, i, read_tsc(vm));
	case OP_GROUP6:
		return done_if(vm, i, deprive_group6(vm, i));
	default:
		if (guest_state(vm)->cpl == 0)
			return is_port(i) ? port(vm, i) : kernel_only(vm, i);
	}
	inject_exception_error(vm, VEC_GP, 0);
	return EXIT_NOTHING;
}

bool
deprive_is_syscall(struct vm *vm)
{
	struct insn i;

	return vm->cpu.efer & EFER_SCE && decode(vm, &i) &&
	    (i.opcode == OP_SYSCALL || i.opcode == OP_SYSRET);
}

uint64_t
deprive_instruction(struct vm *vm)
{
	struct insn i;

	if (decode(vm, &i))
		return execute(vm, &i);
	inject_exception_error(vm, VEC_GP, 0);
	return EXIT_NOTHING;
}
