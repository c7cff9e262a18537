/*
 * What does a hardware task switch do?
 *
 * Set-up: a second 32-bit TSS, entered by JMP, CALL, INT through a task gate and
 * an exception, left by JMP and IRET.  Faults of the new task's segments come
 * through a task gate: it has no stack to take them on.
 * Expected: busy bits, back link, NT, CR0.TS, the saved state and the faults
 * below.
 * AMD APM vol 2, "Task Switches"; "Switching Tasks".
 */
#include "guest.h"

#define SEL2	0x200
#define SEL3	0x208
#define GATE	0x210
#define IN	0x46

static struct tss other, handler;
static uint32_t in_flags, in_tr, in_cr0, in_busy, in_busy2, in_link;

asm(".pushsection .text\n"
    "task_jmp: call task_note\n ljmp $" XSTR(TSSSEL) ", $0\n"
    "task_iret: call task_note\n iretl\n"
    "task_error: popl in_error\n call task_note\n addl $2, 32(%ebx)\n iretl\n"
    "task_ts: popl in_error\n movl try_sp, %esp\n movl try_bp, %ebp\n jmp *try_ip\n"
    ".popsection");
extern char task_ts[], task_jmp[], task_iret[], task_error[];
uint32_t in_error;
void	task_note(void);

void
task_note(void)
{
	in_flags = (uint32_t)read_flags();
	asm volatile("str %0" : "=r"(in_tr));
	in_cr0 = (uint32_t)read_cr0();
	in_busy = gdt[TSSSEL / 8] >> 41 & 1;
	in_busy2 = gdt[SEL2 / 8] >> 41 & 1;
	in_link = other.link;
	asm volatile("clts");
}

static void
fill(struct tss *t, unsigned sel, char *entry, uint8_t *stack)
{
	memset(t, 0, sizeof(*t));
	t->eip = (uint32_t)(ulong)entry;
	t->eflags = 2;
	t->esp = (uint32_t)(ulong)stack;
	t->ebx = (uint32_t)(ulong)&tss;
	t->cs = KCS32;
	t->ss = KDS;
	t->ds = t->es = t->fs = t->gs = UDS;
	t->link = 0x5555;
	t->esp0 = tss.esp0;
	t->ss0 = KDS;
	t->iomap = sizeof(*t);
	set_gdt(sel, seg_desc((uint32_t)(ulong)t, 0x67, D_TSS, 0));
}

static void
prepare(char *entry)
{
	fill(&other, SEL2, entry, other_stack + 8192);
	fill(&handler, SEL3, task_ts, other_stack + 16384);
	load_tss();
	in_tr = 0;
	asm volatile("clts");
}

static unsigned
busy(unsigned sel)
{
	return gdt[sel / 8] >> 41 & 1;
}

static void
good(void)
{
	ulong saved;

	prepare(task_jmp);
	expect_trap(TRYX("movl $0x1234, %%ecx\n ljmp $" XSTR(SEL2) ", $0\n 95:", , , "ecx"), NONE,
	    "JMP");
	expect(in_tr & 0xffff, SEL2, "JMP: TR");
	expect(in_busy, 0, "JMP: old task is not busy");
	expect(in_busy2, 1, "JMP: new task is busy");
	expect(in_flags & FL_NT, 0, "JMP: NT");
	expect(in_link, 0x5555, "JMP: back link stays");
	claim(in_cr0 & CR0_TS, "JMP sets CR0.TS");
	claim(read_cr0() & CR0_TS, "JMP back sets CR0.TS");
	expect(tss.ecx, 0x1234, "JMP saves registers");
	expect(busy(SEL2), 0, "JMP back: that task is not busy");
	expect(busy(TSSSEL), 1, "JMP back: this task is busy");

	prepare(task_iret);
	expect_trap(TRY("lcall $" XSTR(SEL2) ", $0"), NONE, "CALL and IRET");
	expect(in_flags & FL_NT, FL_NT, "CALL sets NT");
	expect(in_link, TSSSEL, "CALL: back link");
	expect(in_busy, 1, "CALL: old task stays busy");
	expect(in_busy2, 1, "CALL: new task is busy");
	expect(busy(SEL2), 0, "IRET: that task is not busy");
	expect(other.eflags & FL_NT, 0, "IRET: saved NT is clear");
	expect(read_flags() & FL_NT, 0, "IRET: NT of the outer task");

	prepare(task_iret);
	set_idt(IN, 0, SEL2, D_TASKGATE, 0);
	expect_trap(TRY("int $" XSTR(IN)), NONE, "INT through a task gate");
	expect(in_flags & FL_NT, FL_NT, "INT sets NT");
	expect(in_link, TSSSEL, "INT: back link");

	prepare(task_iret);
	set_gdt(GATE, gate_desc(0, SEL2, D_TASKGATE, 0));
	expect_trap(TRY("lcall $" XSTR(GATE) ", $0"), NONE, "CALL through a task gate");
	expect(in_link, TSSSEL, "CALL through a task gate: back link");

	prepare(task_error);
	set_idt(GP, 0, SEL2, D_TASKGATE, 0);
	expect_trap(TRYX("movl $0x1008, %%eax\n movw %%ax, %%fs", , , "eax"), NONE,
	    "exception through a task gate");
	expect(in_error, 0x1008, "exception through a task gate: error code on its stack");
	saved = other.esp;
	expect(saved, (ulong)other_stack + 8192, "exception through a task gate: ESP");
	reset_idt(GP);
	reset_idt(IN);
}

static void
bad(const char *name, int want, ulong error)
{
	int got = TRY("ljmp $" XSTR(SEL2) ", $0");

	expect_trap(got, want, "%s", name);
	if (got == want)
		expect(trap.error, error, "%s: error code", name);
	load_tss();
}

/* A fault in the new task. */
static void
bad_inside(const char *name, ulong error)
{
	set_idt(TS, 0, SEL3, D_TASKGATE, 0);
	in_error = NONE;
	TRYX("ljmp $" XSTR(SEL2) ", $0", , , "eax", "ebx", "ecx", "edx", "esi", "edi");
	expect(in_error, error, "%s: #TS with its error code", name);
	expect(handler.link, SEL2, "%s: the fault is the new task's", name);
	asm volatile("pushl $2\n popfl");
	load_tss();
	reset_idt(TS);
}

static void
faults_inside(void)
{
	prepare(task_jmp);
	other.cs = 0;
	bad_inside("null CS", 0);
	prepare(task_jmp);
	other.cs = KDS;
	bad_inside("CS of data", KDS);
	prepare(task_jmp);
	other.ss = 0;
	bad_inside("null SS", 0);
	prepare(task_jmp);
	other.ss = UDS;
	bad_inside("SS of another level", UDS & ~3u);
	prepare(task_jmp);
	other.ds = KCS32 + 0x1000;
	bad_inside("DS beyond the GDT", KCS32 + 0x1000);
	prepare(task_jmp);
	other.ldt = KDS;
	bad_inside("LDT of data", KDS);
}

static void
faults(void)
{
	prepare(task_jmp);
	set_gdt(SEL2, seg_desc((uint32_t)(ulong)&other, 0x67, D_TSS_BUSY, 0));
	bad("busy TSS", GP, SEL2);
	set_gdt(SEL2, seg_desc((uint32_t)(ulong)&other, 0x67, D_TSS & ~0x80, 0));
	bad("TSS that is not present", NP, SEL2);
	set_gdt(SEL2, seg_desc((uint32_t)(ulong)&other, 0x66, D_TSS, 0));
	bad("short TSS", TS, SEL2);
	expect_trap(USER("ljmp $" XSTR(SEL2) ", $0"), GP, "TSS of DPL 0 at CPL 3");
	prepare(task_jmp);
	tss.link = SEL2;
	expect_trap(TRY("pushl $0x4002\n popfl\n iretl"), TS, "IRET with NT to a task that is not"
	    " busy");
	expect(trap.error, SEL2, "IRET with NT to a task that is not busy: error code");
	load_tss();
}

static void
debug_trap(void)
{
	prepare(task_jmp);
	other.t = 1;
	write_dr6(0);
	write_dr7(0x155);
	expect_trap(TRY("ljmp $" XSTR(SEL2) ", $0"), DB, "T bit");
	expect(trap.ip, (ulong)task_jmp, "T bit: before the first instruction");
	expect(trap.dr6 & 0x8000, 0x8000, "T bit: DR6.BT");
	expect(read_dr7() & 0x155, 0, "a task switch clears the L bits of DR7");
	write_dr7(0x400);
	load_tss();
}

int
main(void)
{
	good();
	faults();
	faults_inside();
	debug_trap();
	return 0;
}
