/*
 * ui/monitor_priv.h - inside of the monitor
 */
#ifndef UI_MONITOR_PRIV_H
#define UI_MONITOR_PRIV_H

#include "ui/monitor.h"

/* A command that is being executed. */
struct monitor_call {
	struct monitor	*mon;
	enum monitor_via via;
	const char	*args;		/* behind the name and blanks */
	monitor_put_fn	put;
	void		*put_arg;
	bool		failed;
};

enum monitor_completion {
	COMPLETE_NONE, COMPLETE_COMMAND, COMPLETE_DEVICE, COMPLETE_SNAPSHOT, COMPLETE_KEY,
	COMPLETE_REGISTER, COMPLETE_FILE, COMPLETE_CPU
};

#define COMMAND(fn, name, args, completion, whom, help) \
	void monitor_do_##fn(struct monitor_call *call);
#include "ui/monitor.def"
#undef COMMAND

/* A line of the answer. */
void	monitor_say(struct monitor_call *call, const char *fmt, ...) PRINTF(2, 3);
/* The same, and the command has failed. */
void	monitor_fail(struct monitor_call *call, const char *fmt, ...) PRINTF(2, 3);
/* A piece of a line. */
void	monitor_put(struct monitor_call *call, const char *fmt, ...) PRINTF(2, 3);
/* A line as other modules hand them out; arg is the struct monitor_call. */
void	monitor_line(void *arg, const char *text);

struct cpu *monitor_cpu(struct monitor_call *call);
/* Why the guest takes no input now, or NULL. */
const char *monitor_no_input(struct monitor *mon);

/*
 * A number, $register or a sum and difference of such at *p, which moves behind
 * it; false after a message.  ui/monitor_expr.c
 */
bool	monitor_number(struct monitor_call *call, const char **p, uint64_t *v) MUST_CHECK;
/* The same, and nothing behind it. */
bool	monitor_address(struct monitor_call *call, const char *p, uint64_t *v) MUST_CHECK;

/* Names for completion, without "$"; NULL behind the last. */
const char *monitor_register_name(unsigned i);

/* --- ui/monitor_keys.c --- */

/* Names of keys, in order; NULL behind the last. */
const char *monitor_key_name(unsigned i);

/* --- ui/monitor_vm.c --- */

/* Calls fn with the name of each snapshot in the directory. */
void	monitor_each_snapshot(struct monitor *mon, void (*fn)(void *arg, const char *name),
	    void *arg);

#endif
