/*
 * vmm/guest/trap.h - how the kernel is entered
 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#define VECTORS		48		/* exceptions, then the PIC's */
#define VECTOR_IRQ	32
#define VECTOR_SYSCALL	0x80
#define VECTOR_FAST	0x100		/* not a vector: SYSCALL */

#define EXC_DE		0
#define EXC_PF		14
#define PF_WRITE	2		/* bits of its error code */

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

/* What entry.S puts onto the kernel's stack; the last five are the
 * processor's (APM volume 2, 8.9 "Long-Mode Interrupt Control Transfers"). */
struct frame {
	uint64_t	r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t	rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t	vector, error;
	uint64_t	rip, cs, rflags, rsp, ss;
};

void	desc_init(void);
/* The stack that is used when the kernel is entered from user mode. */
void	desc_set_stack(uint64_t top);

/* Called by entry.S. */
void	trap(struct frame *f);

/* From now on an exception of this vector inside the kernel goes on at resume
 * instead of ending the run; 0: it ends the run again. */
void	trap_expect(unsigned vector, uint64_t resume);

static inline bool
frame_is_user(const struct frame *f)
{
	return f->cs & 3;
}

#endif
#endif
