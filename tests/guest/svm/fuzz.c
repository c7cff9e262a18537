/*
 * Does a hostile VMCB, or a hostile guest, get out?
 *
 * Set-up: guests confined by nested paging to 4 MiB of their own, with code that
 * is put together from instructions of interest, or random, and tables, VMCB and
 * nested tables with bits flipped; some VMCBs are random altogether.  What would
 * let a guest at the machine by rights is always kept: nested paging, the
 * intercepts of I/O, MSRs, interrupts, VMLOAD, VMSAVE and CLGI.  An APIC timer
 * ends guests that do not end.
 * Expected: each VMRUN faults or exits, with an exit code there is; the host's
 * memory and registers are as before.  The sum over all exits is printed, so that
 * two engines, or a run and its replay, can be compared.
 * Command line: rounds=N, seed=N; every=N and from=N print the sum in between, to
 * find where two runs part.
 */
#include "svm_irq.h"

#define ROUNDS		500
#define BOX		0x2000000u	/* the guests' memory, one to one */
#define BOX_SIZE	0x400000u
#define TIMER		0x41
#define BUDGET		30000		/* timer ticks */

#define GUEST_PML4	(BOX + 0x1000)
#define GUEST_IDT	(BOX + 0x8000)
#define GUEST_GDT	(BOX + 0x9000)
#define GUEST_TSS	(BOX + 0xa000)
#define GUEST_CODE	(BOX + 0x10000)
#define GUEST_STACK	(BOX + 0x20000)

static uint64_t random_state, sum;
static uint64_t *nested_pml4, *nested_pdpt, *nested_pd, *nested_pt;
static unsigned exits[0x100], npfs, invalid, refused, odd;

static uint64_t
rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d;
}

static unsigned
below(unsigned n)
{
	return (unsigned)(rnd() >> 33) % n;
}

static void
mix(uint64_t v)
{
	sum = (sum ^ v) * 0x100000001b3;
	sum ^= sum >> 29;
}

/* ---- the box ---- */

static void
nested_as_new(void)
{
	memset(nested_pml4, 0, PAGE);
	memset(nested_pdpt, 0, PAGE);
	memset(nested_pd, 0, PAGE);
	nested_pml4[0] = (ulong)nested_pdpt | PTE_P | PTE_W | PTE_U;
	nested_pdpt[0] = (ulong)nested_pd | PTE_P | PTE_W | PTE_U;
	nested_pd[BOX >> 21] = (ulong)nested_pt | PTE_P | PTE_W | PTE_U;
	nested_pd[(BOX >> 21) + 1] = (BOX + 0x200000) | PTE_P | PTE_W | PTE_U | PTE_PS;
	nested_pd[0] = (BOX + 0x200000) | PTE_P | PTE_W | PTE_U | PTE_PS;
	for (unsigned i = 0; i < 512; i++)
		nested_pt[i] = (BOX + i * PAGE) | PTE_P | PTE_W | PTE_U;
}

/* 1G linear in 2M pages, all of it leading into the box */
static void
guest_tables(void)
{
	uint64_t *pml4 = (uint64_t *)(ulong)GUEST_PML4, *pdpt = pml4 + 512, *pd = pml4 + 1024;

	memset(pml4, 0, 2 * PAGE);
	pml4[0] = (ulong)pdpt | 7;
	pdpt[0] = (ulong)pd | 7;
	for (unsigned i = 0; i < 512; i++)
		pd[i] = (i == BOX >> 21 ? BOX : BOX + 0x200000) | 7 | PTE_PS;
}

static void
guest_system(void)
{
	uint64_t *table = (uint64_t *)(ulong)GUEST_IDT;

	for (unsigned i = 0; i < 256; i++) {
		table[i * 2] = gate_desc(GUEST_CODE + 0x800 + i * 4, KCS64, D_INTGATE | D_DPL3, 0);
		table[i * 2 + 1] = 0;
	}
	memcpy((void *)(ulong)GUEST_GDT, gdt, 512);
	memset((void *)(ulong)GUEST_TSS, 0, 256);
	*(uint64_t *)(ulong)(GUEST_TSS + 4) = GUEST_STACK - 0x800;
}

/* ---- code ---- */

#define I(bytes)	{ sizeof(bytes) - 1, bytes }
static const struct { uint8_t length; char bytes[12]; } pieces[] = {
	I("\x0f\xa2"), I("\x0f\x31"), I("\xf4"), I("\xf3\x90"), I("\xcc"), I("\xcd\x41"),
	I("\x0f\x0b"), I("\xf1"), I("\x9c"), I("\x9d"), I("\x48\xcf"), I("\xfb"), I("\xfa"),
	I("\x0f\x20\xc0"), I("\x0f\x22\xc0"), I("\x0f\x20\xd8"), I("\x0f\x22\xd8"),
	I("\x0f\x20\xe0"), I("\x0f\x22\xe0"), I("\x44\x0f\x20\xc0"), I("\x44\x0f\x22\xc0"),
	I("\x0f\x21\xf8"), I("\x0f\x23\xf8"), I("\x0f\x01\x3b"), I("\x0f\x01\x13"),
	I("\x0f\x01\x1b"), I("\x0f\x01\x03"), I("\x0f\x01\x0b"), I("\x0f\x00\xd0"),
	I("\x0f\x00\xd8"), I("\x0f\x01\xd8"), I("\x0f\x01\xd9"), I("\x0f\x01\xda"),
	I("\x0f\x01\xdc"), I("\x0f\x01\xdd"), I("\x0f\x01\xde"), I("\x0f\x01\xdf"),
	I("\x0f\x01\xf9"), I("\x0f\x32"), I("\x0f\x30"), I("\xe4\x80"), I("\xee"), I("\xf3\x6c"),
	I("\x8a\x03"), I("\x88\x03"), I("\xff\xd3"), I("\x53"), I("\x5b"), I("\xf3\xa4"),
	I("\xf3\x48\xab"), I("\x48\x83\xc3\x08"), I("\x48\x01\xc3"), I("\x48\x29\xcb"),
	I("\xbb\x00\x00\x30\x02"), I("\xb9\x80\x00\x00\xc0"), I("\x31\xc0"), I("\x31\xd2"),
	I("\x48\x0f\xba\xe8\x10"), I("\x8e\xd8"), I("\x8e\xd0"), I("\x0f\xa1"), I("\xcb"),
	I("\x48\xcb"), I("\xeb\xfe"), I("\xe2\xfe"), I("\x75\xf0"), I("\xf0\x0f\xc1\x03"),
	I("\x0f\x06"), I("\x0f\x08"), I("\x0f\x09"), I("\xdb\xe3"), I("\xd9\xe8"),
	I("\x0f\x05"), I("\x0f\x34"), I("\x0f\xae\x03"), I("\x0f\x01\xf0"), I("\x0f\xaa"),
	I("\x0f\x01\xca"), I("\x0f\x01\xcb"), I("\x48\x0f\xc7\x0b"), I("\x0f\x01\xf8"),
	I("\x0f\x38\x82\x03"), I("\x66\x0f\x38\x82\x03"), I("\xc8\x10\x00\x02"), I("\xc9")
};

static void
guest_code(void)
{
	uint8_t *at = (uint8_t *)(ulong)GUEST_CODE;
	bool noise = below(4) == 0;

	for (unsigned i = 0; i < 0x800;) {
		unsigned n = below(COUNT(pieces));

		if (noise) {
			at[i++] = (uint8_t)rnd();
			continue;
		}
		memcpy(at + i, pieces[n].bytes, pieces[n].length);
		i += pieces[n].length;
	}
	for (unsigned i = 0; i < 256; i++)
		memcpy(at + 0x800 + i * 4, below(2) ? "\x0f\x01\xd9\x90" : "\x48\xcf\x90\x90", 4);
}

/* ---- VMCB ---- */

static void
valid(void)
{
	guest64((void *)(ulong)(GUEST_CODE + below(64)));
	vmcb->cr3 = GUEST_PML4;
	vmcb->rsp = GUEST_STACK;
	vmcb->gdtr.base = GUEST_GDT;
	vmcb->gdtr.limit = 0x1ff;
	vmcb->idtr.base = GUEST_IDT;
	vmcb->idtr.limit = 0xfff;
	vmcb->tr.base = GUEST_TSS;
	vmcb->icpt[ICPT_EXC] = (uint32_t)(below(3) ? rnd() & rnd() : 0);
	vmcb->icpt[ICPT_CR] = (uint32_t)(rnd() & rnd() & rnd());
	vmcb->icpt[ICPT_3] |= (uint32_t)(rnd() & rnd());
	vmcb->asid = 1 + below(4);
	vmcb->tlb_control = (uint8_t)below(8);
	if (below(4) == 0)
		guest_user();
	run_vmload = (uint8_t)below(2);
	gr.bx = BOX + below(BOX_SIZE);
	gr.cx = below(64);
	gr.si = BOX + below(BOX_SIZE);
	gr.di = BOX + below(BOX_SIZE);
	gr.dx = below(0x10000);
}

static void
flip(void *area, unsigned size, unsigned times)
{
	while (times-- > 0)
		((uint8_t *)area)[below(size)] ^= (uint8_t)(1 << below(8));
}

static void
flip_vmcb(void)
{
	flip(vmcb, 0x100, below(6));
	flip(&vmcb->es, 0x2a0, below(6));
	if (below(3) == 0)
		vmcb->eventinj = rnd() & rnd() & ~0x700ull;
	if (below(3) == 0)
		vmcb->eventinj = EVENT(below(8), below(below(2) ? 256 : 32));
	if (below(4) == 0)
		vmcb->vintr = rnd();
	if (below(4) == 0)
		vmcb->clean = (uint32_t)rnd();
}

/* Flags, or an address bit beyond the machine's memory: never its memory. */
static void
flip_nested(void)
{
	uint64_t *const tables[] = { nested_pml4, nested_pdpt, nested_pd, nested_pd, nested_pt,
		nested_pt };
	unsigned which = below(COUNT(tables));
	unsigned entry = which < 2 ? 0 : which < 4 ? (BOX >> 21) + below(2) : below(0x24);
	unsigned bit = below(3) ? below(12) : 26 + below(38);

	if (bit == 7 && which < 5 && (which == 0 || which == 1))
		bit = 1;		/* a 1G page would be the machine's */
	if (bit == 7 && which >= 2 && which < 4)
		bit = 2;		/* nor may a 2M page be a table */
	tables[which][entry] ^= BIT(bit);
}

static void
confine(void)
{
	vmcb->np_enable |= 1;
	vmcb->np_enable &= 1;
	vmcb->avic_bar = 0;
	vmcb->ncr3 = below(16) ? (ulong)nested_pml4 : (ulong)nested_pml4 | BIT(40 + below(24));
	vmcb->vintr |= V_MASKING;
	vmcb->icpt[ICPT_3] |= I3_INTR | I3_NMI | I3_INIT | I3_SMI | I3_IOIO | I3_MSR | I3_SHUTDOWN;
	vmcb->icpt[ICPT_4] |= I4_VMLOAD | I4_VMSAVE | I4_CLGI | I4_SKINIT;
	if (below(32))
		vmcb->icpt[ICPT_4] |= I4_VMRUN;
	if (below(16))
		vmcb->iopm = (ulong)iopm;
	else
		vmcb->iopm = rnd() | BIT(62);
	vmcb->msrpm = (ulong)msrpm;
	if (below(64) && vmcb->asid == 0)
		vmcb->asid = 1;
	run_sti = 1;
}

static void
random_vmcb(void)
{
	valid();
	for (unsigned i = 0; i < sizeof(*vmcb); i += 8)
		*(uint64_t *)((uint8_t *)vmcb + i) = rnd();
	if (below(2)) {			/* one that can start */
		vmcb->efer = EFER_SVME;
		vmcb->cr0 = rnd() & 0x8005003f;
		vmcb->cr4 &= 0x6b0;
		vmcb->cr3 = GUEST_PML4;
		vmcb->dr6 &= 0xffffffff;
		vmcb->dr7 &= 0xffffffff;
		vmcb->eventinj &= ~(uint64_t)EV_VALID;
		vmcb->g_pat = 0x0007040600070406;
	}
}

/* ---- one guest ---- */

static void
timer(unsigned ticks)
{
	lapic_write(LAPIC_LVTT, TIMER);
	lapic_write(LAPIC_TICR, ticks);
}

static bool
known_code(uint64_t code)
{
	return code < 0xa6 || code == EXIT_NPF || (uint32_t)code == (uint32_t)EXIT_INVALID;
}

static void
one_run(void)
{
	int vector;
	uint64_t code;

	vmcb->exitcode = 0x7777;
	timer(BUDGET);
	vector = try_run();
	timer(0);
	host_takes_all();
	if (vector != NONE) {
		refused++;
		mix((uint64_t)vector);
		return;
	}
	code = vmcb->exitcode;
	if (code < COUNT(exits))
		exits[code]++;
	else if (code == EXIT_NPF)
		npfs++;
	else if ((uint32_t)code == (uint32_t)EXIT_INVALID)
		invalid++;
	if (!known_code(code)) {
		odd++;
		print("# exit code %lx\n", (ulong)code);
	}
	mix(code);
	mix(vmcb->info1);
	mix(vmcb->info2);
	mix(vmcb->exitintinfo);
	mix(vmcb->rip);
	mix(vmcb->rax);
	mix(vmcb->rflags);
	mix(vmcb->cr2);
}

static void
one_guest(void)
{
	unsigned kind = below(8), times = 1 + below(3);

	if (kind == 0 || below(8) == 0)
		nested_as_new();
	guest_tables();
	guest_system();
	guest_code();
	if (kind == 1)
		random_vmcb();
	else
		valid();
	if (kind >= 2 && kind <= 5)
		flip_vmcb();
	if (kind >= 4)
		flip_nested();
	if (kind == 6)
		flip((void *)(ulong)GUEST_PML4, 3 * PAGE, 1 + below(20));
	if (kind == 7)
		flip((void *)(ulong)GUEST_IDT, 0x3000, 1 + below(40));
	while (times-- > 0) {
		confine();
		one_run();
		vmcb->rip += below(2) ? vmcb->nrip - vmcb->rip : below(8);
		vmcb->tlb_control = (uint8_t)below(4);
		vmcb->eventinj = below(2) ? 0 : vmcb->exitintinfo;
	}
}

/* The image's code, which no guest may write */
static uint64_t
host_sum(void)
{
	extern const char _start[], real_load[];
	uint64_t s = 0;

	for (const char *p = _start; p < (const char *)gdt && p < real_load; p++)
		s = s * 31 + (uint8_t)*p;
	return s;
}

static void
report(void)
{
	for (unsigned i = 0; i < COUNT(exits); i++) {
		if (exits[i] != 0)
			print("# exit %2x: %u\n", i, exits[i]);
	}
	print("# nested page faults: %u\n# invalid: %u\n# VMRUN faulted: %u\n", npfs, invalid,
	    refused);
	print("# sum %lx\n", (ulong)sum);
}

int
main(void)
{
	unsigned rounds = argument("rounds", ROUNDS);
	unsigned every = argument("every", 0), from = argument("from", 0);
	ulong cr0, cr3, cr4;
	uint64_t code;

	svm_init();
	if (!svm_has(SVM_NP))
		skip("no nested paging");
	random_state = argument("seed", 1) + 0x9e3779b97f4a7c15;
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	irq_counting();
	lapic_init();
	lapic_write(LAPIC_TDCR, 0xb);
	nested_pml4 = page_alloc();
	nested_pdpt = page_alloc();
	nested_pd = page_alloc();
	nested_pt = page_alloc();
	memset(iopm, 0xff, 3 * PAGE);
	memset(msrpm, 0xff, 2 * PAGE);
	nested_as_new();
	code = host_sum();
	cr0 = read_cr0();
	cr3 = read_cr3();
	cr4 = read_cr4();
	for (unsigned i = 0; i < rounds; i++) {
		one_guest();
		if (every != 0 && (i >= from && i % every == 0))
			print("# round %u: sum %lx\n", i, (ulong)sum);
	}
	expect(odd, 0, "exit codes are known ones");
	expect64(host_sum(), code, "the host's code");
	expect(read_cr0(), cr0, "CR0 of the host");
	expect(read_cr3(), cr3, "CR3 of the host");
	expect(read_cr4(), cr4, "CR4 of the host");
	claim(irqs[TIMER] > 0 && exits[EXIT_INTR] > 0, "the timer ended some");
	report();
	return 0;
}
