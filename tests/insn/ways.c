/*
 * tests/insn/ways.c - what this host's processor, kernel and hypervisor do
 *
 * Where hosts differ in what no manual promises, or where a hypervisor that runs
 * its guest's kernel and programs at level 3 answers instead of the processor,
 * the host is asked before the cases are made; what cannot be compared is left
 * out on such a host only, and said.
 */
#include <string.h>
#include <sys/auxv.h>

#undef PF_W			/* <elf.h>: a segment's flags */
#undef PF_X
#include "tests/insn/diff.h"

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE	(1u << 1)
#endif
#define NOWHERE		0x7000000u	/* nothing is mapped here, and a page on */
#define NOT_CANONICAL	((uint64_t)1 << 62)

/* CPUID has it also where the kernel or its hypervisor does not keep the bases. */
bool
host_keeps_bases(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
}

static struct insn_case *
ask_prepare(struct host *h, const uint8_t *code, unsigned len)
{
	struct insn_case *c = &host_shared(h)->cases[0][0];

	memset(c, 0, sizeof(*c));
	memcpy(c->code, code, len);
	c->code_len = len;
	c->regs.rip = CODE_AT;
	c->regs.gpr[RSP] = DATA_AT + WINDOW_BYTES / 2;
	c->regs.rflags = F_TF | F_IF | 2;
	c->regs.fs_base = FS_BASE;
	c->regs.gs_base = GS_BASE64;
	put_le16(c->regs.fx, 0x37f);
	put_le32(c->regs.fx + 24, 0x1f80);
	return c;
}

static const struct outcome *
ask(struct host *h, const struct insn_case *c)
{
	host_submit(h, 0, 1);
	return host_wait(h, 0) ? &c->host : NULL;
}

/* A hypervisor that keeps no bases does so at times only: its answer to one
 * question says nothing about the next. */
static bool
refuses_stack(struct host *h)
{
	struct insn_case *c = ask_prepare(h, (const uint8_t[]){ 0x90 }, 1);
	const struct outcome *o;

	if (!host_keeps_bases())
		return true;
	c->regs.gpr[RSP] = NOT_CANONICAL;
	o = ask(h, c);
	return o && o->vector != EXC_DB;
}

static bool
compares_rsi_first(struct host *h)
{
	struct insn_case *c = ask_prepare(h, (const uint8_t[]){ 0xa6 }, 1);
	const struct outcome *o;

	c->regs.gpr[RSI] = NOWHERE;
	c->regs.gpr[RDI] = NOWHERE + CASE_PAGE;
	o = ask(h, c);
	return o && o->vector == EXC_PF && o->cr2 == NOWHERE;
}

static bool
forwards_int(struct host *h)
{
	const struct insn_case *c = ask_prepare(h, (const uint8_t[]){ 0xcd, 0x17 }, 2);
	const struct outcome *o = ask(h, c);

	return o && o->vector == EXC_GP && o->error != (0x17 << 3 | 2);
}

struct host_ways
host_ways(struct host *h, unsigned bits)
{
	struct host_ways w = { 0 };

	w.rsi_first = compares_rsi_first(h);
	w.own_int = forwards_int(h);
	w.canonical_stack = bits == 64 && refuses_stack(h);
	if (w.rsi_first)
		printf("not tested: CMPS with two bad strings: the host looks at rSI first\n");
	if (w.own_int)
		printf("not tested: INT n that faults: answered by the host's hypervisor\n");
	if (w.canonical_stack)
		printf("not tested: RSP that is not canonical: the host runs no such code\n");
	return w;
}
