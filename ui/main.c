/*
 * ui/main.c - the program ringlab: what it does in which order, and its reports
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw/machine_state.h"
#include "lab/main.h"
#include "ui/epochs.h"
#include "ui/gdbstub.h"
#include "ui/hub_main.h"
#include "ui/monitor_ask.h"
#include "ui/stats.h"
#include "ui/trace.h"
#include "ui/ui.h"

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
	if (!u->o.stats_csv)
		return stats_write(u->m, u->checkpoints, u->seconds, STATS_JSON, out);
	return stats_write(u->m, u->checkpoints, u->seconds, STATS_CSV_NAMES, out) &&
	    stats_write(u->m, u->checkpoints, u->seconds, STATS_CSV, out);
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
	bool ok = true;

	if ((u->o.cost || u->o.print_hash) && u->line.last != '\n')
		printf("\n");
	if (u->o.cost)
		stats_print(u->m, u->seconds, stdout);
	if (u->o.cfg.stats_every)
		ui_stats_record(u);
	else
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

static int
ui_main(struct ui *u)
{
	enum machine_end end;
	int status;
	bool safe;

	if (u->o.diff_replay[0])
		return ui_diff_replay(u);
	if (!rerun_configure(u) || !ui_connect(u) || !rerun_machine(u))
		return u->standby_over ? EXIT_OK : EXIT_ERROR;
	if (u->o.trace && !(u->trace = trace_open(u->m, u->o.trace)))
		return EXIT_ERROR;
	end = epochs_over(u) ? epochs_resumed_end(u) : ui_run(u);
	safe = epochs_finish(u, end);
	ui_disconnect(u);
	status = rerun_status(u, end);
	if (!safe)
		status = EXIT_ERROR;
	gdbstub_exit(u->gdb, status);
	if (!rerun_save(u))
		status = EXIT_ERROR;
	return ui_reports(u) ? status : EXIT_ERROR;
}

/* False after a message. */
static bool
pidfile_write(const char *path)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fprintf(f, "%ld\n", (long)getpid()) > 0;

	if (f && fclose(f) != 0)
		ok = false;
	if (!ok)
		fprintf(stderr, "ringlab: -pidfile %s: %s\n", path, strerror(errno));
	return ok;
}

/* With its number in a file, which goes when the run ends. */
static int
ui_run_noted(struct ui *u)
{
	int status;

	if (!u->o.pidfile)
		return ui_main(u);
	if (!pidfile_write(u->o.pidfile))
		return EXIT_ERROR;
	status = ui_main(u);
	unlink(u->o.pidfile);
	return status;
}

static int
ui_commit(struct ui *u)
{
	bool ok = machine_commit(u->o.commit, u->o.force, stdout, u->log);

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
	struct ui *u;
	int status, sig;

	if (argc > 1 && !strcmp(argv[1], "hub"))
		return hub_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "lab"))
		return lab_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "monitor"))
		return monitor_ask(argc - 2, argv + 2);
	u = calloc(1, sizeof(*u));
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
		status = ui_run_noted(u);
	ui_disconnect(u);
	if (!ui_close_files(u))
		status = EXIT_ERROR;
	gdbstub_free(u->gdb);
	rerun_free(u);
	machine_free(u->m);
	log_free(u->log);
	sig = u->line.signal;
	free(u);
	if (sig)
		die_of(sig);
	return status;
}
