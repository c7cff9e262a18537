/*
 * ui/connect.c - what reaches the machine, and where its bytes go
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot/history.h"
#include "snapshot/player.h"
#include "snapshot/snapshots.h"
#include "ui/epochs.h"
#include "ui/gdbstub.h"
#include "ui/monitor_server.h"
#include "ui/monitor_term.h"
#include "ui/stats.h"
#include "ui/trace.h"
#include "ui/ui.h"
#include "ui/window.h"

/* While the machine stands still, its monitors are looked at so often. */
#define LOOK_NS		50000000u
/* Keys that sendkey has on their way are looked after so often. */
#define TYPE_NS		5000000u
/* One who asks without end does not keep the machine from running. */
#define SERVE_LINES	64u

/* --- files --- */

bool
sink_open(struct sink *s, const char *option, const char *path)
{
	s->name = path;
	s->out = fopen(path, "w");
	return s->out || option_bad(option, path, strerror(errno));
}

static void
sink_byte(void *arg, uint8_t byte)
{
	struct sink *s = arg;

	putc(byte, s->out);
	if (s->lines && byte == '\n')
		fflush(s->out);
}

bool
sink_close(struct sink *s)
{
	bool ok;

	if (!s->out || s->out == stderr)
		return true;
	ok = !ferror(s->out);
	if (fclose(s->out) != 0)
		ok = false;
	s->out = NULL;
	return ok || option_bad("file", s->name, "cannot write");
}

static void
sink_flush(struct sink *s)
{
	if (s->out)
		fflush(s->out);
}

/* --- where bytes go --- */

/* A run that is resumed goes on with the file it had; a standby's is its own. */
static bool
guest_file(struct ui *u, struct sink *s, const char *option, const char *path)
{
	if (u->o.checkpoint.resume)
		s->out = fopen(path, "r+");
	s->name = path;
	return s->out || sink_open(s, option, path);
}

static bool
connect_serial(struct ui *u, unsigned i)
{
	struct machine_out *out = &u->o.cfg.serial[i];
	const char *to = u->o.serial[i];

	out->present = strcmp(to, "none") != 0;
	if (!strcmp(to, "stdio")) {
		out->byte = stdio_byte;
		out->arg = &u->line;
		u->line_source = i ? INPUT_SERIAL1 : INPUT_SERIAL0;
		stdio_take_input(&u->line, FOCUS_SERIAL);
	} else if (!strncmp(to, "file:", 5)) {
		out->byte = sink_byte;
		out->arg = &u->serial[i];
		return guest_file(u, &u->serial[i], "-serial", to + 5);
	}
	return true;
}

/* In a replay the machine is said already: its console is on the first -chardev. */
static bool
connect_console(struct ui *u)
{
	struct machine_out *out = &u->o.cfg.console;
	const struct option_chardev *c = u->player || checkpoint_options_resume(&u->o.checkpoint) ? u->o.chardev :
	    u->o.console ? option_chardev(&u->o, u->o.console) : NULL;

	if (!out->present || !c || !c->kind)
		return true;
	if (!strcmp(c->kind, "stdio")) {
		out->byte = stdio_byte;
		out->arg = &u->line;
		u->line_source = INPUT_CONSOLE;
		stdio_take_input(&u->line, FOCUS_SERIAL);
	} else if (c->path) {
		out->byte = sink_byte;
		out->arg = &u->console;
		return guest_file(u, &u->console, "-chardev", c->path);
	}
	return true;
}

/* On a -chardev */
static bool
connect_debug_chardev(struct ui *u)
{
	const struct option_chardev *c = option_chardev(&u->o, u->o.debugcon_chardev);
	struct machine_out *out = &u->o.cfg.debugcon;

	*out = (struct machine_out){ true, NULL, NULL };
	if (!strcmp(c->kind, "stdio")) {
		out->byte = stdio_byte;
		out->arg = &u->line;
	} else if (c->path) {
		out->byte = sink_byte;
		out->arg = &u->debugcon;
		return sink_open(&u->debugcon, "-chardev", c->path);
	}
	return true;
}

static bool
connect_debugcon(struct ui *u)
{
	struct machine_out *out = &u->o.cfg.debugcon;
	const char *to = u->o.debugcon;

	if (u->o.debugcon_chardev)
		return connect_debug_chardev(u);
	if (!to)
		return true;
	*out = (struct machine_out){ true, sink_byte, &u->debugcon };
	u->debugcon.lines = true;
	if (!strcmp(to, "stdio")) {
		out->byte = stdio_byte;
		out->arg = &u->line;
	} else if (!strcmp(to, "stderr")) {
		u->debugcon.out = stderr;
	} else {
		return sink_open(&u->debugcon, "--debugcon", to + 5);
	}
	return true;
}

/* What is replayed needs no back end: the journal has what came from it. */
static bool
connect_net(struct ui *u, unsigned i)
{
	struct net_options *o = &u->o.net[i];

	if (!u->o.cfg.nic[i].present)
		return o->kind != NET_REPLAY ||
		    option_bad("-nic", "replay", "the recorded machine has no such card");
	if (u->player)
		o->kind = NET_REPLAY;
	u->net[i] = net_new(o, &u->o.cfg.nic[i], i);
	return u->net[i];
}

static void
nets_describe(void *arg, void (*line)(void *arg, const char *text), void *line_arg)
{
	struct ui *u = arg;
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			net_describe(u->net[i], line, line_arg);
}

static const char *
nets_forward(void *arg, const char *id, const char *rule, bool add)
{
	struct ui *u = arg;
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i] && (id ? !strcmp(net_id(u->net[i]), id) :
		    net_forwards(u->net[i])))
			return net_forward(u->net[i], rule, add);
	return id ? "there is no network of this name" : "no network forwards ports";
}

static bool
connect_nets(struct ui *u)
{
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++)
		if (!connect_net(u, i))
			return false;
	u->monitor_net = (struct monitor_net){ nets_describe, nets_forward, u };
	u->mon.net = &u->monitor_net;
	return true;
}

static void
hash_point(void *arg, const char *line)
{
	struct ui *u = arg;

	fprintf(u->hash_log.out, "%s\n", line);
}

static bool
connect_hashes(struct ui *u)
{
	if (!u->o.hash_log)
		return true;
	u->o.cfg.hash_point = hash_point;
	u->o.cfg.hash_arg = u;
	return sink_open(&u->hash_log, "--hash-log", u->o.hash_log);
}

/* At the end u->seconds says how long it ran. */
void
ui_stats_record(struct ui *u)
{
	double seconds = u->seconds > 0 ? u->seconds : monitor_seconds(&u->mon);

	if (u->o.stats_csv && !u->stats_begun)
		(void)stats_write(u->m, u->checkpoints, seconds, STATS_CSV_NAMES, u->stats.out);
	u->stats_begun = true;
	(void)stats_write(u->m, u->checkpoints, seconds, u->o.stats_csv ? STATS_CSV : STATS_JSON_LINE,
	    u->stats.out);
	fflush(u->stats.out);
}

static void
stats_point(void *arg)
{
	ui_stats_record(arg);
}

static bool
connect_stats(struct ui *u)
{
	if (!u->o.cfg.stats_every)
		return true;
	u->o.cfg.stats_point = stats_point;
	u->o.cfg.stats_arg = u;
	return sink_open(&u->stats, "--stats", u->o.stats);
}

/* --- what the outside says --- */

void
ui_flush(void *arg)
{
	struct ui *u = arg;
	unsigned i;

	for (i = 0; i < OPTIONS_SERIALS; i++)
		sink_flush(&u->serial[i]);
	sink_flush(&u->console);
	stdio_flush(&u->line);
}

/* Until something comes in, or wait nanoseconds. */
static void
ui_wait(struct ui *u, uint64_t wait)
{
	struct pollfd p[STDIO_FDS + 1 + OPTIONS_MONITORS * MONITOR_FDS + MACHINE_NICS * NET_FDS];
	unsigned n = stdio_fds(&u->line, p), i;

	if (gdbstub_fd(u->gdb) >= 0)
		p[n++] = (struct pollfd){ gdbstub_fd(u->gdb), POLLIN, 0 };
	for (i = 0; i < OPTIONS_MONITORS; i++)
		if (u->server[i])
			n += monitor_server_fds(u->server[i], p + n);
	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			n += net_fds(u->net[i], p + n, NET_FDS);
	if (u->mon.keys && wait > TYPE_NS)
		wait = TYPE_NS;
	stdio_wait(p, n, window_patience(u->window, wait));
}

static void
ui_show(struct ui *u)
{
	const struct window_state s = {
		.stopped = u->mon.stopped || gdbstub_holds(u->gdb),
		.replaying = u->player, .past = u->history && history_in_past(u->history)
	};

	window_poll(u->window, u->m, &s);
}

/* Takes what has come, shows what there is; changes nothing in the machine. */
static void
ui_hear(struct ui *u)
{
	unsigned i;

	stdio_poll(&u->line);
	ui_show(u);
	snapshots_poll(u->snapshots);
	epochs_poll(u);
	if (u->term)
		monitor_term_poll(u->term);
	for (i = 0; i < OPTIONS_MONITORS; i++)
		if (u->server[i])
			monitor_server_poll(u->server[i]);
}

/* A monitor has a command. */
static bool
ui_asked(const struct ui *u)
{
	bool asked = u->term && monitor_term_pending(u->term);
	unsigned i;

	for (i = 0; i < OPTIONS_MONITORS && !asked; i++)
		asked = u->server[i] && monitor_server_pending(u->server[i]);
	return asked;
}

static bool
ui_over(const struct ui *u)
{
	return u->line.quit || u->line.signal || u->mon.quit || u->late ||
	    window_closed(u->window) || (u->player && player_stopped(u->player)) ||
	    epochs_failed(u);
}

/* The machine looks after --timeout while it runs; who holds it, here. */
static void
ui_watch_time(struct ui *u)
{
	if (u->o.cfg.timeout_ms &&
	    monitor_seconds(&u->mon) * 1000 >= (double)u->o.cfg.timeout_ms)
		u->late = true;
}

/* Executes what monitors ask for; the machine does not run. */
static void
ui_serve(struct ui *u)
{
	unsigned i, lines;

	for (lines = 0; lines < SERVE_LINES && !ui_over(u) && ui_asked(u); lines++) {
		if (u->term)
			monitor_term_serve(u->term);
		for (i = 0; i < OPTIONS_MONITORS; i++)
			if (u->server[i])
				monitor_server_serve(u->server[i]);
		ui_hear(u);
	}
}

static void
ui_poll(void *arg, struct machine *m, uint64_t wait)
{
	struct ui *u = arg;
	struct stdio_input *in = &u->line.in[FOCUS_SERIAL];
	unsigned i;

	ui_flush(u);
	if (wait)
		ui_wait(u, wait);
	ui_hear(u);
	if (in->len)
		stdio_taken(&u->line, FOCUS_SERIAL,
		    machine_input(m, u->line_source, in->byte, in->len));
	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			net_poll(u->net[i], m);
	window_input(u->window, m);
	monitor_poll(&u->mon);
	gdbstub_poll(u->gdb, m);
	if (ui_over(u) || ui_asked(u) || epochs_wanted_back(u)) {
		u->asked = true;
		machine_stop(m);
	}
}

static bool
ui_attended(void *arg)
{
	const struct ui *u = arg;
	bool attended = u->window || (u->line.answers && !u->line.eof) ||
	    gdbstub_attended(u->gdb);
	unsigned i;

	for (i = 0; i < OPTIONS_MONITORS && !attended; i++)
		attended = u->server[i] && monitor_server_attended(u->server[i]);
	for (i = 0; i < MACHINE_NICS && !attended; i++)
		attended = u->net[i] && net_attended(u->net[i]);
	return attended;
}

/* While a debugger holds the machine: did somebody end the program? */
static bool
ui_leave(void *arg)
{
	struct ui *u = arg;

	ui_flush(u);
	ui_hear(u);
	ui_serve(u);
	ui_watch_time(u);
	return ui_over(u);
}

static bool
ui_held(void *arg)
{
	const struct ui *u = arg;

	return gdbstub_holds(u->gdb);
}

static void
ui_resumed(void *arg)
{
	struct ui *u = arg;

	u->mon.stopped = false;
}

/* Runs until somebody else than a monitor wants it to stop, or known ground ends. */
static bool
ui_run_on(struct ui *u, enum machine_end *end)
{
	bool past = u->history && history_in_past(u->history);

	u->mon.reset_asked = u->asked = false;
	*end = machine_run(u->m);
	if (*end == END_STOPPED && epochs_go_back(u))
		return true;
	return *end == END_STOPPED && u->asked && past == (u->history && history_in_past(u->history));
}

static void
ui_stand_still(struct ui *u)
{
	struct stdio_input *in = &u->line.in[FOCUS_SERIAL];

	ui_flush(u);
	ui_wait(u, LOOK_NS);
	ui_hear(u);
	/* The key that leads to the monitor must not wait behind what nobody takes. */
	if (u->line.escapes && in->len >= STDIO_IN / 2)
		stdio_taken(&u->line, FOCUS_SERIAL, in->len);
	gdbstub_poll(u->gdb, u->m);
	(void)epochs_go_back(u);
	ui_watch_time(u);
}

/* As machine_run(), with the monitors: they act between runs, and may hold it. */
static enum machine_end
ui_go(void *arg, struct machine *m)
{
	struct ui *u = arg;
	enum machine_end end;

	(void)m;
	for (;;) {
		ui_serve(u);
		if (ui_over(u))
			return END_STOPPED;
		if (u->mon.stopped)
			ui_stand_still(u);
		else if (!ui_run_on(u, &end))
			return end;
		if (gdbstub_asks(u->gdb))
			return END_STOPPED;
	}
}

static bool
connect_gdb(struct ui *u)
{
	if (!u->o.gdb)
		return true;
	u->gdb = gdbstub_new(u->o.gdb, &(struct gdbstub_host){ ui_leave, ui_resumed, ui_go, u },
	    &u->mon);
	return u->gdb;
}

/* Whoever has the terminal can have the monitor there; others have to ask. */
static bool
connect_term(struct ui *u)
{
	struct stdio_line *t = &u->line;

	if (u->o.mux)
		stdio_take_escapes(t);
	if (!u->o.mux && (u->o.no_monitor || !t->terminal))
		return true;
	stdio_take_input(t, FOCUS_MONITOR);
	u->term = monitor_term_new(t, &u->mon);
	return u->term;
}

static bool
connect_monitor(struct ui *u, unsigned i)
{
	const char *where = u->o.monitor[i];

	if (!strcmp(where, "stdio") && isatty(STDIN_FILENO)) {
		if (!u->line.here[FOCUS_MONITOR])
			stdio_take_input(&u->line, FOCUS_MONITOR);
		return true;
	}
	u->server[i] = monitor_server_new(where, &u->mon);
	return u->server[i];
}

/* Who could say "continue"? */
static bool
check_stopped(struct ui *u)
{
	u->mon.stopped = u->o.stopped;
	if (!u->o.stopped || u->gdb || u->term || u->o.monitors)
		return true;
	fprintf(stderr, "ringlab: -S needs -monitor, -gdb or -s: nobody else could start "
	    "the machine\n");
	return false;
}

static bool
connect_monitors(struct ui *u)
{
	unsigned i;

	for (i = 0; i < u->o.monitors; i++)
		if (!connect_monitor(u, i))
			return false;
	return connect_term(u) && check_stopped(u);
}

/* One that was asked for, or one that would be nice to have. */
static bool
connect_window(struct ui *u)
{
	bool wanted = u->o.display == DISPLAY_SDL;
	const char *why;

	if (u->o.display < DISPLAY_PERHAPS)
		return true;
	u->window = window_new(u->o.name, u->o.full_screen, &why);
	if (u->window)
		return true;
	fprintf(stderr, wanted ? "ringlab: -display sdl: %s\n" :
	    "ringlab: note: no window: %s\n", why);
	if (!u->o.pace_given)
		u->o.cfg.pace = PACE_AUTO;
	return !wanted;
}

bool
ui_connect(struct ui *u)
{
	unsigned i;

	stdio_open(&u->line);
	u->mon.held = ui_held;
	u->mon.held_arg = u;
	u->o.cfg.host = (struct machine_host){ ui_poll, ui_attended, u };
	u->o.cfg.log = u->log;
	if (!connect_debugcon(u) || !connect_console(u) || !connect_hashes(u) ||
	    !connect_stats(u) || !connect_gdb(u))
		return false;
	for (i = 0; i < u->o.serials; i++)
		if (!connect_serial(u, i))
			return false;
	return connect_nets(u) && epochs_connect(u) && connect_window(u) &&
	    connect_monitors(u);
}

/* Answers are complete before reports begin. */
void
ui_disconnect(struct ui *u)
{
	unsigned i;

	window_free(u->window);
	u->window = NULL;
	monitor_term_free(u->term);
	u->term = NULL;
	for (i = 0; i < OPTIONS_MONITORS; i++) {
		monitor_server_free(u->server[i]);
		u->server[i] = NULL;
	}
	stdio_close(&u->line);
}

bool
ui_close_files(struct ui *u)
{
	bool ok = trace_close(u->trace);
	unsigned i;

	u->trace = NULL;
	for (i = 0; i < OPTIONS_SERIALS; i++)
		ok = sink_close(&u->serial[i]) && ok;
	for (i = 0; i < MACHINE_NICS; i++) {
		net_free(u->net[i]);
		u->net[i] = NULL;
	}
	ok = sink_close(&u->debugcon) && ok;
	ok = sink_close(&u->stats) && ok;
	ok = sink_close(&u->console) && ok;
	return sink_close(&u->hash_log) && ok;
}

/* --- the run --- */

enum machine_end
ui_run(struct ui *u)
{
	enum machine_end end;

	do
		end = u->gdb ? gdbstub_run(u->gdb, u->m) : ui_go(u, u->m);
	while (end == END_STOPPED && !ui_over(u) && !gdbstub_killed(u->gdb));
	if (end == END_STOPPED && u->late)
		end = END_TIMEOUT;
	u->seconds = monitor_seconds(&u->mon);
	return end;
}
