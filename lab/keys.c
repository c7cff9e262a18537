/*
 * lab/keys.c - the settings of a lab
 */
#include "lab/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

/* --- values --- */

struct unit {
	const char	*name;
	uint64_t	is;
};

static const struct unit times[] = {
	{ "", 1 }, { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 }, { NULL, 0 }
};
static const struct unit sizes[] = {
	{ "", 1 }, { "K", 1u << 10 }, { "M", 1u << 20 }, { "G", 1u << 30 }, { NULL, 0 }
};
static const struct unit plain[] = { { "", 1 }, { NULL, 0 } };

static const struct unit *
units_of(enum lab_setting_type type)
{
	return type == KEY_TIME ? times : type == KEY_BYTES ? sizes : plain;
}

static bool
parse_number(const struct lab_setting *key, const char *text, uint64_t *number)
{
	const struct unit *u = units_of(key->type);
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	while (u->name && strcmp(u->name, end))
		u++;
	if (errno || !u->name || *number > UINT64_MAX / u->is)
		return false;
	*number *= u->is;
	return *number >= key->min && *number <= key->max;
}

static bool
parse_choice(const char *choices, const char *text, uint64_t *number)
{
	size_t n = strlen(text), len;
	uint64_t i;

	for (i = 0; *choices; i++) {
		len = strcspn(choices, "|");
		if (len == n && !memcmp(choices, text, n)) {
			*number = i;
			return true;
		}
		choices += len + (choices[len] == '|');
	}
	return false;
}

/* What would have to be escaped is not taken. */
static bool
parse_path(const char *text, uint64_t *number)
{
	const char *s;

	for (s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == '"' || *s == '\\')
			return false;
	*number = 0;
	return s > text;
}

bool
lab_key_parse(const struct lab_setting *key, const char *text, uint64_t *number)
{
	if (strlen(text) >= LAB_VALUE_MAX)
		return false;
	if (key->type == KEY_CHOICE)
		return parse_choice(key->choices, text, number);
	if (key->type == KEY_PATH)
		return parse_path(text, number);
	return parse_number(key, text, number);
}

/* In the largest unit that divides it. */
static void
print_value(const struct lab_setting *key, uint64_t v, char *buf, size_t n)
{
	const struct unit *u, *best = units_of(key->type);

	for (u = best; u->name; u++)
		if (v && v % u->is == 0 && u->is >= best->is)
			best = u;
	snprintf(buf, n, "%" PRIu64 "%s", v / best->is, best->name);
}

void
lab_key_range(const struct lab_setting *key, char *buf, size_t n)
{
	char least[32], most[32];

	if (key->type >= KEY_CHOICE) {
		snprintf(buf, n, "%s", key->choices);
		return;
	}
	print_value(key, key->min, least, sizeof(least));
	print_value(key, key->max, most, sizeof(most));
	snprintf(buf, n, "%s to %s", least, most);
}

/* --- which key --- */

unsigned
lab_values_find(const struct lab_values *v, const char *name)
{
	unsigned i;

	for (i = 0; i < LAB_KEYS_MAX && v->keys[i].name; i++)
		if (!strcmp(v->keys[i].name, name))
			return i;
	return LAB_KEYS_MAX;
}

static bool
unknown_key(const struct lab_values *v, const char *name, char *error)
{
	const char *names[LAB_KEYS_MAX + 1] = { NULL }, *near;
	unsigned n;

	for (n = 0; n < LAB_KEYS_MAX && v->keys[n].name; n++)
		names[n] = v->keys[n].name;
	near = nearest_name(name, names);
	if (near)
		snprintf(error, LAB_ERROR_MAX, "no setting %.40s; did you mean %s?", name, near);
	else
		snprintf(error, LAB_ERROR_MAX, "no setting %.40s: this lab has none", name);
	return false;
}

/* --- all of them --- */

static bool
put(struct lab_values *v, unsigned i, const char *text)
{
	uint64_t number;

	if (!lab_key_parse(&v->keys[i], text, &number))
		return false;
	v->number[i] = number;
	snprintf(v->text[i], LAB_VALUE_MAX, "%s", text);
	return true;
}

void
lab_values_init(struct lab_values *v, const struct lab_setting *keys, bool brief)
{
	const struct lab_setting *k;
	unsigned i;

	memset(v, 0, sizeof(*v));
	v->keys = keys;
	for (i = 0; i < LAB_KEYS_MAX && keys[i].name; i++) {
		k = &keys[i];
		(void)put(v, i, brief && k->brief ? k->brief : k->value);
	}
}

bool
lab_values_set(struct lab_values *v, const char *setting, char error[LAB_ERROR_MAX])
{
	size_t n = strcspn(setting, "=");
	char name[LAB_NAME_MAX + 1], range[160];
	unsigned i;

	snprintf(name, sizeof(name), "%.*s", (int)(n < LAB_NAME_MAX ? n : LAB_NAME_MAX), setting);
	i = lab_values_find(v, name);
	if (i == LAB_KEYS_MAX)
		return unknown_key(v, name, error);
	if (setting[n] == '=' && put(v, i, setting + n + 1))
		return true;
	lab_key_range(&v->keys[i], range, sizeof(range));
	snprintf(error, LAB_ERROR_MAX, "%s=%.40s: expected %s", name,
	    setting[n] ? setting + n + 1 : "", range);
	return false;
}
