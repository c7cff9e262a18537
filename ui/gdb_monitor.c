/*
 * ui/gdb_monitor.c - gdb's command "monitor"
 *
 * A few commands about the conversation itself; the rest are the monitor's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "snapshot/history.h"
#include "ui/gdb_priv.h"
#include "ui/monitor.h"

#define PIECE		1024u		/* bytes in a packet; digits are twice as many */

/* Text for the person: packets O before the final OK. */
static void
say_text(void *arg, const char *text, size_t n)
{
	struct gdb *g = arg;
	size_t piece;

	for (; n; n -= piece, text += piece) {
		piece = n < PIECE ? n : PIECE;
		gdb_begin(&g->link);
		gdb_put(&g->link, "O");
		gdb_put_hex(&g->link, text, piece);
		gdb_end(&g->link);
	}
}

static void PRINTF(2, 3)
say(struct gdb *g, const char *fmt, ...)
{
	char line[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	strcat(line, "\n");
	say_text(g, line, strlen(line));
}

/* What the monitor says comes in pieces of lines; gdb gets lines. */
struct lines {
	struct gdb	*g;
	size_t		n;
	char		text[PIECE];
};

static void
flush(struct lines *l)
{
	say_text(l->g, l->text, l->n);
	l->n = 0;
}

static void
gather(void *arg, const char *text, size_t n)
{
	struct lines *l = arg;

	for (; n; n--, text++) {
		l->text[l->n++] = *text;
		if (l->n == sizeof(l->text))
			flush(l);
	}
}

static void
ask_monitor(struct gdb *g, const char *line)
{
	struct lines l = { .g = g };
	unsigned cpu = g->monitor->cpu;

	g->monitor->cpu = g->cpu;
	(void)monitor_command(g->monitor, VIA_GDB, line, gather, &l);
	g->monitor->cpu = cpu;
	flush(&l);
}

static void
monitor_help(struct gdb *g, const char *arg)
{
	if (!*arg) {
		say(g, "registers                 all that is known of the processor");
		say(g, "position                  virtual time, instructions retired");
		say(g, "phys [on|off]             memory by physical address");
		say(g, "description [auto|16|32|64]  what the next target description is;");
		say(g, "                          \"unset tdesc filename\" has gdb fetch it");
	}
	if (g->monitor) {
		char line[80];

		snprintf(line, sizeof(line), "help %s", arg);
		ask_monitor(g, line);
	}
}

static void
monitor_registers(struct gdb *g, const char *arg)
{
	(void)arg;
	if (g->monitor)
		ask_monitor(g, "info registers");
}

static void
monitor_position(struct gdb *g, const char *arg)
{
	const struct cpu *c = gdb_cpu(g);

	(void)arg;
	say(g, "cycle %" PRIu64 ", %" PRIu64 " instructions", c->cycles, c->insns);
	if (g->history)
		say(g, "history from cycle %" PRIu64 " to %" PRIu64 "%s",
		    history_oldest(g->history), history_live(g->history),
		    history_in_past(g->history) ? ", this is the past" : "");
}

static void
monitor_phys(struct gdb *g, const char *arg)
{
	if (!strcmp(arg, "on"))
		g->physical = true;
	else if (!strcmp(arg, "off"))
		g->physical = false;
	else if (*arg)
		say(g, "phys takes on or off");
	say(g, "memory by %s address", g->physical ? "physical" : "virtual");
}

static void
monitor_description(struct gdb *g, const char *arg)
{
	static const char *const name[] = {
		[DESC_AUTO] = "auto", [DESC_16] = "16", [DESC_32] = "32", [DESC_64] = "64"
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(name); i++)
		if (!strcmp(arg, name[i]))
			break;
	if (i < ARRAY_SIZE(name))
		g->description = (enum gdb_description)i;
	else if (*arg)
		say(g, "description takes auto, 16, 32 or 64");
	say(g, "description: %s", name[g->description]);
}

static const struct {
	const char	*name;
	void		(*run)(struct gdb *g, const char *arg);
} commands[] = {
	{ "help", monitor_help },
	{ "registers", monitor_registers },
	{ "position", monitor_position },
	{ "phys", monitor_phys },
	{ "description", monitor_description },
};

/* The command's argument, behind blanks; NULL: another command. */
static const char *
argument(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) || (line[n] && line[n] != ' '))
		return NULL;
	return line + n + strspn(line + n, " ");
}

static void
run_command(struct gdb *g, const char *line)
{
	const char *arg;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		arg = argument(line, commands[i].name);
		if (arg) {
			commands[i].run(g, arg);
			return;
		}
	}
	if (g->monitor)
		ask_monitor(g, line);
	else
		say(g, "unknown command; \"monitor help\" lists them");
}

void
gdb_monitor(struct gdb *g, const char *hex)
{
	char line[256];
	size_t n = strlen(hex) / 2;

	if (n >= sizeof(line) || !gdb_bytes(&hex, line, n) || *hex) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	line[n] = '\0';
	while (n && line[n - 1] == ' ')
		line[--n] = '\0';
	run_command(g, line + strspn(line, " "));
	gdb_say(&g->link, "OK");
}
