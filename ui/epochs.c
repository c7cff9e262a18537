/*
 * ui/epochs.c - checkpoints of a run of the program
 */
#include "ui/epochs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/overlay.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "snapshot/checkpoint.h"
#include "snapshot/checkpoint_dir.h"
#include "snapshot/history.h"
#include "snapshot/replica.h"
#include "snapshot/standby.h"
#include "ui/gdbstub.h"
#include "ui/standby.h"
#include "ui/window.h"

#define CONNECT_MS	10000

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

static bool
failed(const struct snapshot_error *e)
{
	fprintf(stderr, "ringlab: %s\n", e->text);
	return false;
}

/* --- a run that goes on --- */

/* The command line says what the machine's cards are plugged into, not what they are. */
static bool
check_cards(const struct options *o)
{
	unsigned i;

	for (i = 0; i < o->nics; i++)
		if (!o->cfg.nic[i].present)
			return option_bad("-nic", "", "the machine has not so many network cards as -nic was given");
	return true;
}

static bool
open_resumed(struct ui *u)
{
	struct snapshot_error e;

	if (options_of(u)->listen.port)
		return standby_begin(u);
	u->checkpoint_dir = checkpoint_dir_open(options_of(u)->resume, &e);
	return u->checkpoint_dir || failed(&e);
}

const char *
epochs_name(const struct ui *u)
{
	return checkpoint_dir_path(u->checkpoint_dir);
}

bool
epochs_configure(struct ui *u)
{
	struct options *o = &u->o;
	struct snapshot_error e;
	const char *bad;

	if (!open_resumed(u))
		return false;
	u->resume_config = checkpoint_dir_config(u->checkpoint_dir, &u->resume_cwd, &e);
	if (!u->resume_config)
		return failed(&e);
	memset(o->cfg.nic, 0, sizeof(o->cfg.nic));
	if (machine_config_parse(&o->cfg, u->resume_config, &bad))
		bad = machine_config_impossible(&o->cfg);
	if (bad)
		return option_bad(epochs_name(u), bad, "no machine");
	o->cfg.disks_frozen = true;
	u->resumed_end = (enum machine_end)checkpoint_dir_info(u->checkpoint_dir)->end;
	if (!o->checkpoint.every)
		o->checkpoint.every = checkpoint_dir_info(u->checkpoint_dir)->every;
	return check_cards(o);
}

/* What is written to disks has a file beside the directory, or beside the journal if
 * there is one; the checkpoints have it, too, so that of a run that died is of no
 * use. */
static bool
freeze_disks(struct ui *u)
{
	const char *dir = checkpoint_dir_path(u->checkpoint_dir);
	size_t room = strlen(dir) + 8;
	char *path = malloc(room);
	struct overlay_file *f;
	bool ok;

	if (!path)
		return false;
	snprintf(path, room, "%s.ovl", dir);
	if (checkpoint_dir_used(u->checkpoint_dir))
		unlink(path);
	ok = machine_freeze_disks(u->m, path);
	free(path);
	f = machine_overlay_file(u->m);
	return ok && (!f || !overlay_file_add_user(f, dir));
}

static bool
attach(struct ui *u)
{
	const struct checkpoint_options *c = options_of(u);
	const struct checkpoint_dir_config how = { .m = u->m, .cfg = &u->o.cfg,
		.out = u->outbuf, .every = c->every,
		.keep = c->keep ? c->keep : CHECKPOINT_KEEP, .log = u->log };
	struct snapshot_error e;

	return checkpoint_dir_attach(u->checkpoint_dir, &how, &e) || failed(&e);
}

bool
epochs_load(struct ui *u)
{
	const struct checkpoint_info *info = checkpoint_dir_info(u->checkpoint_dir);
	struct snapshot_error e;

	if (u->standby ? !standby_hold(u) : !freeze_disks(u))
		return false;
	if (!checkpoint_dir_load(u->checkpoint_dir, u->m, &u->o.cfg, u->outbuf, &e))
		return failed(&e);
	machine_took_back(u->m, info->outside - info->cycle);
	machine_set_timeline(u->m, machine_position_now(u->m).timeline + 1);
	return u->standby ? standby_end(u) : attach(u);
}

enum machine_end
epochs_resumed_end(const struct ui *u)
{
	return u->resumed_end;
}

bool
epochs_over(const struct ui *u)
{
	enum machine_end end = epochs_resumed_end(u);

	return end == END_POWEROFF || end == END_RESET || end == END_TRIPLE_FAULT ||
	    end == END_DEBUG_EXIT;
}

uint32_t
epochs_exit_status(const struct ui *u)
{
	return epochs_over(u) ? checkpoint_dir_info(u->checkpoint_dir)->exit_status :
	    machine_exit_status(u->m);
}

/* A file that was given again has part of what waits; another one begins with it. */
static bool
resume_file(struct ui *u, const struct sink *s, int port)
{
	uint64_t left, waiting;
	long has;

	if (!s->out || port < 0)
		return true;
	left = outbuf_left(u->outbuf, port);
	waiting = outbuf_waiting(u->outbuf, port);
	has = fseek(s->out, 0, SEEK_END) == 0 ? ftell(s->out) : -1;
	if (has <= 0) {
		outbuf_set_left(u->outbuf, port, 0);
		return true;
	}
	if ((uint64_t)has < left || (uint64_t)has > left + waiting) {
		fprintf(stderr, "ringlab: --resume: %s has %ld bytes, not %llu to %llu: it is not "
		    "the file of the run that is resumed\n", s->name, has,
		    (unsigned long long)left, (unsigned long long)(left + waiting));
		return false;
	}
	outbuf_skip(u->outbuf, port, (uint64_t)has - left);
	return true;
}

static bool
resume_files(struct ui *u)
{
	unsigned i;

	if (!checkpoint_options_resume(options_of(u)))
		return true;
	for (i = 0; i < OPTIONS_SERIALS; i++)
		if (!resume_file(u, &u->serial[i], u->port[i]))
			return false;
	return resume_file(u, &u->console, u->port[OPTIONS_SERIALS]);
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
		u->port[i] = outbuf_take_bytes(u->outbuf, &cfg->serial[i]);
	u->port[i] = outbuf_take_bytes(u->outbuf, &cfg->console);
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
	rerun_history_anew(u);
}

static bool
in_past(void *arg)
{
	const struct ui *u = arg;

	return u->history && history_in_past(u->history);
}

/* Killed from here on, the program leaves nothing behind that should have left. */
static void
has_left(void *arg)
{
	struct ui *u = arg;
	unsigned i;

	ui_flush(u);
	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			net_flush(u->net[i]);
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

static bool
open_dir(struct ui *u)
{
	struct snapshot_error e;

	if (!options_of(u)->dir)
		return true;
	u->checkpoint_dir = checkpoint_dir_create(options_of(u)->dir, &e);
	if (!u->checkpoint_dir)
		return failed(&e);
	return freeze_disks(u) && attach(u);
}

static bool
connect_standby(struct ui *u)
{
	const struct checkpoint_options *c = options_of(u);
	struct replica_config how = { .m = u->m, .cfg = &u->o.cfg, .out = u->outbuf,
		.every = c->every, .lease_ns = c->lease, .level = c->level, .log = u->log };
	struct snapshot_error e;
	char name[NET_TEXT];
	const char *why;

	if (!c->standby.port)
		return true;
	endpoint_print(&c->standby, name, sizeof(name));
	how.name = name;
	how.fd = endpoint_connect(&c->standby, CONNECT_MS, &why);
	if (how.fd < 0)
		return option_bad("--replicate-to", name, why);
	u->replica = replica_new(&how, &e);
	return u->replica || failed(&e);
}

/* Safe is: where it was wished to be. */
static bool
commit(void *arg, struct undo *undo, uint64_t number, enum machine_end end)
{
	struct ui *u = arg;
	struct checkpoint_sink s;

	if (u->checkpoint_dir && !u->standby) {
		s = checkpoint_dir_sink(u->checkpoint_dir);
		if (!s.commit(s.arg, undo, number, end))
			return false;
	}
	if (!u->replica)
		return true;
	s = replica_sink(u->replica);
	return s.commit(s.arg, undo, number, end);
}

static void
sent(void *arg, struct checkpoint_sent *s)
{
	struct ui *u = arg;
	struct checkpoint_sink sink = replica_sink(u->replica);

	sink.sent(sink.arg, s);
}

void
epochs_poll(struct ui *u)
{
	if (u->replica)
		(void)replica_poll(u->replica);
}

bool
epochs_failed(const struct ui *u)
{
	return (u->checkpoints && checkpoints_failed(u->checkpoints)) ||
	    (u->replica && replica_failed(u->replica));
}

bool
epochs_start(struct ui *u)
{
	struct checkpoints_config how = { .every = options_of(u)->every,
		.on = options_of(u)->on, .panic = options_of(u)->panic, .out = u->outbuf,
		.left = has_left, .back = went_back, .in_past = in_past, .arg = u, .log = u->log };

	if (!wanted(u))
		return true;
	if (!open_dir(u) || !resume_files(u))
		return false;
	if (u->checkpoint_dir) {
		how.number = checkpoint_dir_info(u->checkpoint_dir)->number;
		how.end = epochs_resumed_end(u);
	}
	if (!connect_standby(u))
		return false;
	how.sink = (struct checkpoint_sink){ commit, u->replica ? sent : NULL, u };
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
	if (asked && in_past(u))
		fprintf(stderr, "ringlab: note: no rollback from the past; continue to the present "
		    "first\n");
	if (in_past(u))
		return false;
	if (checkpoints_due_back(u->checkpoints))
		return true;
	return asked && checkpoints_rollback(u->checkpoints, "a key was pressed");
}

bool
epochs_finish(struct ui *u, enum machine_end end)
{
	bool ok;

	/* What comes last is the present. */
	if (u->checkpoints && in_past(u))
		(void)!history_goto(u->history, history_live(u->history));
	ok = !u->checkpoints || checkpoints_finish(u->checkpoints, end);

	ui_flush(u);
	return ok;
}

void
epochs_free(struct ui *u)
{
	checkpoints_free(u->checkpoints);
	outbuf_free(u->outbuf);
	replica_free(u->replica);
	standby_free(u->standby);
	checkpoint_dir_free(u->checkpoint_dir);
	free(u->resume_config);
	free(u->resume_cwd);
}
