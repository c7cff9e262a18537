/*
 * snapshot/snapshot_save.c - a machine into a file
 *
 * Runs in the child of a save in the background, on the copy of the machine
 * that fork() made, or in the program itself.  It changes nothing the guest
 * could see.
 */
#include <stdio.h>
#include <string.h>

#include "base/overlay.h"
#include "mmu/physmem.h"
#include "snapshot/chunk.h"
#include "snapshot/container.h"
#include "snapshot/snapshots_priv.h"

/* Pages on their way to a section: with contents, and without. */
struct packer {
	struct container_writer	*out;
	char			section[CONTAINER_NAME];
	struct packing		*packing;	/* NULL: as they are */
	struct chunk		*full, *absent;
	uint8_t			*room;
	struct snapshot_error	*e;
};

static bool
packer_init(struct packer *p, const struct snapshot_job *job, struct container_writer *out,
    struct snapshot_error *e)
{
	*p = (struct packer){ .out = out, .e = e };
	p->full = chunk_new();
	p->absent = chunk_new();
	p->room = malloc(CHUNK_ROOM);
	if (job->level)
		p->packing = packing_new(job->level);
	if (!p->full || !p->absent || !p->room || (job->level && !p->packing) ||
	    !chunk_make_room(p->full))
		return snapshot_fail(e, "%s: out of memory", job->path);
	p->full->kind = job->level ? CHUNK_ZLIB : CHUNK_PLAIN;
	p->absent->kind = CHUNK_ABSENT;
	return true;
}

static void
packer_fini(struct packer *p)
{
	packing_free(p->packing);
	chunk_free(p->full);
	chunk_free(p->absent);
	free(p->room);
}

static bool
packer_flush(struct packer *p, struct chunk *c)
{
	size_t n;

	if (!c->count)
		return true;
	n = chunk_encode(c, p->packing, p->room);
	c->count = 0;
	return container_put(p->out, p->section, CHUNK_VERSION, p->room, n, p->e);
}

/* page NULL: there are no contents. */
static bool
packer_add(struct packer *p, uint64_t number, const uint8_t *page)
{
	struct chunk *c = page ? p->full : p->absent;

	if (page)
		memcpy(c->page[c->count], page, PAGE_SIZE);
	c->number[c->count++] = number;
	return c->count < CHUNK_PAGES || packer_flush(p, c);
}

static bool
packer_end(struct packer *p)
{
	return packer_flush(p, p->full) && packer_flush(p, p->absent);
}

/* --- memory --- */

static bool
is_zero(const uint8_t *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE_SIZE - 1);
}

/* The first from id on that is to be written, or the number of all. */
static uint32_t
next_page(struct snapshots *s, const struct snapshot_job *job, uint32_t id)
{
	struct physmem *pm = machine_memory(s->m);
	uint32_t n = physmem_pages(pm);

	if (job->incremental)
		return id < n ? (uint32_t)page_set_next(&s->ram.set, id) : n;
	while (id < n && physmem_blank(pm, id))
		id++;
	return id;
}

/* The last file has everything that did not change since. */
static bool
write_ram(struct snapshots *s, const struct snapshot_job *job, struct packer *p)
{
	struct physmem *pm = machine_memory(s->m);
	uint32_t id, n = physmem_pages(pm);
	const uint8_t *page;

	snprintf(p->section, sizeof(p->section), SECTION_RAM);
	for (id = next_page(s, job, 0); id < n; id = next_page(s, job, id + 1)) {
		page = physmem_host(pm, id);
		if (is_zero(page))
			page = NULL;
		if ((page || job->incremental) && !packer_add(p, id, page))
			return false;
	}
	return packer_end(p);
}

/* --- disks --- */

struct disk_writer {
	struct packer	*p;
	struct overlay	*o;
	bool		ok;
};

static void
write_cluster(void *arg, uint64_t cluster)
{
	struct disk_writer *w = arg;
	uint8_t data[OVERLAY_CLUSTER];
	bool written;

	if (!w->ok)
		return;
	written = overlay_get(w->o, cluster, data);
	w->ok = packer_add(w->p, cluster, written ? data : NULL);
}

static bool
write_disk(struct snapshots *s, unsigned unit, const struct snapshot_job *job,
    struct packer *p)
{
	struct disk_writer w = { p, machine_overlay(s->m, unit), true };
	const struct page_set *set = &s->disk[unit].set;
	uint64_t n;

	if (!w.o)
		return true;
	snprintf(p->section, sizeof(p->section), SECTION_DISK "%u", unit);
	if (!job->incremental)
		overlay_each(w.o, write_cluster, &w);
	else
		for (n = page_set_next(set, 0); n < set->size; n = page_set_next(set, n + 1))
			write_cluster(&w, n);
	if (overlay_error(w.o))
		return snapshot_fail(p->e, "%s: cannot read what was written to disk %u: %s",
		    job->path, unit, strerror(-overlay_error(w.o)));
	return w.ok && packer_end(p);
}

/* --- small sections --- */

static bool
write_info(const struct snapshot_job *job, struct container_writer *out,
    struct snapshot_error *e)
{
	uint8_t buf[2 * sizeof(job->info)];

	snap_encode(snapshot_info_fields, &job->info, buf);
	return container_put(out, SECTION_INFO, INFO_VERSION, buf,
	    snap_size(snapshot_info_fields), e);
}

static bool
write_text(struct container_writer *out, const char *name, uint32_t version,
    const char *text, struct snapshot_error *e)
{
	return container_put(out, name, version, text, strlen(text), e);
}

static bool
write_config(struct snapshots *s, const struct snapshot_job *job,
    struct container_writer *out, struct snapshot_error *e)
{
	char *text = machine_describe(s->cfg), *files = NULL;
	bool ok;

	if (!text)
		return snapshot_fail(e, "%s: out of memory", job->path);
	files = snapshot_files(s, job->path, e);
	ok = files && write_text(out, SECTION_CONFIG, CONFIG_VERSION, text, e) &&
	    write_text(out, SECTION_FILES, FILES_VERSION, files, e);
	free(text);
	free(files);
	return ok;
}

static bool
write_section(struct snapshots *s, unsigned i, const struct snapshot_job *job,
    struct container_writer *out, struct snapshot_error *e)
{
	struct machine_section sec = machine_section(s->m, i);
	uint8_t *buf = malloc(sec.size + 1);
	bool ok;

	if (!buf)
		return snapshot_fail(e, "%s: out of memory", job->path);
	machine_section_save(s->m, i, buf);
	ok = container_put(out, sec.name, sec.version, buf, sec.size, e);
	free(buf);
	return ok;
}

static bool
write_pages(struct snapshots *s, const struct snapshot_job *job, struct packer *p)
{
	unsigned i;

	if (!write_ram(s, job, p))
		return false;
	for (i = 0; i < MACHINE_DISKS; i++)
		if (!write_disk(s, i, job, p))
			return false;
	return true;
}

bool
snapshot_put_machine(struct snapshots *s, const struct snapshot_job *job,
    struct container_writer *out, struct snapshot_error *e)
{
	unsigned i, n = machine_sections(s->m);
	struct packer p;
	bool ok;

	for (i = 0; i < n; i++)
		if (!write_section(s, i, job, out, e))
			return false;
	ok = packer_init(&p, job, out, e) && write_pages(s, job, &p);
	packer_fini(&p);
	return ok;
}

static bool
write_contents(struct snapshots *s, const struct snapshot_job *job,
    struct container_writer *out, struct snapshot_error *e)
{
	return write_info(job, out, e) && write_config(s, job, out, e) &&
	    snapshot_put_machine(s, job, out, e);
}

bool
snapshot_write(struct snapshots *s, const struct snapshot_job *job, struct hash128 *id,
    struct snapshot_error *e)
{
	struct container_writer *out = container_create(job->path, e);

	if (!out)
		return false;
	if (write_contents(s, job, out, e))
		return container_finish(out, id, e);
	container_abandon(out);
	return false;
}
