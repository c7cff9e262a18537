/*
 * cpu/insn_table.c - the instruction table as data
 */
#include "cpu/insn.h"

#include "cpu/exec.h"
#include "cpu/timing.h"

const struct insn_info insn_table[] = {
	{ .opr = OPR_invalid },
#define OPER(op, names, cost)
#define OP(map, opcode, pfx, ext, op, o1, o2, o3, o4, acc, chk, feat, icpt, fw, fu) \
	{ map, opcode, pfx, ext, OPR_##op, { OC_##o1, OC_##o2, OC_##o3, OC_##o4 }, \
	  acc, feat, icpt, chk, fw, fu },
#include "cpu/insn_table.def"
#undef OPER
#undef OP
};

const unsigned insn_table_rows = ARRAY_SIZE(insn_table);

const struct oper_info oper_table[OPR_COUNT] = {
	[OPR_invalid] = { "(bad)", "invalid", NULL, COST_1 },
#define OPER(op, names, cost) [OPR_##op] = { names, #op, x_##op, COST_##cost },
#define OP(...)
#include "cpu/insn_table.def"
#undef OPER
#undef OP
};
