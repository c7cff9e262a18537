/*
 * ui/monitor.h - commands about a running machine
 *
 * One table (ui/monitor.def) holds every command.  A monitor is the machine and
 * what can be done with it; it knows no terminals and no sockets: a line of text
 * goes in, an answer comes out.  ui/monitor_client.h has conversations.
 *
 * Commands are executed between calls of machine_run(), never from inside: then
 * loading a snapshot is like any other command.  Looking changes neither the
 * machine's state nor its time.  What reaches the guest (keys, buttons) goes
 * through machine_input().
 */
#ifndef UI_MONITOR_H
#define UI_MONITOR_H

#include "hw/machine.h"

#define MONITOR_PROMPT	"(ringlab) "
/*
 * A line that begins with MONITOR_ONESHOT is answered without a prompt; the last
 * line says whether it failed.  They are of one length.
 */
#define MONITOR_ONESHOT	'@'
#define MONITOR_DONE	"@0\n"
#define MONITOR_FAILED	"@1\n"
#define MONITOR_LINE	1024u		/* longest line, with its end */
#define MONITOR_KEYS	256u		/* presses and releases under way */

struct checkpoints;
struct history;
struct snapshots;

struct monitor_key {
	uint8_t		usage;		/* HID */
	bool		down;
	uint32_t	gap;		/* cycles until the next one */
};

/* What the network cards are plugged into. */
struct monitor_net {
	void		(*describe)(void *arg, void (*line)(void *arg, const char *text),
			    void *line_arg);
	/* hostfwd of the network id, NULL: the only one that has it.  NULL, or what is
	 * wrong. */
	const char	*(*forward)(void *arg, const char *id, const char *rule, bool add);
	void		*arg;
};

struct monitor {
	/* Of the owner. */
	struct machine	*m;
	struct snapshots *snapshots;	/* NULL: not available */
	struct history	*history;	/* the same */
	struct checkpoints *checkpoints;	/* the same */
	const char	*record, *replay;	/* journals, NULL: none */
	const struct monitor_net *net;	/* NULL: there is none */
	bool		(*held)(void *arg);	/* by a debugger; may be NULL */
	void		*held_arg;

	/* For the owner. */
	bool		stopped;	/* the machine stands still */
	bool		quit;
	bool		reset_asked;	/* not served yet: cleared when the machine runs */

	double		since;		/* host time of monitor_init() */
	unsigned	cpu;		/* that registers and memory are about */
	struct monitor_key key[MONITOR_KEYS];
	unsigned	key_first, keys;
	uint64_t	next_key;	/* cycle */
	uint8_t		buttons;	/* of the mouse, as pressed last */
};

/* Who asks: some commands make no sense for a debugger. */
enum monitor_via { VIA_MONITOR, VIA_GDB };

typedef void (*monitor_put_fn)(void *arg, const char *text, size_t n);

/* The last command comes true when the machine runs; the next one waits. */
bool	monitor_must_run(const struct monitor *mon);
void	monitor_init(struct monitor *mon, struct machine *m);
/* Host time since then. */
double	monitor_seconds(const struct monitor *mon);
/* One line without its end; whole lines come out through put.  False: the command
 * failed, and the last line said why. */
bool	monitor_command(struct monitor *mon, enum monitor_via via, const char *line,
	    monitor_put_fn put, void *arg);
/* The machine is elsewhere: what was on its way there is not any more. */
void	monitor_moved(struct monitor *mon);
/* From struct machine_host's poll(): keys on their way to the guest. */
void	monitor_poll(struct monitor *mon);

/*
 * What the last word of text, which is n characters long, may become: each
 * candidate takes the place of text[from..n), from is returned.
 */
size_t	monitor_complete(struct monitor *mon, const char *text, size_t n,
	    void (*candidate)(void *arg, const char *word), void *arg);

#endif
