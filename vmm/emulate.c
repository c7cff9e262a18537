/*
 * vmm/emulate.c - stores the guest's processor may not do itself
 *
 * MOV, XCHG, CMPXCHG, XADD, arithmetic, bit instructions, STOS and MOVS with a
 * destination in memory: what kernels change page tables with.  Results and
 * flags come from the processor, which does the same with registers.
 */
#include "vmm/emulate.h"

#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/exits.h"
#include "vmm/guestmem.h"
#include "vmm/vm.h"

#define ARITHMETIC	0x8d5u		/* CF, PF, AF, ZF, SF, OF */
#define FLAG_CF		0x001u
#define FLAG_ZF		0x040u
#define FLAG_DF		0x400u

/* Opcodes */
enum {
	OP_GROUP1_B = 0x80, OP_GROUP1 = 0x81, OP_GROUP1_I8 = 0x83,
	OP_XCHG_B = 0x86, OP_XCHG, OP_MOV_B = 0x88, OP_MOV,
	OP_MOVS_B = 0xa4, OP_MOVS, OP_STOS_B = 0xaa, OP_STOS,
	OP_MOV_IMM_B = 0xc6, OP_MOV_IMM,
	OP_BTS = 0xfab, OP_CMPXCHG_B = 0xfb0, OP_CMPXCHG, OP_BTR = 0xfb3,
	OP_BITS_IMM = 0xfba, OP_BTC = 0xfbb, OP_XADD_B = 0xfc0, OP_XADD
};
enum { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* An instruction's work: what was in memory and what is to be. */
struct store {
	struct vm	*vm;
	struct insn	i;
	uint64_t	old, new;
	uint64_t	flags;
};

#define DO(op, suffix, type) do { \
	type a = (type)*v; \
	__asm__("pushq %1; popfq; " op suffix " %2, %0; pushfq; popq %1" \
	    : "+r"(a), "+r"(f) : "r"((type)b) : "cc"); \
	*v = a; \
} while (0)

#define SIZES(op) do { \
	switch (size) { \
	case 1: DO(op, "b", uint8_t); break; \
	case 2: DO(op, "w", uint16_t); break; \
	case 4: DO(op, "l", uint32_t); break; \
	default: DO(op, "q", uint64_t); break; \
	} \
} while (0)

static uint64_t
alu(unsigned op, unsigned size, uint64_t *v, uint64_t b, uint64_t flags)
{
	uint64_t f = flags & ARITHMETIC;

	switch (op) {
	case ALU_ADD: SIZES("add"); break;
	case ALU_OR: SIZES("or"); break;
	case ALU_ADC: SIZES("adc"); break;
	case ALU_SBB: SIZES("sbb"); break;
	case ALU_AND: SIZES("and"); break;
	case ALU_SUB: SIZES("sub"); break;
	case ALU_XOR: SIZES("xor"); break;
	default: SIZES("cmp"); break;
	}
	return (flags & ~(uint64_t)ARITHMETIC) | (f & ARITHMETIC);
}

static uint64_t
reg(const struct store *s)
{
	return reg_read(s->vm, &s->i, s->i.reg, s->i.size);
}

static bool
do_alu(struct store *s, unsigned op, uint64_t b)
{
	s->new = s->old;
	s->flags = alu(op, s->i.size, &s->new, b, s->flags);
	return op != ALU_CMP;
}

/* The old value is compared with RAX; memory gets the register or itself. */
static void
do_cmpxchg(struct store *s)
{
	uint64_t a = reg_read(s->vm, &s->i, RAX, s->i.size);

	s->flags = alu(ALU_CMP, s->i.size, &a, s->old, s->flags);
	s->new = s->flags & FLAG_ZF ? reg(s) : s->old;
	if (!(s->flags & FLAG_ZF))
		reg_write(s->vm, &s->i, RAX, s->i.size, s->old);
}

static bool
do_bit(struct store *s, unsigned op, uint64_t n)
{
	uint64_t bit = BIT(n & (8 * s->i.size - 1));

	s->flags = s->old & bit ? s->flags | FLAG_CF : s->flags & ~(uint64_t)FLAG_CF;
	s->new = op == OP_BTS ? s->old | bit : op == OP_BTR ? s->old & ~bit :
	    s->old ^ bit;
	return true;
}

static bool
compute_two_byte(struct store *s)
{
	switch (s->i.opcode) {
	case OP_BTS:
	case OP_BTR:
	case OP_BTC:
		/* A register may mean a bit elsewhere in memory. */
		return reg(s) < 8 * s->i.size && do_bit(s, s->i.opcode, reg(s));
	case OP_BITS_IMM:
		if ((s->i.reg & 7) < 5)
			return false;
		return do_bit(s, (const unsigned[]){ OP_BTS, OP_BTR, OP_BTC }
		    [(s->i.reg & 7) - 5], s->i.imm);
	case OP_CMPXCHG_B:
	case OP_CMPXCHG:
		do_cmpxchg(s);
		return true;
	case OP_XADD_B:
	case OP_XADD:
		do_alu(s, ALU_ADD, reg(s));
		reg_write(s->vm, &s->i, s->i.reg, s->i.size, s->old);
		return true;
	default:
		return false;
	}
}

static bool
compute(struct store *s)
{
	switch (s->i.opcode) {
	case OP_MOV_B:
	case OP_MOV:
		s->new = reg(s);
		return true;
	case OP_MOV_IMM_B:
	case OP_MOV_IMM:
		s->new = s->i.imm;
		return !(s->i.reg & 7);
	case OP_XCHG_B:
	case OP_XCHG:
		s->new = reg(s);
		reg_write(s->vm, &s->i, s->i.reg, s->i.size, s->old);
		return true;
	case OP_GROUP1_B:
	case OP_GROUP1:
	case OP_GROUP1_I8:
		return do_alu(s, s->i.reg & 7, s->i.imm);
	default:
		if (s->i.opcode < 0x40 && (s->i.opcode & 7) < 2)
			return do_alu(s, s->i.opcode >> 3, reg(s));
		return compute_two_byte(s);
	}
}

static bool
is_string(const struct insn *i)
{
	return i->opcode == OP_MOVS || i->opcode == OP_MOVS_B ||
	    i->opcode == OP_STOS || i->opcode == OP_STOS_B;
}

static void
advance(struct vm *vm, const struct insn *i, unsigned r)
{
	static const struct insn whole = { .rex = true };
	int64_t by = vm->cpu.vmcb->s.rflags & FLAG_DF ? -(int64_t)i->size : i->size;

	reg_write(vm, &whole, r, i->addr_size, vm->cpu.gpr[r] + (uint64_t)by);
}

/* One element.  Segments of MOVS's source other than DS are left to others. */
static bool
string_store(struct vm *vm, const struct insn *i)
{
	static const struct insn whole = { .rex = true };
	bool movs = i->opcode <= OP_MOVS;
	uint64_t v = reg_read(vm, i, RAX, i->size), count;

	if (i->addr_size == 2 || i->seg != 6 || !guest_is_64(vm))
		return false;
	if (movs && !guest_load(vm, reg_read(vm, &whole, RSI, i->addr_size), &v, i->size))
		return true;
	if (!guest_store(vm, i->ea, &v, i->size))
		return true;
	advance(vm, i, RDI);
	if (movs)
		advance(vm, i, RSI);
	if (!i->rep && !i->repne) {
		exit_skip(vm, i->len);
		return true;
	}
	count = reg_read(vm, &whole, RCX, i->addr_size) - 1;
	reg_write(vm, &whole, RCX, i->addr_size, count);
	if (!(count & LOW_BITS(8 * i->addr_size)))
		exit_skip(vm, i->len);
	return true;
}

bool
emulate_store(struct vm *vm, gva_t va)
{
	struct store s = { .vm = vm, .flags = vm->cpu.vmcb->s.rflags };
	uint64_t kept[16];
	unsigned r;

	if (!decode(vm, &s.i) || va - s.i.ea >= s.i.size)
		return false;
	if (is_string(&s.i))
		return string_store(vm, &s.i);
	if (!s.i.mem)
		return false;
	if (!guest_probe_write(vm, s.i.ea, s.i.size) ||
	    !guest_load(vm, s.i.ea, &s.old, s.i.size))
		return true;
	for (r = 0; r < 16; r++)
		kept[r] = vm->cpu.gpr[r];
	if (!compute(&s)) {
		for (r = 0; r < 16; r++)
			vm->cpu.gpr[r] = kept[r];
		return false;
	}
	guest_store(vm, s.i.ea, &s.new, s.i.size);
	vm->cpu.vmcb->s.rflags = s.flags;
	exit_skip(vm, s.i.len);
	return true;
}
