/*
 * vmm/decode.c - the instructions a VMM has to know
 */
#include "vmm/decode.h"

#include <string.h>

#include "base/bits.h"
#include "vmm/cpu.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define ATTR_L		0x200u		/* of CS, in a VMCB */
#define ATTR_D		0x400u
#define OP_FAR_JMP	0xeau

/* What follows an opcode */
enum { K = 1, M = 2, I8 = 4, IZ = 8, B = 16 };	/* known, ModRM, immediates, bytes */

#define ALU(op)	[op] = K | M | B, [op + 1] = K | M, [op + 2] = K | M | B, [op + 3] = K | M

static const uint8_t one_byte[256] = {
	ALU(0x00), ALU(0x08), ALU(0x10), ALU(0x18), ALU(0x20), ALU(0x28), ALU(0x30),
	ALU(0x38),
	[0x80] = K | M | I8 | B, [0x81] = K | M | IZ, [0x83] = K | M | I8,
	[0x84] = K | M | B, [0x85] = K | M,
	[0x86] = K | M | B, [0x87] = K | M,
	[0x88] = K | M | B, [0x89] = K | M, [0x8a] = K | M | B, [0x8b] = K | M,
	[0x6c] = K | B, [0x6d] = K, [0x6e] = K | B, [0x6f] = K,
	[0x8c] = K | M, [0x8e] = K | M, [0x9c] = K, [0x9d] = K,
	[0xa4] = K | B, [0xa5] = K, [0xaa] = K | B, [0xab] = K,
	[0xc6] = K | M | I8 | B, [0xc7] = K | M | IZ,
	[0xcb] = K, [0xcc] = K, [0xcd] = K | I8, [0xcf] = K,
	[0xe4] = K | I8 | B, [0xe5] = K | I8, [0xe6] = K | I8 | B, [0xe7] = K | I8,
	[0xea] = K | IZ, [0xec] = K | B, [0xed] = K, [0xee] = K | B, [0xef] = K,
	[0xf4] = K, [0xfa] = K, [0xfb] = K,
	[0xfe] = K | M | B, [0xff] = K | M
};

static const uint8_t two_byte[256] = {
	[0x00] = K | M, [0x01] = K | M, [0x05] = K, [0x06] = K, [0x07] = K, [0x08] = K, [0x09] = K,
	[0x20] = K | M, [0x21] = K | M, [0x22] = K | M, [0x23] = K | M,
	[0x30] = K, [0x31] = K, [0x32] = K, [0x33] = K,
	[0xa0] = K, [0xa1] = K, [0xa8] = K, [0xa9] = K,
	[0xa2] = K, [0xab] = K | M, [0xb0] = K | M | B, [0xb1] = K | M,
	[0xb3] = K | M, [0xba] = K | M | I8, [0xbb] = K | M,
	[0xc0] = K | M | B, [0xc1] = K | M
};

/* Bytes of the instruction and what was found in them so far. */
struct reader {
	struct vm	*vm;
	struct insn	*i;
	uint8_t		byte[15];
	unsigned	have, at;
	unsigned	rex;
	bool		opsize, addrsize, is64, ok;
};

bool
guest_is_64(const struct vm *vm)
{
	return vm->cpu.efer & EFER_LMA && vm->cpu.vmcb->s.cs.attr & ATTR_L;
}

unsigned
guest_word(const struct vm *vm)
{
	return guest_is_64(vm) ? 8 : 4;
}

static const struct vmcb_seg *
segment(const struct vm *vm, unsigned n)
{
	return &(&vm->cpu.vmcb->s.es)[n];
}

static void
fetch(struct reader *r)
{
	const struct vmcb *v = r->vm->cpu.vmcb;
	gva_t va = (r->is64 ? 0 : v->s.cs.base) + v->s.rip, bad;
	uint32_t user = v->s.cpl == 3 ? PF_USER : 0, error;
	unsigned part = PAGE_SIZE - (va & (PAGE_SIZE - 1));

	r->have = part < sizeof(r->byte) ? part : sizeof(r->byte);
	if (!guest_read(r->vm, va, r->byte, r->have, user | PF_FETCH, &error, &bad)) {
		r->have = 0;
		return;
	}
	if (r->have < sizeof(r->byte) && guest_read(r->vm, va + r->have,
	    r->byte + r->have, sizeof(r->byte) - r->have, user | PF_FETCH, &error,
	    &bad))
		r->have = sizeof(r->byte);
}

static uint8_t
next(struct reader *r)
{
	if (r->at < r->have)
		return r->byte[r->at++];
	r->ok = false;
	return 0;
}

static int64_t
next_signed(struct reader *r, unsigned n)
{
	uint64_t v = 0;
	unsigned k;

	for (k = 0; k < n; k++)
		v |= (uint64_t)next(r) << 8 * k;
	return sign_extend(v, 8 * n);
}

/* false: this byte is no prefix. */
static bool
legacy_prefix(struct reader *r, uint8_t b)
{
	static const uint8_t seg[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	const uint8_t *p = memchr(seg, b, sizeof(seg));

	if (p)
		r->i->seg = (unsigned)(p - seg);
	else if (b == 0x66)
		r->opsize = true;
	else if (b == 0x67)
		r->addrsize = true;
	else if (b == 0xf0)
		r->i->lock = true;
	else if (b == 0xf2)
		r->i->repne = true;
	else if (b == 0xf3)
		r->i->rep = true;
	else
		return false;
	return true;
}

static uint8_t
prefixes(struct reader *r)
{
	uint8_t b = next(r);

	while (r->ok && legacy_prefix(r, b))
		b = next(r);
	if (r->is64 && (b & 0xf0) == 0x40) {
		r->rex = b;
		r->i->rex = true;
		b = next(r);
	}
	return b;
}

static void
sizes(struct reader *r, unsigned kind)
{
	bool d = r->vm->cpu.vmcb->s.cs.attr & ATTR_D;

	r->i->size = r->rex & 8 ? 8 : (r->is64 || d) != r->opsize ? 4 : 2;
	if (kind & B)
		r->i->size = 1;
	if (r->is64)
		r->i->addr_size = r->addrsize ? 4 : 8;
	else
		r->i->addr_size = d != r->addrsize ? 4 : 2;
}

static uint64_t
index_and_base(struct reader *r, unsigned mod, unsigned *base)
{
	uint8_t sib = next(r);
	unsigned index = bits_get(sib, 3, 3) | (r->rex & 2) << 2;
	uint64_t ea = 0;

	*base = sib & 7;
	if (index != RSP)
		ea = r->vm->cpu.gpr[index] << (sib >> 6);
	if (*base != RBP || mod)
		ea += r->vm->cpu.gpr[*base | (r->rex & 1) << 3];
	return ea;
}

static uint64_t
address_16(struct reader *r, unsigned mod, unsigned rm)
{
	const uint64_t *g = r->vm->cpu.gpr;
	const uint64_t base[] = { g[RBX] + g[RSI], g[RBX] + g[RDI], g[RBP] + g[RSI],
	    g[RBP] + g[RDI], g[RSI], g[RDI], g[RBP], g[RBX] };

	if (!mod && rm == 6)
		return (uint16_t)next_signed(r, 2);
	return base[rm] + (mod ? (uint64_t)next_signed(r, mod) : 0);
}

/* Memory behind ModRM, relative to its segment; RIP-relative ones are finished
 * when the length is known. */
static uint64_t
address(struct reader *r, unsigned mod, unsigned rm, bool *stack, bool *rip)
{
	unsigned base = rm;
	uint64_t ea = 0;

	if (r->i->addr_size == 2) {
		*stack = rm == 2 || rm == 3 || (rm == 6 && mod);
		return address_16(r, mod, rm);
	}
	if (rm == RSP)
		ea = index_and_base(r, mod, &base);
	else if (rm != RBP || mod)
		ea = r->vm->cpu.gpr[rm | (r->rex & 1) << 3];
	*rip = r->is64 && rm == RBP && !mod;
	*stack = !(r->rex & 1) && (base == RSP || (base == RBP && mod));
	if (mod == 1)
		ea += (uint64_t)next_signed(r, 1);
	else if (mod == 2 || (!mod && base == RBP))
		ea += (uint64_t)next_signed(r, 4);
	return ea;
}

static gva_t
linear(const struct reader *r, unsigned seg, uint64_t ea)
{
	if (r->i->addr_size < 8)
		ea &= LOW_BITS(8 * r->i->addr_size);
	if (!r->is64)
		return (uint32_t)(segment(r->vm, seg)->base + ea);
	return seg >= 4 ? segment(r->vm, seg)->base + ea : ea;
}

static void
modrm(struct reader *r, unsigned imm)
{
	uint8_t b = next(r);
	unsigned mod = b >> 6, rm = b & 7;
	bool stack = false, rip = false;
	uint64_t ea;

	r->i->modrm = true;
	r->i->reg = bits_get(b, 3, 3) | (r->rex & 4) << 1;
	r->i->rm = rm | (r->rex & 1) << 3;
	if (mod == 3 || (r->i->opcode >= 0xf20 && r->i->opcode <= 0xf23))
		return;
	r->i->mem = true;
	ea = address(r, mod, rm, &stack, &rip);
	if (rip)
		ea += r->vm->cpu.vmcb->s.rip + r->at + imm;
	r->i->ea = linear(r, r->i->seg < 6 ? r->i->seg : stack ? 2 : 3, ea);
}

bool
decode(struct vm *vm, struct insn *i)
{
	struct reader r = { .vm = vm, .i = i, .is64 = guest_is_64(vm), .ok = true };
	unsigned kind, imm;
	uint8_t b;

	*i = (struct insn){ .seg = 6 };
	fetch(&r);
	b = prefixes(&r);
	i->opcode = b;
	kind = one_byte[b];
	if (b == 0x0f) {
		b = next(&r);
		i->opcode = 0xf00 | b;
		kind = two_byte[b];
	}
	if (!(kind & K))
		return false;
	sizes(&r, kind);
	imm = kind & I8 ? 1 : kind & IZ ? (i->size == 2 ? 2 : 4) : 0;
	if (kind & M)
		modrm(&r, imm);
	else if (i->opcode == 0xa4 || i->opcode == 0xa5 || i->opcode == 0xaa ||
	    i->opcode == 0xab)
		i->ea = linear(&r, 0, vm->cpu.gpr[RDI]);
	if (imm)
		i->imm = (uint64_t)next_signed(&r, imm);
	if (i->opcode == OP_FAR_JMP)
		i->far_selector = (uint16_t)next_signed(&r, 2);
	i->len = r.at;
	return r.ok;
}

uint64_t
reg_read(const struct vm *vm, const struct insn *i, unsigned reg, unsigned size)
{
	if (size == 1 && !i->rex && reg >= 4 && reg < 8)
		return bits_get(vm->cpu.gpr[reg - 4], 8, 8);
	return vm->cpu.gpr[reg] & LOW_BITS(8 * size);
}

void
reg_write(struct vm *vm, const struct insn *i, unsigned reg, unsigned size,
    uint64_t v)
{
	uint64_t *g = &vm->cpu.gpr[reg];

	if (size == 1 && !i->rex && reg >= 4 && reg < 8)
		vm->cpu.gpr[reg - 4] = bits_put(g[-4], 8, 8, v);
	else if (size == 4)
		*g = (uint32_t)v;
	else
		*g = bits_put(*g, 0, 8 * size, v);
}
