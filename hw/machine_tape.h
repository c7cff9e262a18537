/*
 * hw/machine_tape.h - who records or plays back what reaches a machine
 *
 * A tape is told of every input the machine accepts and of every byte and frame
 * that leaves it, and is called at hash points and at cycles it names.  While one
 * plays, the door is closed to everybody else: machine_input() takes what the
 * outside offers and drops it.  Nothing here is state.
 */
#ifndef HW_MACHINE_TAPE_H
#define HW_MACHINE_TAPE_H

#include "hw/machine.h"

enum machine_channel { OUTPUT_SERIAL0, OUTPUT_SERIAL1, OUTPUT_DEBUGCON, OUTPUT_CONSOLE,
	OUTPUT_CHANNELS };

/* Hooks that are NULL are not called.  next and play come together; a tape that
 * plays has them. */
struct machine_tape {
	bool	playing;	/* the door is closed; does not change while it is set */
	bool	sealed;		/* nobody may change the machine by hand: a debugger */
	bool	one_line;	/* what happened may have been seen: a history does not
				 * lead to another future */
	bool	mute;		/* bytes and frames go no further than
				 * output() and frame(); no hash lines, no
				 * words of guest software through labdev */
	/* Was just accepted, at the present position, from outside or by
	 * machine_feed(). */
	void	(*input)(void *arg, struct machine *m, enum machine_source source,
		    const uint8_t *payload, size_t n);
	void	(*output)(void *arg, enum machine_channel channel, uint8_t byte);
	/* Network card number nic sends. */
	void	(*frame)(void *arg, unsigned nic, const uint8_t *frame, size_t n);
	/* Every MACHINE_HASH_EVERY cycles. */
	void	(*hash_point)(void *arg, struct machine *m);
	/* The cycle at which play is to be called, ~0 for never. */
	uint64_t (*next)(void *arg);
	/*
	 * The machine is there: machine_feed(), machine_stop(), machine_set_tape()
	 * may be called and state may be loaded.  Must move on: next() is asked
	 * again.
	 */
	void	(*play)(void *arg, struct machine *m);
	/* The guest has brought the machine to this end, also to a triple fault that
	 * will reset it.  True: the machine is elsewhere now and goes on. */
	bool	(*ended)(void *arg, struct machine *m, enum machine_end end);
	/* A tape that records: a number for the present moment; and later: from cycle
	 * `from` the machine went back to that moment, and timeline begins. */
	uint64_t (*place)(void *arg);
	void	(*back)(void *arg, struct machine *m, uint64_t from, uint64_t place,
		    uint64_t timeline);
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
/* next() has come nearer. */
void	machine_tape_soon(struct machine *m);
/* As machine_input(), for a tape that plays. */
size_t	machine_feed(struct machine *m, enum machine_source source,
	    const void *payload, size_t n);

/*
 * As machine_run(), apart from the outside, for going over known ground: nobody
 * is polled, idle time jumps, there are no hash points and no limits.  END_LIMIT
 * at the first boundary at or after cycle, when the tape has played what is due.
 */
enum machine_end machine_run_apart(struct machine *m, uint64_t cycle);
/* What happens from here on is another future than one that was seen. */
void	machine_set_timeline(struct machine *m, uint64_t timeline);
/* The machine was put back so many cycles; machine_outside() is not. */
void	machine_took_back(struct machine *m, uint64_t cycles);

#endif
