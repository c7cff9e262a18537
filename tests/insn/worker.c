/*
 * tests/insn/worker.c - runs instructions on the host's processor
 *
 * Built twice, 64-bit and 32-bit, without a C library: no thread-local storage,
 * so FS and GS belong to the instruction under test.  There is one signal
 * handler and nothing else: it takes the state out of the signal frame, puts
 * the next case's state into it and returns.  The instruction runs with TF set
 * (or, for whole repetitions, up to an INT3), so every case ends in a signal.
 * The handler is compiled with general registers only and switches the
 * instruction's AC, NT and ID off before it touches memory.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "tests/insn/case.h"

#ifdef __x86_64__
#define SHARED_AT	0x300000000000ul
#define FAR_AT		FAR64_AT
#define GS_BASE		GS_BASE64
#define FX_OFFSET	0
#else
#define SHARED_AT	0x50000000ul
#define FAR_AT		FAR32_AT
#define GS_BASE		GS_BASE32
#define FX_OFFSET	112		/* behind the FSAVE image */
#endif
#define FXSAVE_BYTES	512
#define FX_OURS		416		/* behind it is the kernel's part: */
#define FX_MAGIC	464

/* Handler's view of the file: everything writable, beside the windows. */
static struct shared *const shared = (struct shared *)SHARED_AT;
static uint8_t *const code = (uint8_t *)(SHARED_AT + FILE_CODE);
static uint8_t *const arena = (uint8_t *)(SHARED_AT + FILE_ARENA);

static uint32_t buffer, count, at;
static uint8_t alt_stack[65536] __attribute__((aligned(64)));

/* ---- the kernel ---- */

struct kernel_sigaction {
	void		*handler;
	unsigned long	flags;
	void		*restorer;
	uint64_t	mask;
};
#ifndef SA_RESTORER
#define SA_RESTORER	0x04000000
#endif

#ifdef __x86_64__
static long
call6(long n, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
    unsigned long e, unsigned long f)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	register unsigned long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
	    : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return ret;
}

__asm__(
	".globl _start\n"
	"_start:	xor %ebp, %ebp\n"
	"	call worker_main\n"
	"handler_entry:\n"
	"	pushq $2\n"
	"	popfq\n"
	"	jmp on_signal\n"
	"restorer:\n"
	"	mov $15, %eax\n"		/* rt_sigreturn */
	"	syscall\n");
#else
/* In assembly: EBP is the sixth argument. */
long	call6(long n, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
	    unsigned long e, unsigned long f);
__asm__(
	"call6:	pushl %ebp\n"
	"	pushl %ebx\n"
	"	pushl %esi\n"
	"	pushl %edi\n"
	"	movl 20(%esp), %eax\n"
	"	movl 24(%esp), %ebx\n"
	"	movl 28(%esp), %ecx\n"
	"	movl 32(%esp), %edx\n"
	"	movl 36(%esp), %esi\n"
	"	movl 40(%esp), %edi\n"
	"	movl 44(%esp), %ebp\n"
	"	int $0x80\n"
	"	popl %edi\n"
	"	popl %esi\n"
	"	popl %ebx\n"
	"	popl %ebp\n"
	"	ret\n");

__asm__(
	".globl _start\n"
	"_start:	xor %ebp, %ebp\n"
	"	call worker_main\n"
	"handler_entry:\n"
	"	pushl $2\n"
	"	popfl\n"
	"	jmp on_signal\n"
	"restorer:\n"
	"	mov $173, %eax\n"		/* rt_sigreturn */
	"	int $0x80\n");
#endif
extern char handler_entry[], restorer[];
void	worker_main(void) __attribute__((noreturn, used));
void	on_signal(int sig, siginfo_t *si, ucontext_t *uc) __attribute__((used));

static void __attribute__((noreturn))
quit(int status)
{
	for (;;)
		call6(__NR_exit, (unsigned long)status, 0, 0, 0, 0, 0);
}

static void
must(long ret, int status)
{
	if (ret < 0 && ret > -4096)
		quit(status);
}

static void
map(unsigned long where, unsigned long len, int prot, unsigned long off)
{
#ifdef __x86_64__
	must(call6(__NR_mmap, where, len, (unsigned long)prot, MAP_SHARED | MAP_FIXED_NOREPLACE |
	    MAP_POPULATE, WORKER_FILE_FD, off), 10);
#else
	must(call6(__NR_mmap2, where, len, (unsigned long)prot, MAP_SHARED | MAP_FIXED_NOREPLACE |
	    MAP_POPULATE, WORKER_FILE_FD, off / CASE_PAGE), 10);
#endif
}

static void
transfer(int nr, int fd, struct batch_msg *m)
{
	long n;

	do {
		n = call6(nr, (unsigned long)fd, (unsigned long)m, sizeof(*m), 0, 0, 0);
	} while (n == -4);			/* EINTR */
	if (n != sizeof(*m))
		quit(0);			/* the parent is gone */
}

/* ---- memory, by general registers ---- */

/* The compiler may call these two. */
void	*memcpy(void *to, const void *from, unsigned long n);
void	*memset(void *to, int byte, unsigned long n);

static void
copy(void *to, const void *from, unsigned long n)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void
fill(void *to, uint8_t byte, unsigned long n)
{
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
}

void *
memcpy(void *to, const void *from, unsigned long n)
{
	copy(to, from, n);
	return to;
}

void *
memset(void *to, int byte, unsigned long n)
{
	fill(to, (uint8_t)byte, n);
	return to;
}

/* Finds [*lo, *hi), aligned to words, outside of which arena and template are
 * the same; false if nothing changed. */
static int
find_changes(uint32_t *lo, uint32_t *hi)
{
	const unsigned long *now = (const unsigned long *)arena;
	const unsigned long *was = (const unsigned long *)shared->arena;
	uint32_t first = 0, last = ARENA_BYTES / sizeof(*now);

	while (first < last && now[first] == was[first])
		first++;
	if (first == last)
		return 0;
	while (now[last - 1] == was[last - 1])
		last--;
	*lo = first * sizeof(*now);
	*hi = last * sizeof(*now);
	return 1;
}

/* The arena's changes; puts the template back. */
static void
take_changes(struct outcome *o)
{
	o->lo = o->hi = 0;
	if (!find_changes(&o->lo, &o->hi))
		return;
	while (arena[o->lo] == shared->arena[o->lo])
		o->lo++;
	while (arena[o->hi - 1] == shared->arena[o->hi - 1])
		o->hi--;
	copy(o->change, arena + o->lo, o->hi - o->lo);
	copy(arena + o->lo, shared->arena + o->lo, o->hi - o->lo);
}

/* ---- the signal frame ---- */

#ifdef __x86_64__
static const uint8_t reg_of[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15
};
#define REGS		16
#define REG_IP		REG_RIP
#define CR2_OF(mc)	((uint64_t)(mc)->gregs[REG_CR2])
#define IN(v)		((greg_t)(v))

static void
get_bases(struct case_regs *r)
{
	if (!shared->has_fsgsbase)
		return;
	__asm__ volatile("rdfsbase %0" : "=r"(r->fs_base));
	__asm__ volatile("rdgsbase %0" : "=r"(r->gs_base));
}

static void
set_bases(const struct case_regs *r)
{
	if (!shared->has_fsgsbase)
		return;
	__asm__ volatile("wrfsbase %0" : : "r"(r->fs_base));
	__asm__ volatile("wrgsbase %0" : : "r"(r->gs_base));
}
#else
/* The stack pointer at the time of the signal is REG_ESP; sigreturn takes it
 * from there too. */
static const uint8_t reg_of[8] = {
	REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI
};
#define REGS		8
#define REG_IP		REG_EIP
#define CR2_OF(mc)	((uint64_t)(uint32_t)(mc)->cr2)
#define IN(v)		((greg_t)(uint32_t)(v))

static void get_bases(struct case_regs *r) { (void)r; }
static void set_bases(const struct case_regs *r) { (void)r; }

/* The kernel takes the x87 state from the FSAVE image in front of the FXSAVE
 * image: 28 bytes of environment, eight registers of 10. */
static void
put_fsave(struct _libc_fpstate *fs, const uint8_t *fx)
{
	uint32_t tags = fx[4], full = 0, i;

	for (i = 0; i < 8; i++) {
		full |= (tags >> i & 1 ? 0u : 3u) << 2 * i;
		copy((uint8_t *)fs + 28 + 10 * i, fx + 32 + 16 * i, 10);
	}
	fs->cw = 0xffff0000ul | fx[0] | (unsigned long)fx[1] << 8;
	fs->sw = 0xffff0000ul | fx[2] | (unsigned long)fx[3] << 8;
	fs->tag = 0xffff0000ul | full;
	fs->ipoff = fs->cssel = fs->dataoff = fs->datasel = 0;
}
#endif

static void
take(const ucontext_t *uc, struct outcome *o)
{
	const mcontext_t *mc = &uc->uc_mcontext;
	unsigned i;

	for (i = 0; i < REGS; i++)
		o->regs.gpr[i] = sizeof(greg_t) == 4 ? (uint32_t)mc->gregs[reg_of[i]] :
		    (uint64_t)mc->gregs[reg_of[i]];
	o->regs.rip = sizeof(greg_t) == 4 ? (uint32_t)mc->gregs[REG_IP] :
	    (uint64_t)mc->gregs[REG_IP];
	o->regs.rflags = (uint64_t)(uint32_t)mc->gregs[REG_EFL];
	copy(o->regs.fx, (const uint8_t *)mc->fpregs + FX_OFFSET, FXSAVE_BYTES);
	get_bases(&o->regs);
	o->vector = (uint32_t)mc->gregs[REG_TRAPNO];
	o->error = (uint32_t)mc->gregs[REG_ERR];
	o->cr2 = CR2_OF(mc);
	take_changes(o);
}

static void
put(ucontext_t *uc, const struct insn_case *c)
{
	mcontext_t *mc = &uc->uc_mcontext;
	uint8_t *fx = (uint8_t *)mc->fpregs + FX_OFFSET;
	unsigned i;

	for (i = 0; i < REGS; i++)
		mc->gregs[reg_of[i]] = IN(c->regs.gpr[i]);
	mc->gregs[REG_IP] = IN(c->regs.rip);
	mc->gregs[REG_EFL] = IN(c->regs.rflags);
	copy(fx, c->regs.fx, FX_OURS);
	/* In an XSAVE image XSTATE_BV says that x87 and SSE are to be loaded. */
	if (*(const uint32_t *)(fx + FX_MAGIC) == FP_XSTATE_MAGIC1)
		fx[FXSAVE_BYTES] |= 3;
#ifndef __x86_64__
	put_fsave(mc->fpregs, c->regs.fx);
#endif
	set_bases(&c->regs);
	fill(code, CODE_FILL, CODE_BYTES);
	copy(code + c->code_off, c->code, c->code_len);
	copy(arena + c->patch_at, c->patch, c->patch_len);
}

static void
next_batch(void)
{
	struct batch_msg m = { buffer, count };

	transfer(__NR_write, 1, &m);
	transfer(__NR_read, 0, &m);
	buffer = m.buffer;
	count = m.count;
	at = 0;
}

void
on_signal(int sig, siginfo_t *si, ucontext_t *uc)
{
	(void)sig;
	(void)si;
	if (count)
		take(uc, &shared->cases[buffer][at++].host);
	while (at == count)
		next_batch();
	shared->current = at;
	put(uc, &shared->cases[buffer][at]);
}

/* ---- start ---- */

static void
map_windows(void)
{
	map(SHARED_AT, FILE_BYTES, PROT_READ | PROT_WRITE, 0);
	map(CODE_AT, CODE_BYTES, PROT_READ | PROT_EXEC, FILE_CODE);
	map(DATA_AT, WINDOW_BYTES, PROT_READ | PROT_WRITE, FILE_ARENA);
	map(DATA_AT + WINDOW_BYTES, CASE_PAGE, PROT_READ, offsetof(struct shared, readonly));
	map(FAR_AT, WINDOW_BYTES, PROT_READ | PROT_WRITE, FILE_ARENA + WINDOW_BYTES);
	map(FAR_AT + WINDOW_BYTES, CASE_PAGE, PROT_READ, offsetof(struct shared, readonly));
}

#ifdef __x86_64__
static void
set_segments(void)
{
	must(call6(__NR_arch_prctl, ARCH_SET_FS, FS_BASE, 0, 0, 0, 0), 11);
	must(call6(__NR_arch_prctl, ARCH_SET_GS, GS_BASE, 0, 0, 0, 0), 11);
}
#else
static unsigned
make_segment(uint32_t base, uint32_t limit)
{
	struct user_desc d = { 0 };

	d.entry_number = ~0u;
	d.base_addr = base;
	d.limit = limit;
	d.seg_32bit = 1;
	d.useable = 1;
	must(call6(__NR_set_thread_area, (unsigned long)&d, 0, 0, 0, 0, 0), 11);
	return d.entry_number * 8 + 3;
}

static void
set_segments(void)
{
	__asm__ volatile("mov %0, %%fs" : : "r"(make_segment(FS_BASE, FS_LIMIT32)));
	__asm__ volatile("mov %0, %%gs" : : "r"(make_segment(GS_BASE, GS_LIMIT32)));
}
#endif

static void
set_handlers(void)
{
	static const uint8_t signals[] = { SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGSYS };
	stack_t ss = { .ss_sp = alt_stack, .ss_size = sizeof(alt_stack) };
	struct kernel_sigaction sa = {
		.handler = handler_entry,
		.flags = SA_SIGINFO | SA_ONSTACK | SA_RESTORER,
		.restorer = restorer,
	};
	unsigned i;

	must(call6(__NR_sigaltstack, (unsigned long)&ss, 0, 0, 0, 0, 0), 12);
	for (i = 0; i < sizeof(signals); i++)
		must(call6(__NR_rt_sigaction, signals[i], (unsigned long)&sa, 0, 8, 0, 0), 13);
}

#define SELECTOR(reg) \
	do { \
		__asm__ volatile("movl %%" #reg ", %0" : "=r"(selector)); \
		shared->reg = selector & 0xffff; \
	} while (0)

void
worker_main(void)
{
	uint32_t selector;

	map_windows();
	set_segments();
	set_handlers();
	SELECTOR(cs);
	SELECTOR(ss);
	SELECTOR(ds);
	SELECTOR(es);
	SELECTOR(fs);
	SELECTOR(gs);
	for (;;)
		__asm__ volatile("int3");
}
