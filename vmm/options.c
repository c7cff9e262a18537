/*
 * vmm/options.c - words of the form key=value
 */
#include "vmm/options.h"

#include <string.h>

#include "vmm/panic.h"

/* Behind the word's key, at its '=' or at its end; NULL if there is none. */
static const char *
find(const char *line, const char *prefix, const char *key)
{
	size_t np = strlen(prefix), nk = strlen(key);
	const char *s = line;

	while (*s) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, prefix, np) && !strncmp(s + np, key, nk)) {
			const char *end = s + np + nk;

			if (*end == '=' || *end == ' ' || !*end)
				return end;
		}
		while (*s && *s != ' ')
			s++;
	}
	return NULL;
}

static const char *
lookup(const struct options *o, const char *key)
{
	const char *s = o->guest ? find(o->guest, "vm.", key) : NULL;

	if (!s)
		s = find(o->vmm, "", key);
	return s;
}

static bool
value_is(const char *value, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(value, name, n) && (value[n] == ' ' || !value[n]);
}

unsigned
option_choice(const struct options *o, const char *key,
    const char *const *names, unsigned standard)
{
	const char *s = lookup(o, key);
	unsigned i;

	if (!s)
		return standard;
	for (i = 0; names[i]; i++)
		if (*s == '=' && value_is(s + 1, names[i]))
			return i;
	panic("no such %s: %s", key, s + (*s == '='));
}

static unsigned
unit_shift(char c)
{
	switch (c) {
	case 'K': return 10;
	case 'M': return 20;
	case 'G': return 30;
	default: return 0;
	}
}

uint64_t
option_number(const struct options *o, const char *key, uint64_t standard)
{
	const char *s = lookup(o, key);
	uint64_t v = 0;
	unsigned shift, digits = 0;

	if (!s)
		return standard;
	if (*s == '=')
		s++;
	for (; *s >= '0' && *s <= '9' && digits < 15; s++, digits++)
		v = v * 10 + (uint64_t)(*s - '0');
	shift = unit_shift(*s);
	s += shift != 0;
	if (!digits || (*s && *s != ' '))
		panic("%s wants a number, not %s", key, s);
	return v << shift;
}

bool
option_given(const struct options *o, const char *key)
{
	return lookup(o, key) != NULL;
}
