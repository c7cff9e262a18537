/*
 * lab/write_files.c - DIR/NAME/{table.txt,data.csv,result.json,*.svg,index.html} and
 * DIR/index.html
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lab/write.h"

#define LINE_MAX_BYTES	4096u

static bool
complain(const char *path)
{
	fprintf(stderr, "ringlab: lab: %s: %s\n", path, strerror(errno));
	return false;
}

/* path and what is above it. */
static bool
make_dirs(const char *path)
{
	char part[PATH_MAX];
	char *slash;

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return complain(path);
	}
	for (slash = part + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return complain(part);
	}
	return !mkdir(part, 0777) || errno == EEXIST || complain(part);
}

/* dir/name in path. */
static bool
join(char path[PATH_MAX], const char *dir, const char *name)
{
	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return complain(dir);
}

/* dir/name, to be written; its path is for messages.  NULL after one. */
static FILE *
begin(char path[PATH_MAX], const char *dir, const char *name)
{
	FILE *f = NULL;

	if (join(path, dir, name) && !(f = fopen(path, "w")))
		complain(path);
	return f;
}

static bool
finish(FILE *f, const char *path)
{
	bool ok = !ferror(f);

	return (fclose(f) == 0 && ok) || complain(path);
}

static bool
write_one(const struct lab_run *r, const char *dir, const char *name,
    void (*fn)(const struct lab_run *r, FILE *out))
{
	char path[PATH_MAX];
	FILE *f = begin(path, dir, name);

	if (!f)
		return false;
	fn(r, f);
	return finish(f, path);
}

static bool
write_svg(const char *dir, const char *name, const char *svg)
{
	char path[PATH_MAX], file[NAME_MAX];
	FILE *f;

	snprintf(file, sizeof(file), "%s.svg", name);
	if (!svg)
		return true;
	f = begin(path, dir, file);
	if (!f)
		return false;
	fputs(svg, f);
	return finish(f, path);
}

static bool
write_page(const struct lab_run *r, const char *dir, const struct picture *svg)
{
	char path[PATH_MAX];
	FILE *f = begin(path, dir, "index.html");

	if (!f)
		return false;
	write_html(r, svg, f);
	return finish(f, path);
}

static bool
write_pictures_and_page(const struct lab_run *r, const char *dir)
{
	const struct result *res = r->result;
	struct picture svg[RESULT_FIGURES] = { { NULL, NULL } };
	bool ok = true, missing = false;
	unsigned i;

	for (i = 0; i < res->figures; i++) {
		lab_progress(r, "picture %u of %u", i + 1, res->figures);
		svg[i].wide = svg_draw(r, res->drawn[i], SVG_WIDE, &missing);
		svg[i].narrow = svg_draw(r, res->drawn[i], SVG_NARROW, &missing);
		ok = write_svg(dir, res->drawn[i]->figure.name, svg[i].wide) && ok;
	}
	ok = write_page(r, dir, svg) && ok;
	for (i = 0; i < res->figures; i++) {
		free(svg[i].wide);
		free(svg[i].narrow);
	}
	return ok;
}

/* --- the index --- */

/* How many claims of a result had each verdict. */
static bool
count_verdicts(const char *path, unsigned count[VERDICT_FAILS + 1])
{
	char line[LINE_MAX_BYTES], want[64];
	FILE *f = fopen(path, "r");
	unsigned v;

	memset(count, 0, (VERDICT_FAILS + 1) * sizeof(*count));
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		for (v = VERDICT_HOLDS; v <= VERDICT_FAILS; v++) {
			snprintf(want, sizeof(want), "\t\t\t\"verdict\": \"%s\",\n",
			    verdict_name((enum verdict)v));
			count[v] += !strcmp(line, want);
		}
	}
	fclose(f);
	return true;
}

static void
put_entry(const char *dir, const struct lab *lab, FILE *out)
{
	unsigned count[VERDICT_FAILS + 1];
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/result.json", dir, lab->name) >= PATH_MAX ||
	    !count_verdicts(path, count))
		return;
	fprintf(out, "<li><a href=\"%s/index.html\">%s</a>: ", lab->name, lab->name);
	write_escaped(out, lab->question);
	fprintf(out, "<br><small>claims: %u hold, %u hold if, %u fail here</small></li>\n",
	    count[VERDICT_HOLDS], count[VERDICT_HOLDS_IF], count[VERDICT_FAILS]);
}

static bool
write_index(const char *dir)
{
	const struct lab *const *lab;
	char path[PATH_MAX];
	FILE *f;

	if (!join(path, dir, "index.html"))
		return false;
	f = fopen(path, "w");
	if (!f)
		return complain(path);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
	    "name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\">\n<title>ringlab "
	    "lab</title>\n<style>\n:root{color-scheme:light dark}body{margin:0 "
	    "auto;max-width:46rem;padding:1rem;font:16px/1.5 "
	    "system-ui,sans-serif}li{margin:.6rem 0}a{color:inherit}small{opacity:.7}\n"
	    "</style>\n</head>\n<body>\n<h1>ringlab lab</h1>\n<ul>\n", f);
	for (lab = lab_table; *lab; lab++)
		put_entry(dir, *lab, f);
	fputs("</ul>\n</body>\n</html>\n", f);
	return finish(f, path);
}

bool
write_prepare(const struct lab *lab, const char *dir)
{
	char below[PATH_MAX];

	return join(below, dir, lab->name) && make_dirs(below);
}

bool
write_files(const struct lab_run *r, const char *dir)
{
	char below[PATH_MAX];

	return join(below, dir, r->lab->name) &&
	    write_one(r, below, "table.txt", write_text) &&
	    write_one(r, below, "data.csv", write_csv) &&
	    write_one(r, below, "result.json", write_json) &&
	    write_pictures_and_page(r, below) && write_index(dir);
}
