/*
 * ui/monitor_client.c - one conversation with the monitor
 */
#include "ui/monitor_client.h"

#include <stdlib.h>
#include <string.h>

/* --- answers --- */

/* Makes room for n more bytes. */
static bool
reserve(struct monitor_client *c, size_t n)
{
	size_t room = c->out_room ? c->out_room : 4096;
	char *out;

	if (c->out_len + n > MONITOR_ANSWERS)
		return false;
	if (c->out_start + c->out_len + n > c->out_room && c->out_start) {
		memmove(c->out, c->out + c->out_start, c->out_len);
		c->out_start = 0;
	}
	while (room < c->out_len + n)
		room *= 2;
	if (room == c->out_room)
		return true;
	out = realloc(c->out, room);
	if (!out)
		return false;
	c->out = out;
	c->out_room = room;
	return true;
}

static void
put(void *arg, const char *text, size_t n)
{
	struct monitor_client *c = arg;

	if (c->lost || !n)
		return;
	if (!reserve(c, n)) {
		monitor_client_lost(c);
		c->overrun = true;
		return;
	}
	memcpy(c->out + c->out_start + c->out_len, text, n);
	c->at_prompt = false;
	c->out_len += n;
}

const char *
monitor_client_answer(const struct monitor_client *c, size_t *n)
{
	*n = c->out_len;
	return c->out + c->out_start;
}

void
monitor_client_taken(struct monitor_client *c, size_t n)
{
	c->out_len -= n;
	c->out_start = c->out_len ? c->out_start + n : 0;
}

void
monitor_client_lost(struct monitor_client *c)
{
	c->lost = true;
	c->out_start = c->out_len = 0;
}

/* --- lines --- */

static void
prompt(struct monitor_client *c)
{
	if (!c->prompts || c->mon->quit)
		return;
	put(c, MONITOR_PROMPT, strlen(MONITOR_PROMPT));
	c->at_prompt = true;
}

/* Only the end of a line that is too long is looked for. */
static size_t
skip(struct monitor_client *c, const uint8_t *buf, size_t n)
{
	static const char text[] = "the line is too long\n";
	const uint8_t *end = memchr(buf, '\n', n);

	if (!end)
		return n;
	c->skipping = false;
	put(c, text, strlen(text));
	prompt(c);
	return (size_t)(end - buf) + 1;
}

size_t
monitor_client_feed(struct monitor_client *c, const uint8_t *buf, size_t n)
{
	size_t took = 0, room;

	if (c->skipping)
		took = skip(c, buf, n);
	room = sizeof(c->in) - c->in_len;
	if (n - took > room)
		n = took + room;
	memcpy(c->in + c->in_len, buf + took, n - took);
	c->in_len += n - took;
	if (c->in_len == sizeof(c->in) && !memchr(c->in, '\n', c->in_len)) {
		c->in_len = 0;
		c->skipping = true;
	}
	return n;
}

void
monitor_client_eof(struct monitor_client *c)
{
	c->eof = true;
}

bool
monitor_client_pending(const struct monitor_client *c)
{
	if (monitor_must_run(c->mon))
		return false;
	return c->in_len && (c->eof || memchr(c->in, '\n', c->in_len));
}

/* A program that asks wants no prompt, but to know whether it went well. */
static void
execute(struct monitor_client *c, const char *line)
{
	bool ok;

	if (*line != MONITOR_ONESHOT) {
		(void)monitor_command(c->mon, VIA_MONITOR, line, put, c);
		prompt(c);
		return;
	}
	ok = monitor_command(c->mon, VIA_MONITOR, line + 1, put, c);
	put(c, ok ? MONITOR_DONE : MONITOR_FAILED, strlen(MONITOR_DONE));
}

void
monitor_client_serve(struct monitor_client *c)
{
	char line[MONITOR_LINE + 1];
	const char *end = memchr(c->in, '\n', c->in_len);
	size_t n = end ? (size_t)(end - c->in) : c->in_len;

	memcpy(line, c->in, n);
	line[n] = '\0';
	n += end != NULL;
	c->in_len -= n;
	memmove(c->in, c->in + n, c->in_len);
	execute(c, line);
}

/* --- life --- */

void
monitor_client_init(struct monitor_client *c, struct monitor *mon, bool prompts)
{
	memset(c, 0, sizeof(*c));
	c->mon = mon;
	c->prompts = prompts;
	prompt(c);
}

void
monitor_client_fini(struct monitor_client *c)
{
	free(c->out);
	memset(c, 0, sizeof(*c));
}

void
monitor_client_bye(struct monitor_client *c)
{
	if (c->at_prompt)
		put(c, "\n", 1);
}

bool
monitor_client_done(const struct monitor_client *c)
{
	return c->eof && !c->in_len && !c->out_len;
}
