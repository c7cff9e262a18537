/*
 * vmm/guest/proc.c - processes: beginning and end
 */
#include "vmm/guest/proc.h"

#include "vmm/guest/programs.h"
#include "vmm/guest/x86.h"

struct proc procs[PROCS];

/* What switch_stack() finds on a stack that was never left */
struct fresh {
	uint64_t	saved[6];
	uint64_t	resume;
};

static struct proc *
proc_new(unsigned parent)
{
	struct proc *p;

	for (p = procs + 1; p < procs + PROCS; p++)
		if (p->state == PROC_NONE) {
			struct fresh *fresh;

			p->pid = (unsigned)(p - procs);
			p->parent = parent;
			p->work_at = 0;
			p->stack = page_alloc_zero(PAGE_STACK);
			fresh = (struct fresh *)proc_frame(p) - 1;
			fresh->resume = (uint64_t)leave_kernel;
			p->stack_pointer = (uint64_t)fresh;
			return p;
		}
	return NULL;
}

uint64_t
proc_fork(const struct frame *f)
{
	struct proc *p = proc_new(current->pid);
	struct frame *g;

	if (!p)
		return (uint64_t)-1;
	space_fork(&p->space, &current->space);
	g = proc_frame(p);
	*g = *f;
	g->rax = 0;
	g->vector = VECTOR_SYSCALL;	/* the way back: all registers */
	p->state = PROC_READY;
	return p->pid;
}

static bool
map_program(struct space *s)
{
	return space_map(s, (struct area){ .kind = AREA_PROGRAMS,
		.start = USER_TEXT, .end = USER_TEXT + programs_size() }) &&
	    space_map(s, (struct area){ .kind = AREA_ZERO,
		.start = USER_END - STACK_PAGES * PAGE_SIZE, .end = USER_END });
}

bool
proc_exec(struct frame *f, const char *program, const uint64_t args[3])
{
	uint64_t entry = program_entry(program);

	if (!entry)
		return false;
	space_empty(&current->space);
	if (!map_program(&current->space))
		panic("no program fits");
	*f = (struct frame){
		.rip = program_start(),
		.cs = SEL_UCS,
		.ss = SEL_UDS,
		.rflags = FLAG_IF | FLAG_ALWAYS,
		.rsp = USER_END,
		.rdi = entry,
		.rsi = args[0],
		.rdx = args[1],
		.rcx = args[2],
		.vector = VECTOR_SYSCALL,
	};
	return true;
}

/* Onto the first process's stack, with that of boot.S left behind. */
void
proc_start(const char *program)
{
	static const uint64_t no_args[3];
	struct proc *p = proc_new(0);
	uint64_t boot_stack;

	space_init(&p->space);
	p->state = PROC_READY;
	current = p;
	if (!proc_exec(proc_frame(p), program, no_args))
		panic("no workload \"%s\"", program);
	sched_init();
	switch_stack(&boot_stack, p->stack_pointer);
	__builtin_unreachable();
}

/* Children that nobody will wait for any more */
static void
abandon_children(void)
{
	struct proc *p;

	for (p = procs + 1; p < procs + PROCS; p++)
		if (p->state != PROC_NONE && p->parent == current->pid)
			p->parent = 1;
}

void
proc_exit(uint64_t code)
{
	struct proc *parent = &procs[current->parent];

	if (current->pid == 1)
		finish((int)code);
	space_free(&current->space);
	abandon_children();
	current->code = code;
	current->state = PROC_ZOMBIE;
	if (parent->state == PROC_WAITING)
		parent->state = PROC_READY;
	sched();
	__builtin_unreachable();
}

static uint64_t
bury(struct proc *p)
{
	page_unref(p->stack);
	p->state = PROC_NONE;
	return p->code;
}

uint64_t
proc_wait(void)
{
	for (;;) {
		struct proc *p;
		bool any = false;

		for (p = procs + 1; p < procs + PROCS; p++) {
			if (p->state == PROC_NONE || p->parent != current->pid)
				continue;
			if (p->state == PROC_ZOMBIE)
				return bury(p);
			any = true;
		}
		if (!any)
			return (uint64_t)-1;
		current->state = PROC_WAITING;
		sched();
	}
}
