/*
 * vmm/guest/x86.h - single instructions, and the bits they take
 *
 * Numbers are from the AMD64 Architecture Programmer's Manual, volume 2.
 * Included by assembly for the numbers.
 */
#ifndef GUEST_X86_H
#define GUEST_X86_H

/* Segment selectors: entry.S loads them, desc.c fills the table.  SYSCALL and
 * SYSRET (volume 2, 6.1.1 "SYSCALL and SYSRET") want this order. */
#define SEL_KCS		0x08
#define SEL_KDS		0x10
#define SEL_SYSRET	0x1b		/* SS is this + 8, CS + 16 */
#define SEL_UDS		0x23
#define SEL_UCS		0x2b
#define SEL_TSS		0x30
#define SEL_END		0x40

#define CR0_PG		0x80000000
#define CR0_WP		0x00010000
#define CR0_PE		0x00000001
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_SCE	0x001
#define EFER_LME	0x100
#define EFER_NXE	0x800
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_SFMASK	0xc0000084

#define FLAG_CF		0x001
#define FLAG_IF		0x200
#define FLAG_DF		0x400
#define FLAG_ALWAYS	0x002

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/common/insn.h"

static inline void
in_longs(uint16_t port, void *to, size_t n)
{
	__asm__ volatile("rep insl" : "+D"(to), "+c"(n) : "d"(port) : "memory");
}

static inline void
out_longs(uint16_t port, const void *from, size_t n)
{
	__asm__ volatile("rep outsl" : "+S"(from), "+c"(n) : "d"(port) : "memory");
}

#endif
#endif
