/*
 * lab/maps.c - V2P, P2M and V2M: the tables one access of a run goes through
 */
#include "lab/maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vmm/abi.h"

#define FRAME		((uint64_t)0x000ffffffffff000)
#define APART		6		/* ways with V2M, in the picture */

/* --- looking --- */

static bool
has_begun(const struct rig *g)
{
	uint64_t cycle;

	return rig_mark(g, LAB_MARK_START, 0, &cycle);
}

static void
walked(void *arg, struct rig *g, const struct walk_req *req, const struct walk_res *res)
{
	struct map_seen *s = arg;

	if (s->taken || !res || !watch_is_data(req) || !has_begun(g))
		return;
	s->taken = watch_explain(machine_cpu(g->m, 0), req->va, &s->walk);
}

void
maps_watch(const struct lab_run *r, struct rig *g, const char *mode, enum map_kind kind)
{
	struct maps *m = r->maps;
	unsigned i;

	for (i = 0; m && i < m->n && strcmp(m->seen[i].mode, mode); i++)
		;
	if (!m || i == MAPS_MAX || (i < m->n && m->seen[i].taken))
		return;
	m->n += i == m->n;
	m->seen[i] = (struct map_seen){ .mode = mode, .kind = kind };
	g->walked = walked;
	g->walked_arg = &m->seen[i];
}

/* --- showing --- */

/* Of the picture, from below. */
static const char *const lanes[] = {
	"", "V2M 1", "V2M 2", "V2M 3", "V2M 4", "P2M 1", "P2M 2", "P2M 3", "P2M 4", "V2P 1",
	"V2P 2", "V2P 3", "V2P 4", NULL
};
enum { LANE_V2M = 0, LANE_P2M = 4, LANE_V2P = 8 };	/* and the level */

static const struct column columns[] = {
	{ "way", NULL, 0 }, { "reference", NULL, 0 }, { "table", NULL, 0 }, { "level", NULL, 0 },
	{ "entry_at", NULL, 0 }, { "entry", NULL, 0 }
};

static int
lane_of(const struct map_seen *s, const struct walk_step *step)
{
	if (s->kind != MAP_NESTED)
		return LANE_V2M;
	return step->dim ? LANE_P2M : LANE_V2P;
}

static const char *
table_name(int lane)
{
	return lane == LANE_V2M ? "V2M" : lane == LANE_P2M ? "P2M" : "V2P";
}

static void
put_walk(struct table *t, const struct map_seen *s)
{
	char text[32];
	unsigned i;

	for (i = 0; i < s->walk.n; i++) {
		const struct walk_step *step = &s->walk.step[i];

		table_text(t, s->mode);
		table_number(t, i + 1);
		table_text(t, table_name(lane_of(s, step)));
		table_number(t, step->level);
		snprintf(text, sizeof(text), "%" PRIx64, step->entry_hpa);
		table_text(t, text);
		snprintf(text, sizeof(text), "%" PRIx64, step->entry);
		table_text(t, text);
	}
}

/* From begin on. */
static void
draw_walk(struct series *line, const struct map_seen *s, int64_t begin)
{
	char text[32];
	unsigned i;

	for (i = 0; i < s->walk.n; i++) {
		const struct walk_step *step = &s->walk.step[i];

		snprintf(text, sizeof(text), "%" PRIx64, (step->entry & FRAME) >> 12);
		series_point(line, begin + i + 1, lane_of(s, step) + step->level,
		    !step->dim || step->level == 1 ? text : "");
	}
}

void
maps_show(struct lab_run *r, const struct map_seen *seen, unsigned n, const char *title,
    const char *caption)
{
	struct table *t = result_table(r->result, "walk", "Entries that a TLB miss reads, in "
	    "hexadecimal", columns, ARRAY_SIZE(columns));
	struct drawn *d;
	unsigned i, v2m = 0;

	d = result_figure(r->result, &(struct figure){ .name = "walk", .title = title,
	    .caption = caption, .xlabel = "reference (V2M of several ways "
	    "side by side)", .ylabel = "", .lanes = lanes });
	for (i = 0; i < n; i++) {
		put_walk(t, &seen[i]);
		draw_walk(figure_series(r->result, d, SERIES_POINTS, seen[i].mode), &seen[i],
		    seen[i].kind == MAP_NESTED ? 0 : APART * v2m++);
	}
}

void
maps_finish(struct lab_run *r)
{
	struct map_seen seen[MAPS_MAX];
	unsigned i, n = 0;

	for (i = 0; i < r->maps->n; i++)
		if (r->maps->seen[i].taken)
			seen[n++] = r->maps->seen[i];
	if (!n || result_find_table(r->result, "walk"))
		return;
	maps_show(r, seen, n, "V2P, P2M and V2M of this run", "The first access of the workload's "
	    "program to its data that misses the TLB: the entries that are read, by table and "
	    "level; at a point is the frame its entry names, in hexadecimal: guest-physical in "
	    "V2P, of machine memory in P2M and V2M. Nested, the guest's tables and the VMM's; "
	    "shadow, the VMM's; direct, the guest's own, which name machine frames.");
}
