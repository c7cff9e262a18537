/*
 * lab/write_svg.c - pictures, drawn by gnuplot
 *
 * Lines and letters are in the colour of the text around the picture, so that a page
 * is readable on white and on black; the colours of series are of middle brightness.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/write.h"

/* What gnuplot is told, and what becomes of it. */
#define INK		"#010203"
#define FAINT		"#040506"

static const char *const colours[FIGURE_SERIES] = {
	"#3a86d4", "#e0762b", "#2a9d6f", "#b057c4", "#c9483f", "#8a8d2c", "#4c9aa8", "#8c7a6b"
};

/* --- commands --- */

/* In gnuplot's single quotes a quote is written twice. */
static void
put_quoted(FILE *out, const char *s)
{
	putc('\'', out);
	for (; *s; s++) {
		if (*s == '\'')
			putc('\'', out);
		putc(*s == '\n' ? ' ' : *s, out);
	}
	putc('\'', out);
}

static void
put_data(const struct drawn *d, unsigned i, FILE *out)
{
	const struct series *s = &d->series[i];
	char x[NUMBER_MAX], y[NUMBER_MAX];
	const char *p;
	size_t k;

	fprintf(out, "$s%u << END\n", i);
	for (k = 0; k < s->points; k++) {
		number_print(x, s->point[k].x, d->figure.xdecimals);
		number_print(y, s->point[k].y, d->figure.ydecimals);
		fprintf(out, "%s %s \"", x, y);
		for (p = s->point[k].label ? s->point[k].label : ""; *p; p++)
			putc(*p == '"' || *p == '\n' || *p == '\\' ? ' ' : *p, out);
		fprintf(out, "\"\n");
	}
	fprintf(out, "END\n");
}

static unsigned
groups_of(const struct figure *f)
{
	unsigned n = 0;

	while (f->groups[n])
		n++;
	return n;
}

static void
put_tics(const char *axis, const char *const *names, FILE *out)
{
	unsigned i;

	if (!names)
		return;
	fprintf(out, "set %stics (", axis);
	for (i = 0; names[i]; i++) {
		fputs(i ? ", " : "", out);
		put_quoted(out, names[i]);
		fprintf(out, " %u", i);
	}
	fprintf(out, ") textcolor rgb '" INK "'\nset %srange [-0.6:%u.6]\n", axis, i - 1);
}

static unsigned
bar_series(const struct drawn *d, unsigned before)
{
	unsigned i, n = 0;

	for (i = 0; i < before; i++)
		n += d->series[i].style == SERIES_BARS;
	return n;
}

static void
put_style(const struct drawn *d, unsigned i, FILE *out)
{
	const struct series *s = &d->series[i];
	unsigned bars = bar_series(d, d->n);

	switch (s->style) {
	case SERIES_LINE:
		fprintf(out, "using 1:2 with linespoints lw 2 pt 7 ps 0.6");
		break;
	case SERIES_POINTS:
		fprintf(out, "using 1:2 with points pt 7 ps 0.7");
		break;
	case SERIES_MODEL:
		fprintf(out, "using 1:2 with lines lw 1.5 dt 2");
		break;
	case SERIES_PUBLISHED:
		fprintf(out, "using 1:2 with points pt 4 ps 1 lw 1.5");
		break;
	case SERIES_BARS:
		fprintf(out, "using ($1+(%u-%u/2.0+0.5)*0.8/%u):2:(0.8/%u) with boxes fs solid 0.8 "
		    "noborder", bar_series(d, i), bars, bars, bars);
		break;
	}
	fprintf(out, " lc rgb '%s'", colours[i]);
}

static void
put_plots(const struct lab_run *r, const struct drawn *d, FILE *out)
{
	const struct series *s;
	unsigned i, n = 0;

	fprintf(out, "plot ");
	for (i = 0; i < d->n; i++) {
		s = &d->series[i];
		if (!s->points || (r->blank && s->style != SERIES_PUBLISHED))
			continue;
		fprintf(out, "%s$s%u ", n++ ? ", \\\n  " : "", i);
		put_style(d, i, out);
		fprintf(out, " title ");
		put_quoted(out, s->title);
		if (s->style == SERIES_PUBLISHED || s->point[0].label)
			fprintf(out, ", $s%u using 1:2:3 with labels left offset 0.7,%s font ',10' "
			    "textcolor rgb '%s' notitle", i, i % 2 ? "-0.4" : "0.5", colours[i]);
	}
	fprintf(out, "%s\n", n ? "" : "NaN notitle");
}

static void
put_label(FILE *out, const char *axis, const char *label)
{
	fprintf(out, "set %slabel ", axis);
	put_quoted(out, label);
	fprintf(out, " textcolor rgb '" INK "'\n");
}

/* Least and most of an axis over all points. */
static bool
extent(const struct drawn *d, bool y, int64_t *least, int64_t *most)
{
	unsigned i;
	size_t k;

	*least = INT64_MAX;
	*most = INT64_MIN;
	for (i = 0; i < d->n; i++) {
		for (k = 0; k < d->series[i].points; k++) {
			int64_t v = y ? d->series[i].point[k].y : d->series[i].point[k].x;

			*least = v < *least ? v : *least;
			*most = v > *most ? v : *most;
		}
	}
	return *least < *most;
}

/* A logarithmic axis would go on to the next power of ten; an empty picture would have
 * no axes. */
static void
put_range(const struct lab_run *r, const struct drawn *d, bool y, FILE *out)
{
	unsigned decimals = y ? d->figure.ydecimals : d->figure.xdecimals;
	bool log = y ? d->figure.logy : d->figure.logx;
	char a[NUMBER_MAX], b[NUMBER_MAX];
	int64_t least, most;

	if ((y ? d->figure.lanes : d->figure.groups) || !extent(d, y, &least, &most))
		return;
	if (!log && !r->blank && least >= 0)
		fprintf(out, "set %srange [0:*]\n", y ? "y" : "x");
	if (log && least > 0) {
		least -= least / 5;
		most += most / 4;
	} else if (!r->blank) {
		return;
	}
	number_print(a, least, decimals);
	number_print(b, most, decimals);
	fprintf(out, "set %srange [%s:%s]\n", y ? "y" : "x", a, b);
}

void
write_gnuplot(const struct lab_run *r, const struct drawn *d, enum svg_shape shape, FILE *out)
{
	const struct figure *f = &d->figure;
	bool wide = shape == SVG_WIDE;
	unsigned i;

	for (i = 0; i < d->n; i++)
		put_data(d, i, out);
	fprintf(out, "set terminal svg size %s dynamic noenhanced font 'sans-serif,%u'\n",
	    wide ? "860,470" : "420,480", wide ? 14 : 13);
	fprintf(out, "set border 3 lc rgb '" INK "'\nset tics nomirror textcolor rgb '" INK "'\n"
	    "set grid lc rgb '" FAINT "' lw 0.6\n"
	    "set key %s textcolor rgb '" INK "' samplen 2\n", wide ? "outside right top Left "
	    "reverse" :
	    "below left Left reverse maxcols 1");
	put_label(out, "x", f->xlabel);
	put_label(out, "y", f->ylabel);
	if (f->logx)
		fprintf(out, "set logscale x\n");
	if (f->logy)
		fprintf(out, "set logscale y\n");
	put_range(r, d, false, out);
	put_range(r, d, true, out);
	put_tics("x", f->groups, out);
	put_tics("y", f->lanes, out);
	if (f->groups && (!wide || groups_of(f) > 9))
		fprintf(out, "set xtics rotate by 40 right\n");
	fprintf(out, "set offsets graph 0.02, graph %s, graph 0.05, graph 0\n",
	    f->groups ? "0.02" : "0.06");
	put_plots(r, d, out);
}

/* --- gnuplot --- */

static bool
run_gnuplot(int in, int out)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return false;
	if (!pid) {
		dup2(in, 0);
		dup2(out, 1);
		execlp("gnuplot", "gnuplot", "-", (char *)NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	errno = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* All of a file from its beginning; allocated. */
static char *
read_all(FILE *f)
{
	long n = fseek(f, 0, SEEK_END) ? -1 : ftell(f);
	char *text = n < 0 ? NULL : malloc((size_t)n + 1);

	rewind(f);
	if (!text || fread(text, 1, (size_t)n, f) != (size_t)n) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

struct word {
	const char	*from, *to;
};

/* Colours of the text, and no size but that of the place it is shown in. */
static const struct word words[] = {
	{ "rgb(  1,   2,   3)", "currentColor" }, { "rgb(  4,   5,   6)", "#8888" },
	{ "rgb(1,2,3)", "currentColor" }, { "rgb(4,5,6)", "#8888" },
	{ INK, "currentColor" }, { FAINT, "#8888" },
	{ "color=\"black\" ", "" },
};

static const char dark[] =
	"<style>:root{color:#222}@media(prefers-color-scheme:dark){:root{color:#ddd}}</style>";

/* The picture with words replaced; alone: with colours of its own. */
static char *
repaint(const char *svg)
{
	char *text = NULL;
	size_t n, i;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	while (*svg) {
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (!strncmp(svg, words[i].from, strlen(words[i].from)))
				break;
		if (i < ARRAY_SIZE(words)) {
			fputs(words[i].to, out);
			svg += strlen(words[i].from);
		} else if (!strncmp(svg, "<desc>", 6)) {
			fputs(dark, out);
			fwrite(svg, 1, 6, out);
			svg += 6;
		} else {
			putc(*svg++, out);
		}
	}
	if (fclose(out) != 0)
		return NULL;
	return text;
}

char *
svg_draw(const struct lab_run *r, const struct drawn *d, enum svg_shape shape, bool *missing)
{
	FILE *in = tmpfile(), *out = tmpfile();
	char *raw = NULL, *svg = NULL;

	if (*missing || !in || !out)
		goto done;
	write_gnuplot(r, d, shape, in);
	if (fflush(in) != 0)
		goto done;
	rewind(in);
	if (run_gnuplot(fileno(in), fileno(out))) {
		raw = read_all(out);
		svg = raw ? repaint(raw) : NULL;
	} else if (errno == ENOENT) {
		*missing = true;
		fprintf(stderr, "ringlab: lab: no gnuplot, so no pictures: install gnuplot-nox, "
		    "or ./configure --install-deps\n");
	} else {
		(void)lab_fail(r, "gnuplot failed at picture %s", d->figure.name);
	}
done:
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	free(raw);
	return svg;
}
