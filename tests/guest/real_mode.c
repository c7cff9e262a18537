/*
 * What are interrupts, faults and limits in real mode?
 *
 * Set-up: 16-bit code in real mode with an interrupt vector table of its own.
 * Expected: three words pushed, no error code; IF, TF, AC clear in the handler;
 * an operand across offset ffffh is #GP (#SS through SS); a push at SP 1 is #SS;
 * SP 0 wraps; an instruction across ffffh is #GP; a vector beyond the IDT limit
 * is #GP; protected-mode instructions are #UD.
 * AMD APM vol 2, "Real-Mode Interrupt Control Transfers"; "Segmented Real Mode".
 */
#include "guest.h"

#define CODE(name, text) \
	REAL_CODE(".globl " #name "\n " #name ": " text "\n ret\n"); \
	extern void name(void)

CODE(r_div, "xorw %cx, %cx\n r_div_at: divw %cx");
CODE(r_int, "movw $r_int_handler, 0x46*4\n movw $0, 0x46*4+2\n movw %sp, %bx\n stc\n sti\n"
    "int $0x46\n r_int_after: cli\n ret\n"
    "r_int_handler: movw %sp, %bp\n movw (%bp), %ax\n movw 4(%bp), %cx\n pushfw\n popw %dx\n"
    "subw %bp, %bx\n iretw");
CODE(r_word_ffff, "movw $0xffff, %bx\n movw (%bx), %ax");
CODE(r_dword_fffd, "movw $0xfffd, %bx\n movl (%bx), %eax");
CODE(r_byte_ffff, "movw $0xffff, %bx\n movb (%bx), %al");
CODE(r_ss_ffff, "movw $0xffff, %bp\n movw (%bp), %ax");
CODE(r_addr32, "movl $0x10000, %ebx\n movb (%ebx), %al");
CODE(r_addr32_ss, "movl $0x10000, %ebp\n movb (%ebp), %al");
CODE(r_wrap, "movw $0xfff0, %bx\n movw $0x20, %si\n movb (%bx,%si), %al");
CODE(r_jmp_wrap, "movl $0x10000, %eax\n jmpl *%eax");
CODE(r_lgdt, "sgdtl r_tmp\n lgdtl r_tmp");
REAL_CODE("r_tmp: .long 0, 0");
CODE(r_sldt, "sldt %ax");
CODE(r_str, "str %ax");
CODE(r_lar, "lar %ax, %ax");
CODE(r_verr, "verr %ax");
CODE(r_lldt, "lldt %ax");
CODE(r_bound, "movw $5, %ax\n pushw $3\n pushw $1\n movw %sp, %bp\n bound %ax, (%bp)");
CODE(r_into, "movb $0x7f, %al\n incb %al\n into");
CODE(r_ud2, "ud2");
CODE(r_movcs, ".byte 0x8e, 0xc8");
CODE(r_lock, ".byte 0xf0, 0x90");
CODE(r_sp0, "movw %sp, %bx\n xorl %esp, %esp\n pushw %ax\n movl %esp, %eax\n movw %bx, %sp");
CODE(r_long_int, "lidtl r_short\n int $0x46");
REAL_CODE("r_short: .word 0x46*4+2\n .long 0");
CODE(r_selectors, "movw $0xabcd, %ax\n movw %ax, %fs\n movw $0x5005, %ax\n movw %ax, %gs\n"
    "movw $0x55aa, %gs:(0)\n movw $0, %ax\n movw %ax, %es\n movl $0x50050, %edi\n"
    "movw $0x5000, %ax\n movw %ax, %es\n movw %es:0x50, %ax");
CODE(r_popf, "pushw $0x7002\n popfw\n pushfw\n popw %ax\n pushw $2\n popfw");
extern char r_div_at[], r_int_after[];

static const struct { const char *name; void (*fn)(void); int want; } rows[] = {
	{ "word at ffffh", r_word_ffff, GP }, { "dword at fffdh", r_dword_fffd, GP },
	{ "byte at ffffh", r_byte_ffff, NONE }, { "word at ffffh through BP", r_ss_ffff, SS },
	{ "32-bit address 10000h", r_addr32, GP }, { "32-bit address 10000h, EBP", r_addr32_ss,
	    SS },
	{ "16-bit addresses wrap", r_wrap, NONE }, { "JMP to 10000h", r_jmp_wrap, GP },
	{ "LGDT", r_lgdt, NONE }, { "SLDT", r_sldt, UD }, { "STR", r_str, UD },
	{ "LAR", r_lar, UD }, { "VERR", r_verr, UD }, { "LLDT", r_lldt, UD },
	{ "BOUND", r_bound, BR }, { "INTO", r_into, OF }, { "UD2", r_ud2, UD },
	{ "MOV to CS", r_movcs, UD }, { "LOCK NOP", r_lock, UD },
	{ "push at SP 0", r_sp0, NONE }, { "vector beyond the IDT limit", r_long_int, GP },
};

int
main(void)
{
	real_init();
	expect_trap(real_call(r_div), DE, "DIV by zero");
	expect(REAL->ip, (ulong)r_div_at & 0xffff, "DIV by zero: pushed IP");
	expect(REAL->cs & 0xffff, 0, "DIV by zero: pushed CS");
	expect_trap(real_call(r_int), NONE, "INT n and IRET");
	expect(REAL->ax & 0xffff, (ulong)r_int_after & 0xffff, "INT n: pushed IP");
	expect(REAL->bx & 0xffff, 6, "INT n pushes three words");
	expect(REAL->cx & (FL_IF | FL_CF), FL_IF | FL_CF, "INT n: pushed flags");
	expect(REAL->dx & (FL_IF | FL_TF), 0, "INT n clears IF");
	expect(REAL->flags & FL_CF, FL_CF, "IRET restores flags");
	for (unsigned i = 0; i < COUNT(rows); i++)
		expect_trap(real_call(rows[i].fn), rows[i].want, "%s", rows[i].name);
	expect_trap(real_call(r_selectors), NONE, "segment loads");
	expect(REAL->ax & 0xffff, 0x55aa, "the base is 16 times the selector");
	expect(REAL->fs, 0xabcd, "any selector may be loaded");
	expect_trap(real_call(r_popf), NONE, "POPF");
	expect(REAL->ax & 0x7000, 0x7000, "POPF sets IOPL and NT");
	return 0;
}
