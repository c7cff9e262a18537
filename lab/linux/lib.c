/*
 * lab/linux/lib.c - what programs of the labs on Linux share
 */
#include "lab/linux/sys.h"

#define EXIT_PORT	0xf4		/* isa-debug-exit, and the VMM's */
#define KEY		(LAB_PORT + 0x1c)
#define VALUE_LO	(LAB_PORT + 0x20)
#define VALUE_HI	(LAB_PORT + 0x24)
#define MARK		(LAB_PORT + 0x04)

void *
memcpy(void *to, const void *from, size_t n)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *
memset(void *to, int c, size_t n)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
	return to;
}

long
sys(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;

	__asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
	    "r"(r9) : "rcx", "r11", "memory");
	return number;
}

void *
map(size_t bytes)
{
	long p = sys(__NR_mmap, 0, (long)bytes, PROT_RW, MAP_PRIVATE_ANON, -1, 0);

	if (p < 0 && p > -4096)
		die("mmap", p);
	return (void *)p;
}

/* --- text --- */

size_t
length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool
equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

void
print(const char *text)
{
	SYS3(write, 1, text, length(text));
}

void
print_number(long n)
{
	unsigned long v = n < 0 ? -(unsigned long)n : (unsigned long)n;
	char text[24], *p = text + sizeof(text) - 1;

	*p = '\0';
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	if (n < 0)
		*--p = '-';
	print(p);
}

static uint64_t
number(const char *s)
{
	uint64_t v = 0;

	while (*s >= '0' && *s <= '9')
		v = v * 10 + (uint64_t)(*s++ - '0');
	return v;
}

uint64_t
number_of(char *const *env, const char *name, uint64_t otherwise)
{
	size_t n = length(name), i;

	for (; *env; env++) {
		for (i = 0; i < n && (*env)[i] == name[i]; i++)
			;
		if (i == n && (*env)[n] == '=')
			return number(*env + n + 1);
	}
	return otherwise;
}

/* --- pages --- */

void
allow_large_pages(void)
{
	static const char switch_name[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	long fd;

	SYS2(mkdir, "/sys", 0755);
	sys(__NR_mount, (long)"sys", (long)"/sys", (long)"sysfs", 0, 0, 0);
	fd = SYS3(open, switch_name, 1, 0);
	if (fd < 0)
		die(switch_name, fd);
	SYS3(write, fd, "madvise", 7);
	SYS1(close, fd);
}

/* --- ports --- */

void
ports_open(void)
{
	long err = SYS1(iopl, 3);

	if (err)
		die("iopl", err);
}

uint32_t
port_in(uint16_t port, unsigned size)
{
	uint32_t v = 0;

	if (size == 1)
		__asm__ volatile("inb %w1, %b0" : "+a"(v) : "Nd"(port));
	else if (size == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(v) : "Nd"(port));
	else
		__asm__ volatile("inl %w1, %0" : "+a"(v) : "Nd"(port));
	return v;
}

void
port_out(uint16_t port, uint32_t v, unsigned size)
{
	if (size == 1)
		__asm__ volatile("outb %b0, %w1" : : "a"(v), "Nd"(port));
	else if (size == 2)
		__asm__ volatile("outw %w0, %w1" : : "a"(v), "Nd"(port));
	else
		__asm__ volatile("outl %0, %w1" : : "a"(v), "Nd"(port));
}

void
mark(uint32_t phase)
{
	port_out(MARK, phase, 4);
}

void
value(uint32_t key, uint64_t v)
{
	port_out(KEY, key, 4);
	port_out(VALUE_LO, (uint32_t)v, 4);
	port_out(VALUE_HI, (uint32_t)(v >> 32), 4);
}

/* --- the end --- */

void
finish(unsigned code)
{
	SYS1(iopl, 3);
	port_out(EXIT_PORT, code, 4);
	for (;;)
		SYS0(pause);
}

void
die(const char *what, long error)
{
	print("\nlab: ");
	print(what);
	print(" failed: ");
	print_number(error);
	print("\n");
	finish(1);
}
