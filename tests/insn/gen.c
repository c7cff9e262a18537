/*
 * tests/insn/gen.c - a case from the seed, its number and a row
 */
#include <string.h>

#include "tests/insn/diff.h"

static bool
enters_kernel(const struct plan *p)
{
	return p->result == DEC_OK && p->in.opr == OPR_int && p->in.imm == 0x80;
}

bool
gen_case(const struct target *t, uint64_t seed, uint64_t number, unsigned row,
    struct insn_case *c, struct plan *p)
{
	struct rng r = { seed * 0x2545f4914f6cdd1du ^ number * 0xd6e8feb86659fd93u ^ t->bits };
	struct encoding e;

	rnd(&r);
	p->number = number;
	p->row = row;
	if (!encode_row(t, &r, row, &e, p))
		return false;
	if (enters_kernel(p))
		return false;
	set_operands(t, &r, &e, p, c);
	/* Displacements were rewritten. */
	if (p->result == DEC_OK)
		p->result = decode(c->code, INSN_MAX,
		    (t->bits == 64 ? DM_64 : DM_32) | DM_PE, &t->features, &p->in);
	return true;
}
