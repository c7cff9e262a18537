/*
 * tests/vmm/hostile_insn.c - ports, registers, and instructions of a hostile guest
 */
#include "tests/vmm/hostile.h"
#include "vmm/common/port.h"

#define SEL_TSS		0x28u
#define CODES(list)	(sizeof(list) / sizeof(list[0]))

struct gate {
	uint16_t	offset0, selector, type, offset1;
	uint32_t	offset2, reserved;
};

struct pointer {
	uint16_t	limit;
	uint64_t	base;
} __attribute__((packed));

void	on_exception(void);

/* Code and data as in enter64.inc, the same for CPL 3, a task state segment. */
static uint64_t gdt[7] = {
	0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00affb000000ffff, 0x00cff3000000ffff
};
static struct gate idt[32];
static uint32_t tss[26];
static uint8_t stacks[2][PAGE] __attribute__((aligned(4096)));

static void
set_idt(void)
{
	struct pointer p = { sizeof(idt) - 1, (uint64_t)(uintptr_t)idt };
	uint64_t at = (uint64_t)(uintptr_t)on_exception;
	unsigned i;

	for (i = 0; i < 32; i++)
		idt[i] = (struct gate){ (uint16_t)at, 8, 0x8e00, (uint16_t)(at >> 16),
		    (uint32_t)(at >> 32), 0 };
	__asm__ volatile("lidt %0" : : "m"(p));
}

/* AMD APM vol 2 §4.8.3 "System Descriptors". */
static void
set_tss(void)
{
	struct pointer p = { sizeof(gdt) - 1, (uint64_t)(uintptr_t)gdt };
	uint64_t at = (uint64_t)(uintptr_t)tss;

	tss[1] = (uint32_t)(uintptr_t)&stacks[0][PAGE];
	gdt[5] = (at & 0xffffff) << 16 | (at & 0xff000000) << 32 | 0x890000000067;
	__asm__ volatile("lgdt %0; ltr %w1" : : "m"(p), "r"(SEL_TSS));
}

void
insn_init(void)
{
	set_idt();
	set_tss();
}

/* --- stores --- */

/* What a kernel changes its tables with, and more, as long as a VMM has to know it. */
void
store(uint64_t at, uint64_t v)
{
	volatile uint64_t *p = (volatile uint64_t *)(uintptr_t)at;
	uint64_t old = v ^ 1, from = (uint64_t)(uintptr_t)&v, n;

	switch (chance() % 16) {
	case 0: __asm__ volatile("xchg %0, %1" : "+r"(v), "+m"(*p)); break;
	case 1: __asm__ volatile("lock orq %1, %0" : "+m"(*p) : "r"(v)); break;
	case 2: __asm__ volatile("lock andq %1, %0" : "+m"(*p) : "r"(v)); break;
	case 3: __asm__ volatile("lock btsq %1, %0" : "+m"(*p) : "r"(v & 63)); break;
	case 4: __asm__ volatile("lock btcq $9, %0" : "+m"(*p)); break;
	case 5:
		__asm__ volatile("lock cmpxchgq %2, %0" : "+m"(*p), "+a"(old) : "r"(v));
		break;
	case 6: __asm__ volatile("lock xaddq %1, %0" : "+m"(*p), "+r"(v)); break;
	case 7: __asm__ volatile("movl %k1, %0" : "=m"(*p) : "r"(v)); break;
	case 8: __asm__ volatile("movw %w1, 5%0" : "=o"(*p) : "r"(v)); break;
	case 9: __asm__ volatile("movb %b1, %0" : "=m"(*p) : "q"(v)); break;
	case 10:
		n = 1 + chance() % 2;
		__asm__ volatile("rep stosq" : "+D"(at), "+c"(n) : "a"(v) : "memory");
		break;
	case 11:
		__asm__ volatile("movsq" : "+D"(at), "+S"(from) : : "memory");
		break;
	default: *p = v;
	}
}

/* --- ports --- */

static uint16_t
some_port(void)
{
	static const uint16_t known[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x41, 0x42, 0x43,
	    0x61, 0x70, 0x71, 0x92, 0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5, 0x1f6,
	    0x1f7, 0x170, 0x177, 0x4d0, 0x5a0, 0x5a4, 0x5bc, 0x5c0, 0x5c4 };
	uint16_t p = (uint16_t)chance();

	/* Not those that end a guest, nor the one it speaks through. */
	if (p == 0x60 || p == 0x64 || (p >= 0xf0 && p <= 0xf7) ||
	    (p >= 0xcf8 && p <= 0xcff) || (p >= 0x3f0 && p < 0x400) || chance() % 2)
		p = known[chance() % CODES(known)];
	return p;
}

static void
string_port(uint16_t p)
{
	uint64_t at = some_address(), n = chance() % 64;

	if (chance() % 2)
		__asm__ volatile("rep insb" : "+D"(at), "+c"(n) : "d"(p) : "memory");
	else if (chance() % 2)
		__asm__ volatile("rep outsl" : "+S"(at), "+c"(n) : "d"(p) : "memory");
	else
		__asm__ volatile("insw" : "+D"(at) : "d"(p) : "memory");
}

void
port(void)
{
	uint16_t p = some_port();

	switch (chance() % 8) {
	case 0: (void)in_b(p); break;
	case 1: (void)in_w(p); break;
	case 2: (void)in_l(p); break;
	case 3: out_w(p, (uint16_t)chance()); break;
	case 4: out_l(p, (uint32_t)chance()); break;
	case 5: string_port(p); break;
	default: out_b(p, (uint8_t)chance()); break;
	}
}

/* --- registers --- */

static void
write_msr(uint32_t n, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(n), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}

static uint64_t
read_msr(uint32_t n)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(n));
	return (uint64_t)hi << 32 | lo;
}

/* Registers there are, with values that are not addresses. */
static void
known_msr(void)
{
	static const uint32_t known[] = { 0x10, 0x1b, 0x174, 0x175, 0x176, 0x277, 0xc0000081,
	    0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
	    0xc0010114, 0xc0010117 };
	uint32_t n = known[chance() % CODES(known)];

	if (chance() % 4)
		write_msr(n, chance() >> chance() % 64);
	else
		(void)read_msr(n);
}

void
msr(void)
{
	uint32_t n = (uint32_t)chance() % 0x2000;

	n |= (uint32_t[]){ 0, 0xc0000000, 0xc0010000, 0x40000000 }[chance() % 4];
	switch (chance() % 5) {
	case 0: (void)read_msr(n); break;
	case 1: write_msr(n, chance()); break;
	case 2: write_msr(MSR_EFER, read_msr(MSR_EFER) ^ 1ull << chance() % 64); break;
	default: known_msr();
	}
}

static void
some_cr0(void)
{
	static const uint8_t bits[] = { 1, 2, 3, 5, 16, 16, 18, 29, 30, 33, 63 };
	uint64_t v;

	__asm__ volatile("mov %%cr0, %0" : "=r"(v));
	v ^= 1ull << bits[chance() % CODES(bits)];
	__asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
}

void
control(void)
{
	uint64_t v;

	switch (chance() % 7) {
	case 0:
	case 1:
		some_cr0();
		break;
	case 2:
		__asm__ volatile("mov %%cr4, %0" : "=r"(v));
		v ^= 1ull << chance() % 64;
		__asm__ volatile("mov %0, %%cr4" : : "r"(v | 0x20) : "memory");
		break;
	case 3:
		__asm__ volatile("mov %0, %%dr0" : : "r"(some_address()));
		__asm__ volatile("mov %0, %%dr7" : : "r"(chance() & 0xffff0fff));
		break;
	case 4:
		__asm__ volatile("mov %0, %%cr8" : : "r"(chance() >> chance() % 64));
		break;
	case 5:
		__asm__ volatile("mov %0, %%cr2" : : "r"(chance()));
		break;
	default:
		__asm__ volatile("clts");
	}
}

/* --- instructions --- */

void
other(void)
{
	static const uint8_t code[][4] = {
		{ 0x0f, 0x01, 0xd8, 0xc3 }, { 0x0f, 0x01, 0xda, 0xc3 },	/* VMRUN, VMLOAD */
		{ 0x0f, 0x01, 0xdb, 0xc3 }, { 0x0f, 0x01, 0xdd, 0xc3 },	/* VMSAVE, CLGI */
		{ 0x0f, 0x01, 0xdf, 0xc3 }, { 0x0f, 0x01, 0xde, 0xc3 },	/* INVLPGA, SKINIT */
		{ 0x0f, 0x01, 0xdc, 0xc3 }, { 0x0f, 0xaa, 0xc3, 0 },	/* STGI, RSM */
		{ 0x0f, 0x08, 0xc3, 0 }, { 0x0f, 0x0b, 0xc3, 0 },	/* INVD, UD2 */
		{ 0x0f, 0xa2, 0xc3, 0 }, { 0x0f, 0x33, 0xc3, 0 },	/* CPUID, RDPMC */
		{ 0x0f, 0x01, 0xd1, 0xc3 }, { 0x0f, 0x01, 0xc8, 0xc3 },	/* XSETBV, MONITOR */
		{ 0x0f, 0x01, 0xf8, 0xc3 }, { 0x0f, 0x00, 0xd8, 0xc3 },	/* SWAPGS, LTR AX */
		{ 0x0f, 0x00, 0xd0, 0xc3 }, { 0x8e, 0xd8, 0xc3, 0 },	/* LLDT AX, MOV DS */
		{ 0x8e, 0xe0, 0xc3, 0 }, { 0x8e, 0xe8, 0xc3, 0 },	/* MOV FS, MOV GS */
		{ 0xcd, 0x80, 0xc3, 0 }, { 0xcc, 0xc3, 0, 0 },		/* INT 80h, INT3 */
		{ 0x0f, 0x09, 0xc3, 0 }, { 0xf1, 0xc3, 0, 0 },		/* WBINVD, INT1 */
	};
	const uint8_t *c = code[chance() % CODES(code)];
	uint64_t a = chance() % 2 ? some_frame() : chance() % 0x40;

	__asm__ volatile("call *%1" : "+a"(a) : "r"(c) : "rbx", "rcx", "rdx", "memory");
}

/* Where nothing is, by all bits or by the lower half of them. */
static uint64_t
nowhere(void)
{
	uint64_t at = HOLE | (uint32_t)chance();

	switch (chance() % 3) {
	case 0: return at;
	case 1: return at | chance() << 32;	/* hardly ever a legal address */
	default: return at | 5ull << 39;
	}
}

/* IRET with whatever there is on the stack. */
static void
return_anywhere(void)
{
	static const uint16_t sel[] = { 8, 8, 0x1b, 0x1b, 0, 0x10, 0x18, 0x23, 0x28, 0xfff8, 0xc };
	uint64_t *f = (uint64_t *)(void *)&stacks[1][PAGE - 48];

	f[0] = nowhere();
	f[1] = sel[chance() % CODES(sel)];
	f[2] = (chance() & 0x257fd5) | 2;
	f[3] = (uint64_t)(uintptr_t)&stacks[1][PAGE / 2];
	f[4] = f[1] == 0x1b ? 0x23 : sel[chance() % CODES(sel)];
	__asm__ volatile("mov %0, %%rsp; iretq" : : "r"(f) : "memory");
}

static void
system_call(void)
{
	write_msr(0xc0000081, (chance() % 2 ? 8ull : chance() & 0xfff8) << 32);
	write_msr(0xc0000084, chance());
	write_msr(MSR_EFER, read_msr(MSR_EFER) | 1);
	write_msr(0xc0000082, nowhere());
	__asm__ volatile("syscall" : : : "rcx", "r11", "memory");
}

static void
gate_anywhere(void)
{
	uint64_t to = nowhere();

	idt[3] = (struct gate){ (uint16_t)to, chance() % 4 ? 8 : (uint16_t)chance(),
	    (uint16_t)(0x8e00 | (chance() % 4 ? 0 : chance() & 0xff00)),
	    (uint16_t)(to >> 16), (uint32_t)(to >> 32), 0 };
	__asm__ volatile("int3");
}

/* Control goes where nothing is: a VMM that runs us in ring 3 does that itself. */
void
jump(void)
{
	switch (chance() % 4) {
	case 0: return_anywhere(); break;
	case 1: system_call(); break;
	case 2: gate_anywhere(); break;
	default: __asm__ volatile("jmp *%0" : : "r"(nowhere()));
	}
}
