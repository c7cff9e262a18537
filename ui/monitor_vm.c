/*
 * ui/monitor_vm.c - commands that do something with the machine
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hw/machine_tape.h"
#include "snapshot/checkpoint.h"
#include "snapshot/history.h"
#include "snapshot/snapshots.h"
#include "ui/monitor_priv.h"

static bool
is_held(const struct monitor *mon)
{
	return mon->held && mon->held(mon->held_arg);
}

bool
monitor_must_run(const struct monitor *mon)
{
	return mon->reset_asked && !mon->stopped && !is_held(mon);
}

/* --- stopping --- */

void
monitor_do_stop(struct monitor_call *call)
{
	call->mon->stopped = true;
}

void
monitor_do_cont(struct monitor_call *call)
{
	call->mon->stopped = false;
	if (is_held(call->mon))
		monitor_say(call, "the debugger holds the machine until it says continue");
}

void
monitor_do_quit(struct monitor_call *call)
{
	call->mon->quit = true;
}

/* --- buttons --- */

const char *
monitor_no_input(struct monitor *mon)
{
	const struct machine_tape *t = machine_tape(mon->m);

	if (mon->history && history_in_past(mon->history))
		return history_may_branch(mon->history) ?
		    "this is the past, which is done; \"branch\" makes it the present" :
		    "this is the past, which is done";
	if (t && t->playing)
		return "the machine replays a recording and takes no input";
	return NULL;
}

static bool
press(struct monitor_call *call, enum machine_source button)
{
	const char *why = monitor_no_input(call->mon);
	const uint8_t payload = 0;

	if (why)
		monitor_fail(call, "%s", why);
	else
		(void)machine_input(call->mon->m, button, &payload, 1);
	return !why;
}

void
monitor_do_system_reset(struct monitor_call *call)
{
	call->mon->reset_asked |= press(call, INPUT_RESET);
}

void
monitor_do_system_powerdown(struct monitor_call *call)
{
	(void)press(call, INPUT_POWER);
}

/* --- memory --- */

static bool
have_balloon(struct monitor_call *call, uint64_t *ram)
{
	if (machine_balloon(call->mon->m, ram))
		return true;
	monitor_say(call, "this machine has no balloon: -device virtio-balloon-pci");
	return false;
}

void
monitor_do_info_balloon(struct monitor_call *call)
{
	uint64_t ram;

	if (have_balloon(call, &ram))
		monitor_say(call, "balloon: actual=%" PRIu64, ram >> 20);
}

void
monitor_do_balloon(struct monitor_call *call)
{
	const char *why = monitor_no_input(call->mon);
	uint8_t payload[4];
	uint64_t mib, ram;

	if (why) {
		monitor_say(call, "%s", why);
		return;
	}
	if (!have_balloon(call, &ram) || !monitor_address(call, call->args, &mib))
		return;
	if (mib < 1 || mib > UINT32_MAX) {
		monitor_say(call, "not a number of MiB: %s", call->args);
		return;
	}
	put_le32(payload, (uint32_t)mib);
	(void)machine_input(call->mon->m, INPUT_BALLOON, payload, sizeof(payload));
}

/* --- snapshots --- */

void
monitor_moved(struct monitor *mon)
{
	mon->keys = 0;
	mon->next_key = 0;
	mon->reset_asked = false;
}

static bool
have_snapshots(struct monitor_call *call)
{
	if (!call->mon->snapshots)
		monitor_fail(call, "snapshots are not available");
	return call->mon->snapshots;
}

void
monitor_do_savevm(struct monitor_call *call)
{
	struct snapshot_error e;

	if (!have_snapshots(call))
		return;
	/* The request is no state: a snapshot would be without it. */
	if (call->mon->reset_asked)
		monitor_fail(call, "the reset comes first: let the machine run");
	else if (call->mon->checkpoints && !checkpoints_commit(call->mon->checkpoints))
		monitor_fail(call, "the state could not be committed");
	else if (!snapshots_save(call->mon->snapshots, call->args, &e))
		monitor_fail(call, "%s", e.text);
}

void
monitor_do_loadvm(struct monitor_call *call)
{
	const struct machine_tape *t = machine_tape(call->mon->m);
	struct snapshot_error e;

	if (!have_snapshots(call))
		return;
	if (t && t->playing)
		monitor_fail(call, "%s", monitor_no_input(call->mon));
	else if (!snapshots_load(call->mon->snapshots, call->args, &e))
		monitor_fail(call, "%s", e.text);
	else
		monitor_moved(call->mon);
}

void
monitor_do_delvm(struct monitor_call *call)
{
	struct snapshot_error e;

	if (have_snapshots(call) && !snapshots_delete(call->mon->snapshots, call->args, &e))
		monitor_fail(call, "%s", e.text);
}

struct names {
	bool	heading;	/* has been */
	void	(*fn)(void *arg, const char *name);
	void	*arg;
};

/* The first word of each line behind the heading. */
static void
snapshot_line(void *arg, const char *text)
{
	struct names *names = arg;
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, " \t"), text);
	if (names->heading && *name)
		names->fn(names->arg, name);
	names->heading = true;
}

void
monitor_each_snapshot(struct monitor *mon, void (*fn)(void *arg, const char *name), void *arg)
{
	struct names names = { .fn = fn, .arg = arg };

	if (mon->snapshots)
		snapshots_list(mon->snapshots, snapshot_line, &names);
}

/* --- the past --- */

static bool
have_history(struct monitor_call *call)
{
	if (!call->mon->history)
		monitor_fail(call, "history is not available");
	return call->mon->history;
}

/* It would run to the present at once, with nothing to be seen. */
static void
arrived(struct monitor_call *call)
{
	monitor_moved(call->mon);
	call->mon->stopped = true;
	monitor_say(call, "stopped at cycle %" PRIu64, machine_cycles(call->mon->m));
}

void
monitor_do_rewind(struct monitor_call *call)
{
	struct history *h = call->mon->history;
	uint64_t back, now = machine_cycles(call->mon->m), to;
	int err;

	if (!have_history(call))
		return;
	to = history_oldest(h);
	if (strcmp(call->args, "start")) {
		if (!monitor_address(call, call->args, &back))
			return;
		to = back < now ? now - back : 0;
	}
	err = history_goto(h, to);
	if (err == -ERANGE)
		monitor_fail(call, "the past begins at cycle %" PRIu64, history_oldest(h));
	else if (err)
		monitor_fail(call, "cannot go there: %s", strerror(-err));
	else
		arrived(call);
}

void
monitor_do_branch(struct monitor_call *call)
{
	if (!have_history(call))
		return;
	if (!history_may_branch(call->mon->history)) {
		monitor_fail(call, "%s", call->mon->checkpoints ?
		    "what came after a checkpoint has been seen; rollback leads to the last" :
		    "what records the run knows one line of events only");
		return;
	}
	if (history_in_past(call->mon->history))
		history_branch(call->mon->history);
	else
		monitor_fail(call, "this is the present");
}

/* --- checkpoints --- */

static bool
have_checkpoints(struct monitor_call *call)
{
	if (!call->mon->checkpoints)
		monitor_fail(call, "there are no checkpoints: --checkpoint-every");
	return call->mon->checkpoints;
}

void
monitor_do_rollback(struct monitor_call *call)
{
	struct checkpoints *c = call->mon->checkpoints;

	if (!have_checkpoints(call))
		return;
	if (call->mon->history && history_in_past(call->mon->history))
		monitor_fail(call, "this is the past: continue to the present first");
	else if (!checkpoints_rollback(c, "the monitor says so"))
		monitor_fail(call, "cannot go back");
	else
		monitor_say(call, "at cycle %" PRIu64, machine_cycles(call->mon->m));
}

static void
say_output(struct monitor_call *call, const struct outbuf *b)
{
	struct outbuf_counts n;
	unsigned i;

	for (i = 0; i < OUTBUF_CLASSES; i++) {
		outbuf_count(b, i, &n);
		monitor_say(call, "%s: %" PRIu64 " held, %" PRIu64 " released, %" PRIu64
		    " dropped, %" PRIu64 " sent early, %" PRIu64 " of them retracted",
		    outbuf_class_name(i), n.held, n.released, n.dropped, n.early, n.retracted);
	}
}

void
monitor_do_info_checkpoints(struct monitor_call *call)
{
	struct checkpoints *c = call->mon->checkpoints;
	struct checkpoints_stats s;

	if (!have_checkpoints(call))
		return;
	checkpoints_get_stats(c, &s);
	monitor_say(call, "committed: cycle %" PRIu64 ", %" PRIu64 " epochs; now at %" PRIu64,
	    checkpoints_committed(c), s.epochs, machine_cycles(call->mon->m));
	monitor_say(call, "rollbacks: %" PRIu64 ", %" PRIu64 " cycles lost", s.rollbacks,
	    s.lost_cycles);
	if (s.sent.any)
		monitor_say(call, "standby: %s, %" PRIu64 " bytes sent for %" PRIu64
		    " of pages; waited %.3f ms for an epoch, at most %.3f",
		    s.sent.alone ? "has left" : "there", s.sent.bytes, s.sent.page_bytes,
		    s.epochs ? (double)s.sent.wait_ns / 1e6 / (double)s.epochs : 0.0,
		    (double)s.sent.wait_most_ns / 1e6);
	monitor_say(call, "waiting: %zu bytes", outbuf_held(checkpoints_outbuf(c)));
	say_output(call, checkpoints_outbuf(c));
}
