/*
 * ui/monitor_term.c - the monitor on the terminal, which a serial port may share
 */
#include "ui/monitor_term.h"

#include <stdlib.h>
#include <string.h>

#include "ui/monitor_client.h"
#include "ui/monitor_edit.h"
#include "ui/options.h"

#include "config.h"

struct monitor_term {
	struct stdio_line	*line;
	struct monitor_client	client;
	struct monitor_edit	*edit;	/* NULL: none, or not yet */
	bool			greeted;
	bool			here;		/* it has the focus */
	bool			editing;	/* a line is being edited */
};

/* --- output --- */

static void
say(struct monitor_term *t, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		stdio_byte(t->line, (uint8_t)text[i]);
}

static void
pass_answer(struct monitor_term *t)
{
	size_t n;
	const char *text = monitor_client_answer(&t->client, &n);

	say(t, text, n);
	monitor_client_taken(&t->client, n);
	stdio_flush(t->line);
}

static void
say_text(struct monitor_term *t, const char *text)
{
	say(t, text, strlen(text));
}

/* The first time somebody comes here. */
static void
greet(struct monitor_term *t)
{
	if (t->line->last != '\n')
		say_text(t, "\n");
	say_text(t, "ringlab " RINGLAB_VERSION " monitor, \"help\" lists commands\n");
	if (t->line->terminal)
		t->edit = monitor_edit_new(t->client.mon);
	t->client.prompts = !t->edit;
	t->greeted = true;
}

/* --- the edited line --- */

static void
begin_editing(struct monitor_term *t)
{
	stdio_flush(t->line);
	monitor_edit_begin(t->edit);
	stdio_raw_again(t->line);
	t->line->last = ' ';
	t->editing = true;
}

static void
end_editing(struct monitor_term *t)
{
	monitor_edit_end(t->edit);
	stdio_raw_again(t->line);
	t->editing = false;
}

static size_t
edit(struct monitor_term *t, const uint8_t *typed, size_t n)
{
	char *line;

	n = monitor_edit_feed(t->edit, typed, n, &line);
	if (!line)
		return n;
	end_editing(t);
	t->line->last = '\n';
	(void)monitor_client_feed(&t->client, (const uint8_t *)line, strlen(line));
	(void)monitor_client_feed(&t->client, (const uint8_t *)"\n", 1);
	free(line);
	if (!monitor_client_pending(&t->client)) {
		pass_answer(t);
		begin_editing(t);
	}
	return n;
}

/* A terminal without an editor: what is typed is seen, and can be taken back. */
static size_t
type(struct monitor_term *t, const uint8_t *typed)
{
	struct monitor_client *c = &t->client;
	uint8_t byte = *typed == '\r' ? '\n' : *typed;

	if (byte == 0x7f || byte == '\b') {
		if (c->in_len && c->in[c->in_len - 1] != '\n') {
			c->in_len--;
			say_text(t, "\b \b");
		}
		return 1;
	}
	stdio_byte(t->line, byte);
	return monitor_client_feed(c, &byte, 1);
}

/* --- arriving and leaving --- */

static void
prompt(struct monitor_term *t)
{
	if (t->edit)
		begin_editing(t);
	else
		say_text(t, MONITOR_PROMPT);
}

static void
arrive(struct monitor_term *t)
{
	if (!t->greeted)
		greet(t);
	t->here = true;
	prompt(t);
}

static void
leave(struct monitor_term *t)
{
	if (t->editing)
		end_editing(t);
	if (t->line->last != '\n')
		say_text(t, "\n");
	t->here = false;
}

/* Takes what was typed up to the end of a line, which has to be executed first. */
static void
take(struct monitor_term *t)
{
	struct stdio_input *in = &t->line->in[FOCUS_MONITOR];
	size_t n;

	while (in->len && !monitor_client_pending(&t->client)) {
		if (t->editing)
			n = edit(t, in->byte, in->len);
		else if (t->line->terminal)
			n = type(t, in->byte);
		else
			n = monitor_client_feed(&t->client, in->byte, in->len);
		if (!n)
			break;
		stdio_taken(t->line, FOCUS_MONITOR, n);
	}
	if (t->line->eof && !in->len)
		monitor_client_eof(&t->client);
}

static bool
wanted(const struct monitor_term *t)
{
	return t->line->focus == FOCUS_MONITOR || t->line->in[FOCUS_MONITOR].len ||
	    monitor_client_pending(&t->client);
}

void
monitor_term_poll(struct monitor_term *t)
{
	if (!t->here && wanted(t))
		arrive(t);
	take(t);
	if (t->here && !wanted(t))
		leave(t);
	pass_answer(t);
}

bool
monitor_term_pending(const struct monitor_term *t)
{
	return monitor_client_pending(&t->client);
}

void
monitor_term_serve(struct monitor_term *t)
{
	if (!monitor_client_pending(&t->client))
		return;
	monitor_client_serve(&t->client);
	pass_answer(t);
	if (t->here && t->edit && !t->editing && !t->client.mon->quit)
		begin_editing(t);
}

/* --- life --- */

struct monitor_term *
monitor_term_new(struct stdio_line *line, struct monitor *mon)
{
	struct monitor_term *t = calloc(1, sizeof(*t));

	if (!t) {
		option_bad("-monitor", "stdio", "out of memory");
		return NULL;
	}
	t->line = line;
	monitor_client_init(&t->client, mon, false);
	return t;
}

void
monitor_term_free(struct monitor_term *t)
{
	if (!t)
		return;
	pass_answer(t);
	if (t->here)
		leave(t);
	monitor_edit_free(t->edit);
	stdio_raw_again(t->line);
	monitor_client_fini(&t->client);
	free(t);
}
