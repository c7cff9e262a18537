/*
 * lab/keys.h - the settings of a lab: --set KEY=VALUE
 */
#ifndef LAB_KEYS_H
#define LAB_KEYS_H

#include "base/types.h"

#define LAB_KEYS_MAX	24u
#define LAB_NAME_MAX	32u	/* characters of a name */
#define LAB_VALUE_MAX	192u	/* ... of a value, which may be a path */
#define LAB_ERROR_MAX	320u

/* TIME: cycles, which are nanoseconds; ns, us, ms, s may follow.  BYTES: K, M, G.
 * PATH: a text that result.json can hold; choices says what it may be. */
enum lab_setting_type { KEY_NUMBER, KEY_TIME, KEY_BYTES, KEY_CHOICE, KEY_PATH };

struct lab_setting {
	const char		*name;
	enum lab_setting_type	type;
	const char		*value;		/* by itself */
	const char		*brief;		/* with --short; NULL: the same */
	uint64_t		min, max;	/* not of choices and paths */
	const char		*choices;	/* "one|other" */
	const char		*help;
};

/* In the order of the keys. */
struct lab_values {
	const struct lab_setting	*keys;
	uint64_t		number[LAB_KEYS_MAX];
	char			text[LAB_KEYS_MAX][LAB_VALUE_MAX];
};

/* All as they are by themselves.  Keys are right: a test looks at those there are. */
void	lab_values_init(struct lab_values *v, const struct lab_setting *keys, bool brief);
/* "KEY=VALUE"; false with what is wrong with it in error. */
bool	lab_values_set(struct lab_values *v, const char *setting,
	    char error[LAB_ERROR_MAX]) MUST_CHECK;
/* The number of a key; LAB_KEYS_MAX for none. */
unsigned lab_values_find(const struct lab_values *v, const char *name);
/* Reads one value as the key has it. */
bool	lab_key_parse(const struct lab_setting *key, const char *text, uint64_t *number) MUST_CHECK;
/* What values the key has, for a person. */
void	lab_key_range(const struct lab_setting *key, char *buf, size_t n);

#endif
