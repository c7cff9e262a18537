/*
 * ui/rerun.c - runs that are recorded, replayed, saved, loaded or taken back
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/filehash.h"
#include "base/overlay.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "snapshot/diffreplay.h"
#include "snapshot/history.h"
#include "snapshot/player.h"
#include "snapshot/recorder.h"
#include "snapshot/snapshots.h"
#include "ui/epochs.h"
#include "ui/gdbstub.h"
#include "ui/ui.h"

/* --- recorded and replayed runs --- */

/* The machine is made where its run began (make_machine_in()), the journal here. */
static bool
record_from_here(struct ui *u)
{
	char *here = *u->o.record == '/' ? strdup("") : getcwd(NULL, 0);
	size_t room = here ? strlen(here) + strlen(u->o.record) + 2 : 0;

	u->record_path = here ? malloc(room) : NULL;
	if (u->record_path)
		snprintf(u->record_path, room, "%s%s%s", here, *here ? "/" : "", u->o.record);
	free(here);
	u->o.record = u->record_path;
	return u->o.record || option_bad("--record", "", strerror(errno));
}

/* Of a run that is over there is nothing to record. */
static bool
record_resumed(struct ui *u)
{
	if (!u->o.record || !epochs_over(u))
		return !u->o.record || record_from_here(u);
	fprintf(stderr, "ringlab: note: the run in %s is over: --record %s writes nothing\n",
	    epochs_name(u), u->o.record);
	u->o.record = NULL;
	return true;
}

/* The machine is what the journal says; where its output goes is ours to say. */
bool
rerun_configure(struct ui *u)
{
	struct options *o = &u->o;
	unsigned i;

	o->cfg.disks_frozen = o->record || o->history || o->checkpoint.every;
	if (!o->replay && !checkpoint_options_resume(&o->checkpoint))
		return true;
	if (checkpoint_options_resume(&o->checkpoint) &&
	    (!epochs_configure(u) || !record_resumed(u)))
		return false;
	if (o->replay)
		u->player = player_new(o->replay, u->log);
	if (o->replay && (!u->player || !player_config(u->player, &o->cfg)))
		return false;
	for (i = 0; i < OPTIONS_SERIALS; i++) {
		if (i >= o->serials || !strcmp(o->serial[i], "none"))
			o->serial[i] = "null";
		if (!o->cfg.serial[i].present)
			o->serial[i] = "none";
	}
	o->serials = OPTIONS_SERIALS;
	if (o->replay && o->display != DISPLAY_SDL)
		o->cfg.pace = PACE_MAX;
	if (o->debugcon && !o->cfg.debugcon.present)
		return option_bad("--debugcon", o->debugcon, "the recorded machine had none");
	return true;
}

/* --- snapshots --- */

/* The directory of the first disk's image, or the current one; allocated. */
static char *
first_disk_dir(const struct options *o)
{
	const char *file = NULL, *slash;
	unsigned i;

	for (i = 0; i < MACHINE_DISKS && !file; i++)
		if (!o->cfg.disk[i].cd)
			file = o->cfg.disk[i].file;
	slash = file ? strrchr(file, '/') : NULL;
	if (!slash)
		return strdup(".");
	return strndup(file, slash == file ? 1 : (size_t)(slash - file));
}

static void
save_ended(void *arg, bool ok, const char *text)
{
	struct ui *u = arg;

	if (ok)
		return;
	u->save_failed = true;
	fprintf(stderr, "ringlab: %s\n", text);
}

static bool	start_history(struct ui *u);

/* What records it must know, what remembers it begins anew. */
static void
was_loaded(void *arg, const char *path, uint64_t from)
{
	struct ui *u = arg;

	if (u->recorder)
		recorder_loaded(u->recorder, path, from);
	if (from > machine_cycles(u->m))
		machine_took_back(u->m, from - machine_cycles(u->m));
	epochs_moved(u);
	rerun_history_anew(u);
}

void
rerun_history_anew(struct ui *u)
{
	if (!u->history)
		return;
	history_free(u->history);
	u->history = NULL;
	if (start_history(u))
		return;
	gdbstub_set_history(u->gdb, NULL);
	u->mon.history = NULL;
}

static void
went_back(void *arg)
{
	rerun_history_anew(arg);
}

static bool
make_snapshots(struct ui *u)
{
	char *beside = first_disk_dir(&u->o);
	struct snapshots_config how = {
		.dir = u->o.snapshot_dir ? u->o.snapshot_dir : beside,
		.compress = u->o.snapshot_plain ? SNAPSHOT_PLAIN : SNAPSHOT_ZLIB,
		.incremental = u->o.snapshot_incremental,
		.done = save_ended, .loaded = was_loaded, .arg = u
	};

	u->snapshots = beside ? snapshots_new(u->m, &u->o.cfg, &how) : NULL;
	free(beside);
	if (!u->snapshots)
		fprintf(stderr, "ringlab: out of memory\n");
	return u->snapshots;
}

static bool
load_first(struct ui *u)
{
	struct snapshot_error e;

	if (!u->o.loadvm || snapshots_load(u->snapshots, u->o.loadvm, &e))
		return true;
	fprintf(stderr, "ringlab: -loadvm %s\n", e.text);
	return false;
}

/* A snapshot that was loaded while the journal was made. */
static bool
load_again(void *arg, const char *path, struct hash128 h)
{
	struct ui *u = arg;
	struct snapshot_error e;
	struct hash128 now;
	int err = filehash(path, &now, NULL);

	if (err)
		fprintf(stderr, "ringlab: %s: %s\n", path, strerror(-err));
	else if (now.lo != h.lo || now.hi != h.hi)
		fprintf(stderr, "ringlab: %s is not the snapshot that was loaded when %s was "
		    "recorded\n", path, u->o.replay);
	else if (!snapshots_load(u->snapshots, path, &e))
		fprintf(stderr, "ringlab: %s\n", e.text);
	else
		return true;
	return false;
}

/* Also waits for what is saved in the background. */
bool
rerun_save(struct ui *u)
{
	struct snapshot_error e;

	while (snapshots_busy(u->snapshots))
		snapshots_wait(u->snapshots);
	if (!u->o.save_at_end || snapshots_save_now(u->snapshots, u->o.save_at_end, &e))
		return !u->save_failed;
	fprintf(stderr, "ringlab: --save-at-end %s\n", e.text);
	return false;
}

/* --- the machine and all that goes with it --- */

static bool
start_history(struct ui *u)
{
	u->history = history_new(u->m, &u->o.history_config);
	if (!u->history)
		return option_bad("--history", "", "no memory for it");
	gdbstub_set_history(u->gdb, u->history);
	u->mon.history = u->history;
	return true;
}

static bool
replay_attach(struct ui *u)
{
	player_set_loader(u->player, load_again, u);
	player_on_back(u->player, went_back, u);
	return player_attach(u->player, u->m) && make_snapshots(u);
}

static bool
record_start(struct ui *u)
{
	if (!u->o.record)
		return true;
	u->recorder = recorder_new(u->m, &u->o.cfg, u->o.record, u->log);
	return u->recorder;
}

/* The directory goes on and forgets: the journal has a beginning of its own. */
static bool
record_beginning(struct ui *u)
{
	struct snapshot_error e;
	char path[4096];

	if (!u->recorder)
		return true;
	if ((size_t)snprintf(path, sizeof(path), "%s.rls", u->o.record) >= sizeof(path))
		return option_bad("--record", u->o.record, "the name is too long");
	if (snapshots_save_now(u->snapshots, path, &e))
		return recorder_begins(u->recorder, path);
	fprintf(stderr, "ringlab: --record %s\n", e.text);
	return false;
}

static bool
resume_attach(struct ui *u)
{
	return make_snapshots(u) && record_start(u) && epochs_load(u) && record_beginning(u);
}

/* Relative names in a journal or a checkpoint are from the directory it was made in. */
static bool
make_machine_in(struct ui *u, const char *dir, const char *what,
    bool (*attach)(struct ui *u))
{
	int here = open(".", O_RDONLY | O_CLOEXEC);
	bool ok;

	if (chdir(dir) != 0)
		fprintf(stderr, "ringlab: %s: %s: %s; looking for files here\n", what, dir,
		    strerror(errno));
	u->m = machine_new(&u->o.cfg);
	ok = u->m && attach(u);
	if (here >= 0 && fchdir(here) != 0)
		fprintf(stderr, "ringlab: cannot go back: %s\n", strerror(errno));
	if (here >= 0)
		close(here);
	return ok;
}

static bool
make_machine(struct ui *u)
{
	if (u->player)
		return make_machine_in(u, player_dir(u->player), u->o.replay, replay_attach);
	if (checkpoint_options_resume(&u->o.checkpoint))
		return make_machine_in(u, u->resume_cwd, epochs_name(u), resume_attach);
	u->m = machine_new(&u->o.cfg);
	return u->m && make_snapshots(u) && record_start(u) && load_first(u);
}

bool
rerun_machine(struct ui *u)
{
	if (!make_machine(u))
		return false;
	monitor_init(&u->mon, u->m);
	u->mon.snapshots = u->snapshots;
	u->mon.record = u->o.record;
	u->mon.replay = u->o.replay;
	return epochs_start(u) && (!u->o.history || start_history(u));
}

void
rerun_free(struct ui *u)
{
	history_free(u->history);
	epochs_free(u);
	recorder_free(u->recorder);
	free(u->record_path);
	player_free(u->player);
	snapshots_free(u->snapshots);
}

int
ui_diff_replay(struct ui *u)
{
	switch (diffreplay(u->o.diff_replay[0], u->o.diff_replay[1], stdout, u->log)) {
	case DIFFREPLAY_SAME:
		return fflush(stdout) == 0 ? EXIT_OK : EXIT_ERROR;
	case DIFFREPLAY_DIFFERENT:
		return fflush(stdout) == 0 ? EXIT_DIVERGED : EXIT_ERROR;
	default:
		return EXIT_ERROR;
	}
}

static int
exit_status(enum machine_end end, uint32_t debug_exit)
{
	switch (end) {
	case END_POWEROFF:
	case END_RESET:
	case END_STOPPED:
		return EXIT_OK;
	case END_TRIPLE_FAULT:
		fprintf(stderr, "ringlab: triple fault\n");
		return EXIT_TRIPLE_FAULT;
	case END_LIMIT:
		fprintf(stderr, "ringlab: --limit-cycles reached\n");
		return EXIT_LIMIT;
	case END_TIMEOUT:
		fprintf(stderr, "ringlab: --timeout reached\n");
		return EXIT_LIMIT;
	case END_DEBUG_EXIT:
		return (int)(debug_exit & 0xff);
	default:
		return EXIT_ERROR;
	}
}

/* A replay ends as the recorded run did, whatever ended it. */
static int
replay_status(struct ui *u, enum machine_end end)
{
	uint32_t debug_exit = machine_exit_status(u->m);

	switch (player_finish(u->player, end)) {
	case PLAYER_DIVERGED:
		return EXIT_DIVERGED;
	case PLAYER_SAME:
		end = player_recorded_end(u->player, &debug_exit);
		break;
	default:
		break;
	}
	return exit_status(end, debug_exit);
}

static void
tell_overlay(const struct ui *u)
{
	struct overlay_file *f = machine_overlay_file(u->m);

	if (u->recorder && f && overlay_file_used(f))
		fprintf(stderr, "ringlab: what the guest wrote to its disks is in %s.ovl; "
		    "ringlab --commit puts it into the images\n", u->o.record);
}

int
rerun_status(struct ui *u, enum machine_end end)
{
	int status;

	if (u->player)
		return replay_status(u, end);
	status = exit_status(end, epochs_exit_status(u));
	if (u->recorder && !recorder_end(u->recorder, end))
		status = EXIT_ERROR;
	tell_overlay(u);
	return status;
}

