/*
 * tests/guest/lib/svm.c - guests of the guest images
 */
#include "svm.h"

#include <stdarg.h>

#define AT(field, offset) \
	_Static_assert(offsetof(struct vmcb, field) == (offset), "place of " #field)
AT(pause_threshold, 0x3c);
AT(iopm, 0x40);
AT(tlb_control, 0x5c);
AT(vintr, 0x60);
AT(exitcode, 0x70);
AT(np_enable, 0x90);
AT(eventinj, 0xa8);
AT(lbr_enable, 0xb8);
AT(clean, 0xc0);
AT(nrip, 0xc8);
AT(bytes, 0xd1);
AT(es, 0x400);
AT(idtr, 0x480);
AT(cpl, 0x4cb);
AT(efer, 0x4d0);
AT(cr4, 0x548);
AT(rip, 0x578);
AT(rsp, 0x5d8);
AT(rax, 0x5f8);
AT(star, 0x600);
AT(cr2, 0x640);
AT(g_pat, 0x668);
AT(exc_to, 0x690);
_Static_assert(sizeof(struct vmcb) == PAGE, "size of the VMCB");

/* Of real-mode guests */
#define LOW_CODE	0x5000u
#define LOW_IVT		0x6000u
#define LOW_STUBS	0x7000u
#define STUB_SIZE	16

#define PAT_AT_RESET	0x0007040600070406ull

struct guest_regs gr;
struct vmcb *vmcb;
uint8_t *iopm, *msrpm;
uint8_t guest_stack[16384] __attribute__((aligned(4096)));
uint8_t run_vmload, run_sti;

static struct vmcb *host_vmcb;
static uint64_t idt32[256];
static uint32_t tss32[26];
extern const char stubs16[], stubs32[];
#ifdef __x86_64__
static uint64_t idt64[512];
extern const char stubs64[];
#endif

/* ---- set-up ---- */

bool
svm_has(unsigned bit)
{
	return cpuid(0x8000000a, 0).d >> bit & 1;
}

void
left_out(const char *name)
{
	print("skip %s\n", name);
}

static void *
pages(unsigned n)
{
	void *first = page_alloc();

	while (--n > 0)
		page_alloc();
	return first;
}

struct vmcb *
vmcb_alloc(void)
{
	return page_alloc();
}

static void
make_idts(void)
{
	for (unsigned i = 0; i < 256; i++) {
		idt32[i] = gate_desc((ulong)stubs32 + i * STUB_SIZE, KCS32, D_INTGATE | D_DPL3, 0);
#ifdef __x86_64__
		idt64[i * 2] = gate_desc((ulong)stubs64 + i * STUB_SIZE, KCS64,
		    D_INTGATE | D_DPL3, 0);
#endif
		((volatile uint32_t *)(ulong)LOW_IVT)[i] = LOW_STUBS << 12 | i * STUB_SIZE;
	}
	memcpy((void *)(ulong)LOW_STUBS, stubs16, 256 * STUB_SIZE);
	tss32[1] = (uint32_t)(ulong)guest_stack + sizeof(guest_stack) / 2;
	tss32[2] = KDS;
}

void
svm_init(void)
{
	report_passes = true;
	if (cpuid(0x80000000, 0).a < 0x8000000a || !(cpuid(0x80000001, 0).c & 4))
		skip("no SVM");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_HSAVE, (ulong)page_alloc());
	iopm = pages(3);
	msrpm = pages(2);
	vmcb = vmcb_alloc();
	host_vmcb = vmcb_alloc();
	make_idts();
}

/* ---- guests ---- */

void
set_seg(struct vmcb_seg *s, unsigned sel, uint32_t base, uint32_t limit, unsigned attr)
{
	s->sel = (uint16_t)sel;
	s->attr = (uint16_t)attr;
	s->limit = limit;
	s->base = base;
}

static void
data_segs(unsigned sel, uint32_t limit, unsigned attr)
{
	struct vmcb_seg *const all[] = { &vmcb->ds, &vmcb->es, &vmcb->fs, &vmcb->gs };

	for (unsigned i = 0; i < COUNT(all); i++)
		set_seg(all[i], sel, 0, limit, attr);
}

static void
new_guest(void)
{
	struct vmcb *v = vmcb;

	memset(v, 0, sizeof(*v));
	memset(&gr, 0, sizeof(gr));
	run_vmload = run_sti = 0;
	v->icpt[ICPT_3] = I3_SHUTDOWN;
	v->icpt[ICPT_4] = I4_VMRUN | I4_VMMCALL;
	v->asid = 1;
	v->tlb_control = 1;
	v->iopm = (ulong)iopm;
	v->msrpm = (ulong)msrpm;
	v->efer = EFER_SVME;
	v->cr0 = CR0_NE | 0x10;
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->rflags = 2;
	v->g_pat = PAT_AT_RESET;
	v->rsp = (ulong)guest_stack + sizeof(guest_stack);
	set_seg(&v->gdtr, 0, (uint32_t)(ulong)gdt, sizeof(gdt) - 1, 0);
	set_seg(&v->ldtr, 0, 0, 0, ATTR(D_LDT, 0));
}

#ifdef __x86_64__
void
guest64(const void *code)
{
	new_guest();
	vmcb->rip = (ulong)code;
	vmcb->efer |= EFER_LME | EFER_LMA;
	vmcb->cr0 |= CR0_PE | CR0_PG;
	vmcb->cr3 = read_cr3();
	vmcb->cr4 = CR4_PAE;
	data_segs(UDS, 0xffffffff, ATTR(D_DATA | D_ACCESSED | D_DPL3, F_G | F_B));
	set_seg(&vmcb->cs, KCS64, 0, 0xffffffff, ATTR(D_CODE | D_ACCESSED, F_G | F_L));
	set_seg(&vmcb->ss, KDS, 0, 0xffffffff, ATTR(D_DATA | D_ACCESSED, F_G | F_B));
	set_seg(&vmcb->idtr, 0, (uint32_t)(ulong)idt64, sizeof(idt64) - 1, 0);
	set_seg(&vmcb->tr, TSSSEL, (uint32_t)(ulong)&tss, sizeof(tss) - 1, ATTR(D_TSS_BUSY, 0));
}
#endif

void
guest32(const void *code)
{
	new_guest();
	vmcb->rip = (ulong)code;
	vmcb->cr0 |= CR0_PE;
	data_segs(UDS, 0xffffffff, ATTR(D_DATA | D_ACCESSED | D_DPL3, F_G | F_B));
	set_seg(&vmcb->cs, KCS32, 0, 0xffffffff, ATTR(D_CODE | D_ACCESSED, F_G | F_B));
	set_seg(&vmcb->ss, KDS, 0, 0xffffffff, ATTR(D_DATA | D_ACCESSED, F_G | F_B));
	set_seg(&vmcb->idtr, 0, (uint32_t)(ulong)idt32, sizeof(idt32) - 1, 0);
	set_seg(&vmcb->tr, TSSSEL, (uint32_t)(ulong)tss32, sizeof(tss32) - 1,
	    ATTR(D_TSS_BUSY, 0));
}

void
guest16(const void *code)
{
	new_guest();
	memcpy((void *)(ulong)LOW_CODE, code, 256);
	data_segs(0, 0xffff, ATTR(D_DATA | D_ACCESSED, 0));
	set_seg(&vmcb->cs, LOW_CODE >> 4, LOW_CODE, 0xffff, ATTR(D_CODE | D_ACCESSED, 0));
	set_seg(&vmcb->ss, 0, 0, 0xffff, ATTR(D_DATA | D_ACCESSED, 0));
	set_seg(&vmcb->idtr, 0, LOW_IVT, 0x3ff, 0);
	set_seg(&vmcb->tr, 0, 0, 0xffff, ATTR(D_TSS_BUSY, 0));
	vmcb->rsp = LOW_CODE;
}

void
guest_user(void)
{
	bool l = vmcb->efer & EFER_LMA;

	vmcb->cpl = 3;
	vmcb->cs.sel = l ? UCS64 : UCS32;
	vmcb->cs.attr |= D_DPL3;
	vmcb->ss.sel = UDS;
	vmcb->ss.attr |= D_DPL3;
	run_vmload = sizeof(ulong) == 8 && !l;
}

/* ---- running ---- */

static void
vmsave_vmload(struct vmcb *save, struct vmcb *load)
{
	if (save != NULL)
		asm volatile("vmsave" :: "a"(save) : "memory");
	if (load != NULL)
		asm volatile("vmload" :: "a"(load) : "memory");
}

#ifdef __x86_64__
#define ENTER_CLOBBERS	"rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", \
			"r13", "r14", "r15"
#else
#define ENTER_CLOBBERS	"ebx", "ecx", "edx", "esi", "edi"
#endif

int
try_run(void)
{
	ulong pa = (ulong)vmcb;
	int vector;

	if (run_vmload)
		vmsave_vmload(host_vmcb, NULL);
	vector = TRYX("call svm_enter", "+a"(pa), , ENTER_CLOBBERS);
	if (run_vmload)
		vmsave_vmload(NULL, host_vmcb);
	asm volatile("cli; stgi" ::: "memory");
	return vector;
}

uint64_t
run(void)
{
	return try_run() == NONE ? vmcb->exitcode : EXIT_FAULT;
}

uint64_t
resume(unsigned n)
{
	vmcb->rip += n;
	return run();
}

/* ---- what a guest's handler was entered for ---- */

int
guest_vector(void)
{
	uint64_t ip = vmcb->cs.base + vmcb->rip;
	ulong at = vmcb->cr0 & CR0_PE ? (ulong)stubs32 : LOW_STUBS;

#ifdef __x86_64__
	if (vmcb->efer & EFER_LMA)
		at = (ulong)stubs64;
#endif
	if (vmcb->exitcode != EXIT_VMMCALL || ip - at >= 256 * STUB_SIZE)
		return NONE;
	return (int)((ip - at) / STUB_SIZE);
}

static bool
has_error(int vector)
{
	return vector == DF || vector == AC || vector == SX || (vector >= TS && vector <= PF);
}

struct guest_frame
guest_frame(void)
{
	struct guest_frame f = { 0 };
	const void *at = (void *)(ulong)(vmcb->ss.base + vmcb->rsp);
	const uint16_t *w = at;
	const uint32_t *d = at;
	const uint64_t *q = at;

	if (!(vmcb->cr0 & CR0_PE))
		return (struct guest_frame){ 0, w[0], w[1], w[2], 0, 0 };
	if (vmcb->efer & EFER_LMA) {
		if (has_error(guest_vector()))
			f.error = (ulong)*q++;
		f.ip = (ulong)q[0];
		f.cs = (ulong)q[1];
		f.flags = (ulong)q[2];
		f.sp = (ulong)q[3];
		f.ss = (ulong)q[4];
		return f;
	}
	if (has_error(guest_vector()))
		f.error = *d++;
	f.ip = d[0];
	f.cs = d[1];
	f.flags = d[2];
	return f;
}

uint64_t
guest_iret(void)
{
	return resume(3);
}

/* ---- claims ---- */

static void
print64(const char *before, uint64_t v)
{
	print("%s0x", before);
	if (v >> 32)
		print("%x%8x", (unsigned)(v >> 32), (unsigned)v);
	else
		print("%x", (unsigned)v);
}

static void
vclaim64(uint64_t got, uint64_t want, const char *name, va_list ap)
{
	if (!claim_counts(got == want))
		return;
	print(got == want ? "ok " : "not ok ");
	vprint(name, ap);
	if (got != want) {
		print64(" # ", got);
		print64(", expected ", want);
	}
	print("\n");
}

/* Where the guest stopped, behind a claim that failed */
static void
print_exit(uint64_t code)
{
	if (code == EXIT_FAULT) {
		print("#   VMRUN: %s at %lx\n", vector_name(trap.vector), trap.ip);
		return;
	}
	print64("#   exit ", code);
	print64(" info ", vmcb->info1);
	print64(", ", vmcb->info2);
	print64(" rip ", vmcb->rip);
	print(" handler of %s\n", vector_name(guest_vector()));
}

void
expect64(uint64_t got, uint64_t want, const char *name, ...)
{
	va_list ap;

	va_start(ap, name);
	vclaim64(got, want, name, ap);
	va_end(ap);
}

void
expect_exit(uint64_t got, uint64_t want, const char *name, ...)
{
	uint64_t part = got;
	va_list ap;

	if (want == EXIT_INVALID && (uint32_t)got == (uint32_t)want)
		part = want;
	va_start(ap, name);
	vclaim64(part, want, name, ap);
	va_end(ap);
	if (part != want)
		print_exit(got);
}

void
expect_vector(int want, const char *name, ...)
{
	uint64_t code = run();
	int got = guest_vector();
	va_list ap;

	va_start(ap, name);
	vclaim64((uint64_t)got, (uint64_t)want, name, ap);
	va_end(ap);
	if (got != want)
		print_exit(code);
}

/* ---- page tables ---- */

static unsigned
shift(const struct space *s, unsigned level)
{
	return 12 + (level - 1) * (s->levels == 2 ? 10 : 9);
}

static uint64_t
load(const struct space *s, const void *e)
{
	return s->levels == 2 ? *(const volatile uint32_t *)e : *(const volatile uint64_t *)e;
}

static void
store(const struct space *s, void *e, uint64_t v)
{
	if (s->levels == 2)
		*(volatile uint32_t *)e = (uint32_t)v;
	else
		*(volatile uint64_t *)e = v;
}

static void *
slot(const struct space *s, ulong table, uint64_t va, unsigned level)
{
	unsigned n = (unsigned)(va >> shift(s, level));

	if (s->levels == 2)
		return (void *)(table + (n & 1023) * 4);
	return (void *)(table + (n & (s->levels == 3 && level == 3 ? 3 : 511)) * 8);
}

/* A table of what the entry maps, or of nothing. */
static void
make_table(struct space *s, void *e, unsigned level)
{
	uint64_t old = load(s, e);
	ulong table = (ulong)page_alloc();
	bool pae_root = s->levels == 3 && level == 3;

	if (old & PTE_P) {
		unsigned below = shift(s, level - 1);
		uint64_t flags = old & ~(level == 2 ? (uint64_t)PTE_PS : 0);

		for (unsigned i = 0; i < (s->levels == 2 ? 1024 : 512); i++)
			store(s, slot(s, table, (uint64_t)i << below, level - 1),
			    flags + ((uint64_t)i << below));
	}
	store(s, e, table | (pae_root ? PTE_P : s->table_flags));
}

void
space_init(struct space *s, unsigned levels)
{
	s->root = (ulong)page_alloc();
	s->levels = levels;
	s->table_flags = PTE_P | PTE_W | PTE_U;
	if (levels == 3) {
		for (unsigned i = 0; i < 4; i++)
			make_table(s, slot(s, s->root, (uint64_t)i << 30, 3), 3);
	}
}

void *
pt_entry(struct space *s, uint64_t va, unsigned level)
{
	ulong table = s->root;

	for (unsigned l = s->levels;; l--) {
		void *e = slot(s, table, va, l);
		uint64_t v;

		if (l == level)
			return e;
		v = load(s, e);
		if (!(v & PTE_P) || ((v & PTE_PS) && !(s->levels == 3 && l == 3)))
			make_table(s, e, l);
		table = (ulong)(load(s, e) & 0xffffffffff000);
	}
}

uint64_t
pt_get(struct space *s, uint64_t va, unsigned level)
{
	return load(s, pt_entry(s, va, level));
}

void
pt_set(struct space *s, uint64_t va, unsigned level, uint64_t entry)
{
	store(s, pt_entry(s, va, level), entry);
}

void
pt_identity(struct space *s, uint64_t flags)
{
	uint64_t step = 1ull << shift(s, 2);

	for (uint64_t a = 0; a < BIT(32); a += step)
		pt_set(s, a, 2, a | flags | PTE_PS);
}

void
guest_nested(struct space *s)
{
	vmcb->np_enable = 1;
	vmcb->ncr3 = s->root;
}
