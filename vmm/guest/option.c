/*
 * vmm/guest/option.c - the command line
 */
#include "vmm/guest/kernel.h"

static char line[1024] NOT_HASHED;

void
option_init(const char *text)
{
	size_t n = 0;

	for (; text && text[n] && n + 1 < sizeof(line); n++)
		line[n] = text[n];
	line[n] = 0;
}

static const char *
next_word(const char *p)
{
	while (*p && *p != ' ')
		p++;
	while (*p == ' ')
		p++;
	return p;
}

/* What is behind "name=", or NULL. */
static const char *
value_of(const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = line; *p; p = next_word(p))
		if (!strncmp(p, name, n) && p[n] == '=')
			return p + n + 1;
	return NULL;
}

static bool
is_word(const char *p, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(p, word, n) && (!p[n] || p[n] == ' ');
}

uint64_t
option(const char *name, uint64_t otherwise)
{
	const char *p = value_of(name);
	uint64_t v = 0;

	if (!p || *p < '0' || *p > '9')
		return otherwise;
	for (; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	return *p == 'K' ? v << 10 : *p == 'M' ? v << 20 : v;
}

bool
option_is(const char *name, const char *value)
{
	const char *p = value_of(name);

	return p && is_word(p, value);
}

bool
option_word(const char *word)
{
	const char *p;

	for (p = line; *p; p = next_word(p))
		if (is_word(p, word))
			return true;
	return false;
}

void
option_text(const char *name, const char *otherwise, char *buf, size_t n)
{
	const char *p = value_of(name);
	size_t i;

	if (!p)
		p = otherwise;
	for (i = 0; p[i] && p[i] != ' ' && i + 1 < n; i++)
		buf[i] = p[i];
	buf[i] = 0;
}
