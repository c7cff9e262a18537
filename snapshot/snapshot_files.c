/*
 * snapshot/snapshot_files.c - the files a machine is made of, by contents
 *
 * The section "files" has a line "OPTION=HASH,SIZE" for each file that the
 * command line names.  Firmware that was found by itself is not among them: a
 * loaded machine has it in its memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "snapshot/snapshots_priv.h"

static bool
file_counts(const struct snapshots *s, const struct machine_file *f)
{
	if (!strcmp(f->option, "-bios"))
		return s->cfg->bios;
	return f->option[0] == '-';
}

/* The next file that counts from *i on: 0, -ENOENT after the last, or -errno. */
static int
next_file(struct snapshots *s, unsigned *i, struct machine_file *f)
{
	int err;

	do
		err = machine_file(s->m, (*i)++, f);
	while (!err && !file_counts(s, f));
	return err;
}

static void
put_line(FILE *out, const struct machine_file *f)
{
	char hex[33];

	hash_hex(f->hash, hex);
	fprintf(out, "%s=%s,%" PRIu64 "\n", f->option, hex, f->size);
}

char *
snapshot_files(struct snapshots *s, const char *file, struct snapshot_error *e)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct machine_file f;
	unsigned i = 0;
	int err = out ? 0 : -ENOMEM;

	while (!err) {
		err = next_file(s, &i, &f);
		if (!err)
			put_line(out, &f);
	}
	if (out && fclose(out) != 0)
		err = -ENOMEM;
	if (err == -ENOENT)
		return text;
	free(text);
	snapshot_fail(e, "%s: cannot say what the machine's files hold: %s", file,
	    strerror(-err));
	return NULL;
}

/* The path of the n-th file that counts. */
static void
path_of(struct snapshots *s, unsigned n, char *buf, size_t room)
{
	struct machine_file f;
	unsigned i = 0;

	snprintf(buf, room, "a file");
	while (!next_file(s, &i, &f)) {
		if (!n--) {
			snprintf(buf, room, "%s", f.path);
			return;
		}
	}
}

/* Index of the first line in which they differ. */
static unsigned
first_other_line(const char *a, const char *b)
{
	unsigned line = 0;

	for (; *a && *a == *b; a++, b++)
		line += *a == '\n';
	return line;
}

bool
snapshot_files_fit(struct snapshots *s, const char *file, const char *theirs,
    struct snapshot_error *e)
{
	char *ours = snapshot_files(s, file, e), path[200];
	bool ok;

	if (!ours)
		return false;
	ok = !strcmp(theirs, ours);
	if (!ok) {
		path_of(s, first_other_line(theirs, ours), path, sizeof(path));
		snapshot_fail(e, "%s: %s is not what it was when the snapshot was made",
		    file, path);
	}
	free(ours);
	return ok;
}
