/*
 * tests/fuzz/edit_container.h - a good container, edited as an input says
 *
 * Section by section, and all checksums are made right again, so that what is behind
 * them is reached.  Also a firmware that writes, whose states are worth keeping,
 * and running it for so many cycles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "hw/machine_tape.h"
#include "snapshot/container_priv.h"

#define SECTIONS	128u
#define FILE_ROOM	((size_t)4 << 20)
/* A section that is there twice and grows, or four of them. */
#define EDITED_ROOM	(6 * FILE_ROOM)
#define ROM_SIZE	65536u
#define RESET_VECTOR	0xfff0u

struct section {
	const uint8_t	*header, *contents;
	size_t		length;
};

/* A good file, and the one that is made of it. */
struct edited {
	struct hash_stream	*sum, *all;
	int			fd;
	uint8_t			*edited;	/* what is going to be in fd */
	size_t			edited_size;
	uint8_t			*file;		/* the good one */
	size_t			size;
	struct section		section[SECTIONS];
	unsigned		sections;
};

/* Freed memory is kept from use for some files, not for a thousand: fresh pages for each
 * allocation cost more than the load. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16:malloc_context_size=10";
}

static void
die(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

/* Reads the good file, which is at name and is removed, and finds its sections. */
static void
edited_init(struct edited *t, const char *name)
{
	FILE *f = fopen(name, "rb");
	size_t at = FILE_HEADER;
	struct section *s;

	t->file = malloc(FILE_ROOM);
	t->edited = malloc(EDITED_ROOM);
	if (!f || !t->file || !t->edited)
		die("no file");
	t->size = fread(t->file, 1, FILE_ROOM, f);
	fclose(f);
	unlink(name);
	while (at + SECTION_HEADER <= t->size && t->sections < SECTIONS) {
		s = &t->section[t->sections++];
		s->header = t->file + at;
		s->contents = s->header + SECTION_HEADER;
		s->length = get_le64(s->header + SECTION_LENGTH);
		at += SECTION_HEADER + s->length;
	}
	t->sections--;		/* the end is made anew */
	t->sum = hash_stream_new();
	t->all = hash_stream_new();
	t->fd = memfd_create("container", MFD_CLOEXEC);
}

/* --- files --- */

/* What the input does next; zeros when it is at its end. */
struct input {
	const uint8_t	*p;
	size_t		n;
};

static uint32_t
next(struct input *in, unsigned bytes)
{
	uint32_t v = 0;
	unsigned i;

	for (i = 0; i < bytes && in->n; i++, in->p++, in->n--)
		v |= (uint32_t)*in->p << 8 * i;
	return v;
}

static void
put(struct edited *t, const void *p, size_t n)
{
	if (n > EDITED_ROOM - t->edited_size)
		die("no room for a file");
	memcpy(t->edited + t->edited_size, p, n);
	t->edited_size += n;
}

/* What was there is written over: a new file would cost a page fault for each of
 * its pages. */
static void
end_file(struct edited *t)
{
	if (pwrite(t->fd, t->edited, t->edited_size, 0) != (ssize_t)t->edited_size ||
	    ftruncate(t->fd, (off_t)t->edited_size) != 0)
		die("memfd");
}

static void
put_section(struct edited *t, const uint8_t *header, const uint8_t *contents, size_t n)
{
	uint8_t h[SECTION_HEADER];

	memcpy(h, header, sizeof(h));
	put_le64(h + SECTION_LENGTH, n);
	container_put_sum(h + SECTION_SUM, container_sum(t->sum, contents, n));
	container_put_sum(h + SECTION_HEADER_SUM,
	    container_sum(t->sum, h, SECTION_HEADER_SUM));
	hash_stream_add(t->all, h, sizeof(h));
	put(t, h, sizeof(h));
	put(t, contents, n);
}

/* Its checksums are right. */
static void
put_good_section(struct edited *t, const struct section *s)
{
	hash_stream_add(t->all, s->header, SECTION_HEADER);
	put(t, s->header, SECTION_HEADER + s->length);
}

static void
put_end(struct edited *t)
{
	uint8_t header[SECTION_HEADER] = END_NAME, end[END_CONTENTS];

	put_le32(header + SECTION_VERSION, CONTAINER_VERSION);
	put_le64(end + END_LENGTH, t->edited_size);
	container_put_sum(end + END_HASH, hash_stream_digest(t->all));
	put_section(t, header, end, sizeof(end));
	end_file(t);
}

enum edit { EDIT_BYTES, EDIT_CUT, EDIT_DROP, EDIT_TWICE, EDIT_VERSION, EDIT_GROW, EDITS };

/* One section, edited as the input says. */
static void
put_edited(struct edited *t, const struct section *s, struct input *in)
{
	static uint8_t buf[FILE_ROOM];
	uint8_t header[SECTION_HEADER];
	size_t n = s->length, at;
	enum edit edit = next(in, 1) % EDITS;
	uint32_t i;

	memcpy(header, s->header, sizeof(header));
	memcpy(buf, s->contents, n);
	switch (edit) {
	case EDIT_BYTES:
		at = n ? next(in, 3) % n : 0;
		for (i = next(in, 1) % 16 + 1; i && at < n; i--)
			buf[at++] = (uint8_t)next(in, 1);
		break;
	case EDIT_CUT:
		n = n ? next(in, 3) % n : 0;
		break;
	case EDIT_DROP:
		return;
	case EDIT_TWICE:
		put_section(t, header, buf, n);
		break;
	case EDIT_VERSION:
		put_le32(header + SECTION_VERSION, next(in, 4));
		break;
	default:
		for (i = next(in, 2); i && n < sizeof(buf); i--)
			buf[n++] = (uint8_t)next(in, 1);
		break;
	}
	put_section(t, header, buf, n);
}

static void
begin_file(struct edited *t)
{
	t->edited_size = 0;
	hash_stream_reset(t->all);
	hash_stream_add(t->all, t->file, FILE_HEADER);
}

/* Which sections are edited, then the edits in the order of the file. */
static void
make_file(struct edited *t, struct input *in)
{
	unsigned edited[4], count = next(in, 1) % 4 + 1, i, k;

	for (k = 0; k < count; k++)
		edited[k] = next(in, 1) % t->sections;
	begin_file(t);
	put(t, t->file, FILE_HEADER);
	for (i = 0; i < t->sections; i++) {
		for (k = 0; k < count && edited[k] != i; k++)
			;
		if (k < count)
			put_edited(t, &t->section[i], in);
		else
			put_good_section(t, &t->section[i]);
	}
	put_end(t);
}

static void
make_good(struct edited *t)
{
	begin_file(t);
	put(t, t->file, t->size);
	end_file(t);
}

/* A file of its own, or an edited one. */
static void
make_input(struct edited *t, const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	if (!size || data[0] != 0xff) {
		make_file(t, &in);
		return;
	}
	begin_file(t);
	put(t, data + 1, size - 1);
	end_file(t);
}

/* A loop that writes all over 16 KiB; tests/snapshot/lib.sh has it, too. */
static void
write_firmware(const char *path)
{
	static const uint8_t code[] = {
		0x31, 0xc0, 0x8e, 0xd8,			/* xor ax, ax; mov ds, ax */
		0x81, 0x06, 0x00, 0x05, 0x39, 0x30,	/* add word [0x500], 12345 */
		0xa1, 0x00, 0x05, 0x89, 0xc3,		/* mov ax, [0x500]; mov bx, ax */
		0x81, 0xe3, 0xfe, 0x3f,			/* and bx, 0x3ffe */
		0x89, 0x87, 0x00, 0x10, 0xeb, 0xeb	/* mov [bx + 0x1000], ax; jmp */
	};
	static const uint8_t reset[] = { 0xea, 0, 0, 0, 0xf0 };
	static uint8_t rom[ROM_SIZE];
	FILE *f = fopen(path, "wb");

	memcpy(rom, code, sizeof(code));
	memcpy(rom + RESET_VECTOR, reset, sizeof(reset));
	if (!f || fwrite(rom, 1, sizeof(rom), f) != sizeof(rom) || fclose(f) != 0)
		die("no firmware");
}

/* A tape is asked at any cycle, the outside only now and then. */
static uint64_t
next_stop(void *arg)
{
	return *(const uint64_t *)arg;
}

static void
stop_now(void *arg, struct machine *m)
{
	*(uint64_t *)arg = UINT64_MAX;
	machine_stop(m);
}

static void
run_on(struct machine *m, uint64_t cycles)
{
	uint64_t until = machine_cycles(m) + cycles;
	const struct machine_tape tape = { .playing = true, .next = next_stop,
		.play = stop_now, .arg = &until };

	machine_set_tape(m, &tape);
	machine_run(m);
	machine_set_tape(m, NULL);
}
