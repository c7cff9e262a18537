/*
 * ui/monitor_mem.c - the guest's memory, looked at
 *
 * Everything here reads around the model TLB, sets no accessed bits and asks no
 * devices.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/cpu.h"
#include "cpu/decode.h"
#include "ui/monitor_priv.h"

#define ITEMS_MAX	65536u
#define LINE_BYTES	16u
#define STRING_MAX	256u

/* --- x, xp --- */

struct dump {
	uint64_t	at;
	uint64_t	count;
	char		format;		/* of "xduocsi" */
	unsigned	size;		/* bytes of an item */
	bool		physical;
};

static size_t
dump_read(struct monitor_call *call, const struct dump *d, uint64_t at, void *buf, size_t n)
{
	struct cpu *c = monitor_cpu(call);

	return d->physical ? phys_peek(c->pm, at, buf, n) : mmu_peek_bytes(&c->mmu, at, buf, n);
}

static void
dump_unreadable(struct monitor_call *call, uint64_t at)
{
	monitor_fail(call, "no memory at 0x%" PRIx64, at);
}

static unsigned
item_size(char letter)
{
	switch (letter) {
	case 'b': return 1;
	case 'h': return 2;
	case 'w': return 4;
	case 'g': return 8;
	default: return 0;
	}
}

/* "/16xb" or nothing. */
static bool
parse_format(struct monitor_call *call, const char **p, struct dump *d)
{
	const char *s = *p;
	uint64_t n = 0;

	if (*s != '/')
		return true;
	for (s++; isdigit((unsigned char)*s) && n <= ITEMS_MAX; s++)
		n = n * 10 + (unsigned)(*s - '0');
	if (n)
		d->count = n;
	for (; *s && *s != ' '; s++) {
		if (strchr("xduocsi", *s)) {
			d->format = *s;
		} else if (item_size(*s)) {
			d->size = item_size(*s);
		} else {
			monitor_fail(call, "'%c' is no format and no size", *s);
			return false;
		}
	}
	if (d->count > ITEMS_MAX) {
		monitor_fail(call, "at most %u", ITEMS_MAX);
		return false;
	}
	*p = s + strspn(s, " ");
	return true;
}

static void
format_char(char *out, size_t room, uint8_t c)
{
	snprintf(out, room, isprint(c) && c != '\'' && c != '\\' ? "'%c'" : "'\\x%02x'", c);
}

/* Columns line up. */
static void
format_item(char *out, size_t room, const struct dump *d, const uint8_t *p)
{
	static const int octal[] = { 0, 3, 6, 0, 11, 0, 0, 0, 22 };
	static const int decimal[] = { 0, 4, 6, 0, 11, 0, 0, 0, 20 };
	uint64_t v = 0;
	int shift = (int)(64 - 8 * d->size);

	memcpy(&v, p, d->size);
	switch (d->format) {
	case 'x':
		snprintf(out, room, "0x%0*" PRIx64, (int)(2 * d->size), v);
		break;
	case 'o':
		snprintf(out, room, "0%0*" PRIo64, octal[d->size], v);
		break;
	case 'u':
		snprintf(out, room, "%*" PRIu64, decimal[d->size], v);
		break;
	case 'd':
		snprintf(out, room, "%*" PRId64, decimal[d->size],
		    (int64_t)(v << shift) >> shift);
		break;
	default:
		format_char(out, room, *p);
	}
}

static void
dump_line(struct monitor_call *call, const struct dump *d, uint64_t at, const uint8_t *bytes,
    unsigned n)
{
	char item[32];
	unsigned i;

	monitor_put(call, "%016" PRIx64 ":", at);
	for (i = 0; i < n; i++) {
		format_item(item, sizeof(item), d, bytes + i * d->size);
		monitor_put(call, " %s", item);
	}
	monitor_put(call, "\n");
}

static void
dump_items(struct monitor_call *call, const struct dump *d)
{
	unsigned per_line = LINE_BYTES / d->size, want, got;
	uint8_t bytes[LINE_BYTES];
	uint64_t done, at;

	for (done = 0; done < d->count; done += got) {
		at = d->at + done * d->size;
		want = d->count - done < per_line ? (unsigned)(d->count - done) : per_line;
		got = (unsigned)dump_read(call, d, at, bytes, want * d->size) / d->size;
		if (got)
			dump_line(call, d, at, bytes, got);
		if (got < want) {
			dump_unreadable(call, at + got * d->size);
			return;
		}
	}
}

static void
dump_strings(struct monitor_call *call, const struct dump *d)
{
	char text[STRING_MAX];
	uint64_t i, at = d->at;
	size_t n, len, k;

	for (i = 0; i < d->count; i++) {
		n = dump_read(call, d, at, text, sizeof(text));
		if (!n) {
			dump_unreadable(call, at);
			return;
		}
		len = strnlen(text, n);
		for (k = 0; k < len; k++)
			if (!isprint((unsigned char)text[k]))
				text[k] = '.';
		monitor_say(call, "%016" PRIx64 ": \"%.*s\"%s", at, (int)len, text,
		    len == n ? "..." : "");
		at += len + (len < n);
	}
}

static void
dump_insns(struct monitor_call *call, const struct dump *d)
{
	const struct cpu *c = monitor_cpu(call);
	unsigned mode = mode_decode(c->mode);
	uint64_t i, at = d->at;
	uint8_t bytes[INSN_MAX];
	enum decode_result r;
	struct insn in;
	char text[120];
	size_t n;

	for (i = 0; i < d->count; i++) {
		n = dump_read(call, d, at, bytes, sizeof(bytes));
		r = n ? decode(bytes, (unsigned)n, mode, &c->features, &in) : DEC_MORE;
		if (r == DEC_MORE) {
			dump_unreadable(call, at + n);
			return;
		}
		if (r == DEC_OK)
			disasm(&in, mode, at, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "(bad) %02x", bytes[0]);
		monitor_say(call, "%016" PRIx64 ": %s", at, text);
		at += r == DEC_OK ? in.len : 1;
	}
}

static void
dump(struct monitor_call *call, bool physical)
{
	struct dump d = { .count = 1, .format = 'x', .physical = physical };
	const char *p = call->args;

	if (!parse_format(call, &p, &d) || !monitor_address(call, p, &d.at))
		return;
	if (!d.size)
		d.size = d.format == 'c' ? 1 : 4;
	if (d.format == 's')
		dump_strings(call, &d);
	else if (d.format == 'i')
		dump_insns(call, &d);
	else
		dump_items(call, &d);
}

void
monitor_do_x(struct monitor_call *call)
{
	dump(call, false);
}

void
monitor_do_xp(struct monitor_call *call)
{
	dump(call, true);
}
