/*
 * ui/monitor.c - commands by name: finding, executing, completing them
 */
#include "ui/monitor.h"

#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/nearest.h"
#include "hw/machine_state.h"
#include "ui/monitor_priv.h"

#define BLANKS		" \t"

enum whom { FOR_ALL, FOR_MONITOR };

struct command {
	const char	*name;
	const char	*args;		/* NULL: none */
	const char	*help;		/* NULL: not listed */
	enum monitor_completion completion;
	enum whom	whom;
	void		(*run)(struct monitor_call *call);
};

static const struct command commands[] = {
#define COMMAND(fn, name, args, completion, whom, help) \
	{ name, args, help, COMPLETE_##completion, whom, monitor_do_##fn },
#include "ui/monitor.def"
#undef COMMAND
};

/* --- answers --- */

void
monitor_line(void *arg, const char *text)
{
	struct monitor_call *call = arg;

	call->put(call->put_arg, text, strlen(text));
	call->put(call->put_arg, "\n", 1);
}

static void PRINTF(2, 0)
put_formatted(struct monitor_call *call, const char *fmt, va_list ap)
{
	char text[1200];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	if (n > 0)
		call->put(call->put_arg, text, (size_t)n);
}

void
monitor_put(struct monitor_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(call, fmt, ap);
	va_end(ap);
}

void
monitor_say(struct monitor_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(call, fmt, ap);
	va_end(ap);
	call->put(call->put_arg, "\n", 1);
}

void
monitor_fail(struct monitor_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(call, fmt, ap);
	va_end(ap);
	call->put(call->put_arg, "\n", 1);
	call->failed = true;
}

/* --- finding --- */

static bool
offered(const struct command *c, enum monitor_via via)
{
	return c->whom == FOR_ALL || via == VIA_MONITOR;
}

/* The arguments behind name, whose words any blanks may separate; NULL: line is
 * another command. */
static const char *
match(const char *line, const char *name)
{
	for (; *name; name++) {
		if (*name == ' ') {
			if (!strspn(line, BLANKS))
				return NULL;
			line += strspn(line, BLANKS);
		} else if (*line++ != *name) {
			return NULL;
		}
	}
	if (*line && *line != '/' && !strspn(line, BLANKS))
		return NULL;
	return line + strspn(line, BLANKS);
}

/* The longest name that line begins with. */
static const struct command *
find(const char *line, enum monitor_via via, const char **args)
{
	const struct command *best = NULL;
	const char *rest;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		rest = offered(c, via) ? match(line, c->name) : NULL;
		if (!rest || (best && strlen(best->name) > strlen(c->name)))
			continue;
		best = c;
		*args = rest;
	}
	return best;
}

/* The nearest name to the first word of line, or the first two of "info". */
static void
say_unknown(struct monitor_call *call, const char *line)
{
	const char *names[ARRAY_SIZE(commands) + 1];
	char word[64];
	size_t len = strcspn(line, BLANKS "/");
	unsigned n = 0, i;
	const char *best;

	if (!strncmp(line, "info ", 5))
		len = 5 + strcspn(line + 5, BLANKS);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].help && offered(&commands[i], call->via))
			names[n++] = commands[i].name;
	names[n] = NULL;
	snprintf(word, sizeof(word), "%.*s", (int)len, line);
	best = nearest_name(word, names);
	monitor_fail(call, "unknown command '%s'%s%s%s", word, best ? "; did you mean '" : "",
	    best ? best : "", best ? "'?" : "");
}

/* --- executing --- */

static void
execute(struct monitor_call *call, const char *line)
{
	const struct command *c = find(line, call->via, &call->args);

	if (!c)
		say_unknown(call, line);
	else if (!c->args && *call->args)
		monitor_fail(call, "%s takes no argument", c->name);
	else if (c->args && c->args[0] != '[' && !*call->args)
		monitor_fail(call, "usage: %s %s", c->name, c->args);
	else
		c->run(call);
}

/* Bytes that are no text would reach somebody's terminal with the answer. */
static void
clean(char *s)
{
	size_t n;

	for (n = 0; s[n]; n++)
		if ((unsigned char)s[n] < ' ' || s[n] == 0x7f)
			s[n] = ' ';
	while (n && s[n - 1] == ' ')
		s[--n] = '\0';
}

bool
monitor_command(struct monitor *mon, enum monitor_via via, const char *line,
    monitor_put_fn put, void *arg)
{
	struct monitor_call call = {
		.mon = mon, .via = via, .args = "", .put = put, .put_arg = arg
	};
	char copy[MONITOR_LINE];
	const char *start = copy;

	snprintf(copy, sizeof(copy), "%s", line);
	clean(copy);
	start += strspn(start, BLANKS);
	if (*start)
		execute(&call, start);
	return !call.failed;
}

static double
seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
monitor_init(struct monitor *mon, struct machine *m)
{
	mon->m = m;
	mon->since = seconds_now();
}

double
monitor_seconds(const struct monitor *mon)
{
	return seconds_now() - mon->since;
}

struct cpu *
monitor_cpu(struct monitor_call *call)
{
	return machine_cpu(call->mon->m, call->mon->cpu);
}

/* --- help --- */

static void
say_help(struct monitor_call *call, const struct command *c)
{
	char left[48];

	snprintf(left, sizeof(left), "%s %s", c->name, c->args ? c->args : "");
	monitor_say(call, "%-24s  %s", left, c->help);
}

/* Those whose names begin with prefix. */
static unsigned
list(struct monitor_call *call, const char *prefix)
{
	unsigned i, n = 0;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		if (!c->help || !offered(c, call->via) || strncmp(c->name, prefix, strlen(prefix)))
			continue;
		say_help(call, c);
		n++;
	}
	return n;
}

void
monitor_do_help(struct monitor_call *call)
{
	if (!list(call, call->args))
		say_unknown(call, call->args);
}

void
monitor_do_info(struct monitor_call *call)
{
	char line[MONITOR_LINE + 8];

	if (!*call->args) {
		list(call, "info ");
		return;
	}
	snprintf(line, sizeof(line), "info %s", call->args);
	say_unknown(call, line);
}

/* --- completing --- */

struct completion {
	const char	*prefix;	/* of the word */
	size_t		len;
	char		last[64];	/* candidate: names come in order, words repeat */
	void		(*candidate)(void *arg, const char *word);
	void		*arg;
};

static void
offer(void *arg, const char *word)
{
	struct completion *c = arg;

	if (strncmp(word, c->prefix, c->len) || !strcmp(word, c->last))
		return;
	snprintf(c->last, sizeof(c->last), "%s", word);
	c->candidate(c->arg, word);
}

/* Files whose names continue the word; directories end with a slash. */
static void
complete_file(struct completion *c)
{
	char pattern[MONITOR_LINE + 1];
	glob_t found;
	size_t i;

	if (strpbrk(c->prefix, "*?[\\"))
		return;
	snprintf(pattern, sizeof(pattern), "%s*", c->prefix);
	if (glob(pattern, GLOB_MARK, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		offer(c, found.gl_pathv[i]);
	globfree(&found);
}

static void
complete_register(struct completion *c)
{
	const char *name;
	char word[16];
	unsigned i;

	for (i = 0; (name = monitor_register_name(i)) != NULL; i++) {
		snprintf(word, sizeof(word), "$%s", name);
		offer(c, word);
	}
}

static void
complete_cpu(struct monitor *mon, struct completion *c)
{
	char word[16];
	unsigned i;

	for (i = 0; i < machine_cpus(mon->m); i++) {
		snprintf(word, sizeof(word), "%u", i);
		offer(c, word);
	}
}

/* The word of each name that continues text; names are words in single blanks. */
static void
complete_name(struct completion *c, const char *text, size_t n)
{
	char word[64];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *name = commands[i].name;

		if (!commands[i].help || strncmp(name, text, n))
			continue;
		name += n - c->len;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " "), name);
		offer(c, word);
	}
}

static void
complete_argument(struct monitor *mon, enum monitor_completion what, const char *args,
    struct completion *c)
{
	const char *name;
	unsigned i;

	switch (what) {
	case COMPLETE_NONE:
		break;
	case COMPLETE_COMMAND:
		complete_name(c, args, strlen(args));
		break;
	case COMPLETE_DEVICE:
		for (i = 0; i < machine_sections(mon->m); i++)
			offer(c, machine_section(mon->m, i).name);
		break;
	case COMPLETE_SNAPSHOT:
		monitor_each_snapshot(mon, offer, c);
		break;
	case COMPLETE_REGISTER:
		complete_register(c);
		break;
	case COMPLETE_FILE:
		complete_file(c);
		break;
	case COMPLETE_CPU:
		complete_cpu(mon, c);
		break;
	case COMPLETE_KEY:
		for (i = 0; (name = monitor_key_name(i)) != NULL; i++)
			offer(c, name);
		break;
	}
}

/* Words end at blanks; keys of a chord and terms of a sum are words, too. */
static bool
separates(const struct command *command, char c)
{
	if (c == ' ' || !command)
		return c == ' ';
	return (command->completion == COMPLETE_KEY && c == '-') ||
	    (command->completion == COMPLETE_REGISTER && (c == '-' || c == '+'));
}

size_t
monitor_complete(struct monitor *mon, const char *text, size_t n,
    void (*candidate)(void *arg, const char *word), void *arg)
{
	struct completion c = { .candidate = candidate, .arg = arg };
	char copy[MONITOR_LINE];
	const struct command *command;
	const char *args = copy;
	size_t from;

	snprintf(copy, sizeof(copy), "%.*s", (int)(n < MONITOR_LINE ? n : 0), text);
	n = from = strlen(copy);
	command = find(copy, VIA_MONITOR, &args);
	while (from && !separates(command, copy[from - 1]))
		from--;
	c.prefix = copy + from;
	c.len = n - from;
	complete_name(&c, copy, n);
	if (command && from >= (size_t)(args - copy))
		complete_argument(mon, command->completion, args, &c);
	return from;
}
