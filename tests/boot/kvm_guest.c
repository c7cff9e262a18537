/*
 * tests/boot/kvm_guest.c - what /dev/kvm in our guest can run
 *
 * A small program on Linux's KVM: a virtual machine in real, protected and long
 * mode, each with accesses to ports and to memory that is not there, and the
 * log of written pages.  Prints a line per claim and "kvm: all N hold" or
 * "kvm: FAILED".  Linux, Documentation/virt/kvm/api.rst.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MEMORY		0x400000ul	/* at 0, but for a hole */
#define HOLE		0xa0000ul
#define HOLE_END	0x100000ul
#define CODE		0x1000ul
#define TABLES		0x200000ul	/* page tables of long mode */
#define PORT		0x510
#define ROUNDS		2000

static int kvm, vm, vcpu;
static uint8_t *memory;
static struct kvm_run *run;
static unsigned claims;
static bool failed;

static void
claim(bool ok, const char *fmt, ...)
{
	va_list ap;

	claims++;
	failed |= !ok;
	printf("kvm: %s ", ok ? "ok" : "NOT");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static void
die(const char *what)
{
	perror(what);
	printf("kvm: FAILED\n");
	exit(1);
}

static int
ask(int fd, unsigned long what, void *arg, const char *name)
{
	int r = ioctl(fd, what, arg);

	if (r < 0)
		die(name);
	return r;
}
#define ASK(fd, what, arg) ask(fd, what, (void *)(uintptr_t)(arg), #what)

/* ---- guest code; each ends in HLT ---- */

#define GUEST(name, text) \
	extern const uint8_t name[], name##_end[]; \
	asm(".pushsection .rodata\n .globl " #name ", " #name "_end\n" #name ":\n" \
	    text "\n" #name "_end:\n .code64\n .popsection")

/* Reads a port, writes the sum to video memory and reads it back. */
GUEST(real_code, ".code16\n"
    "mov $0x510, %dx\n in %dx, %al\n add $7, %al\n out %al, %dx\n"
    "mov $0xb800, %bx\n mov %bx, %es\n movw $0x1234, %es:2\n mov %es:4, %cx\n"
    "hlt");
GUEST(protected_code, ".code32\n"
    "mov $0x510, %edx\n in %dx, %eax\n not %eax\n out %eax, %dx\n"
    "movl $0xcafe, 0xfee10000\n mov 0xfee10004, %ecx\n"
    "mov $0x20000, %edi\n mov $4096, %ecx\n mov $0x5a5a5a5a, %eax\n rep stosl\n"
    "hlt");
/* Two-level tables at 200000h, 4-Mbyte page 0. */
GUEST(paged_code, ".code32\n"
    "movl $0x83, 0x200000\n mov $0x200000, %eax\n mov %eax, %cr3\n"
    "mov %cr4, %eax\n or $0x10, %eax\n mov %eax, %cr4\n"
    "mov %cr0, %eax\n or $0x80000000, %eax\n mov %eax, %cr0\n jmp 1f\n 1:\n"
    "movl $77, 0x30000\n mov 0x30000, %ecx\n"
    "mov %cr0, %eax\n and $0x7fffffff, %eax\n mov %eax, %cr0\n"
    "hlt");
/* Writes three pages, takes an exception through its own table. */
GUEST(long_code, ".code64\n"
    "movq $1, 0x300000\n movq $2, 0x302010\n movb $3, 0x305fff\n"
    "ud2\n"
    "mov $0x510, %edx\n in %dx, %ax\n add $1, %ax\n out %ax, %dx\n"
    "mov $0xb8000, %rbx\n mov %rdi, (%rbx)\n mov 8(%rbx), %rcx\n"
    "mov $0x301000, %rsi\n movl $0x64636261, (%rsi)\n mov $4, %ecx\n cld\n rep outsb\n"
    "hlt\n");
GUEST(long_ud, ".code64\n addq $2, (%rsp)\n mov $0x1111222233334444, %rdi\n iretq");
GUEST(long_loop, ".code64\n 1: out %al, %dx\n dec %ecx\n jnz 1b\n hlt");

static void
load(unsigned long at, const uint8_t *code, const uint8_t *end)
{
	memcpy(memory + at, code, (size_t)(end - code));
}

/* ---- the machine ---- */

static void
add_memory(unsigned slot, unsigned long from, unsigned long to, unsigned flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = from,
		.memory_size = to - from, .userspace_addr = (uintptr_t)memory + from
	};

	ASK(vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static void
give_cpuid(void)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + 100 * sizeof(c->entries[0]));

	c->nent = 100;
	ASK(kvm, KVM_GET_SUPPORTED_CPUID, c);
	ASK(vcpu, KVM_SET_CPUID2, c);
	free(c);
}

static void
new_machine(void)
{
	int size = ASK(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vm = ASK(kvm, KVM_CREATE_VM, 0);
	memset(memory, 0, MEMORY);
	add_memory(0, 0, HOLE, 0);
	add_memory(1, HOLE_END, MEMORY, KVM_MEM_LOG_DIRTY_PAGES);
	vcpu = ASK(vm, KVM_CREATE_VCPU, 0);
	give_cpuid();
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		die("mmap");
}

static void
end_machine(void)
{
	munmap(run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	close(vcpu);
	close(vm);
}

static void
flat(struct kvm_segment *s, unsigned type, bool l, bool db)
{
	*s = (struct kvm_segment){
		.limit = 0xffffffff, .selector = type & 8 ? 8 : 16, .type = (uint8_t)type,
		.present = 1, .s = 1, .g = 1, .l = l, .db = db
	};
}

static void
start(unsigned long rip, bool pe, bool lm)
{
	struct kvm_regs r = { .rip = rip, .rflags = 2, .rsp = 0x8000 };
	struct kvm_sregs s;

	ASK(vcpu, KVM_GET_SREGS, &s);
	s.cs.base = s.cs.selector = 0;
	if (pe) {
		flat(&s.cs, 11, lm, !lm);
		flat(&s.ds, 3, false, true);
		s.es = s.ss = s.ds;
		s.cr0 |= 1;
	}
	if (lm) {
		s.cr0 |= 0x80000000;
		s.cr3 = TABLES;
		s.cr4 |= 0x20;
		s.efer |= 0x500;
		s.idt.base = 0x4000;
		s.idt.limit = 0xfff;
		s.gdt.base = 0x5000;
		s.gdt.limit = 0x17;
	}
	ASK(vcpu, KVM_SET_SREGS, &s);
	ASK(vcpu, KVM_SET_REGS, &r);
}

static struct kvm_regs
regs(void)
{
	struct kvm_regs r;

	ASK(vcpu, KVM_GET_REGS, &r);
	return r;
}

/* ---- exits ---- */

static bool
goes_on(void)
{
	ASK(vcpu, KVM_RUN, 0);
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		printf("kvm: suberror %u\n", run->internal.suberror);
	return run->exit_reason != KVM_EXIT_HLT;
}

/* The guest reads v, size bytes. */
static void
port_in(const char *mode, unsigned size, uint32_t v)
{
	bool ok = goes_on() && run->exit_reason == KVM_EXIT_IO &&
	    run->io.direction == KVM_EXIT_IO_IN && run->io.port == PORT && run->io.size == size;

	claim(ok, "%s: port is read, %u bytes (exit %u)", mode, size, run->exit_reason);
	if (ok)
		memcpy((uint8_t *)run + run->io.data_offset, &v, size);
}

static void
port_out(const char *mode, unsigned size, uint32_t want)
{
	uint32_t v = 0;
	bool ok = goes_on() && run->exit_reason == KVM_EXIT_IO &&
	    run->io.direction == KVM_EXIT_IO_OUT && run->io.port == PORT && run->io.size == size;

	if (ok)
		memcpy(&v, (uint8_t *)run + run->io.data_offset, size);
	claim(ok && v == want, "%s: port is written: %#x", mode, v);
}

static void
mmio(const char *mode, uint64_t at, unsigned size, bool write, uint64_t v)
{
	uint64_t got = 0;
	bool ok = goes_on() && run->exit_reason == KVM_EXIT_MMIO &&
	    run->mmio.phys_addr == at && run->mmio.len == size && !run->mmio.is_write == !write;

	if (ok && write)
		memcpy(&got, run->mmio.data, size);
	if (ok && !write)
		memcpy(run->mmio.data, &v, size);
	claim(ok && (!write || got == v), "%s: %s of %u bytes at %#llx (exit %u)", mode,
	    write ? "store" : "load", size, (unsigned long long)at, run->exit_reason);
}

static void
halts(const char *mode)
{
	claim(!goes_on(), "%s: halts (exit %u)", mode, run->exit_reason);
}

/* ---- modes ---- */

static void
real_mode(void)
{
	new_machine();
	load(CODE, real_code, real_code_end);
	start(CODE, false, false);
	port_in("real", 1, 0x21);
	port_out("real", 1, 0x28);
	mmio("real", 0xb8002, 2, true, 0x1234);
	mmio("real", 0xb8004, 2, false, 0x4321);
	halts("real");
	claim((regs().rcx & 0xffff) == 0x4321, "real: what was loaded");
	end_machine();
}

static void
protected_mode(void)
{
	unsigned i, wrong = 0;

	new_machine();
	load(CODE, protected_code, protected_code_end);
	start(CODE, true, false);
	port_in("protected", 4, 0x12345678);
	port_out("protected", 4, ~0x12345678u);
	mmio("protected", 0xfee10000, 4, true, 0xcafe);
	mmio("protected", 0xfee10004, 4, false, 5);
	halts("protected");
	for (i = 0; i < 16384; i++)
		wrong += memory[0x20000 + i] != 0x5a;
	claim(!wrong, "protected: four pages are filled");
	load(CODE, paged_code, paged_code_end);
	start(CODE, true, false);
	halts("paging in two levels");
	claim(regs().rcx == 77, "paging in two levels: what was loaded");
	end_machine();
}

static void
put64(unsigned long at, uint64_t v)
{
	memcpy(memory + at, &v, 8);
}

static void
long_tables(void)
{
	unsigned i;

	put64(TABLES, (TABLES + 0x1000) | 3);
	put64(TABLES + 0x1000, (TABLES + 0x2000) | 3);
	for (i = 0; i < 2; i++)
		put64(TABLES + 0x2000 + 8 * i, i << 21 | 0x83);
	put64(0x4000 + 6 * 16, 0x6000 | 8 << 16 | 0x8e00ull << 32);
	put64(0x5008, 0x00209a0000000000);
	put64(0x5010, 0x0000920000000000);
	load(0x6000, long_ud, long_ud_end);
}

static bool
is_dirty(const uint8_t *log, unsigned long at)
{
	at = (at - HOLE_END) >> 12;
	return log[at / 8] >> (at % 8) & 1;
}

static void
dirty_pages(void)
{
	uint8_t log[(MEMORY - HOLE_END) / 4096 / 8 + 8] = { 0 };
	struct kvm_dirty_log d = { .slot = 1, .dirty_bitmap = log };
	unsigned n = 0;

	ASK(vm, KVM_GET_DIRTY_LOG, &d);
	for (unsigned long at = 0x300000; at < MEMORY; at += 4096)
		n += is_dirty(log, at);
	claim(n == 4 && is_dirty(log, 0x300000) && is_dirty(log, 0x301000) &&
	    is_dirty(log, 0x302000) && is_dirty(log, 0x305000),
	    "long: the log has the pages that were written (%u)", n);
	memset(log, 0, sizeof(log));
	ASK(vm, KVM_GET_DIRTY_LOG, &d);
	claim(!is_dirty(log, 0x300000), "long: and then no more");
}

static void
long_string(void)
{
	bool ok = true;
	unsigned n = 0;

	/* KVM may give the elements singly or together. */
	while (ok && n < 4) {
		ok = goes_on() && run->exit_reason == KVM_EXIT_IO && run->io.size == 1 &&
		    run->io.count <= 4 - n &&
		    !memcmp((uint8_t *)run + run->io.data_offset, &"abcd"[n], run->io.count);
		n += run->io.count;
	}
	claim(ok, "long: REP OUTSB (exit %u, %u)", run->exit_reason, n);
}

static void
long_mode(void)
{
	struct timespec a, b;
	unsigned n = 0;
	struct kvm_regs r;

	new_machine();
	long_tables();
	load(CODE, long_code, long_code_end);
	start(CODE, true, true);
	port_in("long", 2, 0xfffe);
	port_out("long", 2, 0xffff);
	mmio("long", 0xb8000, 8, true, 0x1111222233334444);
	mmio("long", 0xb8008, 8, false, 99);
	long_string();
	halts("long");
	dirty_pages();
	load(CODE, long_loop, long_loop_end);
	start(CODE, true, true);
	r = regs();
	r.rcx = ROUNDS;
	r.rdx = PORT;
	ASK(vcpu, KVM_SET_REGS, &r);
	clock_gettime(CLOCK_MONOTONIC, &a);
	while (goes_on() && n <= ROUNDS)
		n++;
	clock_gettime(CLOCK_MONOTONIC, &b);
	claim(n == ROUNDS, "long: %u exits", n);
	printf("kvm: %lld ns an exit\n", ((long long)(b.tv_sec - a.tv_sec) * 1000000000 +
	    b.tv_nsec - a.tv_nsec) / ROUNDS);
	end_machine();
}

int
main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		die("/dev/kvm");
	if (ASK(kvm, KVM_GET_API_VERSION, 0) != 12)
		die("API version");
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	real_mode();
	protected_mode();
	long_mode();
	if (failed)
		printf("kvm: FAILED\n");
	else
		printf("kvm: all %u hold\n", claims);
	return failed;
}
