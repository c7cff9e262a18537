/*
 * How do call gates and far transfers of long mode differ from 32-bit ones?
 *
 * Set-up: 16-byte gates reached by CALL and JMP m16:32 from CPL 0, 3 and
 * compatibility mode.
 * Expected: 64-bit targets of 64-bit code only; no parameters; the pushes are
 * quadwords; SS is null after a change of CPL; types 4 and 5 and a nonzero type
 * in the upper half are #GP; direct far pointers are #UD.
 * AMD APM vol 2, "Long-Mode Call Gates"; vol 3 "CALL (Far)", "JMP (Far)".
 */
#include "guest.h"

#define GATE	0x200
#define IN	0x46

asm(".pushsection .text\n"
    "inner: int $0x46\n"
    "around: mov (%rsp), %rax\n mov 8(%rsp), %rcx\n mov 16(%rsp), %rdx\n mov 24(%rsp), %rbx\n"
    "mov %rsp, %rsi\n mov %ss, %edi\n lretq\n"
    ".popsection");
extern char inner[], around[];

static const struct { uint32_t offset; uint16_t sel; } __attribute__((packed))
far_gate = { 0x1234, GATE }, far_gate3 = { 0, GATE | 3 };

static void
gate(char *to, unsigned sel, unsigned access, uint64_t hi)
{
	set_gdt_sys(GATE, gate_desc((ulong)to, sel, access, 0), hi);
}

static void
round_trip(void)
{
	ulong ip, cs, sp, ss, rsp, new_ss;
	ulong top = (ulong)kernel_stack + sizeof(kernel_stack);

	gate(around, KCS64, D_CALLGATE | D_DPL3, 0);
	expect_trap(USERX("lcall *%6", OPERANDS("=&a"(ip), "=&c"(cs), "=&d"(sp), "=&b"(ss),
	    "=&S"(rsp), "=&D"(new_ss)), "m"(far_gate)), NONE, "call to CPL 0 and return");
	expect(cs, UCS64, "to CPL 0: pushed CS");
	expect(sp, try_sp, "to CPL 0: pushed rsp");
	expect(ss, UDS, "to CPL 0: pushed SS");
	expect(rsp, top - 32, "to CPL 0: stack of the TSS");
	expect(new_ss & 0xffff, 0, "to CPL 0: SS is null");
	expect_trap(TRYX("lcall *%6", OPERANDS("=&a"(ip), "=&c"(cs), "=&d"(sp), "=&b"(ss),
	    "=&S"(rsp), "=&D"(new_ss)), "m"(far_gate)), NONE, "call at CPL 0 and return");
	expect(rsp, try_sp - 16, "at CPL 0: two quadwords");
	expect(cs, KCS64, "at CPL 0: pushed CS");
	expect_trap(USER32X("lcall $" XSTR(GATE) ", $0", OPERANDS("=&a"(ip), "=&c"(cs), "=&d"(sp),
	    "=&b"(ss), "=&S"(rsp), "=&D"(new_ss)), ), NONE, "call from compatibility mode");
	expect(cs, UCS32, "from compatibility mode: pushed CS");
	expect(rsp, top - 32, "from compatibility mode: stack of the TSS");
}

int
main(void)
{
	set_idt(IN, trap_stub(IN), KCS64, D_INTGATE | D_DPL3, 0);
	gate(inner, KCS64, D_CALLGATE | D_DPL3, 0);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), IN, "CALL at CPL 0");
	expect_trap(TRY("ljmp *%0", "m"(far_gate)), IN, "JMP at CPL 0");
	expect_trap(USER("lcall *%0", "m"(far_gate)), IN, "CALL at CPL 3");
	expect_trap(USER("ljmp *%0", "m"(far_gate)), GP, "JMP at CPL 3 to DPL 0");
	expect_trap(TRY("lcall *%0", "m"(far_gate3)), IN, "RPL 3, gate of DPL 3");
	gate(inner, KCS64, D_CALLGATE, 0);
	expect_trap(USER("lcall *%0", "m"(far_gate)), GP, "gate of DPL 0 at CPL 3");
	expect(trap.error, GATE, "gate of DPL 0 at CPL 3: error code");
	gate(inner, KCS64, D_CALLGATE & ~0x80, 0);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), NP, "gate that is not present");
	gate(inner, KCS32, D_CALLGATE, 0);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), GP, "gate to 32-bit code");
	expect(trap.error, KCS32, "gate to 32-bit code: error code");
	gate(inner, KCS64, D_CALL16, 0);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), GP, "type 4");
	gate(inner, TSSSEL, D_TASKGATE, 0);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), GP, "task gate");
	gate(inner, KCS64, D_CALLGATE, 0x0000080000000000);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), GP, "type in the upper half");
	gate(inner, KCS64, D_CALLGATE, 0x00008000);
	expect_trap(TRY("lcall *%0", "m"(far_gate)), GP, "target that is not canonical");
	set_gdt_sys(GATE, seg_desc((uint32_t)(ulong)&tss, 0x67, D_TSS, 0), 0);
	expect_trap(TRY("ljmp *%0", "m"(far_gate)), GP, "JMP to a TSS");
	expect_trap(TRY(".byte 0x9a, 0, 0, 0, 0, 8, 0"), UD, "direct far CALL");
	expect_trap(TRY(".byte 0xea, 0, 0, 0, 0, 8, 0"), UD, "direct far JMP");
	round_trip();
	return 0;
}
