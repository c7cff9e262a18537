/*
 * ui/monitor_edit.c - a line that is edited on the terminal, by libedit
 *
 * libedit is in its unbuffered mode: el_gets() takes what one key stands for and
 * returns.  It asks for bytes and cannot be told "later", so it gets the bytes of
 * a key together, and commands that read further ones have no key.
 */
#include "ui/monitor_edit.h"

#include "config.h"

#ifdef HAVE_EDIT

#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_LINES	500
#define ESC		0x1b
#define TAB		0x09
#define CTRL_C		0x03
#define REDISPLAY	0x1f
#define KEY_MAX		16u		/* bytes of a key, at most */

struct monitor_edit {
	struct monitor	*mon;
	EditLine	*el;
	History		*history;
	const uint8_t	*key;		/* bytes el_gets() may have */
	size_t		key_len;
};

static char *
edit_prompt(EditLine *el)
{
	static char prompt[] = MONITOR_PROMPT;

	(void)el;
	return prompt;
}

static int
edit_getc(EditLine *el, wchar_t *c)
{
	struct monitor_edit *e;

	if (el_get(el, EL_CLIENTDATA, &e) != 0 || !e->key_len)
		return 0;
	*c = *e->key++;
	e->key_len--;
	return 1;
}

/* --- completion --- */

struct candidates {
	char		common[MONITOR_LINE];	/* beginning of all of them */
	unsigned	n;
	FILE		*list;		/* NULL: only count */
};

static void
candidate(void *arg, const char *word)
{
	struct candidates *c = arg;
	size_t i;

	if (c->list)
		fprintf(c->list, "%s%s", c->n ? "  " : "\n", word);
	if (!c->n++) {
		snprintf(c->common, sizeof(c->common), "%s", word);
		return;
	}
	for (i = 0; c->common[i] && c->common[i] == word[i]; i++)
		;
	c->common[i] = '\0';
}

/* What is wanted of libedit afterwards is REDISPLAY.  A function of its own, by
 * EL_ADDFN, would leave its name allocated. */
static void
edit_complete(struct monitor_edit *e)
{
	struct candidates c = { .n = 0 };
	const LineInfo *line = el_line(e->el);
	size_t n = (size_t)(line->cursor - line->buffer), from, typed;

	from = monitor_complete(e->mon, line->buffer, n, candidate, &c);
	typed = n - from;
	if (c.n && strlen(c.common) > typed) {
		if (c.n == 1 && strlen(c.common) + 1 < sizeof(c.common))
			strcat(c.common, " ");
		(void)el_insertstr(e->el, c.common + typed);
	} else if (c.n > 1) {
		c = (struct candidates){ .list = stdout };
		(void)monitor_complete(e->mon, line->buffer, n, candidate, &c);
		fprintf(stdout, "\n");
	} else {
		fprintf(stdout, "\a");
	}
}

/* --- keys --- */

/* Bytes of the key that p begins with; 0: more are to come. */
static size_t
key_bytes(const uint8_t *p, size_t n)
{
	size_t i;

	if (*p != ESC)
		return 1;
	if (n < 2)
		return 0;
	if (p[1] != '[' && p[1] != 'O')
		return 2;
	for (i = 2; i < n && i < KEY_MAX; i++)
		if (p[i] >= 0x40 && p[i] <= 0x7e)
			return i + 1;
	return n < KEY_MAX ? 0 : KEY_MAX;
}

static char *
edit_take_line(struct monitor_edit *e, const char *s, size_t n)
{
	char *line = strndup(s, n);
	HistEvent event;

	if (line && *line)
		(void)history(e->history, &event, H_ENTER, line);
	return line;
}

/* The line, if this key has ended it. */
static char *
edit_key(struct monitor_edit *e, const uint8_t *key, size_t n)
{
	const char *s;
	int len = 0;

	e->key = key;
	for (e->key_len = n; e->key_len; ) {
		s = el_gets(e->el, &len);
		if (s && len > 0 && (s[len - 1] == '\n' || s[len - 1] == '\r'))
			return edit_take_line(e, s, (size_t)len - 1);
	}
	return NULL;
}

static void
edit_tab(struct monitor_edit *e)
{
	const uint8_t key = REDISPLAY;

	edit_complete(e);
	(void)edit_key(e, &key, 1);
}

size_t
monitor_edit_feed(struct monitor_edit *e, const uint8_t *typed, size_t n, char **line)
{
	size_t took = 0, key;

	*line = NULL;
	while (!*line && took < n && (key = key_bytes(typed + took, n - took)) > 0) {
		if (typed[took] == CTRL_C)
			*line = strdup("");
		else if (typed[took] == TAB)
			edit_tab(e);
		else
			*line = edit_key(e, typed + took, key);
		took += key;
	}
	if (*line && typed[took - 1] == CTRL_C)
		fprintf(stdout, "^C\n");
	fflush(stdout);
	return took;
}

/* --- life --- */

void
monitor_edit_begin(struct monitor_edit *e)
{
	(void)el_set(e->el, EL_UNBUFFERED, 1);
	fflush(stdout);
}

void
monitor_edit_end(struct monitor_edit *e)
{
	(void)el_set(e->el, EL_UNBUFFERED, 0);
	fflush(stdout);
}

static void
edit_bind(EditLine *el)
{
	(void)el_set(el, EL_BIND, "^_", "ed-redisplay", NULL);
	(void)el_set(el, EL_BIND, "^R", "ed-search-prev-history", NULL);
	(void)el_set(el, EL_BIND, "^S", "ed-search-next-history", NULL);
	(void)el_set(el, EL_BIND, "^D", "ed-delete-next-char", NULL);
	(void)el_set(el, EL_BIND, "^V", "ed-unassigned", NULL);
	(void)el_set(el, EL_BIND, "^X", "ed-unassigned", NULL);
	(void)el_set(el, EL_BIND, "\033x", "ed-unassigned", NULL);
	(void)el_set(el, EL_BIND, "\033X", "ed-unassigned", NULL);
}

struct monitor_edit *
monitor_edit_new(struct monitor *mon)
{
	struct monitor_edit *e = calloc(1, sizeof(*e));
	HistEvent event;

	if (!e)
		return NULL;
	e->mon = mon;
	e->history = history_init();
	e->el = e->history ? el_init("ringlab", stdin, stdout, stderr) : NULL;
	if (!e->el) {
		monitor_edit_free(e);
		return NULL;
	}
	(void)history(e->history, &event, H_SETSIZE, HISTORY_LINES);
	(void)history(e->history, &event, H_SETUNIQUE, 1);
	(void)el_set(e->el, EL_CLIENTDATA, e);
	(void)el_set(e->el, EL_PROMPT, edit_prompt);
	(void)el_set(e->el, EL_EDITOR, "emacs");
	(void)el_set(e->el, EL_HIST, history, e->history);
	(void)el_set(e->el, EL_GETCFN, edit_getc);
	/* Ctrl-C is a key also while the terminal changes from one mode to another. */
	(void)el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
	(void)el_set(e->el, EL_SETTY, "-x", "-isig", NULL);
	edit_bind(e->el);
	return e;
}

void
monitor_edit_free(struct monitor_edit *e)
{
	if (!e)
		return;
	if (e->el)
		el_end(e->el);
	if (e->history)
		history_end(e->history);
	free(e);
}

#else

struct monitor_edit *
monitor_edit_new(struct monitor *mon)
{
	(void)mon;
	return NULL;
}

void
monitor_edit_free(struct monitor_edit *e)
{
	(void)e;
}

void
monitor_edit_begin(struct monitor_edit *e)
{
	(void)e;
}

void
monitor_edit_end(struct monitor_edit *e)
{
	(void)e;
}

size_t
monitor_edit_feed(struct monitor_edit *e, const uint8_t *typed, size_t n, char **line)
{
	(void)e;
	(void)typed;
	*line = NULL;
	return n;
}

#endif
