/*
 * ui/main.c - the program ringlab: a machine, its connections, an exit status
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/overlay.h"
#include "hw/machine_state.h"
#include "snapshot/diffreplay.h"
#include "snapshot/history.h"
#include "snapshot/player.h"
#include "snapshot/recorder.h"
#include "snapshot/snapshots.h"
#include "ui/gdbstub.h"
#include "ui/monitor.h"
#include "ui/monitor_server.h"
#include "ui/monitor_term.h"
#include "ui/options.h"
#include "ui/serial_stdio.h"
#include "ui/stats.h"
#include "ui/trace.h"

enum {
	EXIT_OK = 0, EXIT_ERROR = 1, EXIT_TRIPLE_FAULT = 4, EXIT_LIMIT = 6, EXIT_DIVERGED = 8
};

/* A file that receives bytes. */
struct sink {
	FILE		*out;
	const char	*name;		/* as on the command line */
	bool		lines;		/* flush after each */
};

struct ui {
	struct options		o;
	struct log		*log;
	struct machine		*m;
	struct stdio_line	line;
	enum machine_source	line_source;	/* the port behind stdin */
	struct sink		serial[OPTIONS_SERIALS];
	struct sink		debugcon, hash_log;
	struct trace		*trace;
	struct gdbstub		*gdb;
	struct recorder		*recorder;
	struct player		*player;
	struct history		*history;
	struct snapshots	*snapshots;
	bool			save_failed;
	struct monitor		mon;
	struct monitor_server	*server[OPTIONS_MONITORS];
	struct monitor_term	*term;
	bool			asked;		/* a monitor stopped the run */
	double			seconds;
};

/* --- files --- */

static bool
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

static bool
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

/* --- connections --- */

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
		return sink_open(&u->serial[i], "-serial", to + 5);
	}
	return true;
}

static bool
connect_debugcon(struct ui *u)
{
	struct machine_out *out = &u->o.cfg.debugcon;
	const char *to = u->o.debugcon;

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

/* While the machine stands still, its monitors are looked at so often. */
#define LOOK_NS		50000000u
/* One who asks without end does not keep the machine from running. */
#define SERVE_LINES	64u

/* --- what the outside says --- */

static void
ui_flush(struct ui *u)
{
	unsigned i;

	for (i = 0; i < OPTIONS_SERIALS; i++)
		sink_flush(&u->serial[i]);
	stdio_flush(&u->line);
}

/* Until something comes in, or wait nanoseconds. */
static void
ui_wait(struct ui *u, uint64_t wait)
{
	struct pollfd p[STDIO_FDS + 1 + OPTIONS_MONITORS * MONITOR_FDS];
	unsigned n = stdio_fds(&u->line, p), i;

	if (gdbstub_fd(u->gdb) >= 0)
		p[n++] = (struct pollfd){ gdbstub_fd(u->gdb), POLLIN, 0 };
	for (i = 0; i < OPTIONS_MONITORS; i++)
		if (u->server[i])
			n += monitor_server_fds(u->server[i], p + n);
	stdio_wait(p, n, wait);
}

/* Takes what has come; changes nothing in the machine. */
static void
ui_hear(struct ui *u)
{
	unsigned i;

	stdio_poll(&u->line);
	snapshots_poll(u->snapshots);
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
	return u->line.quit || u->line.signal || u->mon.quit ||
	    (u->player && player_stopped(u->player));
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

	ui_flush(u);
	if (wait)
		ui_wait(u, wait);
	ui_hear(u);
	if (in->len)
		stdio_taken(&u->line, FOCUS_SERIAL,
		    machine_input(m, u->line_source, in->byte, in->len));
	monitor_poll(&u->mon);
	gdbstub_poll(u->gdb, m);
	if (ui_over(u) || ui_asked(u)) {
		u->asked = true;
		machine_stop(m);
	}
}

static bool
ui_attended(void *arg)
{
	const struct ui *u = arg;
	bool attended = (u->line.answers && !u->line.eof) || gdbstub_attended(u->gdb);
	unsigned i;

	for (i = 0; i < OPTIONS_MONITORS && !attended; i++)
		attended = u->server[i] && monitor_server_attended(u->server[i]);
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

static bool
ui_connect(struct ui *u)
{
	unsigned i;

	stdio_open(&u->line);
	u->o.cfg.host = (struct machine_host){ ui_poll, ui_attended, u };
	u->o.cfg.log = u->log;
	u->o.cfg.disks_frozen = u->o.history;
	if (!connect_debugcon(u) || !connect_hashes(u) || !connect_gdb(u))
		return false;
	for (i = 0; i < u->o.serials; i++)
		if (!connect_serial(u, i))
			return false;
	return connect_monitors(u);
}

/* --- recorded and replayed runs --- */

/* The machine is what the journal says; where its output goes is ours to say. */
static bool
replay_configure(struct ui *u)
{
	struct options *o = &u->o;
	unsigned i;

	u->player = player_new(o->replay, u->log);
	if (!u->player || !player_config(u->player, &o->cfg))
		return false;
	for (i = 0; i < OPTIONS_SERIALS; i++) {
		if (i >= o->serials || !strcmp(o->serial[i], "none"))
			o->serial[i] = "null";
		if (!o->cfg.serial[i].present)
			o->serial[i] = "none";
	}
	o->serials = OPTIONS_SERIALS;
	o->cfg.pace = PACE_MAX;
	if (o->debugcon && !o->cfg.debugcon.present)
		return option_bad("--debugcon", o->debugcon, "the recorded machine had none");
	return true;
}

/* Relative names in the journal are from the directory it was made in. */
static struct machine *
replay_machine(struct ui *u)
{
	int here = open(".", O_RDONLY | O_CLOEXEC);
	struct machine *m;

	if (chdir(player_dir(u->player)) != 0)
		fprintf(stderr, "ringlab: %s: %s: %s; looking for files here\n", u->o.replay,
		    player_dir(u->player), strerror(errno));
	m = machine_new(&u->o.cfg);
	if (m && !player_attach(u->player, m)) {
		machine_free(m);
		m = NULL;
	}
	if (here >= 0 && fchdir(here) != 0)
		fprintf(stderr, "ringlab: cannot go back: %s\n", strerror(errno));
	if (here >= 0)
		close(here);
	return m;
}

static bool
record_start(struct ui *u)
{
	if (!u->o.record)
		return true;
	u->recorder = recorder_new(u->m, &u->o.cfg, u->o.record, u->log);
	return u->recorder;
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

static bool
ui_snapshots(struct ui *u)
{
	char *beside = first_disk_dir(&u->o);
	struct snapshots_config how = {
		.dir = u->o.snapshot_dir ? u->o.snapshot_dir : beside,
		.compress = u->o.snapshot_plain ? SNAPSHOT_PLAIN : SNAPSHOT_ZLIB,
		.incremental = u->o.snapshot_incremental,
		.done = save_ended, .arg = u
	};

	u->snapshots = beside ? snapshots_new(u->m, &u->o.cfg, &how) : NULL;
	free(beside);
	if (!u->snapshots)
		fprintf(stderr, "ringlab: out of memory\n");
	return u->snapshots;
}

static bool
ui_load(struct ui *u)
{
	struct snapshot_error e;

	if (!u->o.loadvm || snapshots_load(u->snapshots, u->o.loadvm, &e))
		return true;
	fprintf(stderr, "ringlab: -loadvm %s\n", e.text);
	return false;
}

/* Also waits for what is saved in the background. */
static bool
ui_save_at_end(struct ui *u)
{
	struct snapshot_error e;

	while (snapshots_busy(u->snapshots))
		snapshots_wait(u->snapshots);
	if (!u->o.save_at_end || snapshots_save_now(u->snapshots, u->o.save_at_end, &e))
		return !u->save_failed;
	fprintf(stderr, "ringlab: --save-at-end %s\n", e.text);
	return false;
}

/* --- running --- */

static enum machine_end
ui_run(struct ui *u)
{
	enum machine_end end;

	do
		end = u->gdb ? gdbstub_run(u->gdb, u->m) : ui_go(u, u->m);
	while (end == END_STOPPED && !ui_over(u) && !gdbstub_killed(u->gdb));
	u->seconds = monitor_seconds(&u->mon);
	return end;
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

static int
run_status(struct ui *u, enum machine_end end)
{
	int status;

	if (u->player)
		return replay_status(u, end);
	status = exit_status(end, machine_exit_status(u->m));
	if (u->recorder && !recorder_end(u->recorder, end))
		status = EXIT_ERROR;
	tell_overlay(u);
	return status;
}

/* Writes one file by fn; false after a message. */
static bool
write_report(struct ui *u, const char *option, const char *path,
    bool (*fn)(struct ui *u, FILE *out))
{
	struct sink s = { .lines = false };
	bool ok;

	if (!path)
		return true;
	if (!sink_open(&s, option, path))
		return false;
	ok = fn(u, s.out);
	return sink_close(&s) && ok;
}

static bool
report_stats(struct ui *u, FILE *out)
{
	return stats_json(u->m, u->seconds, out);
}

static bool
report_state(struct ui *u, FILE *out)
{
	return machine_dump_state(u->m, out);
}

/* The hash is the last line of standard output, on a line of its own. */
static bool
ui_reports(struct ui *u)
{
	char line[MACHINE_HASH_LINE];
	bool ok;

	if ((u->o.cost || u->o.print_hash) && u->line.last != '\n')
		printf("\n");
	if (u->o.cost)
		stats_print(u->m, u->seconds, stdout);
	ok = write_report(u, "--stats", u->o.stats, report_stats);
	ok = write_report(u, "--dump-state", u->o.dump_state, report_state) && ok;
	if (u->o.print_hash || u->hash_log.out)
		machine_hash_line(u->m, line);
	if (u->hash_log.out)
		fprintf(u->hash_log.out, "%s\n", line);
	if (u->o.print_hash)
		printf("%s\n", line);
	if (fflush(stdout) != 0 || u->line.out_failed) {
		fprintf(stderr, "ringlab: cannot write standard output\n");
		ok = false;
	}
	return ok;
}

static bool
ui_close_files(struct ui *u)
{
	bool ok = trace_close(u->trace);
	unsigned i;

	u->trace = NULL;
	for (i = 0; i < OPTIONS_SERIALS; i++)
		ok = sink_close(&u->serial[i]) && ok;
	ok = sink_close(&u->debugcon) && ok;
	return sink_close(&u->hash_log) && ok;
}

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

static int
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

/* Answers are complete before reports begin. */
static void
ui_disconnect(struct ui *u)
{
	unsigned i;

	monitor_term_free(u->term);
	u->term = NULL;
	for (i = 0; i < OPTIONS_MONITORS; i++) {
		monitor_server_free(u->server[i]);
		u->server[i] = NULL;
	}
	stdio_close(&u->line);
}

static int
ui_main(struct ui *u)
{
	enum machine_end end;
	int status;

	if (u->o.diff_replay[0])
		return ui_diff_replay(u);
	if (u->o.replay && !replay_configure(u))
		return EXIT_ERROR;
	if (!ui_connect(u))
		return EXIT_ERROR;
	u->m = u->player ? replay_machine(u) : machine_new(&u->o.cfg);
	if (!u->m || !ui_snapshots(u) || !ui_load(u) || !record_start(u))
		return EXIT_ERROR;
	if (u->o.history && !start_history(u))
		return EXIT_ERROR;
	monitor_init(&u->mon, u->m);
	u->mon.held = ui_held;
	u->mon.held_arg = u;
	u->mon.record = u->o.record;
	u->mon.replay = u->o.replay;
	u->mon.snapshots = u->snapshots;
	if (u->o.trace && !(u->trace = trace_open(u->m, u->o.trace)))
		return EXIT_ERROR;
	end = ui_run(u);
	ui_disconnect(u);
	status = run_status(u, end);
	gdbstub_exit(u->gdb, status);
	if (!ui_save_at_end(u))
		status = EXIT_ERROR;
	return ui_reports(u) ? status : EXIT_ERROR;
}

static int
ui_commit(struct ui *u)
{
	bool ok = overlay_commit(u->o.commit, u->o.force, stdout, u->log);

	return fflush(stdout) == 0 && ok ? EXIT_OK : EXIT_ERROR;
}

/* A signal that ended the run ends the program, terminal restored. */
static void
die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

int
main(int argc, char **argv)
{
	struct ui *u = calloc(1, sizeof(*u));
	int status, sig;

	if (!u || !(u->log = log_new(NULL, LOG_GUEST))) {
		fprintf(stderr, "ringlab: out of memory\n");
		return EXIT_ERROR;
	}
	stdio_init(&u->line);
	if (!options_parse(&u->o, argc, argv))
		status = EXIT_ERROR;
	else if (u->o.done)
		status = fflush(stdout) == 0 ? EXIT_OK : EXIT_ERROR;
	else if (u->o.commit)
		status = ui_commit(u);
	else
		status = ui_main(u);
	ui_disconnect(u);
	if (!ui_close_files(u))
		status = EXIT_ERROR;
	gdbstub_free(u->gdb);
	history_free(u->history);
	recorder_free(u->recorder);
	player_free(u->player);
	snapshots_free(u->snapshots);
	machine_free(u->m);
	log_free(u->log);
	sig = u->line.signal;
	free(u);
	if (sig)
		die_of(sig);
	return status;
}
