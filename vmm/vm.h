/*
 * vmm/vm.h - a virtual machine
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"
#include "cpu/vmcb.h"
#include "vmm/abi.h"
#include "vmm/counters.h"
#include "vmm/vmclock.h"

enum vm_cpu { CPU_SVM, CPU_DEPRIVILEGED, CPU_PARAVIRT };
enum vm_mem { MEM_SHADOW, MEM_NESTED, MEM_DIRECT };
enum vm_time { TIME_MERGE, TIME_BATCH, TIME_DROP, TIME_SLEW, TIME_DELAY };
enum vm_sync { SYNC_WP, SYNC_LAZY, SYNC_OFF };

enum vm_state {
	VM_RUNNABLE,
	VM_HALTED,		/* until an interrupt */
	VM_ENDED
};

/* Registers by the numbers instructions use.  RAX and RSP are the VMCB's while
 * the guest runs. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 };

struct vcpu {
	uint64_t	gpr[16];
	uint8_t		fpu[512] __attribute__((aligned(16)));
	struct vmcb	*vmcb;
	/* What the guest believes its control registers contain.  CR2, and
	 * everything else, is in the VMCB. */
	uint64_t	cr0, cr3, cr4, efer;
	uint64_t	dr[4];		/* while another VM runs (vmm/breaks.h) */
	uint64_t	dr7;		/* deprivileged: kept, not set */
	bool		intr;		/* the PIC's output */
	bool		flush;		/* the TLB, before the next entry */
};

struct vm_config {
	enum vm_cpu	cpu;
	enum vm_mem	mem;
	enum vm_time	time;
	enum vm_sync	sync;
	uint32_t	ram;		/* frames the guest sees */
	uint32_t	frames;		/* frames it gets */
	uint32_t	share;
	bool		large;		/* 2 MiB pages in nested tables */
	bool		verify;		/* compare shadow tables */
	bool		watch;		/* for instructions that do not trap */
	bool		trust;		/* check=off: no isolation (vmm/p2m.h) */
	uint32_t	disk;		/* the machine's IDE drive, 0 to 3 */
	uint32_t	slew;		/* most ticks in the time of one */
	uint32_t	balloon;	/* frames the guest is asked for */
	uint32_t	victim;		/* enum swap_victim */
	uint64_t	off_at, off_for; /* not scheduled at this time, ns */
};

/* A line that is not complete. */
struct vm_text {
	char		line[200];
	unsigned	len;
};

struct shadow;
struct direct;
struct chips;
struct npt;

struct vm {
	unsigned		id;
	const char		*line;		/* its module's */
	struct vm_config	config;
	enum vm_state		state;
	uint64_t		exit_code;

	struct vcpu		cpu;
	unsigned		phys_bits;	/* of addresses, says CPUID */
	uint32_t		*p2m;		/* vmm/p2m.h */
	struct npt		*npt;		/* vmm/npt.h */
	uint32_t		nowhere;	/* a frame for what is no memory */
	struct shadow		*shadow;	/* vmm/shadow.h */
	struct swap		*swap;		/* vmm/swap.h */
	struct direct		*direct;	/* vmm/direct.h */
	struct chips		*chips;		/* vmm/chips.h */
	struct vmclock		clock;		/* vmm/vmclock.h */
	struct counters		count;
	struct counters		at_start;	/* at LAB_MARK_START */

	/* vmm/console.h, vmm/lab.h */
	struct vm_text		out, text;
	bool			prefix;		/* there are several VMs */
	uint32_t		lab_key, lab_low;

	/* vmm/sched.c */
	uint64_t		virtual_time;	/* cycles it had, by its share */
	uint64_t		off_since;	/* host time: runnable, not running */
	bool			yields;

	/* vmm/deprive_watch.c */
	uint64_t		watch_rip;
	const char		*watch_why;	/* NULL: not sensitive */
	const char		*watch_name;
	bool			watch_done;

	uint64_t		calls[HC_COUNT];
};

#define VM_MAX	8

struct blockdev;
struct boot_module;

/* What all VMs are made with. */
struct vm_make {
	const char		*line;		/* the VMM's */
	const struct blockdev	*swap;		/* NULL: none */
	uint64_t		swap_used;	/* sectors */
	bool			svm;		/* the processor has it */
};

/* Makes one, ready to run, of a kernel and the modules behind it; does not
 * return if that cannot be. */
struct vm *vm_new(unsigned id, struct vm_make *make,
	    const struct boot_module *m, unsigned modules);

/* A frame of the VM's that answers where there is no memory. */
uint32_t vm_nowhere(struct vm *vm);

/* Ends it; the reason is said unless it is NULL. */
void	vm_end(struct vm *vm, uint64_t code, const char *reason);

#endif
