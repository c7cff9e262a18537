/*
 * base/snap.c - field tables: encode, decode, print, compare
 *
 * Every function is the same walk over the table: fields, then elements, then
 * for structures the sub-table.
 */
#include "base/snap.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/vclock.h"

#define SNAP_TIMER_SIZE	16u
#define SNAP_PATH_MAX	160
#define SNAP_ROW	16u	/* opaque bytes per printed line */

/* Encoded length of one element. */
static size_t
snap_element_size(const struct snap_field *f)
{
	switch (f->type) {
	case SNAP_T_BOOL:
		return 1;
	case SNAP_T_STRUCT:
		return snap_size(f->sub);
	case SNAP_T_TIMER:
		return SNAP_TIMER_SIZE;
	default:
		return f->size;
	}
}

size_t
snap_size(const struct snap_field *tab)
{
	const struct snap_field *f;
	size_t n = 0;

	for (f = tab; f->type != SNAP_T_END; f++)
		n += snap_element_size(f) * f->count;
	return n;
}

/* In memory as in a file, elements side by side: unsigned integers are little-endian. */
static bool
snap_is_plain(const struct snap_field *f)
{
	return f->type != SNAP_T_BOOL && f->type != SNAP_T_STRUCT && f->type != SNAP_T_TIMER;
}

static void
snap_encode_element(const struct snap_field *f, const uint8_t *p, uint8_t *out)
{
	const struct vtimer *t;

	switch (f->type) {
	case SNAP_T_BOOL:
		*out = *(const bool *)p;
		break;
	case SNAP_T_STRUCT:
		snap_encode(f->sub, p, out);
		break;
	case SNAP_T_TIMER:
		t = (const void *)p;
		put_le64(out, t->when);
		put_le64(out + 8, t->seq);
		break;
	default:
		memcpy(out, p, f->size);
		break;
	}
}

void
snap_encode(const struct snap_field *tab, const void *obj, uint8_t *out)
{
	const struct snap_field *f;
	const uint8_t *p;
	uint32_t i;

	for (f = tab; f->type != SNAP_T_END; f++) {
		p = (const uint8_t *)obj + f->offset;
		if (snap_is_plain(f)) {
			memcpy(out, p, (size_t)f->size * f->count);
			out += (size_t)f->size * f->count;
			continue;
		}
		for (i = 0; i < f->count; i++, p += f->size) {
			snap_encode_element(f, p, out);
			out += snap_element_size(f);
		}
	}
}

static bool
snap_valid(const struct snap_field *tab, const uint8_t *in)
{
	const struct snap_field *f;
	uint32_t i;

	for (f = tab; f->type != SNAP_T_END; f++) {
		if (snap_is_plain(f)) {
			in += (size_t)f->size * f->count;
			continue;
		}
		for (i = 0; i < f->count; i++) {
			if (f->type == SNAP_T_BOOL && *in > 1)
				return false;
			if (f->type == SNAP_T_STRUCT && !snap_valid(f->sub, in))
				return false;
			in += snap_element_size(f);
		}
	}
	return true;
}

static void
snap_load(const struct snap_field *tab, void *obj, const uint8_t *in)
{
	const struct snap_field *f;
	struct vtimer *t;
	uint8_t *p;
	uint32_t i;

	for (f = tab; f->type != SNAP_T_END; f++) {
		p = (uint8_t *)obj + f->offset;
		if (snap_is_plain(f)) {
			memcpy(p, in, (size_t)f->size * f->count);
			in += (size_t)f->size * f->count;
			continue;
		}
		for (i = 0; i < f->count; i++, p += f->size) {
			if (f->type == SNAP_T_STRUCT) {
				snap_load(f->sub, p, in);
			} else if (f->type == SNAP_T_TIMER) {
				t = (void *)p;
				t->when = get_le64(in);
				t->seq = get_le64(in + 8);
			} else if (f->type == SNAP_T_BOOL) {
				*(bool *)p = *in;
			}
			in += snap_element_size(f);
		}
	}
}

bool
snap_decode(const struct snap_field *tab, void *obj, const uint8_t *in, size_t n)
{
	if (n != snap_size(tab) || !snap_valid(tab, in))
		return false;
	snap_load(tab, obj, in);
	return true;
}

void
snap_each_timer(const struct snap_field *tab, void *obj,
    void (*fn)(void *arg, struct vtimer *t), void *arg)
{
	const struct snap_field *f;
	uint8_t *p;
	uint32_t i;

	for (f = tab; f->type != SNAP_T_END; f++) {
		p = (uint8_t *)obj + f->offset;
		for (i = 0; i < f->count; i++, p += f->size) {
			if (f->type == SNAP_T_TIMER)
				fn(arg, (void *)p);
			else if (f->type == SNAP_T_STRUCT)
				snap_each_timer(f->sub, p, fn, arg);
		}
	}
}

/* "prefix.name[i]", without dot or index where there is none. */
static void
snap_path(char *buf, size_t n, const char *prefix, const struct snap_field *f,
    uint32_t i)
{
	const char *dot = prefix && *prefix ? "." : "";

	if (f->count > 1)
		snprintf(buf, n, "%s%s%s[%u]", prefix ? prefix : "", dot, f->name, i);
	else
		snprintf(buf, n, "%s%s%s", prefix ? prefix : "", dot, f->name);
}

static void
snap_print_bytes(const uint8_t *p, uint32_t size, const char *path,
    void (*line)(void *arg, const char *text), void *arg)
{
	char text[SNAP_PATH_MAX + 80];
	uint32_t i;
	int at = 0;

	for (i = 0; i < size; i++) {
		if (i % SNAP_ROW == 0)
			at = snprintf(text, sizeof(text), "%s+0x%x =", path, i);
		at += snprintf(text + at, sizeof(text) - (size_t)at, " %02x", p[i]);
		if (i % SNAP_ROW == SNAP_ROW - 1 || i == size - 1)
			line(arg, text);
	}
}

static void
snap_print_element(const struct snap_field *f, const uint8_t *p,
    const char *path, void (*line)(void *arg, const char *text), void *arg)
{
	char text[SNAP_PATH_MAX + 80];
	const struct vtimer *t = (const void *)p;

	switch (f->type) {
	case SNAP_T_STRUCT:
		snap_print(f->sub, p, path, line, arg);
		return;
	case SNAP_T_BYTES:
		snap_print_bytes(p, f->size, path, line, arg);
		return;
	case SNAP_T_TIMER:
		if (t->when == VTIMER_IDLE)
			snprintf(text, sizeof(text), "%s = idle", path);
		else
			snprintf(text, sizeof(text), "%s = %llu (seq %llu)", path,
			    (unsigned long long)t->when,
			    (unsigned long long)t->seq);
		break;
	default:
		snprintf(text, sizeof(text), "%s = 0x%llx", path,
		    (unsigned long long)get_le(p, f->size));
		break;
	}
	line(arg, text);
}

void
snap_print(const struct snap_field *tab, const void *obj, const char *prefix,
    void (*line)(void *arg, const char *text), void *arg)
{
	const struct snap_field *f;
	const uint8_t *p;
	char path[SNAP_PATH_MAX];
	uint32_t i;

	for (f = tab; f->type != SNAP_T_END; f++) {
		p = (const uint8_t *)obj + f->offset;
		for (i = 0; i < f->count; i++, p += f->size) {
			snap_path(path, sizeof(path), prefix, f, i);
			snap_print_element(f, p, path, line, arg);
		}
	}
}

/* "path: 0x1, 0x2"; of bytes the first that differs; of a timer its time. */
static void
snap_diff_print(const struct snap_field *f, const uint8_t *a, const uint8_t *b,
    const char *path, char *buf, size_t n)
{
	uint32_t at = 0;

	switch (f->type) {
	case SNAP_T_BYTES:
		while (a[at] == b[at])
			at++;
		snprintf(buf, n, "%s+0x%x: 0x%02x, 0x%02x", path, at, a[at], b[at]);
		break;
	case SNAP_T_TIMER:
		snprintf(buf, n, "%s: %lld, %lld%s", path, (long long)get_le64(a),
		    (long long)get_le64(b), get_le64(a) == get_le64(b) ? " (order)" : "");
		break;
	default:
		at = f->type == SNAP_T_BOOL ? 1 : f->size;
		snprintf(buf, n, "%s: 0x%llx, 0x%llx", path,
		    (unsigned long long)get_le(a, at), (unsigned long long)get_le(b, at));
		break;
	}
}

static bool
snap_diff_at(const struct snap_field *tab, const uint8_t *a, const uint8_t *b,
    const char *prefix, char *buf, size_t n)
{
	const struct snap_field *f;
	char path[SNAP_PATH_MAX];
	size_t size;
	uint32_t i;

	for (f = tab; f->type != SNAP_T_END; f++) {
		size = snap_element_size(f);
		for (i = 0; i < f->count; i++, a += size, b += size) {
			if (!memcmp(a, b, size))
				continue;
			snap_path(path, sizeof(path), prefix, f, i);
			if (f->type == SNAP_T_STRUCT)
				return snap_diff_at(f->sub, a, b, path, buf, n);
			snap_diff_print(f, a, b, path, buf, n);
			return true;
		}
	}
	return false;
}

bool
snap_diff(const struct snap_field *tab, const uint8_t *a, const uint8_t *b,
    char *buf, size_t n)
{
	return snap_diff_at(tab, a, b, "", buf, n);
}
