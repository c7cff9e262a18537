/*
 * Do two processors run guests at the same time without seeing each other?
 *
 * Set-up: -smp 2; each processor has a VMCB, a host save area and a stack of its
 * own, the same ASID, and enters its guest again and again.  The guest counts,
 * in a place of its own and in one that both use, and asks which processor it
 * is on.
 * Expected: each VMRUN ends in VMMCALL on the processor that made it, with what
 * its own guest left; no count is lost; TSC offsets are not exchanged.
 * AMD APM vol 2, "Secure Virtual Machine", "VMRUN Instruction".
 */
#include "irq.h"
#include "svm.h"

#define ROUNDS	2000u
#define AP_LOW	0x1000

extern char ap_start[], ap_end[];
void	ap_main(void);

/* rAX: where to count.  CPUID leaves the APIC ID in the guest's RBX. */
GUEST(counts, "1: mov %rax, %rsi\n incq (%rsi)\n lock incq both\n mov $1, %eax\n cpuid\n"
    "shr $24, %ebx\n mov %rbx, 8(%rsi)\n rdtsc\n shl $32, %rdx\n or %rdx, %rax\n"
    "mov %rax, 16(%rsi)\n mov %rsi, %rax\n vmmcall\n jmp 1b");

struct own {
	volatile uint64_t count, id, tsc;	/* the guest's */
	struct vmcb	*vmcb;
	unsigned	other_exits, moved, late;
};

volatile uint64_t both;
static struct own own[2];
static volatile unsigned ap_up, ap_go, ap_done;

static void
enter(struct vmcb *v)
{
	asm volatile("push %%rbp\n clgi\n vmrun\n stgi\n pop %%rbp" : "+a"(v)
	    :: "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
	    "r14", "r15", "memory", "cc");
}

static void
rounds(struct own *o)
{
	struct vmcb *v = o->vmcb;

	for (unsigned i = 1; i <= ROUNDS; i++) {
		enter(v);
		o->other_exits += v->exitcode != EXIT_VMMCALL;
		o->moved += v->rax != (ulong)o || o->count != i;
		o->late += o->tsc - v->tsc_offset > rdtsc();
		v->rip += 3;
	}
}

void
ap_main(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_HSAVE, (ulong)page_alloc());
	ap_up = 1;
	while (!ap_go)
		asm volatile("pause");
	rounds(&own[1]);
	ap_done = 1;
	for (;;)
		asm volatile("cli; hlt");
}

static void
prepare(unsigned i)
{
	own[i].vmcb = vmcb_alloc();
	guest64(counts);
	memcpy(own[i].vmcb, vmcb, sizeof(*vmcb));
	own[i].vmcb->rax = (ulong)&own[i];
	own[i].vmcb->tsc_offset = BIT(40 + i);
}

static bool
wait_for(volatile unsigned *flag)
{
	for (unsigned n = 0; !*flag && n < 100000000; n++)
		asm volatile("pause");
	return *flag;
}

static bool
start_other(void)
{
	memcpy((void *)AP_LOW, ap_start, (size_t)(ap_end - ap_start));
	lapic_write(LAPIC_SVR, 0x1ff);
	lapic_write(LAPIC_ICR2, 1u << 24);
	lapic_write(LAPIC_ICR, 0x4500);
	for (unsigned i = 0; i < 100000; i++)
		asm volatile("pause");
	lapic_write(LAPIC_ICR2, 1u << 24);
	lapic_write(LAPIC_ICR, 0x4600 | AP_LOW >> 12);
	return wait_for(&ap_up);
}

int
main(void)
{
	svm_init();
	if ((cpuid(1, 0).b >> 16 & 0xff) < 2)
		skip("one processor");
	prepare(0);
	prepare(1);
	claim(start_other(), "the other processor starts");
	ap_go = 1;
	rounds(&own[0]);
	claim(wait_for(&ap_done), "the other processor gets to its end");
	for (unsigned i = 0; i < 2; i++) {
		expect(own[i].other_exits, 0, "processor %u: exits that are no VMMCALL", i);
		expect(own[i].moved, 0, "processor %u: registers and count are its guest's", i);
		expect(own[i].late, 0, "processor %u: its own TSC offset", i);
		expect64(own[i].count, ROUNDS, "processor %u: rounds", i);
		expect64(own[i].id, i, "processor %u: the guest's APIC ID", i);
	}
	expect64(both, 2 * ROUNDS, "rounds of both");
	return 0;
}
