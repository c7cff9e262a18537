/*
 * hw/machine_slice.h - the run loop with several processors
 *
 * Present with more than one processor only.  For machine*.c and the board.
 */
#ifndef HW_MACHINE_SLICE_H
#define HW_MACHINE_SLICE_H

#include "base/device.h"
#include "base/evheap.h"
#include "hw/apic.h"
#include "hw/machine_priv.h"

/* slice_inbox.what */
#define INBOX_INIT	0x01
#define INBOX_SIPI	0x02
#define INBOX_NMI	0x04
#define INBOX_EXTINT	0x08
#define INBOX_ALL	0x0f

/* Messages for a local APIC that act at the slice's end. */
struct slice_inbox {
	uint32_t	irr[8], tmr[8];	/* as in the APIC: vectors, which are levels */
	uint8_t		what;		/* INBOX_* */
	uint8_t		sipi_vector;
};

struct slices {
	bool			open;	/* processors are in [start, end) */
	uint8_t			cpu;	/* then: the one that runs */
	uint64_t		start;	/* of the slice, or the time it is */
	uint64_t		end;
	uint64_t		seen;	/* latest time in it that a chip was told */
	bool			intr_rises;	/* the 8259 pair's output */
	struct slice_inbox	inbox[MACHINE_CPUS];
	struct evheap		own[MACHINE_CPUS];	/* local APIC timers */
	/* Wiring: */
	struct machine		*m;
	void			(*accept)(void *arg, unsigned cpu, const struct apic_msg *msg);
	void			(*intr)(void *arg, bool level);
	void			*accept_arg;
};

/* NULL without memory. */
struct slices *slices_new(struct machine *m);
void	slices_free(struct slices *s);
void	slices_add_cpu(struct slices *s, struct cpu *c);
/* Empties the heaps. */
void	slices_clear(struct slices *s);

/* Keeps msg for processor cpu until the slice's end; false: it acts at once, as what
 * the running processor sends itself, also by way of a chip. */
bool	slices_hold(struct slices *s, unsigned cpu, const struct apic_msg *msg);
/* The same for the level of the 8259 pair's output. */
bool	slices_hold_intr(struct slices *s, bool level);

/* Runs to the end of a slice; false: a debugger stopped a processor inside. */
bool	slices_run(struct machine *m);
/* Between slices, and no processor has anything to do before an event. */
bool	slices_asleep(const struct machine *m);
uint64_t slices_next_event(const struct machine *m);
/* They sleep on until then. */
void	slices_idle_to(struct machine *m, uint64_t when);
/* Fires what is due at the machine's heap. */
void	slices_events(struct machine *m);

/* The last boundary of the whole machine; inside a slice that is its start. */
uint64_t slices_now(const struct machine *m);
uint64_t slices_chip_now(void *machine);

extern const struct device_class slices_class;

#endif
