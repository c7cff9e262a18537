/*
 * tests/guest/lib/guest.c - verdict, descriptors, traps
 */
#include "guest.h"

#include <stdarg.h>

#define COM1		0x3f8
#define EXIT_PORT	0xf4
#define SHUTDOWN_PORT	0x8900		/* of Bochs */
#define VERDICT_SKIP	38		/* exit status 77 */

#define PRINT_MOST	60		/* failures */

static unsigned checks, failures;

bool report_passes;

volatile struct trap trap;
bool (*trap_hook)(struct trap *t);
ulong try_sp, try_bp, try_ip, user_flags = 2;

uint64_t gdt[512] __attribute__((aligned(4096))) = {
	[KCS32 / 8] = 0x00cf9b000000ffff,
	[KDS / 8] = 0x00cf93000000ffff,
	[UCS32 / 8] = 0x00cffb000000ffff,
	[UDS / 8] = 0x00cff3000000ffff,
	[UCS64 / 8] = 0x00affb000000ffff,
	[KCS64 / 8] = 0x00af9b000000ffff,
	[KDS2 / 8] = 0x00cf93000000ffff,
	[CS16 / 8] = 0x00009b000000ffff,
	[DS16 / 8] = 0x000093000000ffff
};
uint64_t idt[512] __attribute__((aligned(4096)));
struct pointer gdt_pointer = { sizeof(gdt) - 1, (ulong)gdt };
struct pointer idt_pointer = { 0, (ulong)idt };
struct tss tss __attribute__((aligned(4096)));
uint8_t kernel_stack[16384] __attribute__((aligned(16)));
uint8_t other_stack[16384] __attribute__((aligned(16)));

extern char trap_stubs[], bss_end[];
void	guest_init(void);
int	trap_entry(struct regs *f);

/* ---- output ---- */

static void
put(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, (uint8_t)c);
}

static void
put_string(const char *s)
{
	while (*s != '\0')
		put(*s++);
}

static void
put_number(ulong v, unsigned base, unsigned width)
{
	char buf[24];
	unsigned n = 0;

	do {
		buf[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0 || n < width);
	while (n > 0)
		put(buf[--n]);
}

void
vprint(const char *fmt, va_list ap)
{
	for (; *fmt != '\0'; fmt++) {
		unsigned width = 0;
		bool wide = false;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		fmt++;
		while (*fmt >= '0' && *fmt <= '9')
			width = width * 10 + (unsigned)(*fmt++ - '0');
		if (*fmt == 'l') {
			wide = true;
			fmt++;
		}
		if (*fmt == 's')
			put_string(va_arg(ap, const char *));
		else if (*fmt == 'c')
			put((char)va_arg(ap, int));
		else if (*fmt == 'x')
			put_number(wide ? va_arg(ap, ulong) : va_arg(ap, unsigned), 16, width);
		else if (*fmt == 'u')
			put_number(wide ? va_arg(ap, ulong) : va_arg(ap, unsigned), 10, width);
		else if (*fmt == 'd')
			put_number((ulong)va_arg(ap, int), 10, width);
		else
			put(*fmt);
	}
}

void
print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
}

/* Until the last character has left. */
static void
drain(void)
{
	while (!(inb(COM1 + 5) & 0x40))
		;
}

void
quit(unsigned verdict)
{
	drain();
	outb(EXIT_PORT, (uint8_t)verdict);
	for (const char *s = "Shutdown"; *s != '\0'; s++)
		outb(SHUTDOWN_PORT, (uint8_t)*s);
	for (;;)
		asm volatile("cli; hlt");
}

bool
claim_counts(bool ok)
{
	checks++;
	failures += !ok;
	return report_passes || (!ok && failures <= PRINT_MOST);
}

static void
put_claim(bool ok, const char *name, va_list ap)
{
	put_string(ok ? "ok " : "not ok ");
	vprint(name, ap);
}

void
done(void)
{
	if (failures > PRINT_MOST && !report_passes)
		print("not ok and more\n");
	print("verdict %s, %u checks\n", failures != 0 ? "fail" : "pass", checks);
	quit(failures != 0);
}

void
skip(const char *why)
{
	print("verdict skip, %s\n", why);
	quit(VERDICT_SKIP);
}

void
expect_reset(void)
{
	print("verdict reset\n");
	drain();
}

void
claim(bool ok, const char *name, ...)
{
	va_list ap;

	if (!claim_counts(ok))
		return;
	va_start(ap, name);
	put_claim(ok, name, ap);
	va_end(ap);
	put('\n');
}

void
expect(ulong got, ulong want, const char *name, ...)
{
	va_list ap;

	if (!claim_counts(got == want))
		return;
	va_start(ap, name);
	put_claim(got == want, name, ap);
	va_end(ap);
	if (got == want)
		put('\n');
	else
		print(" # 0x%lx, expected 0x%lx\n", got, want);
}

unsigned
argument(const char *name, unsigned otherwise)
{
	extern ulong multiboot_info;
	const uint32_t *info = (const uint32_t *)multiboot_info;
	const char *line = info != NULL && info[0] & 4 ? (const char *)(ulong)info[4] : "";

	for (; *line != '\0'; line++) {
		const char *p = line, *n = name;
		unsigned v = 0;

		for (; *n != '\0' && *p == *n; p++, n++)
			;
		if (*n != '\0' || *p++ != '=')
			continue;
		for (; *p >= '0' && *p <= '9'; p++)
			v = v * 10 + (unsigned)(*p - '0');
		return v;
	}
	return otherwise;
}

const char *
vector_name(int vector)
{
	static const char *const names[] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9", "#TS",
		"#NP", "#SS", "#GP", "#PF", "15", "#MF", "#AC", "#MC", "#XF"
	};

	if (vector == NONE)
		return "nothing";
	return (unsigned)vector < COUNT(names) ? names[vector] : "vector";
}

void
expect_trap(int got, int want, const char *name, ...)
{
	va_list ap;

	if (!claim_counts(got == want))
		return;
	va_start(ap, name);
	put_claim(got == want, name, ap);
	va_end(ap);
	if (got == want)
		put('\n');
	else
		print(" # %s(%lx) at %lx, expected %s\n", vector_name(got),
		    got == NONE ? 0 : trap.error, got == NONE ? 0 : trap.ip,
		    vector_name(want));
}

/* ---- descriptors ---- */

void
set_gdt(unsigned sel, uint64_t desc)
{
	gdt[sel / 8] = desc;
}

void
set_gdt_sys(unsigned sel, uint64_t lo, uint64_t hi)
{
	gdt[sel / 8] = lo;
#ifdef __x86_64__
	gdt[sel / 8 + 1] = hi;
#else
	(void)hi;
#endif
}

void
set_idt(unsigned vector, void *to, unsigned sel, unsigned access, unsigned ist)
{
	uint64_t lo = gate_desc((ulong)to, sel, access, ist);

#ifdef __x86_64__
	idt[vector * 2] = lo;
	idt[vector * 2 + 1] = (ulong)to >> 32;
#else
	idt[vector] = lo;
#endif
}

void *
trap_stub(unsigned vector)
{
	return trap_stubs + vector * 16;
}

void
reset_idt(unsigned vector)
{
	set_idt(vector, trap_stub(vector), KCS,
	    vector == RETURN_VECTOR ? D_INTGATE | D_DPL3 : D_INTGATE, 0);
}

void
load_tss(void)
{
	set_gdt_sys(TSSSEL, seg_desc((uint32_t)(ulong)&tss, sizeof(tss) - 1, D_TSS, 0), 0);
	asm volatile("ltr %w0" :: "r"(TSSSEL));
}

void
guest_init(void)
{
	for (unsigned i = 0; i < 256; i++)
		reset_idt(i);
	idt_pointer.limit = (uint16_t)(256 * 2 * sizeof(ulong) - 1);
	asm volatile("lidt %0" :: "m"(idt_pointer));
#ifdef __x86_64__
	tss.sp[0] = (ulong)kernel_stack + sizeof(kernel_stack);
#else
	tss.esp0 = (ulong)kernel_stack + sizeof(kernel_stack);
	tss.ss0 = KDS;
#endif
	tss.iomap = offsetof(struct tss, io);
	memset(tss.io, 0xff, sizeof(tss.io));
	load_tss();
	asm volatile("lldt %w0" :: "r"(0));
	outb(COM1 + 3, 3);		/* 8 bits, no parity */
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

/* ---- traps ---- */

/* What follows the general registers on the stack. */
struct pushed {
	ulong	vector, error, ip, cs, flags, sp, ss;
};

static void
unexpected(const struct trap *t)
{
	print("not ok no unexpected %s # vector %x(%lx) at %lx:%lx cr2 %lx\n",
	    vector_name(t->vector), (unsigned)t->vector, t->error, t->cs, t->ip, t->cr2);
	failures++;
	done();
}

static void
fill_trap(struct trap *t, const struct regs *f, const struct pushed *p)
{
	t->vector = (int)p->vector;
	t->error = p->error;
	t->ip = p->ip;
	t->cs = p->cs;
	t->flags = p->flags;
	t->cr2 = read_cr2();
	t->dr6 = read_dr6();
	t->at = (ulong)(t->vector == DF || t->vector == AC ||
	    (t->vector >= TS && t->vector <= PF) ? &p->error : &p->ip);
	t->count = trap.count + 1;
	t->regs = *f;
#ifndef __x86_64__
	if (!(p->cs & 3) && !(p->flags & FL_VM)) {
		t->sp = (ulong)&p->sp;
		t->ss = 0;
		return;
	}
#endif
	t->sp = p->sp;
	t->ss = p->ss;
}

int
trap_entry(struct regs *f)
{
	struct pushed *p = (struct pushed *)(f + 1);
	struct trap t;

	fill_trap(&t, f, p);
	if (trap_hook != NULL && trap_hook(&t)) {
		p->ip = t.ip;
		p->cs = t.cs;
		p->flags = t.flags;
		*f = t.regs;
#ifdef __x86_64__
		p->sp = t.sp;
		p->ss = t.ss;
#endif
		trap.count = t.count;
		return 0;
	}
	if (try_ip == 0)
		unexpected(&t);
	trap = t;
	if (t.vector == RETURN_VECTOR)
		trap.vector = NONE;
	return 1;
}

/* ---- processor ---- */

int
try_wrmsr(uint32_t msr, uint64_t v)
{
	return TRY("wrmsr", "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

int
try_rdmsr(uint32_t msr, uint64_t *v)
{
	uint32_t lo = 0, hi = 0;
	int vector = TRYX("rdmsr", OPERANDS("+a"(lo), "+d"(hi)), OPERANDS("c"(msr)));

	*v = (uint64_t)hi << 32 | lo;
	return vector;
}

int
try_cr0(ulong v)
{
	return TRY("mov %0, %%cr0", "r"(v));
}

int
try_cr3(ulong v)
{
	return TRY("mov %0, %%cr3", "r"(v));
}

int
try_cr4(ulong v)
{
	return TRY("mov %0, %%cr4", "r"(v));
}

struct cpuid
cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;

	asm volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
	return r;
}

bool
has(enum feature f)
{
	static const uint32_t leaves[] = { 1, 7, 0x80000001 };
	uint32_t leaf = leaves[f >> 8];
	struct cpuid r = cpuid(leaf & 0x80000000, 0);
	uint32_t regs[4];

	if (r.a < leaf)
		return false;
	r = cpuid(leaf, 0);
	regs[0] = r.a;
	regs[1] = r.b;
	regs[2] = r.c;
	regs[3] = r.d;
	return regs[f >> 5 & 7] >> (f & 31) & 1;
}

bool
is_amd(void)
{
	return cpuid(0, 0).c == 0x444d4163;	/* "cAMD" */
}

/* ---- memory ---- */

void *
memset(void *p, int c, size_t n)
{
	void *at = p;

	asm volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
	return p;
}

void *
memcpy(void *to, const void *from, size_t n)
{
	void *at = to;

	asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) :: "memory");
	return to;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n > 0; n--, p++, q++) {
		if (*p != *q)
			return *p < *q ? -1 : 1;
	}
	return 0;
}

void *
page_alloc(void)
{
	static char *next;
	char *p;

	if (next == NULL)
		next = bss_end;
	p = next;
	next += PAGE;
	return memset(p, 0, PAGE);
}

#ifdef __x86_64__
uint64_t *
pte_at(ulong va, unsigned level)
{
	uint64_t *table = (uint64_t *)(read_cr3() & ~0xffful);

	for (unsigned l = 4;; l--) {
		uint64_t *e = table + (va >> (12 + (l - 1) * 9) & 511);

		if (l == level)
			return e;
		if (!(*e & PTE_P))
			*e = (ulong)page_alloc() | PTE_P | PTE_W | PTE_U;
		table = (uint64_t *)(*e & 0xffffffffff000);
	}
}

uint64_t *
map(ulong va, ulong pa, uint64_t flags)
{
	uint64_t *e = pte_at(va, 1);

	*e = pa | flags;
	invlpg(va);
	return e;
}
#endif
