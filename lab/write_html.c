/*
 * lab/write_html.c - a result as one page
 *
 * Nothing comes from outside: pictures and style are in it.
 */
#include <inttypes.h>
#include <string.h>

#include "lab/claims.h"
#include "lab/write.h"

static const char style[] =
	":root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#d5dae1;--back:#fff;"
	"--box:#f5f7f9;--good:#1c7c4a;--if:#9a6400;--bad:#b3261e}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#dfe4ea;--soft:#9aa5b4;--line:#39424e;"
	"--back:#14181d;--box:#1c2229;--good:#5cc98f;--if:#e0ab4a;--bad:#f2857c}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:62rem;padding:1rem;background:var(--back);color:var(--ink);"
	"font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.7rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;"
	"border-bottom:1px solid var(--line)}\n"
	".q{font-size:1.1rem;color:var(--soft);margin:0 0 1rem}\n"
	".scroll{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0;font-size:.92rem;"
	"font-variant-numeric:tabular-nums}\n"
	"caption{text-align:left;color:var(--soft);padding:.3rem 0}\n"
	"th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:right;"
	"white-space:nowrap}\n"
	"th{font-weight:600;background:var(--box)}td.t,th.t{text-align:left}"
	"td.w{white-space:normal;min-width:14rem}\n"
	"figure{margin:1rem 0}figure svg{width:100%;height:auto;display:block}\n"
	"figcaption{color:var(--soft);font-size:.92rem}.narrow{display:none}\n"
	"@media(max-width:40rem){.wide{display:none}.narrow{display:block}}\n"
	".claim{border-left:4px solid var(--line);background:var(--box);padding:.5rem 1rem;"
	"margin:.7rem 0}\n"
	".claim b{font-size:.95rem}.holds{border-color:var(--good)}.holds b i{color:var(--good)}\n"
	".if{border-color:var(--if)}.if b i{color:var(--if)}"
	".fails{border-color:var(--bad)}.fails b i{color:var(--bad)}\n"
	"i{font-style:normal}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;"
	"margin:.3rem 0}dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}\n"
	"code,pre{font:.9em ui-monospace,monospace}pre{background:var(--box);padding:.7rem;"
	"overflow-x:auto}\n"
	"a{color:inherit}";

void
write_escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		default: putc(*s, out);
		}
	}
}

static void
put_element(FILE *out, const char *open, const char *text, const char *close)
{
	fputs(open, out);
	write_escaped(out, text);
	fputs(close, out);
}

/* Paragraphs end with an empty line. */
static void
put_paragraphs(FILE *out, const char *title, const char *text)
{
	const char *end;

	if (!text)
		return;
	put_element(out, "<h2>", title, "</h2>\n");
	for (; *text; text = end + strspn(end, "\n")) {
		end = strstr(text, "\n\n");
		if (!end)
			end = text + strlen(text);
		fputs("<p>", out);
		for (; text < end; text++) {
			char one[2] = { *text, '\0' };

			write_escaped(out, one);
		}
		fputs("</p>\n", out);
	}
}

static void
put_cell(const struct lab_run *r, const struct table *t, unsigned row, unsigned i, FILE *out)
{
	const struct cell *c = table_cell(t, row, i);
	char number[NUMBER_MAX];

	fputs(table_has_text(t, i) ? "<td class=\"t\">" : "<td>", out);
	if (c->kind == CELL_TEXT)
		write_escaped(out, c->text);
	else if (c->kind == CELL_NUMBER && !r->blank) {
		number_print(number, c->number, t->columns[i].decimals);
		fputs(number, out);
	}
	fputs("</td>", out);
}

static void
put_table(const struct lab_run *r, const struct table *t, FILE *out)
{
	unsigned row, i;

	put_element(out, "<div class=\"scroll\"><table>\n<caption>", t->title, "</caption>\n<tr>");
	for (i = 0; i < t->width; i++) {
		put_element(out, table_has_text(t, i) ? "<th class=\"t\">" : "<th>",
		    t->columns[i].name, "");
		if (t->columns[i].unit)
			put_element(out, "<br>", t->columns[i].unit, "");
		fputs("</th>", out);
	}
	fputs("</tr>\n", out);
	for (row = 0; row < table_rows(t); row++) {
		fputs("<tr>", out);
		for (i = 0; i < t->width; i++)
			put_cell(r, t, row, i, out);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

/* A picture's own declaration is not for the inside of a page. */
static void
put_svg(FILE *out, const char *class, const char *svg)
{
	const char *from = svg ? strstr(svg, "<svg") : NULL;

	if (!from)
		return;
	fprintf(out, "<div class=\"%s\">", class);
	fputs(from, out);
	fputs("</div>\n", out);
}

static void
put_figure(const struct drawn *d, const struct picture *p, FILE *out)
{
	put_element(out, "<figure>\n<strong>", d->figure.title, "</strong>\n");
	put_svg(out, "wide", p->wide);
	put_svg(out, "narrow", p->narrow);
	if (!p->wide)
		fputs("<p>(no picture: gnuplot was not there)</p>", out);
	put_element(out, "<figcaption>", d->figure.caption, "</figcaption>\n</figure>\n");
}

static void
put_finding(const struct lab_run *r, const struct finding *f, FILE *out)
{
	static const char *const class[] = { "holds", "if", "fails" };
	const struct claim *c = claim_find(f->row);

	fprintf(out, "<div class=\"claim %s\"><b>%s ", r->blank ? "" : class[f->verdict], f->row);
	write_escaped(out, c->text);
	if (!r->blank)
		fprintf(out, ": <i>%s</i>", verdict_name(f->verdict));
	put_element(out, " ", r->blank ? "" : f->note, "</b>\n<dl>");
	put_element(out, "<dt>expected</dt><dd>", c->expected, "</dd>");
	put_element(out, "<dt>measured</dt><dd>", r->blank ? "" : f->measured, "</dd>");
	if (f->verdict != f->expect && !r->blank)
		put_element(out, "<dt>a surprise</dt><dd>a correct run has: ",
		    verdict_name(f->expect), "</dd>");
	if (c->but)
		put_element(out, "<dt>but</dt><dd>", c->but, "</dd>");
	fputs("</dl></div>\n", out);
}

static void
put_settings(const struct lab_run *r, FILE *out)
{
	const struct lab_setting *k = r->lab->keys;
	char range[160], hex[33];
	unsigned i;

	fputs("<div class=\"scroll\"><table>\n<caption>Settings of this run</caption>\n<tr><th "
	    "class=\"t\">"
	    "--set</th><th>value</th><th class=\"t\">range</th><th class=\"t\">what it "
	    "is</th></tr>\n", out);
	for (i = 0; k[i].name; i++) {
		lab_key_range(&k[i], range, sizeof(range));
		put_element(out, "<tr><td class=\"t\"><code>", k[i].name, "</code></td><td>");
		put_element(out, "", r->values.text[i], "</td><td class=\"t\">");
		put_element(out, "", range, "</td><td class=\"t w\">");
		put_element(out, "", k[i].help, "</td></tr>\n");
	}
	fprintf(out, "</table></div>\n<p>Seed %" PRIu64 "%s%s%s. Guests: ", r->seed,
	    r->brief ? ", short" : "", r->broken ? ", turned off: " : "", r->broken ?
	    r->broken : "");
	for (i = 0; i < r->result->guests; i++) {
		hash_hex(r->result->guest[i].hash, hex);
		put_element(out, i ? ", " : "", r->result->guest[i].name, "");
		fprintf(out, " <code>%s</code>", hex);
	}
	fputs(r->result->guests ? ".</p>\n" : "none.</p>\n", out);
}

/* The command that makes the same page. */
static void
put_command(const struct lab_run *r, FILE *out)
{
	const struct lab_setting *k = r->lab->keys;
	struct lab_values plain;
	unsigned i;

	lab_values_init(&plain, k, r->brief);
	fprintf(out, "<pre>ringlab lab %s --seed %" PRIu64 "%s", r->lab->name, r->seed,
	    r->brief ? " --short" : "");
	if (r->broken)
		put_element(out, " --break ", r->broken, "");
	for (i = 0; k[i].name; i++)
		if (strcmp(plain.text[i], r->values.text[i])) {
			fprintf(out, " --set %s=", k[i].name);
			write_escaped(out, r->values.text[i]);
		}
	fputs("</pre>\n", out);
}

static void
put_questions(const struct lab_run *r, FILE *out)
{
	unsigned i;

	fputs("<h2>Before you look: what do you expect?</h2>\n<ol>\n", out);
	for (i = 0; i < LAB_QUESTIONS && r->lab->page.question[i]; i++)
		put_element(out, "<li>", r->lab->page.question[i], "</li>\n");
	fputs("</ol>\n", out);
}

static void
put_result(const struct lab_run *r, const struct picture *svg, FILE *out)
{
	const struct result *res = r->result;
	unsigned i;

	fputs("<h2>Result</h2>\n", out);
	for (i = 0; i < res->figures; i++)
		put_figure(res->drawn[i], &svg[i], out);
	for (i = 0; i < res->tables; i++)
		put_table(r, res->table[i], out);
	if (res->findings)
		fputs("<h2>Claims</h2>\n", out);
	for (i = 0; i < res->findings; i++)
		put_finding(r, &res->finding[i], out);
	if (res->notes)
		fputs("<h2>Notes</h2>\n<ul>\n", out);
	for (i = 0; i < res->notes; i++)
		put_element(out, "<li>", res->note[i].text, "</li>\n");
	fputs(res->notes ? "</ul>\n" : "", out);
}

void
write_html(const struct lab_run *r, const struct picture *svg, FILE *out)
{
	const struct lab_page *p = &r->lab->page;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
	    "name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\">\n", out);
	put_element(out, "<title>", r->lab->name, " - ringlab lab</title>\n<style>\n");
	fputs(style, out);
	put_element(out, "\n</style>\n</head>\n<body>\n<p><a href=\"../index.html\">all "
	    "labs</a></p>\n<h1>",
	    r->lab->name, "</h1>\n");
	put_element(out, "<p class=\"q\">", r->lab->question, "</p>\n");
	put_paragraphs(out, "The mechanism", p->mechanism);
	put_paragraphs(out, "How it is set up", p->setup);
	put_command(r, out);
	put_settings(r, out);
	put_questions(r, out);
	put_result(r, svg, out);
	put_paragraphs(out, "What to vary", p->vary);
	put_paragraphs(out, "The misconception it exposes", p->misconception);
	fputs("<p>The digits are in <a href=\"result.json\">result.json</a>, <a href=\"data.csv\">"
	    "data.csv</a> and <a href=\"table.txt\">table.txt</a>. <code>ringlab lab verify "
	    "result.json</code> runs it again and compares them.</p>\n</body>\n</html>\n", out);
}
