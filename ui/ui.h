/*
 * ui/ui.h - the parts of the program ringlab
 *
 * struct ui is one run: options, the machine, and everything around it.  main.c
 * has the order of things and the reports, connect.c what reaches the machine and
 * where its bytes go, rerun.c journals, snapshots and the history.
 */
#ifndef UI_UI_H
#define UI_UI_H

#include "hw/machine.h"
#include "ui/monitor.h"
#include "ui/options.h"
#include "ui/serial_stdio.h"

enum {
	EXIT_OK = 0, EXIT_ERROR = 1, EXIT_TRIPLE_FAULT = 4, EXIT_LIMIT = 6, EXIT_DIVERGED = 8
};

struct checkpoints;
struct gdbstub;
struct monitor_server;
struct monitor_term;
struct player;
struct recorder;
struct replica;
struct standby;
struct trace;
struct window;

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
	struct net		*net[MACHINE_NICS];	/* NULL: no card */
	struct monitor_net	monitor_net;
	struct sink		console, debugcon, hash_log;
	struct sink		stats;		/* of --stats-every */
	struct trace		*trace;
	struct gdbstub		*gdb;
	struct recorder		*recorder;
	char			*record_path;	/* of a run that is resumed */
	struct player		*player;
	struct history		*history;
	struct outbuf		*outbuf;	/* these two with --checkpoint-every */
	struct checkpoints	*checkpoints;
	struct checkpoint_dir	*checkpoint_dir;	/* NULL: in memory only */
	struct replica		*replica;	/* with --replicate-to */
	struct standby		*standby;	/* with --standby, until it takes over */
	bool			standby_over;	/* there was nothing to do */
	char			*resume_config, *resume_cwd;
	enum machine_end	resumed_end;
	int			port[OPTIONS_SERIALS + 1];	/* of files, in the outbuf */
	struct snapshots	*snapshots;
	bool			save_failed;
	struct monitor		mon;
	struct monitor_server	*server[OPTIONS_MONITORS];
	struct monitor_term	*term;
	bool			stats_begun;
	struct window		*window;	/* NULL: none */
	bool			asked;		/* a monitor stopped the run */
	bool			late;		/* --timeout */
	double			seconds;
};

/* --- ui/connect.c --- */

/* false after a message. */
bool	sink_open(struct sink *s, const char *option, const char *path);
bool	sink_close(struct sink *s);

/* Bytes that wait in files and for the terminal go there; arg is the struct ui. */
void	ui_flush(void *arg);
/* Another record of --stats-every. */
void	ui_stats_record(struct ui *u);
/* Before the machine is made: into the configuration.  false after a message. */
bool	ui_connect(struct ui *u);
/* Answers are complete before reports begin. */
void	ui_disconnect(struct ui *u);
bool	ui_close_files(struct ui *u);

/* As machine_run(), with monitors and debugger, until there is nothing to go on
 * with. */
enum machine_end ui_run(struct ui *u);

/* --- ui/rerun.c --- */

/* Before ui_connect(): the machine is what the journal says. */
bool	rerun_configure(struct ui *u);
/* Makes u->m, loads what it begins with, and whatever records, replays and
 * remembers it. */
bool	rerun_machine(struct ui *u);
/* The machine went back or elsewhere: the past that is remembered is that of a lost
 * timeline. */
void	rerun_history_anew(struct ui *u);
/* The run is over: the program's exit status. */
int	rerun_status(struct ui *u, enum machine_end end);
/* Snapshots that are still to be saved. */
bool	rerun_save(struct ui *u);
void	rerun_free(struct ui *u);
int	ui_diff_replay(struct ui *u);

#endif
