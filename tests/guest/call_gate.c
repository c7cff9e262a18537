/*
 * What do call gates of protected mode check, push and copy?
 *
 * Set-up: far calls and jumps at CPL 0 and 3 through 16- and 32-bit gates with
 * parameters to code of DPL 0 and 3, conforming or not; RET n back.
 * Expected: as the table says; parameters above the return address on the inner
 * stack; SS:ESP of the caller above them; DS of a DPL below CPL null on return.
 * AMD APM vol 2, "Call Gates"; "Privilege Checks".
 */
#include "guest.h"

#define GATE	0x200
#define CODE_NP	FREESEL
#define CODE_C	(FREESEL + 8)

asm(".pushsection .text\n"
    "inner: int $0x46\n"
    "counted: movl %esp, %eax\n movl 8(%esp), %ecx\n movl 12(%esp), %edx\n"
    "movl 16(%esp), %ebx\n movl 20(%esp), %esi\n movl $" XSTR(KDS) ", %edi\n"
    "movl %edi, %ds\n lret $8\n"
    ".popsection");
extern char inner[], counted[];

struct row {
	const char	*name;
	unsigned	sel, access;
	int		call0, call3, jump0, jump3;
	ulong		error;
};

#define IN	0x46
static const struct row rows[] = {
	{ "gate of DPL 3 to DPL 0", KCS32, D_CALLGATE | D_DPL3, IN, IN, IN, GP, KCS32 },
	{ "gate of DPL 0", KCS32, D_CALLGATE, IN, GP, IN, GP, GATE },
	{ "gate that is not present", KCS32, (D_CALLGATE | D_DPL3) & ~0x80, NP, NP, NP, NP,
	    GATE },
	{ "gate to DPL 3", UCS32, D_CALLGATE | D_DPL3, GP, IN, GP, IN, UCS32 & ~3u },
	{ "gate to conforming DPL 0", CODE_C, D_CALLGATE | D_DPL3, IN, IN, IN, IN, 0 },
	{ "gate to code that is not present", CODE_NP, D_CALLGATE | D_DPL3, NP, NP, NP, GP,
	    CODE_NP },
	{ "gate to data", KDS, D_CALLGATE | D_DPL3, GP, GP, GP, GP, KDS },
	{ "gate with a null selector", 0, D_CALLGATE | D_DPL3, GP, GP, GP, GP, 0 },
	{ "interrupt gate in the GDT", KCS32, D_INTGATE | D_DPL3, GP, GP, GP, GP, GATE },
	{ "LDT descriptor", 0, D_LDT | D_DPL3, GP, GP, GP, GP, GATE },
};

static void
one(const struct row *r, const char *what, int got, int want)
{
	expect_trap(got, want, "%s: %s", r->name, what);
	if (got == want && want != IN)
		expect(trap.error, r->error, "%s: %s: error code", r->name, what);
}

static void
parameters(void)
{
	uint32_t sp, a, b, old_sp, old_ss, ds, top = (uint32_t)(ulong)(kernel_stack + 16384);

	set_gdt(GATE, gate_desc((ulong)counted, KCS32, D_CALLGATE | D_DPL3, 2));
	expect_trap(USERX("pushl $0x11223344\n pushl $0x55667788\n lcall $" XSTR(GATE) ", $0\n"
	    "movl %%ds, %%edi", OPERANDS("=a"(sp), "=c"(a), "=d"(b), "=b"(old_sp), "=S"(old_ss),
	    "=D"(ds)), ), NONE, "call with two parameters and return");
	expect(sp, top - 24, "parameters: inner stack pointer");
	expect(a, 0x55667788, "parameters: the last pushed is lower");
	expect(b, 0x11223344, "parameters: the first pushed is higher");
	expect(old_sp, try_sp - 8, "parameters: caller's ESP above them");
	expect(old_ss & 0xffff, UDS, "parameters: caller's SS above it");
	expect(ds & 0xffff, 0, "return makes DS of DPL 0 null");
	expect(trap.sp, try_sp, "RET n releases the parameters on both stacks");
}

/* 16-bit gate: the target offset has 16 bits, so code must be in low memory. */
REAL_CODE("gate16: .code32\n movw (%esp), %ax\n movw 4(%esp), %cx\n movw 6(%esp), %dx\n"
    "movw 10(%esp), %bx\n lretw $4\n"
    ".code16\n call16: pushw $0x1111\n pushw $0x2222\n lcallw $" XSTR(GATE) ", $0\n"
    "ljmpl *far_back\n"
    "far_back: .long 0\n .word 0\n");
extern char gate16[], call16[];
extern uint32_t far_back;

static void
parameters16(void)
{
	uint32_t ip = 0, a = 0, b = 0, ss = 0;

	set_gdt(GATE, gate_desc((ulong)gate16, KCS32, D_CALL16 | D_DPL3, 2));
	set_gdt(CODE_NP, seg_desc(0, 0xffff, D_CODE | D_DPL3, 0));
	expect_trap(USERX("movl $95f, far_back\n movw %%cs, far_back + 4\n"
	    "movw $call16, %%ax\n movw %%ax, %%cx\n"
	    "pushw $" XSTR(FREESEL) " + 3\n pushw %%cx\n lretw\n 95:",
	    OPERANDS("+a"(ip), "+c"(a), "+d"(b), "+b"(ss)), ), NONE, "16-bit gate");
	(void)ip;
	expect(a & 0xffff, 0x2222, "16-bit gate: second parameter");
	expect(b & 0xffff, 0x1111, "16-bit gate: first parameter");
	expect(ss & 0xffff, UDS, "16-bit gate: SS");
}

int
main(void)
{
	real_init();
	set_idt(IN, trap_stub(IN), KCS32, D_INTGATE | D_DPL3, 0);
	set_gdt(CODE_NP, seg_desc(FLAT, D_CODE & ~0x80, F_G | F_B));
	set_gdt(CODE_C, seg_desc(FLAT, D_CONF, F_G | F_B));
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];

		set_gdt(GATE, gate_desc((ulong)inner, r->sel, r->access, 0));
		one(r, "CALL", TRY("lcall $" XSTR(GATE) ", $0x1234"), r->call0);
		one(r, "JMP", TRY("ljmp $" XSTR(GATE) ", $0x1234"), r->jump0);
		one(r, "CALL at CPL 3", USER("lcall $" XSTR(GATE) ", $0x1234"), r->call3);
		one(r, "JMP at CPL 3", USER("ljmp $" XSTR(GATE) ", $0x1234"), r->jump3);
	}
	set_gdt(GATE, gate_desc((ulong)inner, KCS32, D_CALLGATE | D_DPL3, 0));
	expect_trap(TRY("lcall $" XSTR(GATE) " + 3, $0"), IN, "RPL 3 on a gate of DPL 3");
	set_gdt(GATE, gate_desc((ulong)inner, KCS32, D_CALLGATE, 0));
	expect_trap(TRY("lcall $" XSTR(GATE) " + 3, $0"), GP, "RPL 3 on a gate of DPL 0");
	parameters();
	parameters16();
	return 0;
}
