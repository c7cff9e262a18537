/*
 * tests/guest/lib/guest.h - runtime of the guest images
 *
 * An image has a main() that makes claims; done() prints the verdict and
 * leaves.  TRY() runs instructions that may fault: it returns the vector, or
 * NONE, and trap has what was pushed.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selectors.h"

typedef unsigned long ulong;

#define BIT(n)		(1ull << (n))
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096ul
#define NONE		(-1)

enum {
	DE, DB, NMI, BP, OF, BR, UD, NM, DF, TS = 10, NP, SS, GP, PF, MF = 16, AC, MC, XF
};
enum { FL_CF = 1, FL_PF = 4, FL_ZF = 0x40, FL_TF = 0x100, FL_IF = 0x200, FL_DF = 0x400,
	FL_IOPL = 0x3000, FL_NT = 0x4000, FL_RF = 0x10000, FL_VM = 0x20000, FL_AC = 0x40000,
	FL_VIF = 0x80000, FL_VIP = 0x100000, FL_ID = 0x200000 };

/* ---- verdict ---- */

/* The name, a claim, is all the comparison of machines goes by: no addresses. */
void	claim(bool ok, const char *name, ...) __attribute__((format(printf, 2, 3)));
void	expect(ulong got, ulong want, const char *name, ...)
	    __attribute__((format(printf, 3, 4)));
void	print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	vprint(const char *fmt, va_list ap);
/* "ok NAME" is printed, too. */
extern bool report_passes;
/* Counts a claim made otherwise; true if it is to be printed. */
bool	claim_counts(bool ok);
void	done(void) __attribute__((noreturn));
void	skip(const char *why) __attribute__((noreturn));
/* The number behind NAME= on the command line, or otherwise. */
unsigned argument(const char *name, unsigned otherwise);
/* Says that a reset is what must happen next. */
void	expect_reset(void);
/* If it does not. */
void	quit(unsigned verdict) __attribute__((noreturn));
const char *vector_name(int vector);

/* ---- traps ---- */

struct regs {			/* as trap.S pushes them */
	ulong	di, si, bp, sp_, bx, dx, cx, ax;
#ifdef __x86_64__
	ulong	r8, r9, r10, r11, r12, r13, r14, r15;
#else
	ulong	gs, fs, es, ds;
#endif
};

struct trap {
	int		vector;
	ulong		error, ip, cs, flags, sp, ss;	/* sp also without a switch */
	ulong		cr2, dr6;
	ulong		at;		/* address of the pushed error code or rip */
	unsigned	count;		/* traps since TRY() began */
	struct regs	regs;
};

extern volatile struct trap trap;
/* True: return to t->ip (flags, cs and registers as changed in *t). */
extern bool (*trap_hook)(struct trap *t);

extern ulong try_sp, try_bp, try_ip, user_flags;

#define XSTR_(x)	#x
#define XSTR(x)		XSTR_(x)
#define OPERANDS(...)	__VA_ARGS__
#define ASM_RETURN	"int $" XSTR(RETURN_VECTOR) "\n"

#ifdef __x86_64__
#define TRY_ENTER	"movq %%rsp, try_sp\n movq %%rbp, try_bp\n movq $97f, try_ip\n"
#define TRY_LEAVE	"\n97: movq $0, try_ip\n"
#define AT_LEVEL(cs, ss) \
	"pushq $" XSTR(ss) "\n pushq try_sp\n pushq user_flags\n pushq $" XSTR(cs) \
	"\n pushq $96f\n iretq\n 96:\n"
#define CODE32		".code32\n"
#define CODE64		".code64\n"
#define UCS		UCS64
#define KCS		KCS64
#else
#define TRY_ENTER	"movl %%esp, try_sp\n movl %%ebp, try_bp\n movl $97f, try_ip\n"
#define TRY_LEAVE	"\n97: movl $0, try_ip\n"
#define AT_LEVEL(cs, ss) \
	"pushl $" XSTR(ss) "\n pushl try_sp\n pushl user_flags\n pushl $" XSTR(cs) \
	"\n pushl $96f\n iretl\n 96:\n"
#define CODE32
#define CODE64
#define UCS		UCS32
#define KCS		KCS32
#endif

#define TRYX(text, out, in, ...) ({ \
	trap.vector = NONE; \
	trap.count = 0; \
	asm volatile(TRY_ENTER text TRY_LEAVE : out : in : "memory", "cc", ##__VA_ARGS__); \
	trap.vector; })
/* Instructions with inputs only that change no register. */
#define TRY(text, ...)	TRYX(text, , OPERANDS(__VA_ARGS__))
#define USERX(text, out, in, ...) \
	TRYX(AT_LEVEL(UCS, UDS) text "\n" ASM_RETURN, OPERANDS(out), OPERANDS(in), ##__VA_ARGS__)
#define USER(text, ...)	USERX(text, , OPERANDS(__VA_ARGS__))
/* Compatibility mode of a 64-bit image, CPL 3 and 0. */
#define USER32X(text, out, in, ...) \
	TRYX(AT_LEVEL(UCS32, UDS) CODE32 text "\n" ASM_RETURN CODE64, OPERANDS(out), \
	    OPERANDS(in), ##__VA_ARGS__)
#define USER32(text, ...)	USER32X(text, , OPERANDS(__VA_ARGS__))
#define COMPATX(text, out, in, ...) \
	TRYX(AT_LEVEL(KCS32, KDS) CODE32 text "\n" ASM_RETURN CODE64, OPERANDS(out), \
	    OPERANDS(in), ##__VA_ARGS__)
#define COMPAT(text, ...)	COMPATX(text, , OPERANDS(__VA_ARGS__))

void	expect_trap(int got, int want, const char *name, ...)
	    __attribute__((format(printf, 3, 4)));

/* ---- descriptors ---- */

extern uint64_t gdt[512];

enum {				/* access bytes */
	D_DATA_RO = 0x90, D_DATA = 0x92, D_DOWN_RO = 0x94, D_DOWN = 0x96, D_CODE_XO = 0x98,
	D_CODE = 0x9a, D_CONF_XO = 0x9c, D_CONF = 0x9e, D_ACCESSED = 1, D_DPL3 = 0x60,
	D_LDT = 0x82, D_TASKGATE = 0x85, D_TSS = 0x89, D_TSS_BUSY = 0x8b, D_CALL16 = 0x84,
	D_CALLGATE = 0x8c, D_INTGATE = 0x8e, D_TRAPGATE = 0x8f, D_TSS16 = 0x81,
	D_INT16 = 0x86, D_TRAP16 = 0x87, D_PRESENT = 0x80
};
enum { F_AVL = 1, F_L = 2, F_B = 4, F_G = 8 };

static inline uint64_t
seg_desc(uint32_t base, uint32_t limit, unsigned access, unsigned flags)
{
	return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)access << 40 |
	    (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)flags << 52 |
	    (uint64_t)(base >> 24) << 56;
}

#define FLAT	0, 0xfffff
static inline uint64_t
gate_desc(ulong to, unsigned sel, unsigned access, unsigned count)
{
	return (to & 0xffff) | (uint64_t)sel << 16 | (uint64_t)(count & 0xff) << 32 |
	    (uint64_t)access << 40 | (uint64_t)(to >> 16 & 0xffff) << 48;
}

void	set_gdt(unsigned sel, uint64_t desc);
/* System descriptors and gates, 16 bytes in long mode. */
void	set_gdt_sys(unsigned sel, uint64_t lo, uint64_t hi);
/* to NULL: the default; flags: IST (64-bit). */
void	set_idt(unsigned vector, void *to, unsigned sel, unsigned access, unsigned ist);
void	*trap_stub(unsigned vector);
void	reset_idt(unsigned vector);
extern uint64_t idt[512];
struct pointer { uint16_t limit; ulong base; } __attribute__((packed));
extern struct pointer gdt_pointer, idt_pointer;

#ifdef __x86_64__
struct tss {
	uint32_t	reserved0;
	uint64_t	sp[3], reserved1, ist[7], reserved2;
	uint16_t	reserved3, iomap;
	uint8_t		io[8193];
} __attribute__((packed));
#define TSS_IST(n)	ist[(n) - 1]
#else
struct tss {
	uint32_t	link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	uint32_t	eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t	es, cs, ss, ds, fs, gs, ldt;
	uint16_t	t, iomap;
	uint8_t		redirect[32];	/* of INT n in virtual-8086 mode */
	uint8_t		io[8193];
} __attribute__((packed));
#endif
extern struct tss tss;
extern uint8_t kernel_stack[16384], other_stack[16384];
void	load_tss(void);		/* again, not busy */

/* ---- processor ---- */

static inline void outb(uint16_t p, uint8_t v) { asm volatile("outb %0, %1" :: "a"(v), "Nd"(p)); }
static inline void outw(uint16_t p, uint16_t v) { asm volatile("outw %0, %1" :: "a"(v), "Nd"(p)); }
static inline void outl(uint16_t p, uint32_t v) { asm volatile("outl %0, %1" :: "a"(v), "Nd"(p)); }
static inline uint8_t
inb(uint16_t p)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(p));
	return v;
}

static inline uint16_t
inw(uint16_t p)
{
	uint16_t v;

	asm volatile("inw %1, %0" : "=a"(v) : "Nd"(p));
	return v;
}

static inline uint32_t
inl(uint16_t p)
{
	uint32_t v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(p));
	return v;
}


#define CR_ACCESS(n) \
	static inline ulong read_cr##n(void) \
	{ ulong v; asm volatile("mov %%cr" #n ", %0" : "=r"(v)); return v; } \
	static inline void write_cr##n(ulong v) \
	{ asm volatile("mov %0, %%cr" #n :: "r"(v) : "memory"); }
CR_ACCESS(0)
CR_ACCESS(2)
CR_ACCESS(3)
CR_ACCESS(4)
#define DR_ACCESS(n) \
	static inline ulong read_dr##n(void) \
	{ ulong v; asm volatile("mov %%dr" #n ", %0" : "=r"(v)); return v; } \
	static inline void write_dr##n(ulong v) \
	{ asm volatile("mov %0, %%dr" #n :: "r"(v) : "memory"); }
DR_ACCESS(0)
DR_ACCESS(1)
DR_ACCESS(2)
DR_ACCESS(3)
DR_ACCESS(6)
DR_ACCESS(7)

static inline uint64_t
rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void
wrmsr(uint32_t msr, uint64_t v)
{
	asm volatile("wrmsr" :: "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

static inline uint64_t
rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline void invlpg(ulong va) { asm volatile("invlpg (%0)" :: "r"(va) : "memory"); }
static inline void sti(void) { asm volatile("sti" ::: "memory"); }
static inline void cli(void) { asm volatile("cli" ::: "memory"); }
static inline void sti_hlt_cli(void) { asm volatile("sti; hlt; cli" ::: "memory"); }

static inline ulong
read_flags(void)
{
	ulong v;

	asm volatile("pushf; pop %0" : "=r"(v));
	return v;
}

static inline void
write_flags(ulong v)
{
	asm volatile("push %0; popf" :: "r"(v) : "memory", "cc");
}

int	try_wrmsr(uint32_t msr, uint64_t v);
int	try_rdmsr(uint32_t msr, uint64_t *v);
int	try_cr0(ulong v);
int	try_cr3(ulong v);
int	try_cr4(ulong v);

struct cpuid { uint32_t a, b, c, d; };
struct cpuid cpuid(uint32_t leaf, uint32_t sub);
enum feature {			/* leaf index, register, bit */
#define FEAT(leaf, reg, bit) ((leaf) << 8 | (reg) << 5 | (bit))
	HAS_FPU = FEAT(0, 3, 0), HAS_VME = FEAT(0, 3, 1), HAS_DE = FEAT(0, 3, 2),
	HAS_PSE = FEAT(0, 3, 3), HAS_TSC = FEAT(0, 3, 4), HAS_MSR = FEAT(0, 3, 5),
	HAS_PAE = FEAT(0, 3, 6), HAS_APIC = FEAT(0, 3, 9), HAS_SEP = FEAT(0, 3, 11),
	HAS_PGE = FEAT(0, 3, 13), HAS_PSE36 = FEAT(0, 3, 17), HAS_SSE2 = FEAT(0, 3, 26),
	HAS_FXSR = FEAT(0, 3, 24),
	HAS_PCID = FEAT(0, 2, 17), HAS_X2APIC = FEAT(0, 2, 21), HAS_DEADLINE = FEAT(0, 2, 24),
	HAS_XSAVE = FEAT(0, 2, 26), HAS_CX16 = FEAT(0, 2, 13), HAS_MONITOR = FEAT(0, 2, 3),
	HAS_RDRAND = FEAT(0, 2, 30),
	HAS_FSGSBASE = FEAT(1, 1, 0), HAS_SMEP = FEAT(1, 1, 7), HAS_INVPCID = FEAT(1, 1, 10),
	HAS_SMAP = FEAT(1, 1, 20), HAS_UMIP = FEAT(1, 2, 2),
	HAS_SYSCALL = FEAT(2, 3, 11), HAS_NX = FEAT(2, 3, 20), HAS_1G = FEAT(2, 3, 26),
	HAS_RDTSCP = FEAT(2, 3, 27), HAS_LM = FEAT(2, 3, 29), HAS_FFXSR = FEAT(2, 3, 25)
};
bool	has(enum feature f);
bool	is_amd(void);

enum { MSR_TSC = 0x10, MSR_APIC_BASE = 0x1b, MSR_SYSENTER_CS = 0x174, MSR_SYSENTER_ESP,
	MSR_SYSENTER_EIP, MSR_PAT = 0x277, MSR_DEADLINE = 0x6e0 };
#define MSR_EFER	0xc0000080u
#define MSR_STAR	0xc0000081u
#define MSR_LSTAR	0xc0000082u
#define MSR_CSTAR	0xc0000083u
#define MSR_SFMASK	0xc0000084u
#define MSR_FS_BASE	0xc0000100u
#define MSR_GS_BASE	0xc0000101u
#define MSR_KGS_BASE	0xc0000102u
#define MSR_TSC_AUX	0xc0000103u
enum { EFER_SCE = 1, EFER_LME = 0x100, EFER_LMA = 0x400, EFER_NXE = 0x800 };
#define CR0_PE	1ul
#define CR0_MP	2ul
#define CR0_EM	4ul
#define CR0_TS	8ul
#define CR0_NE	0x20ul
#define CR0_WP	0x10000ul
#define CR0_AM	0x40000ul
#define CR0_NW	0x20000000ul
#define CR0_CD	0x40000000ul
#define CR0_PG	0x80000000ul
enum { CR4_VME = 1, CR4_PVI = 2, CR4_TSD = 4, CR4_DE = 8, CR4_PSE = 0x10, CR4_PAE = 0x20,
	CR4_MCE = 0x40, CR4_PGE = 0x80, CR4_PCE = 0x100, CR4_OSFXSR = 0x200,
	CR4_OSXMMEXCPT = 0x400, CR4_UMIP = 0x800, CR4_FSGSBASE = 0x10000,
	CR4_PCIDE = 0x20000, CR4_OSXSAVE = 0x40000, CR4_SMEP = 0x100000,
	CR4_SMAP = 0x200000 };

/* ---- memory ---- */

void	*memset(void *p, int c, size_t n);
void	*memcpy(void *to, const void *from, size_t n);
int	memcmp(const void *a, const void *b, size_t n);
void	*page_alloc(void);	/* zeroed, never freed */

enum { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_PWT = 8, PTE_PCD = 0x10, PTE_A = 0x20,
	PTE_D = 0x40, PTE_PS = 0x80, PTE_G = 0x100 };
#define PTE_NX	BIT(63)

#ifdef __x86_64__
/* The entry of va at level (1: 4K page table .. 4), tables made on the way. */
uint64_t *pte_at(ulong va, unsigned level);
#define VA_FREE	0x8000000000ul	/* nothing is mapped from here on */
/* Maps a 4K page anew and invalidates. */
uint64_t *map(ulong va, ulong pa, uint64_t flags);
#endif

/* ---- real mode, 32-bit images: lib/realmode.S ---- */

struct real_state {
	uint32_t	ax, bx, cx, dx, si, di;		/* in and out */
	uint32_t	flags, sp;			/* out */
	uint32_t	vector, ip, cs, pushed_flags;	/* of an exception; or vector NONE */
	uint16_t	ds, es, fs, gs;			/* out */
};
extern volatile struct real_state real_state;	/* in low memory */
#define REAL		((volatile struct real_state *)&real_state)
void	real_init(void);
/* Runs 16-bit code of section .real with a near call, stack 0:7c00h. */
int	real_call(void (*fn)(void));
/* Begin and end of a top-level asm with 16-bit code. */
#define REAL_CODE(text) \
	asm(".pushsection .real, \"awx\"\n.code16\n" text "\n.code32\n.popsection\n")

#endif
