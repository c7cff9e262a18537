/*
 * snapshot/digest.c - enough of a state to say where another one differs
 */
#include "snapshot/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/bits.h"
#include "base/filehash.h"
#include "mmu/physmem.h"

/* The model TLB is large and changes all the time. */
#define HASHED_BYTES	16u
#define PART_BYTES	16u
/* The console's, which older machines do not have, is behind those of the network
 * cards. */
#define OUTPUT_FIRST	OUTPUT_CONSOLE
#define OUTPUT_BYTES	(OUTPUT_FIRST * 16u)
#define FNV_PRIME	0x100000001b3u

void
digest_output_byte(struct digest_output *o, enum machine_channel channel, uint8_t byte)
{
	o->bytes[channel]++;
	o->hash[channel] = (o->hash[channel] ^ byte) * FNV_PRIME + 1;
}

void
digest_output_frame(struct digest_output *o, unsigned nic, const uint8_t *frame, size_t n)
{
	o->frame_bytes[nic] += n;
	o->frame_hash[nic] = (o->frame_hash[nic] ^ filehash_bytes(frame, n).lo) * FNV_PRIME + 1;
}

static unsigned
nic_count(const struct machine *m)
{
	unsigned i, n = 0;

	for (i = 0; i < MACHINE_NICS; i++)
		n += machine_has_nic(m, i);
	return n;
}

static bool
is_hashed(const struct machine_section *s)
{
	return !strncmp(s->name, "tlb", 3);
}

static size_t
section_bytes(const struct machine_section *s)
{
	return is_hashed(s) ? HASHED_BYTES : s->size;
}

int
digest_init(struct digest *d, const struct machine *m)
{
	unsigned i;

	memset(d, 0, sizeof(*d));
	d->size = OUTPUT_BYTES + PHYSMEM_PARTS * PART_BYTES;
	for (i = 0; i < machine_sections(m); i++) {
		struct machine_section s = machine_section(m, i);

		d->size += section_bytes(&s);
	}
	d->size += nic_count(m) * 16u + machine_has_console(m) * 16u;
	d->body = calloc(1, d->size);
	return d->body ? 0 : -ENOMEM;
}

void
digest_fini(struct digest *d)
{
	free(d->body);
	d->body = NULL;
}

void
digest_copy(struct digest *to, const struct digest *from)
{
	to->cycle = from->cycle;
	to->hash = from->hash;
	memcpy(to->body, from->body, from->size);
}

/* --- taking --- */

static uint8_t *
take_hashed(struct machine *m, unsigned i, size_t size, uint8_t *out)
{
	uint8_t *buf = malloc(size);
	struct hash128 h = { 0, 0 };

	if (buf) {
		machine_section_save(m, i, buf);
		h = filehash_bytes(buf, size);
		free(buf);
	}
	put_le64(out, h.lo);
	put_le64(out + 8, h.hi);
	return out + HASHED_BYTES;
}

static uint8_t *
take_sections(struct machine *m, uint8_t *out)
{
	unsigned i;

	for (i = 0; i < machine_sections(m); i++) {
		struct machine_section s = machine_section(m, i);

		if (is_hashed(&s)) {
			out = take_hashed(m, i, s.size, out);
			continue;
		}
		machine_section_save(m, i, out);
		out += s.size;
	}
	return out;
}

static uint8_t *
take_memory(struct machine *m, uint8_t *out)
{
	struct physmem_part part[PHYSMEM_PARTS];
	unsigned i;

	physmem_hash_parts(machine_memory(m), part);
	for (i = 0; i < PHYSMEM_PARTS; i++, out += PART_BYTES) {
		put_le64(out, part[i].sum);
		put_le64(out + 8, part[i].weighted);
	}
	return out;
}

/* Behind all else: without network cards it is what it was before there were any. */
static uint8_t *
take_frames(const struct machine *m, const struct digest_output *o, uint8_t *out)
{
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++) {
		if (!machine_has_nic(m, i))
			continue;
		put_le64(out, o->frame_bytes[i]);
		put_le64(out + 8, o->frame_hash[i]);
		out += 16;
	}
	return out;
}

static void
take_channel(const struct digest_output *o, enum machine_channel i, uint8_t *out)
{
	put_le64(out, o->bytes[i]);
	put_le64(out + 8, o->hash[i]);
}

void
digest_take(struct digest *d, struct machine *m, const struct digest_output *o)
{
	uint8_t *out = d->body;
	unsigned i;

	d->cycle = machine_cycles(m);
	d->hash = machine_state_hash(m);
	for (i = 0; i < OUTPUT_FIRST; i++, out += 16)
		take_channel(o, (enum machine_channel)i, out);
	out = take_sections(m, out);
	out = take_memory(m, out);
	out = take_frames(m, o, out);
	if (machine_has_console(m))
		take_channel(o, OUTPUT_CONSOLE, out);
}

/* --- as bytes --- */

int
digest_pack(const struct digest *d, const struct digest *before, uint8_t **out, size_t *n)
{
	uLongf room = compressBound(d->size);
	uint8_t *change = malloc(d->size);
	size_t i;

	*out = malloc(room);
	if (!*out || !change) {
		free(*out);
		free(change);
		return -ENOMEM;
	}
	for (i = 0; i < d->size; i++)
		change[i] = d->body[i] ^ before->body[i];
	compress2(*out, &room, change, d->size, Z_BEST_SPEED);
	free(change);
	*n = room;
	return 0;
}

bool
digest_unpack(struct digest *d, const uint8_t *in, size_t n)
{
	uLongf size = d->size;
	uint8_t *change = malloc(d->size);
	bool ok;
	size_t i;

	ok = change && uncompress(change, &size, in, n) == Z_OK && size == d->size;
	for (i = 0; ok && i < d->size; i++)
		d->body[i] ^= change[i];
	free(change);
	return ok;
}

/* --- comparing --- */

static bool
diff_channel(unsigned i, const uint8_t *a, const uint8_t *b, char *buf, size_t n)
{
	static const char *const name[OUTPUT_CHANNELS] = { "serial port 0", "serial port 1",
		"debug console", "virtio console" };

	if (!memcmp(a, b, 16))
		return false;
	snprintf(buf, n, "output of %s: %" PRIu64 " bytes here, %" PRIu64 " recorded%s",
	    name[i], get_le64(a), get_le64(b),
	    get_le64(a) == get_le64(b) ? ", not the same" : "");
	return true;
}

static bool
diff_output(const struct digest *x, const struct digest *y, const struct machine *m,
    char *buf, size_t n)
{
	size_t last = x->size - 16u;
	unsigned i;

	for (i = 0; i < OUTPUT_FIRST; i++)
		if (diff_channel(i, x->body + i * 16u, y->body + i * 16u, buf, n))
			return true;
	return machine_has_console(m) &&
	    diff_channel(OUTPUT_CONSOLE, x->body + last, y->body + last, buf, n);
}

static bool
diff_section(struct machine *m, unsigned i, const struct machine_section *s,
    const uint8_t *a, const uint8_t *b, char *buf, size_t n)
{
	if (!memcmp(a, b, section_bytes(s)))
		return false;
	if (is_hashed(s)) {
		snprintf(buf, n, "%s: the model TLB", s->name);
		return true;
	}
	return machine_section_diff(m, i, a, b, buf, n);
}

static struct physmem_part
get_part(const uint8_t *p)
{
	return (struct physmem_part){ get_le64(p), get_le64(p + 8) };
}

static bool
diff_memory(struct machine *m, const uint8_t *a, const uint8_t *b, char *buf, size_t n)
{
	struct physmem_part x, y;
	uint32_t page, first;
	unsigned i;

	for (i = 0; i < PHYSMEM_PARTS; i++, a += PART_BYTES, b += PART_BYTES) {
		if (!memcmp(a, b, PART_BYTES))
			continue;
		x = get_part(a);
		y = get_part(b);
		page = physmem_part_page(machine_memory(m), i, &x, &y, &first);
		if (page == RAM_PAGE_NONE)
			snprintf(buf, n, "memory: several pages from page 0x%x on", first);
		else
			snprintf(buf, n, "memory: page 0x%x", page);
		return true;
	}
	return false;
}

static bool
diff_frames(const struct machine *m, const uint8_t *a, const uint8_t *b, char *buf, size_t n)
{
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++) {
		if (!machine_has_nic(m, i))
			continue;
		if (memcmp(a, b, 16)) {
			snprintf(buf, n, "output of network card %u: %" PRIu64 " bytes here, %"
			    PRIu64 " recorded%s", i, get_le64(a), get_le64(b),
			    get_le64(a) == get_le64(b) ? ", not the same" : "");
			return true;
		}
		a += 16;
		b += 16;
	}
	return false;
}

bool
digest_diff(const struct digest *ours, const struct digest *theirs, struct machine *m,
    char *buf, size_t n)
{
	const uint8_t *a = ours->body, *b = theirs->body;
	unsigned i;

	if (ours->cycle != theirs->cycle) {
		snprintf(buf, n, "cycle: %" PRIu64 " here, %" PRIu64 " recorded", ours->cycle,
		    theirs->cycle);
		return true;
	}
	a += OUTPUT_BYTES;
	b += OUTPUT_BYTES;
	for (i = 0; i < machine_sections(m); i++) {
		struct machine_section s = machine_section(m, i);

		if (diff_section(m, i, &s, a, b, buf, n))
			return true;
		a += section_bytes(&s);
		b += section_bytes(&s);
	}
	if (diff_memory(m, a, b, buf, n))
		return true;
	a += PHYSMEM_PARTS * PART_BYTES;
	b += PHYSMEM_PARTS * PART_BYTES;
	return diff_frames(m, a, b, buf, n) || diff_output(ours, theirs, m, buf, n);
}
