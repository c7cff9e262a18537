/*
 * lab/write_text.c - a result for a terminal, and as lines of cells
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab/claims.h"
#include "lab/write.h"

#define CELL_MAX	96u
#define WRAP		96

static void
cell_text(const struct table *t, const struct cell *c, unsigned column, char buf[CELL_MAX])
{
	char number[NUMBER_MAX];

	if (c->kind == CELL_NUMBER) {
		number_print(number, c->number, t->columns[column].decimals);
		snprintf(buf, CELL_MAX, "%s", number);
	} else {
		snprintf(buf, CELL_MAX, "%s", c->kind == CELL_TEXT ? c->text : "-");
	}
}

static int
column_width(const struct table *t, unsigned column)
{
	const char *unit = t->columns[column].unit;
	size_t n, most = strlen(t->columns[column].name);
	char buf[CELL_MAX];
	unsigned row;

	if (unit && strlen(unit) > most)
		most = strlen(unit);
	for (row = 0; row < table_rows(t); row++) {
		cell_text(t, table_cell(t, row, column), column, buf);
		n = strlen(buf);
		most = n > most ? n : most;
	}
	return (int)most;
}

static void
put_cell(const struct table *t, unsigned column, const char *text, FILE *out)
{
	int width = column_width(t, column);

	if (column + 1 == t->width && table_has_text(t, column))
		fprintf(out, "  %s", text);
	else if (table_has_text(t, column))
		fprintf(out, "  %-*s", width, text);
	else
		fprintf(out, "  %*s", width, text);
}

static void
put_table(const struct table *t, FILE *out)
{
	char buf[CELL_MAX];
	unsigned row, i, units = 0;

	fprintf(out, "\n%s\n", t->title);
	for (i = 0; i < t->width; i++) {
		put_cell(t, i, t->columns[i].name, out);
		units += t->columns[i].unit != NULL;
	}
	fprintf(out, "\n");
	for (i = 0; units && i < t->width; i++)
		put_cell(t, i, t->columns[i].unit ? t->columns[i].unit : "", out);
	fprintf(out, units ? "\n" : "");
	for (row = 0; row < table_rows(t); row++) {
		for (i = 0; i < t->width; i++) {
			cell_text(t, table_cell(t, row, i), i, buf);
			put_cell(t, i, buf, out);
		}
		fprintf(out, "\n");
	}
}

/* Words of text behind a label, in lines that fit a terminal. */
static void
put_wrapped(FILE *out, const char *label, const char *text)
{
	int at = fprintf(out, "    %-9s", label);
	size_t n;

	while (*text) {
		n = strcspn(text, " ");
		if (at + (int)n + 1 > WRAP && at > 13)
			at = fprintf(out, "\n%13s", "") - 1;
		at += fprintf(out, " %.*s", (int)n, text);
		text += n + (text[n] == ' ');
	}
	fprintf(out, "\n");
}

static void
put_finding(const struct finding *f, FILE *out)
{
	const struct claim *c = claim_find(f->row);

	fprintf(out, "  %s  %s%s%s\n", f->row, verdict_name(f->verdict), *f->note ? ": " : "",
	    f->note);
	put_wrapped(out, "claim", c->text);
	put_wrapped(out, "expected", c->expected);
	put_wrapped(out, "measured", f->measured);
	if (f->verdict != f->expect)
		put_wrapped(out, "EXPECTED", verdict_name(f->expect));
}

static void
put_head(const struct lab_run *r, FILE *out)
{
	char hex[33];
	unsigned i;

	fprintf(out, "%s: %s\n", r->lab->name, r->lab->question);
	fprintf(out, "seed %" PRIu64 "%s", r->seed, r->brief ? ", short" : "");
	if (r->broken)
		fprintf(out, ", broken: %s", r->broken);
	for (i = 0; r->lab->keys[i].name; i++)
		fprintf(out, "%s%s=%s", i % 6 ? " " : "\n  ", r->lab->keys[i].name,
		    r->values.text[i]);
	fprintf(out, "\n");
	for (i = 0; i < r->result->guests; i++) {
		hash_hex(r->result->guest[i].hash, hex);
		fprintf(out, "  guest %s %s\n", r->result->guest[i].name, hex);
	}
}

void
write_text(const struct lab_run *r, FILE *out)
{
	const struct result *res = r->result;
	unsigned i;

	put_head(r, out);
	for (i = 0; i < res->tables; i++)
		put_table(res->table[i], out);
	if (res->findings)
		fprintf(out, "\nClaims\n");
	for (i = 0; i < res->findings; i++)
		put_finding(&res->finding[i], out);
	if (res->notes)
		fprintf(out, "\nNotes\n");
	for (i = 0; i < res->notes; i++)
		put_wrapped(out, "", res->note[i].text);
}

/* --- cells --- */

/* RFC 4180: in quotes where a comma, a quote or a line's end is inside. */
static void
put_csv(FILE *out, const char *s)
{
	if (!s[strcspn(s, ",\"\n")]) {
		fputs(s, out);
		return;
	}
	putc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			putc('"', out);
		putc(*s, out);
	}
	putc('"', out);
}

static void
put_csv_cell(const struct table *t, unsigned row, unsigned column, FILE *out)
{
	const struct cell *c = table_cell(t, row, column);
	char number[NUMBER_MAX];

	if (c->kind == CELL_NONE)
		return;
	fprintf(out, "%s,%u,%s,%s,", t->name, row, t->columns[column].name,
	    t->columns[column].unit ? t->columns[column].unit : "");
	if (c->kind == CELL_NUMBER)
		number_print(number, c->number, t->columns[column].decimals);
	put_csv(out, c->kind == CELL_NUMBER ? number : c->text);
	putc('\n', out);
}

void
write_csv(const struct lab_run *r, FILE *out)
{
	const struct table *t;
	unsigned i, row, column;

	fprintf(out, "table,row,column,unit,value\n");
	for (i = 0; i < r->result->tables; i++) {
		t = r->result->table[i];
		for (row = 0; row < table_rows(t); row++)
			for (column = 0; column < t->width; column++)
				put_csv_cell(t, row, column, out);
	}
}
