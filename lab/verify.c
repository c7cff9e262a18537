/*
 * lab/verify.c - a result that is run again
 *
 * A file that is no result of ours, or was edited, is refused or found to differ: what
 * is looked for are the very lines that lab/write_json.c writes.
 */
#include "lab/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/write.h"

static bool
refuse(const char *path, const char *why)
{
	fprintf(stderr, "ringlab: lab verify: %s: %s\n", path, why);
	return false;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0;

	if (!f) {
		(void)refuse(path, strerror(errno));
		return NULL;
	}
	text = malloc(RESULT_BYTES_MAX + 1);
	if (text)
		n = fread(text, 1, RESULT_BYTES_MAX + 1, f);
	if (!text || ferror(f) || n > RESULT_BYTES_MAX || memchr(text, 0, n)) {
		(void)refuse(path, "cannot be read, or is no result of a lab");
		free(text);
		text = NULL;
	} else {
		text[n] = '\0';
	}
	fclose(f);
	return text;
}

/* What follows `\t"key": ` in the head, up to the line's end or comma; NULL: no line. */
static const char *
head_value(const char *text, const char *key, char *buf, size_t n)
{
	char want[64];
	const char *at;
	size_t len;

	snprintf(want, sizeof(want), "\n\t\"%s\": ", key);
	at = strstr(text, want);
	if (!at)
		return NULL;
	at += strlen(want);
	at += *at == '"';
	len = strcspn(at, at[-1] == '"' ? "\"\n" : ",\n");
	snprintf(buf, n, "%.*s", (int)len, at);
	return buf;
}

/* Lines `\t\t"key": "value"` up to the closing brace. */
static bool
read_settings(struct lab_run *r, const char *path, const char *text)
{
	char key[LAB_NAME_MAX], value[LAB_VALUE_MAX], setting[LAB_NAME_MAX + LAB_VALUE_MAX];
	const char *at = strstr(text, "\n\t\"settings\": {\n");
	char error[LAB_ERROR_MAX];

	if (!at)
		return refuse(path, "has no settings");
	for (at = strchr(at + 1, '\n') + 1; !strncmp(at, "\t\t\"", 3); at = strchr(at, '\n') + 1) {
		if (sscanf(at, "\t\t\"%31[^\"\n]\": \"%191[^\"\n]\"", key, value) != 2 ||
		    !strchr(at, '\n'))
			return refuse(path, "has a setting that is none");
		snprintf(setting, sizeof(setting), "%s=%s", key, value);
		if (!lab_values_set(&r->values, setting, error))
			return refuse(path, error);
	}
	return true;
}

/* Mechanisms are compared by name, and must be the lab's own string. */
static bool
read_broken(struct lab_run *r, const char *path, const char *value)
{
	const struct lab_mechanism *m = r->lab->mechanisms;

	if (!strcmp(value, "null"))
		return true;
	for (; m && m->name; m++)
		if (!strcmp(m->name, value)) {
			r->broken = m->name;
			return true;
		}
	return refuse(path, "turns off what this lab does not have");
}

bool
verify_read(struct lab_run *r, const char *path, struct verified *v)
{
	char buf[64];
	const char *text = v->text = read_file(path);

	if (!text)
		return false;
	if (!head_value(text, "schema", buf, sizeof(buf)) || strcmp(buf, RESULT_SCHEMA))
		return refuse(path, "is no result of " RESULT_SCHEMA);
	r->lab = head_value(text, "lab", buf, sizeof(buf)) ? lab_find(buf) : NULL;
	if (!r->lab)
		return refuse(path, "is of a lab that is not here");
	r->brief = head_value(text, "short", buf, sizeof(buf)) && !strcmp(buf, "true");
	if (!head_value(text, "seed", buf, sizeof(buf)) || sscanf(buf, "%" SCNu64, &r->seed) != 1)
		return refuse(path, "has no seed");
	lab_values_init(&r->values, r->lab->keys, r->brief);
	if (!head_value(text, "break", buf, sizeof(buf)))
		return refuse(path, "does not say what was turned off");
	if (!head_value(text, "model", v->model, sizeof(v->model)))
		return refuse(path, "does not say whether there is a model");
	r->model = strcmp(v->model, "null") ? v->model : NULL;
	return read_broken(r, path, buf) && read_settings(r, path, text);
}

static size_t
line_length(const char *s)
{
	return strcspn(s, "\n");
}

bool
verify_differs(const struct lab_run *r, const char *text, char *buf, size_t n)
{
	char *again = NULL, *b;
	unsigned line = 1;
	size_t bytes;
	bool differs;
	FILE *f = open_memstream(&again, &bytes);

	if (f)
		write_json(r, f);
	if (!f || fclose(f) != 0) {
		free(again);
		snprintf(buf, n, "out of memory");
		return true;
	}
	for (b = again; *b && line_length(text) == line_length(b) &&
	    !strncmp(text, b, line_length(b) + 1); line++) {
		text += line_length(text) + (text[line_length(text)] != 0);
		b += line_length(b) + (b[line_length(b)] != 0);
	}
	differs = *text || *b;
	snprintf(buf, n, "line %u: %.*s\n  again: %.*s", line,
	    (int)(line_length(text) < 200 ? line_length(text) : 200), text,
	    (int)(line_length(b) < 200 ? line_length(b) : 200), b);
	free(again);
	return differs;
}
