/*
 * lab/result.c - what came out of a run
 */
#include "lab/result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX	512u

const char *
verdict_name(enum verdict v)
{
	return v == VERDICT_HOLDS ? "holds" : v == VERDICT_HOLDS_IF ? "holds if" : "fails here";
}

/* --- numbers --- */

void
number_print(char buf[NUMBER_MAX], int64_t v, unsigned decimals)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v, one = 1;
	unsigned i;

	for (i = 0; i < decimals; i++)
		one *= 10;
	if (decimals)
		snprintf(buf, NUMBER_MAX, "%s%" PRIu64 ".%0*" PRIu64, v < 0 ? "-" : "", u / one,
		    (int)decimals, u % one);
	else
		snprintf(buf, NUMBER_MAX, "%" PRId64, v);
}

int64_t
scaled(int64_t a, int64_t b, int64_t c)
{
	__int128 p = (__int128)a * b, half = c / 2;

	return (int64_t)((p < 0 ? p - half : p + half) / c);
}

/* --- memory --- */

/* Room for one more element; NULL after noting that there is none. */
static void *
grow(struct result *r, void *old, size_t used, size_t *room, size_t size)
{
	size_t want = *room ? 2 * *room : 16;
	void *p;

	if (used < *room)
		return old;
	p = realloc(old, want * size);
	if (!p) {
		r->failed = true;
		return NULL;
	}
	*room = want;
	return p;
}

static char *
keep_text(struct result *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		r->failed = true;
	return copy;
}

static char *
keep_format(struct result *r, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	return keep_text(r, text);
}

/* --- tables --- */

struct table *
result_table(struct result *r, const char *name, const char *title,
    const struct column *columns, unsigned width)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t || r->tables == RESULT_TABLES) {
		r->failed = true;
		free(t);
		return NULL;
	}
	*t = (struct table){ .name = name, .title = title, .columns = columns, .width = width,
		.result = r };
	r->table[r->tables++] = t;
	return t;
}

static void
add_cell(struct table *t, struct cell c)
{
	struct cell *p = t ? grow(t->result, t->cell, t->cells, &t->room, sizeof(*p)) : NULL;

	if (!p) {
		free(c.text);
		return;
	}
	t->cell = p;
	t->cell[t->cells++] = c;
}

void
table_number(struct table *t, int64_t v)
{
	add_cell(t, (struct cell){ CELL_NUMBER, v, NULL });
}

void
table_text(struct table *t, const char *text)
{
	add_cell(t, (struct cell){ CELL_TEXT, 0, t ? keep_text(t->result, text) : NULL });
}

void
table_none(struct table *t)
{
	add_cell(t, (struct cell){ CELL_NONE, 0, NULL });
}

unsigned
table_rows(const struct table *t)
{
	return (unsigned)((t->cells + t->width - 1) / t->width);
}

const struct cell *
table_cell(const struct table *t, unsigned row, unsigned column)
{
	static const struct cell none;
	size_t i = (size_t)row * t->width + column;

	return i < t->cells ? &t->cell[i] : &none;
}

bool
table_has_text(const struct table *t, unsigned column)
{
	unsigned row;

	for (row = 0; row < table_rows(t); row++)
		if (table_cell(t, row, column)->kind == CELL_TEXT)
			return true;
	return false;
}

const struct table *
result_find_table(const struct result *r, const char *name)
{
	unsigned i;

	for (i = 0; i < r->tables; i++)
		if (!strcmp(r->table[i]->name, name))
			return r->table[i];
	return NULL;
}

unsigned
table_column(const struct table *t, const char *name)
{
	unsigned i = 0;

	while (i < t->width && strcmp(t->columns[i].name, name))
		i++;
	return i;
}

/* --- figures --- */

struct drawn *
result_figure(struct result *r, const struct figure *f)
{
	struct drawn *d = calloc(1, sizeof(*d));

	if (!d || r->figures == RESULT_FIGURES) {
		r->failed = true;
		free(d);
		return NULL;
	}
	d->figure = *f;
	r->drawn[r->figures++] = d;
	return d;
}

struct series *
figure_series(struct result *r, struct drawn *d, enum series_style style, const char *title)
{
	struct series *s;

	if (!d || d->n == FIGURE_SERIES) {
		r->failed = true;
		return NULL;
	}
	s = &d->series[d->n++];
	*s = (struct series){ .title = keep_text(r, title), .style = style, .result = r };
	return s;
}

void
series_point(struct series *s, int64_t x, int64_t y, const char *label)
{
	struct point *p = s ? grow(s->result, s->point, s->points, &s->room, sizeof(*p)) : NULL;

	if (!p)
		return;
	s->point = p;
	s->point[s->points++] = (struct point){ x, y, label ? keep_text(s->result, label) : NULL };
}

/* --- verdicts and the rest --- */

void
result_finding(struct result *r, const char *row, enum verdict v, const char *note,
    const char *measured, ...)
{
	struct finding *f;
	va_list ap;

	if (r->findings == RESULT_FINDINGS) {
		r->failed = true;
		return;
	}
	f = &r->finding[r->findings++];
	va_start(ap, measured);
	*f = (struct finding){ row, v, v, keep_format(r, measured, ap), keep_text(r, note) };
	va_end(ap);
}

void
result_guest(struct result *r, const char *name, struct hash128 hash)
{
	unsigned i;

	for (i = 0; i < r->guests; i++)
		if (!strcmp(r->guest[i].name, name))
			return;
	if (r->guests == RESULT_GUESTS)
		r->failed = true;
	else
		r->guest[r->guests++] = (struct result_guest){ keep_text(r, name), hash };
}

void
result_note(struct result *r, const char *fmt, ...)
{
	va_list ap;

	if (r->notes == RESULT_NOTES) {
		r->failed = true;
		return;
	}
	va_start(ap, fmt);
	r->note[r->notes++].text = keep_format(r, fmt, ap);
	va_end(ap);
}

struct result *
result_new(void)
{
	return calloc(1, sizeof(struct result));
}

static void
table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->cells; i++)
		free(t->cell[i].text);
	free(t->cell);
	free(t);
}

static void
drawn_free(struct drawn *d)
{
	unsigned i;
	size_t k;

	for (i = 0; i < d->n; i++) {
		for (k = 0; k < d->series[i].points; k++)
			free(d->series[i].point[k].label);
		free(d->series[i].point);
		free(d->series[i].title);
	}
	free(d);
}

void
result_free(struct result *r)
{
	unsigned i;

	if (!r)
		return;
	for (i = 0; i < r->tables; i++)
		table_free(r->table[i]);
	for (i = 0; i < r->figures; i++)
		drawn_free(r->drawn[i]);
	for (i = 0; i < r->findings; i++) {
		free(r->finding[i].measured);
		free(r->finding[i].note);
	}
	for (i = 0; i < r->guests; i++)
		free(r->guest[i].name);
	for (i = 0; i < r->notes; i++)
		free(r->note[i].text);
	free(r);
}

bool
result_ok(const struct result *r)
{
	return !r->failed;
}
