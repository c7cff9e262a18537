/*
 * lab/linux/sys.h - programs of the labs that run on Linux, without a library
 *
 * Nothing may come between them and the kernel that is measured.  They use ports, so
 * they are root's, which /init is.
 */
#ifndef LAB_LINUX_SYS_H
#define LAB_LINUX_SYS_H

#include <asm/unistd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/abi.h"

#define PROT_RW		3
#define MAP_PRIVATE_ANON 0x22
#define MAP_SHARED	0x01
#define PAGE		4096ul

/* Negative: an error's number. */
long	sys(long number, long a, long b, long c, long d, long e, long f);
#define SYS0(n)			sys(__NR_##n, 0, 0, 0, 0, 0, 0)
#define SYS1(n, a)		sys(__NR_##n, (long)(a), 0, 0, 0, 0, 0)
#define SYS2(n, a, b)		sys(__NR_##n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS3(n, a, b, c)	sys(__NR_##n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS4(n, a, b, c, d) \
	sys(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* The compiler's, too. */
void	*memcpy(void *to, const void *from, size_t n);
void	*memset(void *to, int c, size_t n);

/* Memory of its own; does not return without it. */
void	*map(size_t bytes);

void	print(const char *text);
void	print_number(long n);
/* To switch the machine off, or its VM. */
void	finish(unsigned code) __attribute__((noreturn));
/* A message, and that. */
void	die(const char *what, long error) __attribute__((noreturn));

size_t	length(const char *s);
bool	equal(const char *a, const char *b);
/* NAME=NUMBER of an environment. */
uint64_t number_of(char *const *env, const char *name, uint64_t otherwise);

/* Pages of 2 MiB for who asks for them (madvise); a machine of little memory has none by
 * itself.  Mounts /sys. */
void	allow_large_pages(void);

/* Before any of the following. */
void	ports_open(void);
uint32_t port_in(uint16_t port, unsigned size);
void	port_out(uint16_t port, uint32_t v, unsigned size);

/* labdev */
void	mark(uint32_t phase);
void	value(uint32_t key, uint64_t v);

#endif
