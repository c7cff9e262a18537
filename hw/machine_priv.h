/*
 * hw/machine_priv.h - inside of a machine, for machine*.c and the board
 */
#ifndef HW_MACHINE_PRIV_H
#define HW_MACHINE_PRIV_H

#include "base/device.h"
#include "base/evheap.h"
#include "base/hash.h"
#include "hw/bus.h"
#include "hw/machine.h"
#include "hw/machine_tape.h"
#include "mmu/physmem.h"

#define MACHINE_CPUS	MACHINE_MAX_CPUS
#define MACHINE_DEVICES	48

/* Of sections that are no device's. */
#define MACHINE_STATE_VERSION	1u
#define CPU_STATE_VERSION	1u
#define TLB_STATE_VERSION	1u
#define SVM_STATE_VERSION	1u
#define MONITOR_STATE_VERSION	1u

/* What the guest asked for; served at the next boundary. */
enum {
	REQ_RESET	= 0x01,
	REQ_CPU_RESET	= 0x02,		/* processors only */
	REQ_TRIPLE	= 0x04,
	REQ_POWEROFF	= 0x08,
	REQ_EXIT	= 0x10,
	REQ_STOP	= 0x20,		/* of the host */
	REQ_SUSPEND	= 0x40,
	REQ_WAKE	= 0x80,
	REQ_WATCHDOG	= 0x100		/* a reset, by itself */
};

struct machine_device {
	const struct device_class	*class;
	void				*dev;
	const char			*name;
	struct evheap			*heap;	/* that its timers are in */
};

struct pc;
struct slices;

struct machine {
	struct machine_config	cfg;
	struct log		*log;
	struct physmem		*pm;
	struct pio		*pio;
	struct evheap		heap;
	struct codecache	*codes;
	struct cpu		*cpu[MACHINE_CPUS];
	unsigned		cpus;
	struct cpu		*cur;		/* the one that runs */
	struct machine_device	dev[MACHINE_DEVICES];
	unsigned		devs;
	struct pc		*pc;
	struct slices		*slices;	/* NULL: one processor */
	uint64_t		timeline;	/* a rollback starts a new one */

	/* Of the run, not state. */
	const struct machine_tape *tape;	/* may be NULL */
	uint64_t		next_tape;	/* cycle its next record is due, or VTIMER_IDLE */
	bool			apart;		/* machine_run_apart() */
	uint64_t		apart_until;
	uint64_t		taken_back;	/* cycles, by going back */
	uint32_t		requests;
	uint32_t		exit_status;
	uint64_t		resets;
	uint64_t		next_hash;	/* cycle, or VTIMER_IDLE */
	uint64_t		next_stats;	/* the same */
	uint64_t		next_poll;
	bool			poll_soon;	/* next_poll is for an answer */
	uint64_t		host_start;	/* host time of the first run */
	uint64_t		pace_host, pace_virtual; /* the two clocks' common point */
	uint64_t		idle_until;	/* asleep on the host; 0: not */
	bool			dead_halt_told;
	struct machine_section	*section;	/* what machine_section() says */
	struct hash_stream	*hash;
	uint8_t			*encoded;	/* room for any device's state */
	size_t			encoded_room;
	uint64_t		hash_ns;
};

void	machine_request(struct machine *m, uint32_t what);
/* Registers a device for reset, state and freeing; order is the order of reset.
 * A NULL dev is a failed constructor: false after a message. */
bool	machine_add(struct machine *m, const struct device_class *class, void *dev,
	    const char *name) MUST_CHECK;

/* The machine is somewhere else in time, or has another tape: host stops anew. */
void	machine_moved(struct machine *m);
/* The outside has heard it before. */
bool	machine_muted(const struct machine *m);
/* A byte for the outside. */
void	machine_output(struct machine *m, enum machine_channel channel,
	    const struct machine_out *out, uint8_t byte);
/* A frame of network card i. */
void	machine_send(struct machine *m, unsigned i, const uint8_t *frame, size_t n);

/* hw/machine_pace.c */
uint64_t machine_host_ns(void);
/* Lets idle time pass up to target. */
/* Idle time follows the host's: who sleeps polls, then. */
bool	machine_paced(const struct machine *m);
void	machine_idle(struct machine *m, uint64_t target);
void	machine_idle_arrive(struct machine *m);
/* Takes input; holds the machine back where it is ahead of the host's clock. */
void	machine_poll(struct machine *m);

/* hw/machine_state.c: all processors and devices are there; false after a message. */
bool	machine_sections_init(struct machine *m) MUST_CHECK;

/* hw/machine_hash.c */
bool	machine_hash_init(struct machine *m);
void	machine_hash_fini(struct machine *m);
void	machine_hash_point(struct machine *m);

/* Where machine_print_*() write: text without its end of line. */
struct printer {
	void	(*line)(void *arg, const char *text);
	void	*arg;
};
/* At most 1023 characters. */
void	print_line(const struct printer *p, const char *fmt, ...) PRINTF(2, 3);

#endif
