/*
 * vmm/guest/proc.h - processes
 */
#ifndef GUEST_PROC_H
#define GUEST_PROC_H

#include "vmm/guest/space.h"
#include "vmm/guest/trap.h"

#define PROCS		64

enum proc_state {
	PROC_NONE,
	PROC_READY,			/* runs or may */
	PROC_SLEEPING,			/* until wake_at */
	PROC_WAITING,			/* for a child's end */
	PROC_ZOMBIE,			/* for its parent */
};

struct proc {
	enum proc_state	state;
	unsigned	pid;		/* its place in the table */
	unsigned	parent;
	uint64_t	code;		/* PROC_ZOMBIE: what it ended with */
	uint64_t	wake_at;	/* a tick */
	unsigned	left;		/* ticks of this quantum */
	uint64_t	work_at;	/* where it counts its work, or 0 */
	uint64_t	work;		/* ... and how much it was */
	uint64_t	since;		/* cycles when this quantum began */
	uint64_t	stack_pointer;	/* while it does not run */
	uint32_t	stack;		/* frame of its kernel stack */
	struct space	space;
};

extern struct proc procs[PROCS];	/* 0 is never used */
extern struct proc *current;

/* ---- proc.c */

/* The first process, which runs the program with the arguments 0; its end is
 * the run's. */
void	proc_start(const char *program) __attribute__((noreturn));
uint64_t proc_fork(const struct frame *f);
/* False if there is no such program, else *f begins it. */
bool	proc_exec(struct frame *f, const char *program, const uint64_t args[3]);
void	proc_exit(uint64_t code) __attribute__((noreturn));
uint64_t proc_wait(void);

/* ---- sched.c */

void	sched_init(void);
/* Another process's turn, if there is one. */
void	sched(void);
void	sched_sleep(uint64_t tick);
/* At a timer interrupt: the running process had so many ticks of its quantum. */
void	sched_tick(unsigned charged);
/* Before the kernel is left. */
void	sched_leave(void);

/* entry.S */
void	switch_stack(uint64_t *save, uint64_t to);
void	leave_kernel(void);

static inline struct frame *
proc_frame(const struct proc *p)
{
	return (struct frame *)((char *)page_at(p->stack) + PAGE_SIZE) - 1;
}

#endif
