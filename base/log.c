/*
 * base/log.c - messages
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A key that has been printed, and how often it came again. */
struct log_key {
	struct log_key	*next;
	uint64_t	repeats;
	char		name[];
};

struct log {
	FILE		*out;
	enum log_level	level;
	struct log_key	*keys;
	struct log_key	**last;
	void		(*position)(void *arg, char *buf, size_t n);
	void		*position_arg;
};

struct log *
log_new(FILE *out, enum log_level level)
{
	struct log *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->out = out ? out : stderr;
	l->level = level;
	l->last = &l->keys;
	return l;
}

void
log_free(struct log *l)
{
	struct log_key *k, *next;

	if (!l)
		return;
	for (k = l->keys; k; k = next) {
		next = k->next;
		if (k->repeats && l->level >= LOG_DEBUG)
			fprintf(l->out, "ringlab: \"%s\" came %llu more times\n",
			    k->name, (unsigned long long)k->repeats);
		free(k);
	}
	free(l);
}

void
log_set_position(struct log *l, void (*fn)(void *arg, char *buf, size_t n),
    void *arg)
{
	if (!l)
		return;
	l->position = fn;
	l->position_arg = arg;
}

static void
log_line(struct log *l, const char *kind, const char *where, const char *fmt,
    va_list ap)
{
	fprintf(l->out, "ringlab: %s%s%s", kind, where, *where ? ": " : "");
	vfprintf(l->out, fmt, ap);
	fputc('\n', l->out);
	fflush(l->out);
}

#define LOG_PLAIN(name, lvl, kind) \
void \
name(struct log *l, const char *fmt, ...) \
{ \
	va_list ap; \
\
	if (!l || l->level < (lvl)) \
		return; \
	va_start(ap, fmt); \
	log_line(l, kind, "", fmt, ap); \
	va_end(ap); \
}
LOG_PLAIN(log_error, LOG_ERROR, "")
LOG_PLAIN(log_warn, LOG_WARN, "warning: ")
LOG_PLAIN(log_debug, LOG_DEBUG, "debug: ")
#undef LOG_PLAIN

/* True when key is new; counts it otherwise. */
static bool
log_first(struct log *l, const char *key)
{
	struct log_key *k;
	size_t n = strlen(key) + 1;

	for (k = l->keys; k; k = k->next) {
		if (!strcmp(k->name, key)) {
			k->repeats++;
			return false;
		}
	}
	k = malloc(sizeof(*k) + n);
	if (!k)
		return true;
	k->next = NULL;
	k->repeats = 0;
	memcpy(k->name, key, n);
	*l->last = k;
	l->last = &k->next;
	return true;
}

static void
log_keyed(struct log *l, const char *kind, const char *key, const char *fmt,
    va_list ap)
{
	char where[96] = "";

	if (!l || l->level < LOG_GUEST || !log_first(l, key))
		return;
	if (l->position)
		l->position(l->position_arg, where, sizeof(where));
	where[sizeof(where) - 1] = '\0';
	log_line(l, kind, where, fmt, ap);
}

void
log_guest(struct log *l, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_keyed(l, "guest: ", key, fmt, ap);
	va_end(ap);
}

void
log_unimp(struct log *l, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_keyed(l, "not modelled: ", key, fmt, ap);
	va_end(ap);
}
