/*
 * lab/linux/kvm.c - /init of the lab shadow-vs-nested with KVM: the labs' guest kernel in
 * virtual machines of Debian's
 *
 * Loads the modules /m0, /m1, ..., the last of which is kvm_amd, with npt=N of the
 * environment; then each line of /work is a guest: "WAY WORDS".  WAY is 4 for memory in
 * pages of 4 KiB, 2 for 2 MiB.  KVM's own chips are the guest's PIC and PIT; its serial port
 * is nobody's, and what it does with labdev is done here.
 *
 * Linux, Documentation/virt/kvm/api.rst; Multiboot Specification 0.6.96, 3.2 "Machine
 * state" and 3.3 "Boot information format".
 */
#include <linux/kvm.h>

#include "lab/linux/sys.h"

#define RAM		(48ul << 20)
#define LARGE		(2ul << 20)
#define MAGIC		0x2badb002u
#define INFO		0x9000u
#define LINE		0x9100u
#define LINE_MAX	512u
#define LOW_KIB		636u
#define CPUIDS		128u
#define MODULE_MAX	(16ul << 20)

#define MADV_DONTNEED	4
#define MADV_HUGEPAGE	14
#define MADV_NOHUGEPAGE	15
#define COMPRESSED	4		/* MODULE_INIT_COMPRESSED_FILE */
#define S_CHARACTER	0020000
#define KVM_DEVICE	(10 << 8 | 232)	/* Documentation/admin-guide/devices.txt */

#define EXIT_PORT	0xf4u
#define COM1		0x3f8u
#define COM1_LSR	5u
#define LSR_IDLE	0x60u
#define LAB_PORTS	0x30u

static struct {
	int		kvm, vm, vcpu;
	struct kvm_run	*run;
	long		run_size;
	uint8_t		*ram;
	char		line[LINE_MAX];		/* what it said last */
	unsigned	at;
} m;

static long
ask(int fd, unsigned long what, const void *arg, const char *name)
{
	long r = SYS3(ioctl, fd, what, arg);

	if (r < 0)
		die(name, r);
	return r;
}
#define ASK(fd, what, arg) ask(fd, what, (const void *)(uintptr_t)(arg), #what)

/* --- files --- */

/* What is in it, with a 0 behind; *n bytes. */
static char *
read_file(const char *name, size_t *n)
{
	long fd = SYS3(open, name, 0, 0), got;
	char *data;

	if (fd < 0)
		die(name, fd);
	data = map(MODULE_MAX);
	*n = 0;
	do {
		got = SYS3(read, fd, data + *n, MODULE_MAX - 1 - *n);
		if (got < 0)
			die(name, got);
		*n += (size_t)got;
	} while (got);
	SYS1(close, fd);
	return data;
}

/* --- modules --- */

static long
open_module(unsigned i)
{
	char name[] = "/m0";

	name[2] = (char)('0' + i);
	return SYS3(open, name, 0, 0);
}

static void
load_module(long fd, const char *words)
{
	static const char elf[4] = "\177ELF";
	char head[4] = { 0 };
	unsigned i;
	bool plain = true;
	long err;

	SYS4(pread64, fd, head, sizeof(head), 0);
	for (i = 0; i < sizeof(head); i++)
		plain &= head[i] == elf[i];
	err = SYS3(finit_module, fd, words, plain ? 0 : COMPRESSED);
	if (err)
		die("a module", err);
}

static void
load_modules(uint64_t npt)
{
	long fd = open_module(0), next;
	char words[] = "npt=0";
	unsigned i;

	words[4] = npt ? '1' : '0';
	for (i = 1; fd >= 0; i++, fd = next) {
		next = i < 10 ? open_module(i) : -1;
		load_module(fd, next < 0 ? words : "");
		SYS1(close, fd);
	}
}

/* It can be asked for what there is not. */
static void
check_npt(uint64_t npt)
{
	static const char name[] = "/sys/module/kvm_amd/parameters/npt";
	char got = 0;
	long fd;

	fd = SYS3(open, name, 0, 0);
	SYS3(read, fd, &got, 1);
	SYS1(close, fd);
	if (got != (npt ? 'Y' : 'N') && got != (npt ? '1' : '0'))
		die("npt=", got);
}

/* --- the machine --- */

/* All there from the beginning: what is measured is not where it comes from. */
static void
give_memory(bool large)
{
	struct kvm_userspace_memory_region r = { .memory_size = RAM };
	volatile uint8_t *p;
	uint64_t at;

	if (!m.ram)
		m.ram = (uint8_t *)(((uint64_t)map(RAM + LARGE) + LARGE - 1) & ~(LARGE - 1));
	SYS3(madvise, m.ram, RAM, MADV_DONTNEED);
	SYS3(madvise, m.ram, RAM, large ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (p = m.ram, at = 0; at < RAM; at += PAGE)
		p[at] = 0;
	r.userspace_addr = (uint64_t)m.ram;
	ASK(m.vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static void
give_cpuid(void)
{
	static struct kvm_cpuid2 *c;

	if (!c)
		c = map(sizeof(*c) + CPUIDS * sizeof(c->entries[0]));
	c->nent = CPUIDS;
	ASK(m.kvm, KVM_GET_SUPPORTED_CPUID, c);
	ASK(m.vcpu, KVM_SET_CPUID2, c);
}

static void
make_machine(bool large)
{
	struct kvm_pit_config pit = { .flags = 0 };
	long run;

	m.vm = (int)ASK(m.kvm, KVM_CREATE_VM, 0);
	give_memory(large);
	ASK(m.vm, KVM_CREATE_IRQCHIP, 0);
	ASK(m.vm, KVM_CREATE_PIT2, &pit);
	m.vcpu = (int)ASK(m.vm, KVM_CREATE_VCPU, 0);
	give_cpuid();
	m.run_size = ASK(m.kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	run = sys(__NR_mmap, 0, m.run_size, PROT_RW, MAP_SHARED, m.vcpu, 0);
	if (run < 0 && run > -4096)
		die("mmap of the processor", run);
	m.run = (struct kvm_run *)run;
}

static void
end_machine(void)
{
	SYS2(munmap, m.run, m.run_size);
	SYS1(close, m.vcpu);
	SYS1(close, m.vm);
}

/* --- the guest's kernel --- */

static uint32_t
get32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint16_t
get16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return v;
}

static void
load_segment(const char *file, size_t n, const char *head)
{
	uint32_t from = get32(head + 4), to = get32(head + 12), size = get32(head + 16);
	uint32_t all = get32(head + 20);

	if (get32(head) != 1)
		return;
	if (from > n || size > n - from || all < size || to > RAM || all > RAM - to)
		die("guest.elf", to);
	memcpy(m.ram + to, file + from, size);
}

/* ELF32; its entry. */
static uint32_t
load_kernel(void)
{
	static char *file;
	static size_t n;
	uint32_t heads;
	unsigned i;

	if (!file)
		file = read_file("/guest.elf", &n);
	heads = get32(file + 28);
	if (get32(file) != 0x464c457f || heads > n || get16(file + 44) * 32ul > n - heads)
		die("guest.elf", 0);
	for (i = 0; i < get16(file + 44); i++)
		load_segment(file, n, file + heads + 32 * i);
	return get32(file + 24);
}

static void
put_info(const char *words, size_t n)
{
	uint32_t info[5] = { 1 | 4, LOW_KIB, (RAM >> 10) - 1024, 0, LINE };

	memcpy(m.ram + INFO, info, sizeof(info));
	memcpy(m.ram + LINE, "guest.elf ", 10);
	memcpy(m.ram + LINE + 10, words, n);
	m.ram[LINE + 10 + n] = 0;
}

static void
set_state(uint32_t entry)
{
	struct kvm_segment flat = { .limit = 0xffffffff, .selector = 8, .type = 11, .present = 1,
		.s = 1, .g = 1, .db = 1 };
	struct kvm_regs r = { .rip = entry, .rflags = 2, .rax = MAGIC, .rbx = INFO };
	struct kvm_sregs s;

	ASK(m.vcpu, KVM_GET_SREGS, &s);
	s.cs = flat;
	flat.selector = 16;
	flat.type = 3;
	s.ds = s.es = s.fs = s.gs = s.ss = flat;
	s.tr.type = 11;		/* KVM's is a TSS of 16 bits, with which there is no long mode */
	s.cr0 = 0x11;
	ASK(m.vcpu, KVM_SET_SREGS, &s);
	ASK(m.vcpu, KVM_SET_REGS, &r);
}

/* --- ports --- */

static void
hear(uint8_t c)
{
	if (c == '\n' || m.at == LINE_MAX - 1)
		m.at = 0;
	if (c < ' ')
		return;
	m.line[m.at++] = (char)c;
	m.line[m.at] = '\0';
}

static uint32_t
guest_in(unsigned port, unsigned size)
{
	if (port - LAB_PORT < LAB_PORTS)
		return port_in((uint16_t)port, size);
	if (port - COM1 < 8)
		return port == COM1 + COM1_LSR ? LSR_IDLE : 0;
	return ~0u;
}

/* False: it has ended. */
static bool
guest_out(unsigned port, uint32_t v, unsigned size)
{
	if (port - LAB_PORT < LAB_PORTS)
		port_out((uint16_t)port, v, size);
	else if (port == COM1)
		hear((uint8_t)v);
	else if (port == EXIT_PORT && v)
		die(m.line, v);
	return port != EXIT_PORT;
}

static bool
do_port(void)
{
	uint8_t *data = (uint8_t *)m.run + m.run->io.data_offset;
	unsigned size = m.run->io.size, i;
	uint32_t v = 0;

	for (i = 0; i < m.run->io.count; i++, data += size) {
		if (m.run->io.direction == KVM_EXIT_IO_IN) {
			v = guest_in(m.run->io.port, size);
			memcpy(data, &v, size);
			continue;
		}
		memcpy(&v, data, size);
		if (!guest_out(m.run->io.port, v, size))
			return false;
	}
	return true;
}

/* Any other exit is unexpected. */
static void
die_at(void)
{
	struct kvm_regs r;

	ASK(m.vcpu, KVM_GET_REGS, &r);
	print("\nlab: the guest's rip is ");
	print_number((long)r.rip);
	die("exit of KVM", m.run->exit_reason);
}

static void
run_guest(bool large, const char *words, size_t n)
{
	long err;

	make_machine(large);
	put_info(words, n);
	set_state(load_kernel());
	m.line[m.at = 0] = '\0';
	for (;;) {
		err = SYS3(ioctl, m.vcpu, KVM_RUN, 0);
		if (err == -4)		/* EINTR */
			continue;
		if (err < 0)
			die("KVM_RUN", err);
		if (m.run->exit_reason != KVM_EXIT_IO)
			die_at();
		if (!do_port())
			break;
	}
	end_machine();
}

/* --- all of it --- */

void	begin(long *stack);

void
begin(long *stack)
{
	char *const *env = (char *const *)(stack + 1) + stack[0] + 1;
	uint64_t npt = number_of(env, "npt", 1);
	size_t n;
	char *s, *end;
	long fd;

	ports_open();
	load_modules(npt);
	allow_large_pages();
	check_npt(npt);
	SYS3(mknod, "/kvm", S_CHARACTER | 0600, KVM_DEVICE);
	fd = SYS3(open, "/kvm", 2, 0);
	if (fd < 0)
		die("/dev/kvm", fd);
	m.kvm = (int)fd;
	for (s = read_file("/work", &n); *s; s = end + (*end == '\n')) {
		for (end = s; *end && *end != '\n'; end++)
			;
		if (end - s > 2 && (size_t)(end - s) < LINE_MAX)
			run_guest(*s == '2', s + 2, (size_t)(end - s) - 2);
	}
	finish(0);
}
