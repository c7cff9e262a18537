/*
 * vmm/guest/pv.h - where native and paravirtual kernel differ
 *
 * All of it: one half is what the processor does, the other (pv.c) asks the
 * VMM, see vmm/abi.h.  The paravirtual kernel needs its VMM, but runs in any
 * memory mode: tables are the VMM's business with direct paging only.
 */
#ifndef GUEST_PV_H
#define GUEST_PV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef GUEST_PV

void	pv_console_init(void);
void	pv_console_put(char c);
void	pv_halt(int code) __attribute__((noreturn));

/* Cycles of a clock that goes on while this guest does not run, and how many
 * of them it did not; -1: there is no such clock. */
uint64_t pv_time(void);
uint64_t pv_stolen(void);

/* Bytes wanted behind the table of frames, and where they are. */
size_t	pv_room(uint32_t frames);
void	pv_init(void *room, uint32_t frames);

/* The kernel's mappings have 4 KiB pages; a program's may have large ones. */
bool	pv_small_pages(void);
bool	pv_large_pages(void);
/* The number that entries have for a frame, and back; pv_machine() is 0 for a
 * frame that is not there. */
uint32_t pv_machine(uint32_t pfn);
uint32_t pv_frame(uint32_t machine);

/* Stores to tables and invalidations, which are made at the latest by the next
 * pv_flush() or pv_root(), in their order. */
void	pv_store(volatile uint64_t *at, uint64_t pte);
void	pv_invlpg(uint64_t va);
void	pv_flush(void);
void	pv_root(uint32_t pfn);

/* Stores an entry that names any frame at all, now; false: the VMM refuses. */
bool	pv_try(volatile uint64_t *at, uint64_t pte);
/* Entries may name this frame. */
bool	pv_is_ours(uint64_t frame, uint32_t page_end);

/* From now on, and until then, a frame is a table; of level 4 if it is a root.
 * Before the first pv_root() it need not be said.  One that was a table can be
 * written to after pv_flush(). */
void	pv_table(uint32_t pfn, bool root);
void	pv_untable(uint32_t pfn, bool root);

/* The frame is given to the VMM, or was given back by it. */
void	pv_gone(uint32_t pfn);
void	pv_back(uint32_t pfn);

#else

#include "vmm/common/power.h"
#include "vmm/common/serial.h"
#include "vmm/guest/x86.h"

static inline void
pv_console_init(void)
{
	serial_init();
}

static inline void
pv_console_put(char c)
{
	serial_put(c);
}

static inline void __attribute__((noreturn))
pv_halt(int code)
{
	(void)code;
	power_off();
}

static inline uint64_t
pv_time(void)
{
	return (uint64_t)-1;
}

static inline uint64_t
pv_stolen(void)
{
	return (uint64_t)-1;
}

static inline size_t
pv_room(uint32_t frames)
{
	(void)frames;
	return 0;
}

static inline void
pv_init(void *room, uint32_t frames)
{
	(void)room, (void)frames;
}

static inline bool
pv_small_pages(void)
{
	return false;
}

static inline bool
pv_large_pages(void)
{
	return true;
}

static inline uint32_t
pv_machine(uint32_t pfn)
{
	return pfn;
}

static inline uint32_t
pv_frame(uint32_t machine)
{
	return machine;
}

static inline void
pv_store(volatile uint64_t *at, uint64_t pte)
{
	*at = pte;
}

static inline void
pv_invlpg(uint64_t va)
{
	invlpg(va);
}

static inline void
pv_flush(void)
{
}

static inline void
pv_root(uint32_t pfn)
{
	write_cr3((uint64_t)pfn << 12);
}

static inline bool
pv_try(volatile uint64_t *at, uint64_t pte)
{
	*at = pte;
	return true;
}

static inline bool
pv_is_ours(uint64_t frame, uint32_t page_end)
{
	return frame < page_end;
}

static inline void
pv_table(uint32_t pfn, bool root)
{
	(void)pfn, (void)root;
}

static inline void
pv_untable(uint32_t pfn, bool root)
{
	(void)pfn, (void)root;
}

static inline void
pv_gone(uint32_t pfn)
{
	(void)pfn;
}

static inline void
pv_back(uint32_t pfn)
{
	(void)pfn;
}

#endif
#endif
