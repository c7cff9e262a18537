/*
 * lab/model.c - a student's formula held against the points
 */
#include "lab/model.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX	64u
#define POWER_MAX	64
#define WORD_MAX	32u
#define LARGEST		9e17	/* that fits a cell */

/* --- expressions --- */

struct parser {
	const char			*at;
	const struct model_names	*names;
	const char			*why;	/* what is wrong; NULL: nothing */
	unsigned			depth;
};

static double parse_sum(struct parser *p);

static double
wrong(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	return 0;
}

static bool
take(struct parser *p, char c)
{
	while (*p->at == ' ')
		p->at++;
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static double
call(struct parser *p, const char *name)
{
	double a = parse_sum(p), b = 0;
	bool two = take(p, ',');

	if (two)
		b = parse_sum(p);
	if (!take(p, ')'))
		return wrong(p, "a ) is missing");
	if (!strcmp(name, "sqrt") && !two)
		return a < 0 ? wrong(p, "a root of a negative number") : sqrt(a);
	if (!strcmp(name, "min") && two)
		return a < b ? a : b;
	if (!strcmp(name, "max") && two)
		return a > b ? a : b;
	return wrong(p, "functions are sqrt(a), min(a,b), max(a,b)");
}

static double
parse_name(struct parser *p)
{
	char name[WORD_MAX];
	size_t n = 0;
	double v;

	while (isalnum((unsigned char)*p->at) || *p->at == '_') {
		if (n + 1 == sizeof(name))
			return wrong(p, "a name is too long");
		name[n++] = *p->at++;
	}
	name[n] = '\0';
	if (take(p, '('))
		return call(p, name);
	if (!p->names->value(p->names->arg, name, &v))
		return wrong(p, "a name is no column and no setting");
	return v;
}

static double
parse_atom(struct parser *p)
{
	char *end;
	double v;

	if (++p->depth > DEPTH_MAX)
		return wrong(p, "it is nested too deeply");
	if (take(p, '-')) {
		v = -parse_atom(p);
	} else if (take(p, '(')) {
		v = parse_sum(p);
		if (!take(p, ')'))
			wrong(p, "a ) is missing");
	} else if (isdigit((unsigned char)*p->at) || *p->at == '.') {
		v = strtod(p->at, &end);
		if (end == p->at)
			return wrong(p, "a number is none");
		p->at = end;
	} else if (isalpha((unsigned char)*p->at)) {
		v = parse_name(p);
	} else {
		v = wrong(p, "a number or a name is missing");
	}
	p->depth--;
	return v;
}

static double
power(struct parser *p, double base, double exponent)
{
	double v = 1;
	int i, n;

	if (!(exponent >= -POWER_MAX && exponent <= POWER_MAX) || exponent != (int)exponent)
		return wrong(p, "an exponent is no whole number up to 64");
	n = abs((int)exponent);
	for (i = 0; i < n; i++)
		v *= base;
	return exponent < 0 ? 1 / v : v;
}

static double
parse_power(struct parser *p)
{
	double v = parse_atom(p);

	return take(p, '^') ? power(p, v, parse_atom(p)) : v;
}

static double
parse_product(struct parser *p)
{
	double v = parse_power(p), by;

	while (!p->why) {
		if (take(p, '*')) {
			v *= parse_power(p);
		} else if (take(p, '/')) {
			by = parse_power(p);
			v = by != 0 ? v / by : wrong(p, "a division by zero");
		} else {
			break;
		}
	}
	return v;
}

static double
parse_sum(struct parser *p)
{
	double v = parse_product(p);

	while (!p->why) {
		if (take(p, '+'))
			v += parse_product(p);
		else if (take(p, '-'))
			v -= parse_product(p);
		else
			break;
	}
	return v;
}

const char *
model_eval(const char *expr, const struct model_names *names, double *v)
{
	struct parser p = { .at = expr, .names = names };

	*v = parse_sum(&p);
	while (*p.at == ' ')
		p.at++;
	if (!p.why && *p.at)
		p.why = "something is behind its end";
	if (!p.why && !(*v > -LARGEST && *v < LARGEST))
		p.why = "a value is too large";
	return p.why;
}

/* --- a lab's points --- */

struct row {
	const struct lab_run	*r;
	const struct table	*t;
	unsigned		row;
};

static double
power_of_ten(unsigned n)
{
	double v = 1;

	while (n--)
		v *= 10;
	return v;
}

static bool
row_value(const void *arg, const char *name, double *v)
{
	const struct row *at = arg;
	unsigned i = table_column(at->t, name);
	const struct cell *c;

	if (i < at->t->width) {
		c = table_cell(at->t, at->row, i);
		*v = (double)c->number / power_of_ten(at->t->columns[i].decimals);
		return c->kind == CELL_NUMBER;
	}
	i = lab_values_find(&at->r->values, name);
	if (i == LAB_KEYS_MAX || at->r->lab->keys[i].type >= KEY_CHOICE)
		return false;
	*v = (double)at->r->values.number[i];
	return true;
}

static const struct column model_columns[] = {
	{ "x", NULL, 3 }, { "measured", NULL, 3 }, { "model", NULL, 3 }, { "residual", "%", 1 }
};

static int64_t
to_thousandths(int64_t v, unsigned decimals)
{
	for (; decimals < 3; decimals++)
		v *= 10;
	for (; decimals > 3; decimals--)
		v = scaled(v, 1, 10);
	return v;
}

static bool
compare(struct lab_run *r, struct drawn *d)
{
	const struct figure *f = &d->figure;
	const struct table *t = result_find_table(r->result, f->model_table);
	unsigned x = table_column(t, f->model_x), y = table_column(t, f->model_y);
	struct table *out = result_table(r->result, "model", "Your formula", model_columns, 4);
	struct series *s = figure_series(r->result, d, SERIES_MODEL, "your formula");
	struct row at = { r, t, 0 };
	struct model_names names = { row_value, &at };
	const char *why;
	int64_t is;
	double v;

	for (; at.row < table_rows(t); at.row++) {
		if (table_cell(t, at.row, x)->kind != CELL_NUMBER ||
		    table_cell(t, at.row, y)->kind != CELL_NUMBER)
			continue;
		why = model_eval(r->model, &names, &v);
		if (why)
			return lab_fail(r, "--model %s: %s", r->model, why);
		is = to_thousandths(table_cell(t, at.row, y)->number, t->columns[y].decimals);
		table_number(out, to_thousandths(table_cell(t, at.row, x)->number,
		    t->columns[x].decimals));
		table_number(out, is);
		table_number(out, llround(v * 1000));
		if (v != 0)
			table_number(out, llround(((double)is / 1000 - v) / fabs(v) * 1000));
		else
			table_none(out);
		series_point(s, table_cell(t, at.row, x)->number,
		    llround(v * power_of_ten(f->ydecimals)), NULL);
	}
	return true;
}

bool
model_add(struct lab_run *r)
{
	unsigned i;

	if (r->model[strcspn(r->model, "\"\\\n\t")])
		return lab_fail(r, "--model %s: a character has no meaning there", r->model);
	for (i = 0; i < r->result->figures; i++)
		if (r->result->drawn[i]->figure.model_table)
			return compare(r, r->result->drawn[i]);
	return lab_fail(r, "--model: this lab has no picture for a formula");
}
