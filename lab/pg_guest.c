/*
 * lab/pg_guest.c - the guest kernel natively or deprivileged, and what it said
 */
#include <stdio.h>
#include <string.h>

#include "lab/maps.h"
#include "lab/pg_priv.h"

#define RAM		((uint64_t)24 << 20)
#define GUEST_RAM	"16M"
/* Whoever has not ended by then will not. */
#define PATIENCE	((uint64_t)20000000000)

static void
hear(void *arg, uint8_t byte)
{
	struct pg_guest *g = arg;

	g->below.byte(g->below.arg, byte);
	if (byte != '\r' && g->len + 1 < sizeof(g->console))
		g->console[g->len++] = (char)byte;
}

static bool
configure(struct pg_guest *g, const struct pg_how *how)
{
	struct machine_config *cfg = &g->rig.cfg;
	const struct lab_run *r = g->rig.r;

	if (!guest_find(r, how->guest ? how->guest : "guest.elf", g->guest))
		return false;
	snprintf(g->words, sizeof(g->words), "workload=%s mem=" GUEST_RAM,
	    r->values.text[lab_values_find(&r->values, "workload")]);
	cfg->ram = RAM;
	cfg->cpu = how->cpu;
	cfg->reference = how->reference;
	g->below = cfg->serial[0];
	cfg->serial[0] = (struct machine_out){ true, hear, g };
	cfg->kernel = g->guest;
	cfg->append = g->words;
	if (!how->vmm)
		return true;
	if (!guest_find(r, "vmm.elf", g->kernel))
		return false;
	snprintf(g->initrd, sizeof(g->initrd), "%s %s vm.ram=" GUEST_RAM, g->guest, g->words);
	cfg->kernel = g->kernel;
	cfg->initrd = g->initrd;
	cfg->append = how->vmm;
	return true;
}

static void
watch_tables(struct pg_guest *g, const char *vmm)
{
	if (strstr(vmm, "mem=nested"))
		maps_watch(g->rig.r, &g->rig, "svm+nested", MAP_NESTED);
	else if (strstr(vmm, "mem=direct"))
		maps_watch(g->rig.r, &g->rig, "paravirt+direct", MAP_DIRECT);
	else
		maps_watch(g->rig.r, &g->rig, "deprivileged+shadow", MAP_SHADOW);
}

bool
pg_guest_run(struct pg_guest *g, const struct lab_run *r, const struct pg_how *how)
{
	memset(g, 0, sizeof(*g));
	rig_prepare(&g->rig, r);
	if (!configure(g, how) || !rig_make(&g->rig))
		return false;
	if (how->hooks)
		machine_set_trace(g->rig.m, how->hooks);
	if (how->vmm)
		watch_tables(g, how->vmm);
	g->end = rig_run_on(&g->rig, PATIENCE);
	if (how->hooks)
		machine_set_trace(g->rig.m, NULL);
	return true;
}

void
pg_guest_end(struct pg_guest *g)
{
	rig_end(&g->rig);
}

/* --- what it said --- */

static bool
next_line(const struct pg_guest *g, size_t *at, char line[PG_LINE])
{
	const char *from = g->console + *at;
	size_t n = strcspn(from, "\n");

	if (!*from)
		return false;
	snprintf(line, PG_LINE, "%.*s", (int)(n < PG_LINE ? n : PG_LINE - 1), from);
	*at += n + (from[n] == '\n');
	return true;
}

static bool
is_vmms(const char *line)
{
	return !strncmp(line, "vmm: ", 5);
}

/* Time is not what is compared. */
static bool
is_time(const char *line)
{
	return !strncmp(line, "# ", 2) && (strstr(line, "cycles=") || strstr(line, "ticks="));
}

const char *
pg_guest_line(const struct pg_guest *g, size_t *at, char line[PG_LINE])
{
	do {
		if (!next_line(g, at, line))
			return NULL;
	} while (is_vmms(line) || is_time(line));
	return line;
}

bool
pg_guest_ended_well(const struct pg_guest *g)
{
	char line[PG_LINE];
	size_t at = 0;

	while (pg_guest_line(g, &at, line))
		if (!strcmp(line, "end 0"))
			return true;
	return false;
}

void
pg_guest_vmm_line(const struct pg_guest *g, const char *text, char line[PG_LINE])
{
	char all[PG_LINE];
	const char *found;
	size_t at = 0;

	line[0] = '\0';
	while (!line[0] && next_line(g, &at, all)) {
		found = is_vmms(all) ? strstr(all, text) : NULL;
		if (found)
			snprintf(line, PG_LINE, "%s", found + strlen(text));
	}
}
