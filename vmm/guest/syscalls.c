/*
 * vmm/guest/syscalls.c - what programs ask for
 *
 * A program's pointers are used as they are: a bad one ends the program with a
 * page fault (trap.c), one into the kernel is refused here.
 */
#include "vmm/guest/syscalls.h"

#include "vmm/guest/cache.h"
#include "vmm/guest/clock.h"
#include "vmm/guest/count.h"
#include "vmm/guest/hash.h"
#include "vmm/guest/nano.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/pv.h"
#include "vmm/guest/quantum.h"
#include "vmm/guest/reach.h"

#define BAD		((uint64_t)-1)
#define TEXT		64

/* A program's text, in one piece; too long is cut. */
static bool
get_text(uint64_t from, char to[TEXT])
{
	const char *p = (const char *)from;
	unsigned i;

	to[0] = 0;
	if (from >= USER_END)
		return false;
	for (i = 0; i < TEXT - 1 && (uint64_t)p + i < USER_END && p[i]; i++)
		to[i] = p[i];
	to[i] = 0;
	return true;
}

static uint64_t
ok(bool done)
{
	return done ? 0 : BAD;
}

static uint64_t
sys_exec(struct frame *f)
{
	uint64_t args[3] = { f->rsi, f->rdx, f->r10 };
	char name[TEXT];

	if (!get_text(f->rdi, name) || !proc_exec(f, name, args))
		return BAD;
	return 0;
}

static uint64_t
map_area(const struct frame *f, struct area a)
{
	if (f->rdi >= USER_END || f->rsi > USER_END >> PAGE_SHIFT)
		return BAD;
	a.start = f->rdi;
	a.end = a.start + (f->rsi << PAGE_SHIFT);
	return ok(space_map(&current->space, a));
}

static uint64_t
sys_map(const struct frame *f)
{
	uint64_t result = map_area(f, (struct area){ .kind = AREA_ZERO,
		.large = f->rdx & MAP_LARGE, .last = f->rdx & MAP_LAST });

	if (result == 0 && (f->rdx & MAP_NOW))
		result = ok(space_map_now(&current->space, f->rdi));
	return result;
}

static uint64_t
sys_map_file(const struct frame *f)
{
	if (!cache_has_blocks(f->rdx, f->rsi))
		return BAD;
	return map_area(f, (struct area){ .kind = AREA_FILE,
		.block = (uint32_t)f->rdx });
}

static uint64_t
sys_option(const struct frame *f)
{
	char name[TEXT];

	return get_text(f->rdi, name) ? option(name, f->rsi) : BAD;
}

static uint64_t
sys_option_is(const struct frame *f)
{
	char name[TEXT], value[TEXT];

	return get_text(f->rdi, name) && get_text(f->rsi, value) &&
	    option_is(name, value);
}

static uint64_t
sys_counter(uint64_t which)
{
	if (which == COUNT_FREE)
		return page_free_count;
	return which < COUNTERS ? counters[which] : BAD;
}

static uint64_t
sys_print(uint64_t text)
{
	char line[TEXT];

	if (!get_text(text, line))
		return BAD;
	print("%s", line);
	return 0;
}

static uint64_t
sys_report(const struct frame *f)
{
	char name[TEXT];

	if (!get_text(f->rsi, name))
		return BAD;
	report((uint32_t)f->rdi, name, f->rdx);
	return 0;
}

static uint64_t
memory_call(struct frame *f)
{
	struct space *s = &current->space;

	switch (f->rax) {
	case SYS_MAP:		return sys_map(f);
	case SYS_MAP_FILE:	return sys_map_file(f);
	case SYS_UNMAP:		return ok(space_unmap(s, f->rdi, f->rsi));
	case SYS_DISCARD:	return ok(space_discard(s, f->rdi, f->rsi));
	case SYS_PAGE_OUT:	return ok(space_page_out(s, f->rdi, f->rsi));
	case SYS_PROTECT:	return ok(space_protect(s, f->rdi, f->rsi));
	case SYS_REMAP:		return ok(space_remap(s, f->rdi, f->rsi));
	default:		return BAD;
	}
}

static uint64_t
call(struct frame *f)
{
	switch (f->rax) {
	case SYS_NULL:		return 0;
	case SYS_EXIT:		proc_exit(f->rdi);
	case SYS_ABORT:		finish((int)f->rdi);
	case SYS_FORK:		return proc_fork(f);
	case SYS_EXEC:		return sys_exec(f);
	case SYS_WAIT:		return proc_wait();
	case SYS_YIELD:		sched(); return 0;
	case SYS_SLEEP:		sched_sleep(f->rdi); return 0;
	case SYS_DROP_CACHE:	cache_drop_all(); return 0;
	case SYS_OPTION:	return sys_option(f);
	case SYS_OPTION_IS:	return sys_option_is(f);
	case SYS_COUNTER:	return sys_counter(f->rdi);
	case SYS_CYCLES:	return cycles();
	case SYS_RTC:		return clock_rtc();
	case SYS_TIME:		return pv_time();
	case SYS_STOLEN:	return pv_stolen();
	case SYS_NANO:		return nano(f->rdi, f->rsi);
	case SYS_WATCH_WORK:	return ok(quantum_watch(current, f->rdi));
	case SYS_QUANTUM:	return quantum_item(f->rdi, f->rsi);
	case SYS_REACH:		reach(f->rdi, f->rsi, f->rdx ? f->rdx : 1); return 0;
	case SYS_ROOT:		return root_try(f->rdi, f->rsi);
	case SYS_SECRET:	return secret(f->rdi);
	case SYS_HASH:		return hash_memory();
	case SYS_PRINT:		return sys_print(f->rdi);
	case SYS_MARK:		mark((uint32_t)f->rdi); return 0;
	case SYS_REPORT:	return sys_report(f);
	default:		return memory_call(f);
	}
}

void
syscall(struct frame *f)
{
	count(COUNT_SYSCALLS);
	f->rax = call(f);
}
