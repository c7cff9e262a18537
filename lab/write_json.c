/*
 * lab/write_json.c - a result for programs, and for `ringlab lab verify`
 *
 * The lines of the head are as lab/verify.c looks for them.
 */
#include <inttypes.h>

#include "lab/claims.h"
#include "lab/write.h"

static void
put_string(FILE *out, const char *s)
{
	putc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else
			putc(*s, out);
	}
	putc('"', out);
}

static void
put_member(FILE *out, const char *indent, const char *key, const char *value, bool more)
{
	fprintf(out, "%s\"%s\": ", indent, key);
	if (value)
		put_string(out, value);
	else
		fprintf(out, "null");
	fprintf(out, more ? ",\n" : "\n");
}

static void
put_head(const struct lab_run *r, FILE *out)
{
	const struct lab_setting *k = r->lab->keys;
	unsigned i;

	put_member(out, "\t", "schema", RESULT_SCHEMA, true);
	put_member(out, "\t", "lab", r->lab->name, true);
	fprintf(out, "\t\"seed\": %" PRIu64 ",\n\t\"short\": %s,\n", r->seed,
	    r->brief ? "true" : "false");
	put_member(out, "\t", "break", r->broken, true);
	put_member(out, "\t", "model", r->model, true);
	fprintf(out, "\t\"settings\": {\n");
	for (i = 0; k[i].name; i++)
		put_member(out, "\t\t", k[i].name, r->values.text[i], k[i + 1].name);
	fprintf(out, "\t},\n");
}

static void
put_guests(const struct result *res, FILE *out)
{
	char hex[33];
	unsigned i;

	fprintf(out, "\t\"guests\": [");
	for (i = 0; i < res->guests; i++) {
		hash_hex(res->guest[i].hash, hex);
		fprintf(out, "%s\n\t\t{ \"name\": ", i ? "," : "");
		put_string(out, res->guest[i].name);
		fprintf(out, ", \"xxh3\": \"%s\" }", hex);
	}
	fprintf(out, "%s],\n", res->guests ? "\n\t" : "");
}

static void
put_finding(const struct finding *f, bool more, FILE *out)
{
	const struct claim *c = claim_find(f->row);

	fprintf(out, "\t\t{\n");
	put_member(out, "\t\t\t", "row", f->row, true);
	put_member(out, "\t\t\t", "text", c->text, true);
	put_member(out, "\t\t\t", "expected", c->expected, true);
	put_member(out, "\t\t\t", "measured", f->measured, true);
	put_member(out, "\t\t\t", "verdict", verdict_name(f->verdict), true);
	put_member(out, "\t\t\t", "condition", *f->note ? f->note : NULL, true);
	fprintf(out, "\t\t\t\"as_expected\": %s\n\t\t}%s\n",
	    f->verdict == f->expect ? "true" : "false", more ? "," : "");
}

static void
put_cell(const struct table *t, unsigned row, unsigned column, FILE *out)
{
	const struct cell *c = table_cell(t, row, column);
	char number[NUMBER_MAX];

	if (c->kind == CELL_TEXT) {
		put_string(out, c->text);
		return;
	}
	if (c->kind == CELL_NUMBER)
		number_print(number, c->number, t->columns[column].decimals);
	fputs(c->kind == CELL_NUMBER ? number : "null", out);
}

static void
put_table(const struct table *t, bool more, FILE *out)
{
	unsigned row, i;

	fprintf(out, "\t\t{\n");
	put_member(out, "\t\t\t", "name", t->name, true);
	put_member(out, "\t\t\t", "title", t->title, true);
	fprintf(out, "\t\t\t\"columns\": [");
	for (i = 0; i < t->width; i++) {
		fprintf(out, "%s{ \"name\": \"%s\", \"unit\": ", i ? ", " : "", t->columns[i].name);
		if (t->columns[i].unit)
			put_string(out, t->columns[i].unit);
		else
			fputs("null", out);
		fputs(" }", out);
	}
	fprintf(out, "],\n\t\t\t\"rows\": [\n");
	for (row = 0; row < table_rows(t); row++) {
		fputs("\t\t\t\t[", out);
		for (i = 0; i < t->width; i++) {
			fputs(i ? ", " : "", out);
			put_cell(t, row, i, out);
		}
		fputs(row + 1 < table_rows(t) ? "],\n" : "]\n", out);
	}
	fprintf(out, "\t\t\t]\n\t\t}%s\n", more ? "," : "");
}

void
write_json(const struct lab_run *r, FILE *out)
{
	const struct result *res = r->result;
	unsigned i;

	fprintf(out, "{\n");
	put_head(r, out);
	put_guests(res, out);
	fprintf(out, "\t\"claims\": [\n");
	for (i = 0; i < res->findings; i++)
		put_finding(&res->finding[i], i + 1 < res->findings, out);
	fprintf(out, "\t],\n\t\"tables\": [\n");
	for (i = 0; i < res->tables; i++)
		put_table(res->table[i], i + 1 < res->tables, out);
	fprintf(out, "\t]\n}\n");
}
