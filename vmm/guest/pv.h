/*
 * vmm/guest/pv.h - where native and paravirtual kernel differ
 *
 * All of it.  The native half is what the processor does; the paravirtual one
 * asks the VMM (vmm/abi.h).
 */
#ifndef GUEST_PV_H
#define GUEST_PV_H

#include "vmm/guest/x86.h"

#ifndef GUEST_PV

#include "vmm/common/power.h"
#include "vmm/common/serial.h"

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

/* ---- page tables: entries hold frame numbers, and are stored to */

static inline void
pv_init(void)
{
}

static inline bool
pv_small_pages(void)
{
	return false;
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
pv_flush(void)
{
}

static inline void
pv_table(uint32_t pfn)
{
	(void)pfn;
}

static inline void
pv_untable(uint32_t pfn)
{
	(void)pfn;
}

static inline void
pv_invlpg(uint64_t va)
{
	invlpg(va);
}

static inline void
pv_root(uint32_t pfn)
{
	write_cr3((uint64_t)pfn << 12);
}

#endif
#endif
