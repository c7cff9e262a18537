/*
 * ui/epochs.c - checkpoints of a run of the program
 */
#include "ui/epochs.h"

#include <stdio.h>

#include "base/overlay.h"
#include "hw/machine_state.h"
#include "snapshot/checkpoint.h"
#include "ui/gdbstub.h"
#include "ui/window.h"

static const struct checkpoint_options *
options_of(const struct ui *u)
{
	return &u->o.checkpoint;
}

static bool
wanted(const struct ui *u)
{
	return options_of(u)->every;
}

/* --- what waits --- */

bool
epochs_connect(struct ui *u)
{
	struct machine_config *cfg = &u->o.cfg;
	unsigned i;

	if (!wanted(u))
		return true;
	u->outbuf = outbuf_new(options_of(u)->hold, OUTBUF_LIMIT);
	if (!u->outbuf)
		return option_bad("--checkpoint-every", "", "no memory for what waits");
	for (i = 0; i < MACHINE_SERIALS; i++)
		(void)outbuf_take_bytes(u->outbuf, &cfg->serial[i]);
	(void)outbuf_take_bytes(u->outbuf, &cfg->console);
	(void)outbuf_take_bytes(u->outbuf, &cfg->debugcon);
	for (i = 0; i < MACHINE_NICS; i++)
		(void)outbuf_take_nic(u->outbuf, &cfg->nic[i]);
	return true;
}

/* --- beginning and end --- */

/* Keys on their way to the guest that was there are not for the one that is here. */
static void
went_back(void *arg, uint64_t cycles)
{
	struct ui *u = arg;

	(void)cycles;
	monitor_moved(&u->mon);
}

static bool
writes_are_lost(const struct ui *u)
{
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++) {
		const struct machine_disk *d = &u->o.cfg.disk[i];

		if (d->present && d->file && !d->cd && !d->readonly && !d->snapshot)
			return !machine_overlay_file(u->m);
	}
	return false;
}

bool
epochs_start(struct ui *u)
{
	struct checkpoints_config how = { .every = options_of(u)->every,
		.on = options_of(u)->on, .panic = options_of(u)->panic, .out = u->outbuf,
		.left = ui_flush, .back = went_back, .arg = u, .log = u->log };

	if (!wanted(u))
		return true;
	u->checkpoints = checkpoints_new(u->m, &how);
	u->mon.checkpoints = u->checkpoints;
	if (u->checkpoints && writes_are_lost(u))
		fprintf(stderr, "ringlab: note: images are not written from the first checkpoint "
		    "on; what the guest writes is gone at the end without --checkpoint-dir or "
		    "--record\n");
	return u->checkpoints;
}

void
epochs_moved(struct ui *u)
{
	if (u->checkpoints)
		(void)checkpoints_moved(u->checkpoints);
}

bool
epochs_wanted_back(const struct ui *u)
{
	return u->checkpoints && (u->line.back || window_wants_back(u->window));
}

bool
epochs_go_back(struct ui *u)
{
	bool asked = epochs_wanted_back(u);

	u->line.back = false;
	window_had_back(u->window);
	if (!u->checkpoints)
		return false;
	if (checkpoints_due_back(u->checkpoints))
		return true;
	return asked && checkpoints_rollback(u->checkpoints, "a key was pressed");
}

bool
epochs_finish(struct ui *u, enum machine_end end)
{
	bool ok = !u->checkpoints || checkpoints_finish(u->checkpoints, end);

	ui_flush(u);
	return ok;
}

void
epochs_free(struct ui *u)
{
	checkpoints_free(u->checkpoints);
	outbuf_free(u->outbuf);
}
