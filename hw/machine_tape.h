/*
 * hw/machine_tape.h - who records or plays back what reaches a machine
 *
 * A tape is told of every input the machine accepts and of every byte that
 * leaves it, and is called at hash points.  One that plays says when its next
 * record is due; then the door is closed to everybody else: machine_input()
 * takes what the outside offers and drops it.  Nothing here is state.
 */
#ifndef HW_MACHINE_TAPE_H
#define HW_MACHINE_TAPE_H

#include "hw/machine.h"

enum machine_channel { OUTPUT_SERIAL0, OUTPUT_SERIAL1, OUTPUT_DEBUGCON, OUTPUT_CHANNELS };

/* Hooks that are NULL are not called, except that a tape that plays has next and
 * play. */
struct machine_tape {
	bool	playing;	/* the door is closed; does not change while it is set */
	bool	mute;		/* bytes go no further than output() */
	bool	sealed;		/* nobody may change the machine by hand: a debugger */
	/* Was just accepted, at the present position, from outside or by
	 * machine_feed(). */
	void	(*input)(void *arg, struct machine *m, enum machine_source source,
		    const uint8_t *payload, size_t n);
	void	(*output)(void *arg, enum machine_channel channel, uint8_t byte);
	/* Every MACHINE_HASH_EVERY cycles. */
	void	(*hash_point)(void *arg, struct machine *m);
	/* Cycle of the next record, ~0 when there is none.  Playing only: */
	uint64_t (*next)(void *arg);
	/* The machine is there: machine_feed() and machine_stop() may be called.
	 * Must move on: next() is asked again. */
	void	(*play)(void *arg, struct machine *m);
	void	*arg;
};

/* NULL: none.  t must outlive its use. */
void	machine_set_tape(struct machine *m, const struct machine_tape *t);
const struct machine_tape *machine_tape(const struct machine *m);
static inline bool
machine_sealed(const struct machine *m)
{
	return machine_tape(m) && machine_tape(m)->sealed;
}
/* As machine_input(), for a tape that plays. */
size_t	machine_feed(struct machine *m, enum machine_source source,
	    const void *payload, size_t n);

#endif
