/*
 * lab/result.h - what came out of a run: tables, figures, verdicts
 *
 * A number is an integer and says how many of its digits are behind the point, so
 * that it is printed without rounding by anybody.  Running out of memory is
 * remembered; result_ok() says so once, at the end.
 */
#ifndef LAB_RESULT_H
#define LAB_RESULT_H

#include "base/hash.h"
#include "base/types.h"

enum verdict { VERDICT_HOLDS, VERDICT_HOLDS_IF, VERDICT_FAILS };

/* "holds", "holds if", "fails here" */
const char *verdict_name(enum verdict v);

struct column {
	const char	*name;		/* a word */
	const char	*unit;		/* NULL: a pure number or a text */
	unsigned	decimals;
};

enum cell_kind { CELL_NONE, CELL_NUMBER, CELL_TEXT };

struct cell {
	enum cell_kind	kind;
	int64_t		number;		/* in units of the column's last digit */
	char		*text;
};

struct table {
	const char		*name, *title;	/* name: a word */
	const struct column	*columns;
	unsigned		width;
	struct cell		*cell;		/* row by row */
	size_t			cells, room;
	struct result		*result;
};

/* PUBLISHED are others' figures, each with a label of its own. */
enum series_style {
	SERIES_LINE, SERIES_POINTS, SERIES_MODEL, SERIES_PUBLISHED, SERIES_BARS
};

struct point {
	int64_t		x, y;
	char		*label;		/* NULL: none */
};

struct series {
	char			*title;
	enum series_style	style;
	struct point		*point;
	size_t			points, room;
	struct result		*result;
};

struct figure {
	const char	*name, *title;	/* name: of the file */
	const char	*caption;	/* what it is to show */
	const char	*xlabel, *ylabel;
	unsigned	xdecimals, ydecimals;
	bool		logx, logy;
	/* y are lanes, named from 0 up; NULL ends them.  NULL: y is a number. */
	const char	*const *lanes;
	/* The same of x, for bars. */
	const char	*const *groups;
	/* Of the table that --model EXPR is compared with, and its column; NULL: not
	 * with this figure. */
	const char	*model_table, *model_x, *model_y;
};

#define FIGURE_SERIES	8u

struct drawn {
	struct figure	figure;
	struct series	series[FIGURE_SERIES];
	unsigned	n;
};

/* measured: what came out; note: the condition, or the run that shows it. */
struct finding {
	const char	*row;
	enum verdict	verdict, expect;
	char		*measured, *note;
};

struct result_guest {
	char		*name;
	struct hash128	hash;
};

struct note {
	char		*text;
};

#define RESULT_TABLES	14u
#define RESULT_FIGURES	10u
#define RESULT_FINDINGS	24u
#define RESULT_GUESTS	8u
#define RESULT_NOTES	12u

struct result {
	struct table		*table[RESULT_TABLES];
	struct drawn		*drawn[RESULT_FIGURES];
	struct finding		finding[RESULT_FINDINGS];
	struct result_guest	guest[RESULT_GUESTS];
	struct note		note[RESULT_NOTES];
	unsigned		tables, figures, findings, guests, notes;
	bool			failed;		/* memory, or more than fits */
};

/* NULL: no memory. */
struct result *result_new(void);
void	result_free(struct result *r);
bool	result_ok(const struct result *r);

/* Columns must outlive the result.  Functions on NULL do nothing. */
struct table *result_table(struct result *r, const char *name, const char *title,
	    const struct column *columns, unsigned width);
/* Cells come row by row. */
void	table_number(struct table *t, int64_t v);
void	table_text(struct table *t, const char *text);
void	table_none(struct table *t);
unsigned table_rows(const struct table *t);
const struct cell *table_cell(const struct table *t, unsigned row, unsigned column);
/* One of the column's cells is a text. */
bool	table_has_text(const struct table *t, unsigned column);
const struct table *result_find_table(const struct result *r, const char *name);
/* t->width for none. */
unsigned table_column(const struct table *t, const char *name);

struct drawn *result_figure(struct result *r, const struct figure *f);
struct series *figure_series(struct result *r, struct drawn *d, enum series_style style,
	    const char *title);
/* label may be NULL. */
void	series_point(struct series *s, int64_t x, int64_t y, const char *label);

/* note may be "". */
void	result_finding(struct result *r, const char *row, enum verdict v, const char *note,
	    const char *measured, ...) __attribute__((format(printf, 5, 6)));
void	result_guest(struct result *r, const char *name, struct hash128 hash);
/* A sentence under the tables: what does not match and why. */
void	result_note(struct result *r, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* "-12.50" for -1250 with 2 decimals. */
#define NUMBER_MAX	48u
void	number_print(char buf[NUMBER_MAX], int64_t v, unsigned decimals);
/* a * b / c rounded to nearest, half away from 0; c > 0. */
int64_t	scaled(int64_t a, int64_t b, int64_t c);

#endif
