/*
 * vmm/host.h - the processor the VMM runs on: its traps, its time, its timer
 */
#ifndef VMM_HOST_H
#define VMM_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* Interrupt vectors (vmm/host_trap.S) */
#define HOST_TIMER	0x40
#define HOST_SPURIOUS	0xff

/* Selectors: vmm/common/enter64.inc has the first two */
#define HOST_UCODE32	0x1b
#define HOST_UDATA	0x23
#define HOST_UCODE64	0x2b
#define HOST_TSS	0x30

#ifndef __ASSEMBLER__

/* A trap's frame on the stack. */
struct host_trap {
	uint64_t	gpr[15];
	uint64_t	vector, error;
	uint64_t	rip, cs, rflags, rsp, ss;
};

void	host_init(void);

/* Host time in nanoseconds. */
uint64_t host_now(void);
/* Of so many nanoseconds, in ticks of the time stamp counter. */
uint64_t host_ticks(uint64_t ns);

/* Interrupts at this host time, or a little later; VTIMER_IDLE: never.  It costs
 * nothing to say the same twice. */
void	host_alarm(uint64_t when);
/* The alarm went off. */
void	host_alarm_gone(void);

#endif
#endif
