/*
 * ui/monitor_keys.c - sendkey
 *
 * A guest reads its keyboard with a routine and a small buffer: presses and
 * releases reach it one by one, as from a person, in virtual time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "ui/monitor_priv.h"

#define MS		1000000u	/* in cycles */
#define GAP_MS		5u		/* between keys of a chord */
#define HOLD_MS		100u		/* qemu's */
#define HOLD_MAX_MS	10000u
#define CHORD		8u

static const struct {
	const char	*name;
	uint8_t		usage;
} key_table[] = {
#define KEY(name, usage) { name, usage },
#include "ui/monitor_keys.def"
#undef KEY
};

const char *
monitor_key_name(unsigned i)
{
	return i < ARRAY_SIZE(key_table) ? key_table[i].name : NULL;
}

static bool
find_key(struct monitor_call *call, const char *name, uint8_t *usage)
{
	const char *names[ARRAY_SIZE(key_table) + 1];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(key_table); i++) {
		names[i] = key_table[i].name;
		if (!strcmp(name, names[i])) {
			*usage = key_table[i].usage;
			return true;
		}
	}
	names[i] = NULL;
	monitor_fail(call, "unknown key '%s'; did you mean '%s'?", name, nearest_name(name, names));
	return false;
}

/* "ctrl-alt-delete"; how many keys, 0 after a message. */
static unsigned
parse_chord(struct monitor_call *call, const char *s, size_t len, uint8_t usage[CHORD])
{
	const char *end = s + len;
	char name[32];
	unsigned n = 0;
	size_t part;

	for (; s < end; s += part + 1) {
		part = strcspn(s, "- ");
		snprintf(name, sizeof(name), "%.*s", (int)part, s);
		if (n == CHORD) {
			monitor_fail(call, "at most %u keys at once", CHORD);
			return 0;
		}
		if (!find_key(call, name, &usage[n++]))
			return 0;
	}
	return n;
}

static void
queue(struct monitor *mon, uint8_t usage, bool down, uint32_t gap_ms)
{
	mon->key[(mon->key_first + mon->keys++) % MONITOR_KEYS] =
	    (struct monitor_key){ usage, down, gap_ms * MS };
}

void
monitor_do_sendkey(struct monitor_call *call)
{
	const char *why = monitor_no_input(call->mon);
	size_t len = strcspn(call->args, " ");
	uint64_t hold = HOLD_MS;
	uint8_t usage[CHORD];
	unsigned n, i;

	if (why) {
		monitor_fail(call, "%s", why);
		return;
	}
	if (call->args[len] && !monitor_address(call, call->args + len + 1, &hold))
		return;
	if (hold < GAP_MS || hold > HOLD_MAX_MS)
		hold = hold < GAP_MS ? GAP_MS : HOLD_MAX_MS;
	n = parse_chord(call, call->args, len, usage);
	if (call->mon->keys + 2 * n > MONITOR_KEYS) {
		monitor_fail(call, "too many keys are on their way already");
		return;
	}
	for (i = 0; i < n; i++)
		queue(call->mon, usage[i], true, i + 1 < n ? GAP_MS : (uint32_t)hold);
	for (; i--; )
		queue(call->mon, usage[i], false, GAP_MS);
}

void
monitor_poll(struct monitor *mon)
{
	const struct monitor_key *k = &mon->key[mon->key_first];
	uint8_t payload[2] = { k->usage, k->down };

	if (!mon->keys || machine_cycles(mon->m) < mon->next_key)
		return;
	(void)machine_input(mon->m, INPUT_KEY, payload, sizeof(payload));
	mon->next_key = machine_cycles(mon->m) + k->gap;
	mon->key_first = (mon->key_first + 1) % MONITOR_KEYS;
	mon->keys--;
}
