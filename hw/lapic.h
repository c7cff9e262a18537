/*
 * hw/lapic.h - local APIC: xAPIC and x2APIC, timer with TSC deadline
 *
 * One per processor.  Messages enter by lapic_accept() (or lapic_route(), which
 * finds the targets), pins by lapic_set_lint().  The intr wire tells the
 * processor that lapic_intack() has something for it; the nmi wire is pulsed
 * (true, then false) for each NMI.
 *
 * IPIs go out through a callback: the board decides when they act on other
 * processors.  A self-IPI by shorthand or SELF IPI register acts at once.
 */
#ifndef HW_LAPIC_H
#define HW_LAPIC_H

#include "base/device.h"
#include "base/io.h"
#include "base/log.h"
#include "base/vclock.h"
#include "base/wire.h"
#include "hw/apic.h"

#define MSR_APIC_BASE		0x01bu
#define MSR_TSC_DEADLINE	0x6e0u
#define MSR_X2APIC		0x800u	/* ..8FFh */

#define APIC_BASE_BSP		0x100u
#define APIC_BASE_X2		0x400u
#define APIC_BASE_EN		0x800u

/* lapic_intack(): ask the 8259 pair for the vector. */
#define LAPIC_EXTINT		(-1)

struct lapic;

/* Every callback but ipi may be NULL. */
struct lapic_cb {
	void		(*ipi)(void *arg, const struct apic_msg *m);
	/* End of a level-triggered interrupt: tell the I/O APICs. */
	void		(*eoi)(void *arg, uint8_t vector);
	/* INIT and STARTUP arrive for this processor. */
	void		(*init)(void *arg);
	void		(*startup)(void *arg, uint8_t vector);
	/* APIC_BASE changed; also called at reset and restore. */
	void		(*base)(void *arg, uint64_t base);
	/* Time at which this processor's TSC reaches tsc; NULL: the same. */
	uint64_t	(*tsc_time)(void *arg, uint64_t tsc);
	void		*arg;
};

struct lapic_config {
	uint32_t	id;
	bool		bsp;
	uint8_t		phys_bits;	/* width of hpa, for APIC_BASE */
	struct wire	intr;
	struct wire	nmi;
	struct lapic_cb	cb;
};

struct lapic *lapic_new(const struct lapic_config *cfg, struct vclock *vc,
	    struct log *log);

/* INIT: all registers but APIC_BASE and the ID. */
void	lapic_init_reset(struct lapic *l);

void	lapic_accept(struct lapic *l, const struct apic_msg *m);
/*
 * Delivers m to those of the n local APICs it names; from is the sender for
 * shorthands, NULL for I/O APICs.  Lowest priority goes to the one with the
 * least arbitration priority, the first of equals.  Returns how many took it.
 */
unsigned lapic_route(struct lapic *const *v, unsigned n, const struct lapic *from,
	    const struct apic_msg *m);
/* As that, but only says which of the first 32: bit i is v[i]. */
uint32_t lapic_targets(struct lapic *const *v, unsigned n, const struct lapic *from,
	    const struct apic_msg *m);

/* Pin 0 (LINT0, the 8259's INTR) or 1 (LINT1, NMI). */
void	lapic_set_lint(struct lapic *l, unsigned pin, bool level);

/*
 * The processor acknowledges: a vector 0..255, or LAPIC_EXTINT.  When nothing
 * is pending any more it is the spurious vector.
 */
int	lapic_intack(struct lapic *l);

/* Task priority, 8 bits; CR8 is bits 7:4. */
uint8_t	lapic_tpr(const struct lapic *l);
void	lapic_set_tpr(struct lapic *l, uint8_t tpr);

uint64_t lapic_base(const struct lapic *l);
uint32_t lapic_id(const struct lapic *l);
/* APIC_BASE, TSC_DEADLINE and 800h..8FFh; false: #GP(0). */
bool	lapic_rdmsr(struct lapic *l, uint32_t msr, uint64_t *val) MUST_CHECK;
bool	lapic_wrmsr(struct lapic *l, uint32_t msr, uint64_t val) MUST_CHECK;
/* The TSC was written or its offset changed. */
void	lapic_tsc_changed(struct lapic *l);

/* A register (offset / 16) as it would be read, without being read; false: none. */
bool	lapic_peek(struct lapic *l, unsigned reg, uint32_t *v) MUST_CHECK;
uint64_t lapic_deadline(const struct lapic *l);

extern const struct device_class lapic_class;
extern const struct io_ops lapic_io;	/* one page at APIC_BASE */

#endif
