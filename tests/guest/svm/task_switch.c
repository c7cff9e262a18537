/*
 * What is said of a task switch that is intercepted?
 *
 * Set-up: a 32-bit guest with a second TSS and a task gate; JMP, CALL, an
 * exception through the gate, IRET with NT.
 * Expected: exit 7Dh before anything of the old task changes, EXITINFO1 the new
 * TSS's selector, EXITINFO2 bits for IRET, jump and error code, and the error
 * code; the TSS is checked first; without the intercept the task runs.
 * AMD APM vol 2, "Task Switch Intercept".
 */
#include "svm.h"

#define NEW_TSS	FREESEL
#define GATE	(FREESEL + 8)
#define BAD_TSS	(FREESEL + 16)

GUEST32(jumps, "ljmp $0x70, $0\n vmmcall");
GUEST32(calls, "lcall $0x70, $0\n vmmcall");
GUEST32(calls_gate, "lcall $0x78, $0\n vmmcall");
GUEST32(raises, "mov $0xfff8, %ecx\n mov %ecx, %ds\n vmmcall");
GUEST32(divides, "xor %ecx, %ecx\n div %ecx\n vmmcall");
GUEST32(interrupts, "int $0x44\n vmmcall");
GUEST32(returns, "iret\n vmmcall");
GUEST32(bad, "ljmp $0x80, $0\n vmmcall");
GUEST32(task, "mov $0x1234, %ebx\n vmmcall");

#define TASK_IRET	BIT(36)
#define TASK_JUMP	BIT(38)
#define TASK_ERROR	BIT(44)

static uint32_t new_tss[26], old_tss[26];
static uint64_t idt32[256];

static void
set_up(const void *code)
{
	guest32(code);
	memset(new_tss, 0, sizeof(new_tss));
	new_tss[8] = (uint32_t)(ulong)task;
	new_tss[9] = 2;
	new_tss[14] = (uint32_t)(ulong)guest_stack + 4096;
	for (unsigned i = 18; i < 24; i++)	/* ES, CS, SS, DS, FS, GS */
		new_tss[i] = i == 19 ? KCS32 : KDS;
	set_gdt(NEW_TSS, seg_desc((uint32_t)(ulong)new_tss, sizeof(new_tss) - 1, D_TSS, 0));
	set_gdt(GATE, gate_desc(0, NEW_TSS, D_TASKGATE, 0));
	set_gdt(BAD_TSS, seg_desc((uint32_t)(ulong)new_tss, 20, D_TSS, 0));
	set_seg(&vmcb->tr, TSSSEL, (uint32_t)(ulong)old_tss, sizeof(old_tss) - 1,
	    ATTR(D_TSS_BUSY, 0));
	memcpy(idt32, (void *)(ulong)vmcb->idtr.base, sizeof(idt32));
	vmcb->idtr.base = (ulong)idt32;
	vmcb->icpt[ICPT_3] |= I3_TASK;
	run_vmload = 1;
}

static void
intercepted(const char *name, uint64_t info2)
{
	uint64_t rip = vmcb->rip;

	expect_exit(run(), EXIT_TASK, "%s", name);
	expect64(vmcb->info1 & 0xffff, NEW_TSS, "%s: TSS selector", name);
	expect64(vmcb->info2 & (TASK_IRET | TASK_JUMP | TASK_ERROR),
	    info2 & (TASK_IRET | TASK_JUMP | TASK_ERROR), "%s: cause", name);
	if (info2 & TASK_ERROR)
		expect64(vmcb->info2 & 0xffffffff, info2 & 0xffffffff, "%s: error code", name);
	expect(vmcb->tr.sel, TSSSEL, "%s: the old task is still there", name);
	claim(vmcb->rip - rip < 8, "%s: rip", name);
	expect(gdt[NEW_TSS / 8] >> 41 & 1, 0, "%s: the new one is not busy", name);
}

int
main(void)
{
	svm_init();
	set_up(jumps);
	intercepted("JMP", TASK_JUMP);
	set_up(calls);
	intercepted("CALL", 0);
	set_up(calls_gate);
	intercepted("CALL of a gate", 0);
	set_up(divides);
	idt32[DE] = gate_desc(0, NEW_TSS, D_TASKGATE, 0);
	intercepted("#DE", 0);
	expect64(vmcb->exitintinfo & 0xffffffff, EVENT(EV_EXC, DE), "#DE: EXITINTINFO");
	set_up(raises);
	idt32[GP] = gate_desc(0, NEW_TSS, D_TASKGATE, 0);
	intercepted("#GP", TASK_ERROR | 0xfff8);
	expect64(vmcb->exitintinfo & 0xffffffff, EVENT(EV_EXC, GP) | EV_ERROR,
	    "#GP: EXITINTINFO");
	set_up(interrupts);
	idt32[0x44] = gate_desc(0, NEW_TSS, D_TASKGATE, 0);
	intercepted("INTn", 0);
	expect64(vmcb->exitintinfo & 0xffffffff, EVENT(EV_SOFT, 0x44), "INTn: EXITINTINFO");
	set_up(returns);
	set_gdt(NEW_TSS, seg_desc((uint32_t)(ulong)new_tss, sizeof(new_tss) - 1, D_TSS_BUSY, 0));
	old_tss[0] = NEW_TSS;
	vmcb->rflags |= FL_NT;
	expect_exit(run(), EXIT_TASK, "IRET with NT");
	expect64(vmcb->info1 & 0xffff, NEW_TSS, "IRET with NT: TSS selector");
	expect64(vmcb->info2 & (TASK_IRET | TASK_JUMP | TASK_ERROR), TASK_IRET,
	    "IRET with NT: cause");
	set_up(bad);
	vmcb->icpt[ICPT_EXC] = BIT(TS);
	expect_exit(run(), EXIT_EXC + TS, "a TSS that is too short: #TS first");
	expect64(vmcb->info1, BAD_TSS, "a TSS that is too short: error code");
	set_up(jumps);
	vmcb->icpt[ICPT_3] &= ~I3_TASK;
	expect_exit(run(), EXIT_VMMCALL, "without the intercept");
	expect(gr.bx, 0x1234, "without the intercept: the new task runs");
	expect(vmcb->tr.sel, NEW_TSS, "without the intercept: TR");
	return 0;
}
