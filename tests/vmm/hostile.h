/*
 * tests/vmm/hostile.h - what the parts of the hostile guest share
 *
 * Memory: the program at 1 MiB and its tables, which it leaves alone, and a pool of
 * frames, some of them page tables below slots 1 to 3 of a few roots.
 */
#ifndef TESTS_VMM_HOSTILE_H
#define TESTS_VMM_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE		4096u
#define POOL		0x400000u	/* guest-physical, and one to one */
#define POOL_PAGES	64u
#define TABLES		16u		/* the first of them are tables */
#define ROOTS		4u
#define MEMORY		0x1000000u	/* vm.ram */
#define PTE_P		1u
#define PTE_W		2u
#define PTE_U		4u
#define PTE_PS		0x80u
#define PTE_FRAME	0x000ffffffffff000u
#define MSR_EFER	0xc0000080u
#define HOLE		0xc0000000u	/* nothing is mapped from here to 4 GiB */

/* Kinds of operations: name, and of 64 how many. */
#define HOSTILE_KINDS(K) \
	K(tables, 8) K(access, 14) K(cr3, 6) K(port, 5) K(msr, 4) K(call, 7) \
	K(self, 4) K(alias, 4) K(twice, 5) K(control, 2) K(other, 3) K(jump, 2)

/* hostile.S */
extern uint64_t boot_pml4[512], boot_pd[4 * 512];
int	attempt(void (*f)(void));	/* 1: an exception ended it */
extern uint64_t home;			/* the root to come back to */
extern uint64_t home_call;		/* not 0: by this hypercall */

/* hostile.c */
struct hostile {
	uint64_t	state;		/* of chance() */
	uint64_t	inverse;	/* of frame_pattern()'s factor */
	uint64_t	leaks;		/* read: what is planted in others' frames */
	uint64_t	holes;		/* done: what should not have been possible */
	bool		direct, by_int;	/* how the VMM runs us */
	bool		trusted;	/* it says that it looks at nothing */
	uint64_t	anywhere;	/* roots may be: 1 any table, 2 where no memory is */
};
extern struct hostile h;

uint64_t chance(void);
uint64_t pool(uint64_t n);		/* the address of a frame of the pool */
uint64_t some_frame(void);
uint64_t some_entry(void);
uint64_t some_address(void);
uint64_t some_argument(void);
uint64_t hypercall(uint64_t n, uint64_t a, uint64_t b, uint64_t c);
void	look(uint64_t at);		/* reads, and knows what is planted */
void	touch(uint64_t at);		/* reads or writes */
void	load_cr3(uint64_t v);
void	call(void);

static inline void
invlpg(uint64_t at)
{
	__asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
}

/* hostile_tables.c: tables of its own; hostile_direct.c: by hypercall */
void	tables_init(void);
void	tables(void), cr3(void), self(void), alias(void), twice(void);
void	direct_init(void);
void	direct_tables(void), direct_cr3(void), direct_self(void), direct_alias(void);
void	direct_twice(void), direct_call(void);

/* hostile_insn.c: everything else there is to try */
void	insn_init(void);
void	store(uint64_t at, uint64_t v);	/* in one of many ways */
void	port(void), msr(void), control(void), other(void), jump(void);

#endif
