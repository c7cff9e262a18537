/*
 * vmm/guest/trap.c - exceptions, interrupts and system calls, sorted
 */
#include "vmm/guest/trap.h"

#include "vmm/guest/clock.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/syscalls.h"
#include "vmm/guest/x86.h"

static struct {
	unsigned	vector;
	uint64_t	resume;		/* 0: none is expected */
} expected;

void
trap_expect(unsigned vector, uint64_t resume)
{
	expected.vector = vector;
	expected.resume = resume;
}

static void __attribute__((noreturn))
kill(const struct frame *f)
{
	print("pid %u: vector %lu at %lx, error %lx, address %lx\n", current->pid,
	    f->vector, f->rip, f->error, f->vector == EXC_PF ? read_cr2() : 0);
	proc_exit((uint64_t)-1);
}

static void
exception(struct frame *f)
{
	if (frame_is_user(f))
		kill(f);
	if (expected.resume && f->vector == expected.vector) {
		f->rip = expected.resume;
		return;
	}
	panic("vector %lu at %lx, error %lx, address %lx", f->vector, f->rip,
	    f->error, read_cr2());
}

/* The kernel may touch a program's memory for it. */
static void
page_fault(struct frame *f)
{
	uint64_t va = read_cr2();

	if (va >= USER_END || !current || expected.resume) {
		exception(f);
	} else if (!space_fault(&current->space, va, f->error & PF_WRITE)) {
		if (!frame_is_user(f))
			kill(f);
		exception(f);
	}
}

void
trap(struct frame *f)
{
	bool user = frame_is_user(f);

	if (f->vector == VECTOR_FAST || f->vector == VECTOR_SYSCALL)
		syscall(f);
	else if (f->vector >= VECTOR_IRQ)
		clock_interrupt((unsigned)f->vector - VECTOR_IRQ, user);
	else if (f->vector == EXC_PF)
		page_fault(f);
	else
		exception(f);
	if (user)
		sched_leave();
}
