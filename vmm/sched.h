/*
 * vmm/sched.h - which VM runs
 *
 * The runnable one that has had least of the processor for its share; time
 * slices of "quantum" nanoseconds.
 */
#ifndef VMM_SCHED_H
#define VMM_SCHED_H

#include <stdint.h>

#include "vmm/svm.h"

struct vm;

struct sched {
	struct vm		**vm;
	unsigned		vms;
	struct vm		*current;	/* whose registers the processor has */
	struct svm_features	features;
	uint64_t		quantum;
	uint64_t		idle;		/* cycles without a runnable VM */
	struct vm		*input;		/* whose the keyboard is; NULL */
	uint64_t		input_at;	/* when it is looked at again */
	bool			canary;		/* in all free frames */
	bool			owners;		/* are reported: whose each frame is */
	bool			report_serial;	/* not to labdev */
	uint64_t		since;		/* when the VMM had the processor */
	uint64_t		least;		/* virtual time of who runs */
};

/* Until all have ended. */
void	sched_run(struct sched *s);

#endif
