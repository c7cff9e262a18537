/*
 * snapshot/recorder.c - writes down what a machine cannot know by itself
 */
#include "snapshot/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/filehash.h"
#include "base/overlay.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "snapshot/digest.h"
#include "snapshot/journal.h"

#define HASH_HEAD	24u		/* u64 cycle, hash */
#define OUTSIDE_BYTES	8u

struct recorder {
	struct machine		*m;
	struct log		*log;
	const char		*path;
	struct journal_writer	*w;
	bool			complained;
	struct machine_tape	tape;
	struct digest_output	output;
	struct digest		last, now;
	uint64_t		timeline;	/* the newest */
};

static void
append(struct recorder *r, enum journal_type type, const void *head, size_t head_len,
    const void *body, size_t body_len)
{
	int err;

	if (r->complained)
		return;
	err = journal_append(r->w, type, head, head_len, body, body_len);
	if (err)
		log_error(r->log, "%s: cannot write the journal: %s; it ends at cycle %" PRIu64
		    ", the machine goes on", r->path, strerror(-err), machine_cycles(r->m));
	r->complained = err != 0;
}

static void
put_hash(uint8_t *out, struct hash128 h)
{
	put_le64(out, h.lo);
	put_le64(out + 8, h.hi);
}

/* --- what the tape hears --- */

static void
recorder_input(void *arg, struct machine *m, enum machine_source source,
    const uint8_t *payload, size_t n)
{
	uint8_t head[9];

	put_le64(head, machine_cycles(m));
	head[8] = (uint8_t)source;
	append(arg, JOURNAL_INPUT, head, sizeof(head), payload, n);
}

static void
recorder_output(void *arg, enum machine_channel channel, uint8_t byte)
{
	struct recorder *r = arg;

	digest_output_byte(&r->output, channel, byte);
}

static void
recorder_frame(void *arg, unsigned nic, const uint8_t *frame, size_t n)
{
	struct recorder *r = arg;

	digest_output_frame(&r->output, nic, frame, n);
}

/* A record with head and the digest of now. */
static void
append_digest(struct recorder *r, enum journal_type type, uint8_t *head, size_t head_len)
{
	uint8_t *packed;
	size_t n;

	digest_take(&r->now, r->m, &r->output);
	put_le64(head, r->now.cycle);
	put_hash(head + 8, r->now.hash);
	if (digest_pack(&r->now, &r->last, &packed, &n)) {
		log_error(r->log, "%s: no memory for a digest", r->path);
		return;
	}
	append(r, type, head, head_len, packed, n);
	free(packed);
	digest_copy(&r->last, &r->now);
}

static void
recorder_hash_point(void *arg, struct machine *m)
{
	uint8_t head[HASH_HEAD];

	(void)m;
	append_digest(arg, JOURNAL_HASH, head, sizeof(head));
}

static uint64_t
recorder_place(void *arg)
{
	const struct recorder *r = arg;

	return journal_offset(r->w);
}

static void
recorder_back(void *arg, struct machine *m, uint64_t from, uint64_t place, uint64_t timeline)
{
	struct recorder *r = arg;
	uint8_t head[32];

	if (timeline > r->timeline)
		r->timeline = timeline;
	put_le64(head, from);
	put_le64(head + 8, machine_cycles(m));
	put_le64(head + 16, place);
	put_le64(head + 24, timeline);
	append(r, JOURNAL_BACK, head, sizeof(head), NULL, 0);
}

/* The snapshot's path with its NUL, and what else; the record's body, allocated.
 * NULL: after a message nothing more is recorded. */
static uint8_t *
name_snapshot(struct recorder *r, const char *path, struct hash128 *h, size_t *n)
{
	char *full = realpath(path, NULL);
	int err = full ? filehash(full, h, NULL) : -errno;
	uint8_t *body = err ? NULL : calloc(1, strlen(full) + 1 + OUTSIDE_BYTES);

	if (body) {
		*n = strlen(full) + 1;
		memcpy(body, full, *n);
	} else {
		log_error(r->log, "%s: cannot name the snapshot %s: %s; the journal ends here",
		    r->path, path, strerror(err ? -err : ENOMEM));
		r->complained = true;
	}
	free(full);
	return body;
}

/* outside: or 0, if it is the machine's cycle.  False after a message. */
static bool
append_load(struct recorder *r, const char *path, uint64_t from, uint64_t outside)
{
	uint8_t head[HASH_HEAD + 8], *body;
	struct hash128 h;
	size_t n;

	body = name_snapshot(r, path, &h, &n);
	if (!body)
		return false;
	put_le64(head, from);
	put_hash(head + 8, h);
	put_le64(head + HASH_HEAD, r->timeline);
	put_le64(body + n, outside);
	append(r, JOURNAL_LOAD, head, sizeof(head), body, n + (outside ? OUTSIDE_BYTES : 0));
	free(body);
	return !r->complained;
}

void
recorder_loaded(struct recorder *r, const char *path, uint64_t from)
{
	r->timeline++;
	if (append_load(r, path, from, 0))
		machine_set_timeline(r->m, r->timeline);
}

bool
recorder_begins(struct recorder *r, const char *path)
{
	uint64_t outside = machine_outside(r->m);

	r->timeline = machine_position_now(r->m).timeline;
	return append_load(r, path, 0, outside == machine_cycles(r->m) ? 0 : outside);
}

/* --- beginning and end --- */

static bool
append_config(struct recorder *r, const struct machine_config *cfg)
{
	char *text = machine_describe(cfg);
	char *dir = getcwd(NULL, 0);

	if (text)
		append(r, JOURNAL_CONFIG, text, strlen(text), NULL, 0);
	if (dir)
		append(r, JOURNAL_DIR, dir, strlen(dir), NULL, 0);
	free(text);
	free(dir);
	return text && dir;
}

static int
append_file(struct recorder *r, unsigned i)
{
	struct machine_file f;
	uint8_t head[24];
	char names[8192];
	int err = machine_file(r->m, i, &f), n;

	if (err)
		return err;
	n = snprintf(names, sizeof(names), "%s%c%s", f.option, 0, f.path);
	if (n >= (int)sizeof(names))
		return -ENAMETOOLONG;
	put_le64(head, f.size);
	put_hash(head + 8, f.hash);
	append(r, JOURNAL_FILE, head, sizeof(head), names, (size_t)n + 1);
	return 0;
}

static bool
append_files(struct recorder *r)
{
	unsigned i;
	int err = 0;

	for (i = 0; !err; i++)
		err = append_file(r, i);
	return err == -ENOENT;
}

/* From here on images stay as they are; writes go beside the journal. */
static bool
freeze_disks(struct recorder *r)
{
	struct overlay_file *f;
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s.ovl", r->path);

	if (n >= (int)sizeof(path)) {
		log_error(r->log, "--record %s: the name is too long", r->path);
		return false;
	}
	if (!machine_freeze_disks(r->m, path))
		return false;
	f = machine_overlay_file(r->m);
	return !f || !overlay_file_add_user(f, r->path);
}

static bool
recorder_start(struct recorder *r, const struct machine_config *cfg)
{
	const char *why;

	if (digest_init(&r->last, r->m) || digest_init(&r->now, r->m)) {
		log_error(r->log, "no memory for a recording");
		return false;
	}
	/* An overlay that is in the way is refused before a journal is written over. */
	if (!freeze_disks(r))
		return false;
	r->w = journal_create(r->path, &why);
	if (!r->w) {
		log_error(r->log, "--record %s: %s", r->path, why);
		return false;
	}
	if (!append_config(r, cfg) || !append_files(r) || r->complained) {
		if (!r->complained)
			log_error(r->log, "--record %s: cannot begin", r->path);
		return false;
	}
	return true;
}

struct recorder *
recorder_new(struct machine *m, const struct machine_config *cfg, const char *path,
    struct log *log)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r) {
		log_error(log, "no memory for a recording");
		return NULL;
	}
	r->m = m;
	r->log = log;
	r->path = path;
	if (!recorder_start(r, cfg)) {
		recorder_free(r);
		return NULL;
	}
	r->tape = (struct machine_tape){ .sealed = true, .input = recorder_input,
		.output = recorder_output, .frame = recorder_frame,
		.hash_point = recorder_hash_point, .place = recorder_place,
		.back = recorder_back, .arg = r };
	machine_set_tape(m, &r->tape);
	return r;
}

bool
recorder_end(struct recorder *r, enum machine_end end)
{
	uint8_t head[HASH_HEAD + 8];
	int err;

	put_le32(head + HASH_HEAD, (uint32_t)end);
	put_le32(head + HASH_HEAD + 4, machine_exit_status(r->m));
	append_digest(r, JOURNAL_END, head, sizeof(head));
	err = journal_close(r->w);
	r->w = NULL;
	if (err && !r->complained)
		log_error(r->log, "%s: cannot write the journal: %s", r->path, strerror(-err));
	return !err && !r->complained;
}

void
recorder_free(struct recorder *r)
{
	if (!r)
		return;
	if (r->w)
		journal_close(r->w);
	if (machine_tape(r->m) == &r->tape)
		machine_set_tape(r->m, NULL);
	digest_fini(&r->last);
	digest_fini(&r->now);
	free(r);
}
