/*
 * tests/unit/cpu_box.h - a processor, 16 MiB of memory and a fake machine
 *
 * Descriptor tables and stacks are laid out the same in every test; code is
 * written where the processor stands and stepped with cpu_step().  Handlers of
 * exceptions are addresses only: a test looks at where rip went.
 */
#ifndef TESTS_UNIT_CPU_BOX_H
#define TESTS_UNIT_CPU_BOX_H

#include "cpu/cpuid.h"
#include "cpu/regs.h"
#include "cpu/system.h"
#include "cpu/timing.h"
#include "tests/runner/runner.h"

#define BOX_GDT		0x1000u
#define BOX_IDT		0x2000u
#define BOX_TSS		0x3000u
#define BOX_TSS_B	0x4000u
#define BOX_TSS_16	0x5000u
#define BOX_LDT		0x6000u
#define BOX_STACK0	0x9000u		/* tops */
#define BOX_STACK1	0xa000u
#define BOX_STACK3	0xb000u
#define BOX_IST1	0xc000u
#define BOX_CODE	0x10000u
#define BOX_HANDLER(v)	(0x20000u + (v) * 16u)
#define BOX_PAGES	0x100000u	/* tables: identity, 4 KiB pages, user */

/* Selectors. */
enum {
	SEL_CODE32 = 0x08, SEL_DATA32 = 0x10, SEL_UCODE32 = 0x1b, SEL_UDATA32 = 0x23,
	SEL_CODE16 = 0x28, SEL_DATA16 = 0x30, SEL_CODE64 = 0x38, SEL_UCODE64 = 0x43,
	SEL_CONFORM = 0x48, SEL_TSS = 0x50, SEL_LDT = 0x60, SEL_GATE = 0x70,
	SEL_TSS_B = 0x80, SEL_TSS_16 = 0x88, SEL_ABSENT = 0x90, SEL_RODATA = 0x98,
	SEL_XONLY = 0xa0, SEL_DATA1 = 0xa9, SEL_CODE1 = 0xb1, SEL_TASKGATE = 0xb8,
	SEL_BOTH_LD = 0xc0, SEL_BASED = 0xc8, SEL_LAST = 0xd7
};

struct box {
	struct physmem	*pm;
	struct cpu	*c;
	int		vector;		/* what intack answers */
	unsigned	acks;
	unsigned	shutdowns;
	uint8_t		tpr;
	uint64_t	apic_base;
	uint16_t	port;		/* last port access */
	unsigned	port_size, port_writes, port_reads;
	uint64_t	port_value;	/* written, or to be read */
};

struct box *box_new(const char *model);
void	box_free(struct box *b);

/* Modes, at level 0, interrupts off, rip at BOX_CODE. */
void	box_protected(struct box *b);		/* 32 bits, no paging */
void	box_long(struct box *b);		/* 64 bits */
void	box_paging(struct box *b);		/* from box_protected(): 32-bit PAE */
/* To level 3 in the same mode. */
void	box_user(struct box *b);
void	box_vm86(struct box *b);

/* A descriptor's low half; attr as in struct seg. */
uint64_t box_desc(uint32_t base, uint32_t limit, unsigned attr);
void	box_gdt(struct box *b, uint16_t sel, uint64_t desc);
/* An IDT gate (SEL_CODE32 or SEL_CODE64, BOX_HANDLER). */
void	box_gate(struct box *b, unsigned vector, unsigned type, unsigned dpl);
/* The page-table entry of a linear address below 4 MiB, to change. */
void	box_pte(struct box *b, uint32_t va, uint64_t set, uint64_t clear);

/* Writes code at rip and steps once. */
void	box_exec(struct box *b, const void *code, size_t n);
#define EXEC(b, ...) do { \
	static const uint8_t code_[] = { __VA_ARGS__ }; \
	box_exec(b, code_, sizeof(code_)); \
} while (0)

uint32_t box_ld32(struct box *b, uint64_t at);
uint64_t box_ld64(struct box *b, uint64_t at);
/* Value n from the top of the stack, size bytes each. */
uint64_t box_stack(struct box *b, unsigned n, unsigned size);

/* The last step went to the handler of vector; with error code unless < 0. */
void	box_assert_fault(struct box *b, unsigned vector, int64_t error);
#define ASSERT_FAULT(b, vector, error) do { \
	ck_assert_msg((b)->c->rip == BOX_HANDLER(vector), "rip %#llx, not handler of %u", \
	    (unsigned long long)(b)->c->rip, (unsigned)(vector)); \
	box_assert_fault(b, vector, error); \
} while (0)
#define ASSERT_RETIRED(b, len) \
	ck_assert_uint_eq((b)->c->rip, BOX_CODE + (len))

#endif
