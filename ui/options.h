/*
 * ui/options.h - the command line
 *
 * qemu's names where qemu has the notion, ours besides.  One table (options.def)
 * holds every option with its argument and help text.
 */
#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

#include "hw/machine.h"
#include "snapshot/history.h"
#include "ui/checkpoint_options.h"
#include "ui/drives.h"
#include "ui/net.h"

#define OPTIONS_SERIALS	MACHINE_SERIALS
#define OPTIONS_MONITORS	4
#define OPTIONS_CHARDEVS	4

/* DISPLAY_PERHAPS: a window that may be missing, as nobody asked for it. */
enum options_display { DISPLAY_UNSAID, DISPLAY_NONE, DISPLAY_PERHAPS, DISPLAY_SDL };

struct options {
	struct machine_config	cfg;
	const char		*serial[OPTIONS_SERIALS];	/* back ends */
	unsigned		serials;
	const char		*monitor[OPTIONS_MONITORS];	/* "stdio" or sockets */
	unsigned		monitors;
	bool			no_monitor;	/* none on the terminal either */
	bool			mux;		/* mon:stdio was given */
	struct net_options	net[MACHINE_NICS];	/* of cfg.nic[] */
	unsigned		nics;
	bool			nic_given;	/* one of them is a card */
	struct drive_options	drives;
	struct option_chardev {
		const char	*id, *kind;
		const char	*path;	/* of kind "file" */
	} chardev[OPTIONS_CHARDEVS];
	unsigned		chardevs;
	const char		*console;	/* its chardev's id; NULL: none */
	bool			virtio_serial;	/* what the console is in */
	bool			serial_given, vga_given, pace_given;
	enum options_display	display;
	bool			full_screen;
	const char		*name;		/* for a title; NULL: none */
	bool			nodefaults, nographic, snapshot;
	const char		*debugcon;	/* where its bytes go; NULL: none */
	const char		*debugcon_chardev;	/* or the id of what they go to */
	const char		*gdb;		/* NULL: none */
	const char		*pidfile;	/* NULL: none */
	bool			stopped;	/* -S */
	bool			history;
	struct history_config	history_config;
	struct checkpoint_options checkpoint;
	const char		*trace;		/* FILE[,events=...] */
	const char		*stats, *hash_log, *dump_state;
	bool			stats_csv, stats_format;	/* the latter: was said */
	const char		*record, *replay;	/* journals; at most one */
	const char		*diff_replay[2];
	const char		*machine_option;	/* one that says what the machine is */
	const char		*loadvm, *save_at_end;
	const char		*snapshot_dir;	/* NULL: beside the first disk */
	bool			snapshot_plain, snapshot_incremental;
	bool			print_hash, cost;
	const char		*commit;	/* overlay; NULL: run a machine */
	bool			force;
	bool			done;		/* --help or --version: nothing to run */
};

/* False after one message on stderr: exit with status 1.  Strings point into
 * argv, which parsing may cut. */
bool	options_parse(struct options *o, int argc, char **argv) MUST_CHECK;

/* The next KEY=VALUE of a comma-separated list, which is cut; a comma in a value is
 * written twice.  *value is NULL when there is no "=".  False at the end. */
bool	option_next(char **list, char **key, char **value);
/* "100ms" in ns; false: it is none. */
bool	option_time(const char *s, uint64_t *ns);
bool	option_on_off(const char *s, bool *v);
/* NULL: there is none of this name. */
const struct option_chardev *option_chardev(const struct options *o, const char *id);
/* For parts of a machine's description that are parsed elsewhere: one message,
 * "ringlab: OPTION ARG: why"; returns false. */
bool	option_bad(const char *option, const char *arg, const char *why);
/* "-NAME: cannot use KEY=VALUE"; value may be NULL. */
bool	option_bad_property(const char *name, const char *key, const char *value);
/* "unknown WHAT NAME; did you mean NEAREST?"; names ends with NULL. */
bool	option_unknown(const char *what, const char *name, const char *const *names);

#endif
