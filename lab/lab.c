/*
 * lab/lab.c - which labs there are, and running one
 */
#include "lab/lab.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/guests.h"
#include "lab/labs.h"
#include "lab/maps.h"
#include "lab/model.h"

const struct lab *const lab_table[] = {
	&lab_faults,
	&lab_translate,
	&lab_cr3,
	&lab_paging,
	&lab_paravirt,
	&lab_double,
	&lab_pg,
	&lab_timer,
	&lab_checkpoint,
	NULL
};

const struct lab *
lab_find(const char *name)
{
	const struct lab *const *l;

	for (l = lab_table; *l; l++)
		if (!strcmp((*l)->name, name))
			return *l;
	return NULL;
}

static const struct lab_claim *
claim_of(const struct lab *lab, const char *row)
{
	const struct lab_claim *c;

	for (c = lab->claims; c->row; c++)
		if (!strcmp(c->row, row))
			return c;
	return NULL;
}

const struct lab *
lab_deciding(const char *row)
{
	const struct lab *const *l;

	for (l = lab_table; *l; l++)
		if (claim_of(*l, row))
			return *l;
	return NULL;
}

enum verdict
lab_expects(const struct lab *lab, const char *row)
{
	return claim_of(lab, row)->expect;
}

/* --- for a lab that runs --- */

uint64_t
lab_number(const struct lab_run *r, const char *key)
{
	return r->values.number[lab_values_find(&r->values, key)];
}

bool
lab_is_broken(const struct lab_run *r, const char *mechanism)
{
	return r->broken && !strcmp(r->broken, mechanism);
}

void
lab_progress(const struct lab_run *r, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (!r->progress)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->progress(r->lab->name, text);
}

bool
lab_fail(const struct lab_run *r, const char *fmt, ...)
{
	char text[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r->progress)
		r->progress(r->lab->name, NULL);
	fprintf(stderr, "ringlab: lab %s: %s\n", r->lab->name, text);
	return false;
}

/* Seeds that are near each other lead to streams that are not. */
void
lab_random_init(struct lab_random *rnd, uint64_t seed)
{
	rnd->state = (seed + 1) * 0x9e3779b97f4a7c15;
	rnd->state ^= rnd->state >> 29;
	rnd->state |= 1;
}

uint64_t
lab_random(struct lab_random *rnd, uint64_t below)
{
	rnd->state ^= rnd->state >> 12;
	rnd->state ^= rnd->state << 25;
	rnd->state ^= rnd->state >> 27;
	return (uint64_t)(((unsigned __int128)(rnd->state * 0x2545f4914f6cdd1d) * below) >> 64);
}

/* --- one run --- */

/* Findings come in any order. */
static int
by_row(const void *a, const void *b)
{
	return strcmp(((const struct finding *)a)->row, ((const struct finding *)b)->row);
}

static bool
run_with_guests(struct lab_run *r)
{
	struct guests g = { .n = 0 };
	struct maps maps = { .n = 0 };
	bool ok;

	r->guests = &g;
	r->maps = &maps;
	ok = r->lab->run(r);
	if (ok)
		maps_finish(r);
	guests_close(&g);
	r->guests = NULL;
	r->maps = NULL;
	return ok;
}

bool
lab_run(struct lab_run *r)
{
	unsigned i;

	r->result = result_new();
	if (!r->result)
		return lab_fail(r, "out of memory");
	if (!run_with_guests(r) || (r->model && !model_add(r)))
		return false;
	qsort(r->result->finding, r->result->findings, sizeof(struct finding), by_row);
	for (i = 0; i < r->result->findings; i++)
		r->result->finding[i].expect = lab_expects(r->lab, r->result->finding[i].row);
	return result_ok(r->result) || lab_fail(r, "out of memory");
}

unsigned
lab_surprises(const struct lab_run *r)
{
	unsigned i, n = 0;

	for (i = 0; i < r->result->findings; i++)
		n += r->result->finding[i].verdict != r->result->finding[i].expect;
	return n;
}
