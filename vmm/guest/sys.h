/*
 * vmm/guest/sys.h - system calls
 *
 * SYSCALL or INT 80h; rax: number, rdi, rsi, rdx, r10: arguments; result in
 * rax, -1 when the call makes no sense.  SYSCALL loses rcx and r11.
 */
#ifndef GUEST_SYS_H
#define GUEST_SYS_H

enum sys {
	SYS_NULL,
	/* Processes */
	SYS_EXIT,		/* code; never returns */
	SYS_ABORT,		/* code: ends the whole run */
	SYS_FORK,		/* 0 in the child, its pid in the parent */
	SYS_EXEC,		/* program's name, three arguments for it */
	SYS_WAIT,		/* for a child's end: its code; -1: there is none */
	SYS_YIELD,
	SYS_SLEEP,		/* until this tick */
	/* Memory.  Addresses and lengths are in whole pages */
	SYS_MAP,		/* address, pages, enum map_flag: zeroes */
	SYS_MAP_FILE,		/* address, pages, first block of the disk */
	SYS_UNMAP,		/* address, pages: all of what one call mapped */
	SYS_DISCARD,		/* address, pages: they are zero again */
	SYS_PROTECT,		/* address, pages: the next write faults */
	SYS_REMAP,		/* address, count: each page's entry is written anew */
	SYS_PAGE_OUT,		/* address, pages: to swap, if they are there */
	SYS_DROP_CACHE,		/* the page cache is empty, but for mapped pages */
	/* What the kernel knows */
	SYS_OPTION,		/* name, otherwise: number of the command line */
	SYS_OPTION_IS,		/* name, value: 1 or 0 */
	SYS_COUNTER,		/* enum counter */
	SYS_CYCLES,		/* the world's clock, see cycles() */
	SYS_RTC,		/* seconds since 1970 */
	SYS_TIME,		/* of the paravirtual clock; -1: there is none */
	SYS_STOLEN,		/* cycles of it during which others ran */
	SYS_NANO,		/* enum nano, n: cycles of n times */
	SYS_WATCH_WORK,		/* where the process counts what it does: how much
				   it is per quantum is recorded from now on */
	SYS_QUANTUM,		/* n, enum quantum_item: of the n-th quantum */
	/* Talking */
	SYS_PRINT,		/* text */
	SYS_MARK,		/* phase */
	SYS_REPORT,		/* key, name, value */
	SYS_REACH,		/* first, end, every: frames that are not the guest's are
				   read and written, see COUNT_REACHED (reach.c) */
	SYS_ROOT,		/* n, 0: what the VMM says to a root of this kind; n, 1:
				   cycles of it (roots.c) */
	SYS_SECRET,		/* pages: these are planted; 0: how many were changed */
	SYS_HASH,		/* n: hash of the kernel's memory, reported as hashN */
	SYS_COUNT
};

/* What only the kernel may do, measured there */
enum nano {
	NANO_EMPTY,		/* the loop around the others */
	NANO_IN,		/* IN from port 80h */
	NANO_CR8,		/* MOV to CR8 */
	NANO_PTE,		/* the present bit of an entry, cleared or set */
	NANO_FAULT,		/* #PF, which changes nothing */
	NANO_DIVIDE,		/* #DE */
	NANO_CALL,		/* the hypercall that does nothing; -1: no VMM */
	NANO_ROOT,		/* a load of CR3 */
	NANOS
};

/* What is pinned and loaded as a root (roots.c) */
enum root_kind {
	ROOT_ALIEN,		/* of the machine's first MiB: the VMM's */
	ROOT_UNOWNED,		/* the frame behind ours */
	ROOT_WRITABLE,		/* ours, and mapped writable: cannot be pinned */
	ROOT_UNPINNED,		/* ours and in order, but not pinned */
	ROOT_NAMES_ALIEN,	/* pinned with an entry for a frame that is not ours */
	ROOT_VMM_SLOT,		/* ... for the VMM's part of the address space */
	ROOT_OFF_PAGE,		/* an address inside a page */
	ROOT_PIN,		/* in order: pinned */
	ROOT_LOAD,		/* ... and loaded, for the first time */
	ROOT_LOAD_AGAIN,
	ROOT_KINDS
};

enum quantum_item {
	QUANTUM_PID,
	QUANTUM_WORK,		/* done in it */
	QUANTUM_CYCLES,		/* of the world's clock, from its begin to its end */
	QUANTUM_TICK,		/* at its end */
	QUANTUM_ITEMS
};

enum map_flag {
	MAP_LARGE = 1,		/* 2 MiB pages, there at once */
	MAP_LAST = 2,		/* frames from the end of memory, which were
				   never touched if there is enough */
	MAP_NOW = 4,		/* there at once, whatever is in them */
};

enum counter {
	/* Page faults by cause, the minor ones first */
	COUNT_PROTECTION,	/* the entry denied what the program may do */
	COUNT_ZERO,		/* first touch */
	COUNT_COPY,		/* copy on write */
	COUNT_CACHED,		/* a file's page that was in memory */
	COUNT_SWAP_IN,		/* major: read from swap */
	COUNT_FILE_READ,	/* major: read from the file */
	COUNT_FAULTS,		/* so many causes */

	COUNT_EVICTIONS = COUNT_FAULTS,	/* pages written to swap */
	COUNT_DROPPED,		/* pages of the cache given up */
	COUNT_DISK_READS,	/* pages */
	COUNT_DISK_WRITES,
	COUNT_TICKS,
	COUNT_SWITCHES,		/* from one process to another */
	COUNT_SYSCALLS,
	COUNT_BALLOON,		/* frames the VMM has, now */
	COUNT_GIVEN,		/* ... so often one was given */
	COUNT_TAKEN,		/* ... and taken back */
	COUNT_ROOTS,		/* loads of CR3 */
	COUNT_TRIED,		/* frames that are not ours, ... */
	COUNT_REFUSED,		/* ... for which the VMM made no entry */
	COUNT_REACHED,		/* ... that could be read and written */
	COUNT_SECRETS,		/* ... with what is planted in that very frame */
	COUNT_FREE,		/* frames, now */
	COUNTERS
};

#endif
