/*
 * vmm/guest/user/user.h - what programs have: system calls and a little more
 *
 * A program is a function with three arguments whose result is its exit code;
 * table.c lists them.  Programs have a stack and what they map, no static
 * data.
 */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/abi.h"
#include "vmm/guest/layout.h"
#include "vmm/guest/random.h"
#include "vmm/guest/sys.h"

typedef uint64_t program(uint64_t a, uint64_t b, uint64_t c);

static inline uint64_t
sys(enum sys number, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t result;

	__asm__ volatile("syscall" : "=a"(result)
	    : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

/* The same through an interrupt gate */
static inline uint64_t
sys_int(enum sys number, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t result;

	__asm__ volatile("int $0x80" : "=a"(result)
	    : "a"(number), "D"(a), "S"(b), "d"(c) : "memory");
	return result;
}

static inline uint64_t
exec(const char *name, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t result;
	register uint64_t r10 __asm__("r10") = c;

	__asm__ volatile("syscall" : "=a"(result)
	    : "a"(SYS_EXEC), "D"(name), "S"(a), "d"(b), "r"(r10)
	    : "rcx", "r11", "memory");
	return result;
}

static inline uint64_t
fork(void)
{
	return sys(SYS_FORK, 0, 0, 0);
}

static inline uint64_t
wait(void)
{
	return sys(SYS_WAIT, 0, 0, 0);
}

static inline uint64_t
counter(enum counter which)
{
	return sys(SYS_COUNTER, which, 0, 0);
}

static inline uint64_t
tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* A page of what is mapped */
static inline volatile uint64_t *
page(uint64_t n)
{
	return (volatile uint64_t *)(USER_MAP + (n << PAGE_SHIFT));
}

/* A number below n */
static inline uint64_t
pick(uint64_t *state, uint64_t n)
{
	return (random_next(state) >> 32) * n >> 32;
}

/* ---- lib.c */

uint64_t option(const char *name, uint64_t otherwise);
bool	option_is(const char *name, const char *value);
void	print(const char *text);
void	report(uint32_t key, const char *name, uint64_t value);
/* "WHATnTAIL=value" */
void	report_of(uint32_t key, const char *what, uint64_t n, const char *tail,
	    uint64_t value);
/* "hash NAME=value" on the console, now */
void	report_hex(const char *name, uint64_t value);
/* Ends the whole run if it is not so. */
void	must(bool ok, const char *what);
/* Maps zeroes at page(0), with large pages if large=1 was asked for. */
void	map_pages(uint64_t pages);

/* The measured part of a workload, and what is reported of it. */
struct run {
	uint64_t	start;		/* cycles */
	uint64_t	counters[COUNTERS];
};

void	run_begin(struct run *run);
void	run_end(const struct run *run, uint64_t ops, uint64_t checksum);

#endif
