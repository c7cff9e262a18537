/*
 * vmm/guest/desc.c - descriptor tables and the system call's registers
 */
#include "vmm/guest/trap.h"

#include "vmm/guest/kernel.h"
#include "vmm/guest/x86.h"

/* APM volume 2, 4.8 "Long-Mode Segment Descriptors".  Accessed from the start,
 * so that the processor has nothing to write. */
#define CODE64(dpl)	(0x00209b0000000000 | (uint64_t)(dpl) << 45)
#define DATA(dpl)	(0x0000930000000000 | (uint64_t)(dpl) << 45)
#define TSS_BUSY	0x8b

#define GATE_INT	0x8e
#define GATE_USER	0x60		/* may be called at CPL 3 */

struct tss {				/* 12.2.5 "64-Bit Task State Segment" */
	uint32_t	reserved;
	uint32_t	rsp0[2];
	uint32_t	rest[22];
	uint16_t	reserved2, io_map;
};

struct gate {
	uint16_t	offset_0, selector;
	uint8_t		ist, type;
	uint16_t	offset_16;
	uint32_t	offset_32, reserved;
};

struct pointer {
	uint16_t	limit;
	uint64_t	base;
} __attribute__((packed));

static struct tss tss = { .io_map = sizeof(struct tss) };
static uint64_t gdt[SEL_END / 8] = {
	[SEL_KCS / 8] = CODE64(0),
	[SEL_KDS / 8] = DATA(0),
	[SEL_UDS / 8] = DATA(3),
	[SEL_UCS / 8] = CODE64(3),
};
static struct gate idt[256];

/* entry.S */
extern const uint64_t trap_entries[VECTORS], trap_entry_int80;
extern void syscall_entry(void);
extern uint64_t kernel_stack;		/* for syscall_entry */

static void
set_gate(unsigned vector, uint64_t entry, uint8_t user)
{
	idt[vector] = (struct gate){
		.offset_0 = (uint16_t)entry,
		.offset_16 = (uint16_t)(entry >> 16),
		.offset_32 = (uint32_t)(entry >> 32),
		.selector = SEL_KCS,
		.type = GATE_INT | user,
	};
}

static void
set_tss(void)
{
	uint64_t base = (uint64_t)&tss;

	gdt[SEL_TSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
	    (uint64_t)(TSS_BUSY & ~2) << 40 | (base >> 24 & 0xff) << 56;
	gdt[SEL_TSS / 8 + 1] = base >> 32;
}

static void
load_tables(void)
{
	struct pointer g = { sizeof(gdt) - 1, (uint64_t)gdt };
	struct pointer i = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lgdt %0; lidt %1; ltr %w2"
	    : : "m"(g), "m"(i), "r"(SEL_TSS) : "memory");
}

void
desc_init(void)
{
	unsigned v;

	for (v = 0; v < VECTORS; v++)
		set_gate(v, trap_entries[v], 0);
	set_gate(VECTOR_SYSCALL, trap_entry_int80, GATE_USER);
	set_tss();
	load_tables();
	wrmsr(MSR_STAR, (uint64_t)SEL_SYSRET << 48 | (uint64_t)SEL_KCS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK, FLAG_IF | FLAG_DF);
}

void
desc_set_stack(uint64_t top)
{
	tss.rsp0[0] = (uint32_t)top;
	tss.rsp0[1] = (uint32_t)(top >> 32);
	kernel_stack = top;
}
