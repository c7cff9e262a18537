/*
 * cpu/pg_search.c - running every form in every state, and what follows from it
 *
 * For each form and state there are runs at CPL 0 and CPL 3: as the state is,
 * with all privileged registers changed at once, and with each change that may
 * make instructions trap.  Where the second shows a difference the changes are
 * made one after the other, so that the witness names a register.
 *
 * Two runs are compared when neither trapped.  A bit in which they differ counts
 * unless they differed in it before and neither changed it.
 */
#include "cpu/pg.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/pg_priv.h"

struct attempt {
	uint64_t		before[PG_LEAVES], after[PG_LEAVES];
	struct pg_outside	outside;	/* before */
	struct pg_outcome	o;
};

#define LEVELS	2			/* CPL 0 and CPL 3 */

struct pg_search {
	struct pg_bench	*bench[PG_MODES];
	struct pg_form	form[PG_FORMS];
	struct attempt	plain[LEVELS], changed[LEVELS];
	/* The one being looked at. */
	struct pg_bench	*b;
	const struct pg_form *f;
	unsigned	state;
	struct pg_entry	*e;
	bool		umip_stops, umip_escapes, not_gp;
	bool		vague, vague_escape;	/* a witness names all registers */
	unsigned	singled;	/* grids in which changes were made one by one */
};

/* ---- witnesses ---- */

static void PRINTF(3, 4)
append(char *buf, size_t n, const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + used, n - used, fmt, ap);
	va_end(ap);
}

static const char *
change_name(const struct pg_search *s, unsigned change)
{
	return change == PG_C_NONE ? "as it is" :
	    change == PG_C_ALL ? "all registers changed" : s->b->change[change].name;
}

/* "64 s3 0f01e0, CPL 3" and what was changed. */
static void
where(const struct pg_search *s, char *buf, size_t n, unsigned level, unsigned change)
{
	buf[0] = '\0';
	append(buf, n, "%s s%u ", pg_mode_names[s->f->mode], s->state);
	for (unsigned i = 0; i < s->f->in.len && i < PG_CODE_MAX; i++)
		append(buf, n, "%02x", s->f->code[i]);
	append(buf, n, level == LEVELS ? " CPL 0|3" : level ? " CPL 3" : " CPL 0");
	if (change != PG_C_NONE)
		append(buf, n, " %s", change_name(s, change));
}

/* ---- one run ---- */

static void
leaves_get(const struct pg_bench *b, uint64_t v[PG_LEAVES])
{
	for (unsigned i = 0; i < b->nleaves; i++)
		v[i] = pg_leaf_get(&b->leaf[i], b->c);
}

static void
attempt(struct pg_search *s, unsigned level, unsigned change, struct attempt *a)
{
	struct pg_bench *b = s->b;

	pg_state_registers(b, s->state, level ? 3 : 0, &s->f->in);
	if (!pg_change_apply(b, change)) {
		a->o.vector = -3;
		return;
	}
	leaves_get(b, a->before);
	a->outside = b->outside;
	pg_bench_run(b, &s->f->in, &a->o);
	leaves_get(b, a->after);
	pg_change_undo(b, change);
}

/* Virtual-8086 mode has no level 0. */
static unsigned
first_level(const struct pg_search *s)
{
	return s->f->mode == PG_MV86;
}

static bool
made(const struct attempt *a)
{
	return a->o.vector != -3;
}

static bool
trapped(const struct attempt *a)
{
	return a->o.vector != -1 || a->o.outside.ferr;
}

/* ---- comparing ---- */

static uint64_t
differing(uint64_t x0, uint64_t y0, uint64_t x1, uint64_t y1)
{
	uint64_t kept = ~(x0 ^ x1) & ~(y0 ^ y1);

	return (x1 ^ y1) & ~((x0 ^ y0) & kept);
}

static uint64_t
leaf_differs(const struct pg_search *s, unsigned i, const struct attempt *x,
    const struct attempt *y)
{
	uint64_t d = differing(x->before[i], y->before[i], x->after[i], y->after[i]);

	return i == s->b->flags_leaf ? d & ~(uint64_t)(F_RF | F_TF) : d;
}

/* What two untrapped runs differ in, as text; false: in nothing. */
static bool
results_differ(const struct pg_search *s, const struct attempt *x, const struct attempt *y,
    char *text, size_t n)
{
	for (unsigned i = 0; i < s->b->nleaves; i++) {
		if (x->after[i] == y->after[i] || !leaf_differs(s, i, x, y))
			continue;
		append(text, n, ": %s %" PRIx64 " | %" PRIx64, s->b->leaf[i].name, x->after[i],
		    y->after[i]);
		return true;
	}
	if (x->o.memory != y->o.memory)
		append(text, n, ": memory");
	else if (x->o.outside.ports != y->o.outside.ports)
		append(text, n, ": ports");
	else if (differing(x->outside.tpr, y->outside.tpr, x->o.outside.tpr, y->o.outside.tpr))
		append(text, n, ": task priority");
	else
		return false;
	return true;
}

static uint64_t
privileged_bits(const struct pg_leaf *l, unsigned level)
{
	if (l->kind == PG_L_PRIV)
		return ~(uint64_t)0;
	if (l->kind != PG_L_FLAGS)
		return 0;
	return F_IF | F_IOPL | F_VM | F_VIF | F_VIP | (level ? 0 : F_AC);
}

/* Privileged state that an untrapped run changed. */
static bool
changes_state(const struct pg_search *s, const struct attempt *a, unsigned level, char *text,
    size_t n)
{
	for (unsigned i = 0; i < s->b->nleaves; i++) {
		const struct pg_leaf *l = &s->b->leaf[i];
		uint64_t v0 = a->before[i], v1 = a->after[i];

		if (v0 == v1 || !((v0 ^ v1) & privileged_bits(l, level)))
			continue;
		append(text, n, ": %s %" PRIx64 " -> %" PRIx64, l->name, v0, v1);
		return true;
	}
	if (a->o.outside.nports)
		append(text, n, ": a port is accessed");
	else if (a->o.outside.tpr != a->outside.tpr)
		append(text, n, ": task priority %x -> %x", a->outside.tpr, a->o.outside.tpr);
	else if (a->o.outside.apic_base != a->outside.apic_base)
		append(text, n, ": APIC base");
	else if (a->o.invalidations)
		append(text, n, ": TLB entries are dropped");
	else
		return false;
	return true;
}

/* ---- conclusions ---- */

/* The first witness stays; one at CPL 3 goes before one at CPL 0. */
static void
sensitive(struct pg_search *s, unsigned flag, unsigned level, unsigned change, const char *what)
{
	struct pg_entry *e = s->e;
	bool first = !e->sensitive.text[0] || (level && !(e->flags & PG_SILENT));

	/* Better one that names a register. */
	if (first || (s->vague && change != PG_C_ALL && (level || !(e->flags & PG_SILENT)))) {
		where(s, e->sensitive.text, PG_TEXT, level, change);
		append(e->sensitive.text, PG_TEXT, "%s", what);
		s->vague = change == PG_C_ALL;
	}
	e->flags |= flag | (level ? PG_SILENT : 0);
}

static void
look_control(struct pg_search *s, unsigned level, unsigned change, const struct attempt *a)
{
	char what[PG_TEXT] = "";

	if (!trapped(a) && changes_state(s, a, level, what, sizeof(what)))
		sensitive(s, PG_CONTROL, level, change, what);
}

static void
look_registers(struct pg_search *s, unsigned level, unsigned change, const struct attempt *a)
{
	char what[PG_TEXT] = "";

	if (trapped(&s->plain[level]) || trapped(a))
		return;
	if (results_differ(s, &s->plain[level], a, what, sizeof(what)))
		sensitive(s, PG_REGISTERS, level, change, what);
}

static void
look_escape(struct pg_search *s, unsigned change, const struct attempt *user)
{
	bool umip = change != PG_C_NONE && change != PG_C_ALL &&
	    !strcmp(change_name(s, change), "cr4.UMIP");

	if (umip) {
		s->umip_stops |= !trapped(&s->plain[1]) && trapped(user);
		s->umip_escapes |= !trapped(user);
	}
	if (trapped(user))
		return;
	s->e->flags |= PG_RUNS;
	if (!s->e->escape.text[0] || (s->vague_escape && change != PG_C_ALL)) {
		where(s, s->e->escape.text, PG_TEXT, 1, change);
		s->vague_escape = change == PG_C_ALL;
	}
}

/* A pair that differs in the CPL. */
static void
look_levels(struct pg_search *s, unsigned change, const struct attempt a[LEVELS])
{
	char what[PG_TEXT] = "";

	look_escape(s, change, &a[1]);
	if (first_level(s) || trapped(&a[0]))
		return;
	s->e->flags |= PG_RUNS;
	if (trapped(&a[1]))
		return;
	if (results_differ(s, &a[0], &a[1], what, sizeof(what)))
		sensitive(s, PG_MODE, LEVELS, change, what);
}

static void
digest_add(uint64_t *d, uint64_t v)
{
	*d = (*d ^ v) * 0x9e3779b97f4a7c15u;
	*d ^= *d >> 29;
}

static void
count(struct pg_search *s, unsigned level, const struct attempt *a)
{
	uint64_t *d = &s->e->digest[level], sum = 0;

	if (level) {
		s->e->runs++;
		s->e->traps += a->o.vector != -1;
		s->not_gp |= a->o.vector != EXC_GP || a->o.error;
	}
	for (unsigned i = 0; i < s->b->nleaves; i++)
		sum += (a->after[i] + i) * (0x9e3779b97f4a7c15u + 2 * i);
	digest_add(d, sum);
	digest_add(d, (uint64_t)(int64_t)a->o.vector);
	digest_add(d, a->o.error);
	digest_add(d, a->o.memory);
	digest_add(d, a->o.outside.ports ^ a->o.outside.tpr);
}

/* ---- the grid of a form and a state ---- */

#define SINGLED	3		/* grids of a row */
#define VAGUE	8		/* ... while there is no better witness */

/* True if a run with a change came out differently from the plain one. */
static bool
stands_out(const struct pg_search *s, const struct attempt *a, const struct attempt *plain)
{
	char text[PG_TEXT] = "";

	if (trapped(a) != trapped(plain) || a->o.vector != plain->o.vector)
		return true;
	return !trapped(a) && results_differ(s, plain, a, text, sizeof(text));
}

static bool
try_change(struct pg_search *s, unsigned change, bool counts)
{
	bool out = false;

	for (unsigned level = first_level(s); level < LEVELS; level++) {
		struct attempt *a = &s->changed[level];

		attempt(s, level, change, a);
		if (!made(a))
			return false;
		if (counts)
			count(s, level, a);
		out |= stands_out(s, a, &s->plain[level]);
	}
	return out;
}

static void
conclude(struct pg_search *s, unsigned change)
{
	unsigned first = first_level(s);

	if (!made(&s->changed[first]) || !made(&s->changed[1]))
		return;
	for (unsigned level = first; level < LEVELS; level++) {
		look_control(s, level, change, &s->changed[level]);
		look_registers(s, level, change, &s->changed[level]);
	}
	look_levels(s, change, s->changed);
}

static void
try_state(struct pg_search *s, unsigned state)
{
	struct pg_bench *b = s->b;
	unsigned known;
	bool singly;

	s->state = state;
	pg_state_memory(b, state, &s->f->in);
	for (unsigned level = first_level(s); level < LEVELS; level++) {
		attempt(s, level, PG_C_NONE, &s->plain[level]);
		count(s, level, &s->plain[level]);
		look_control(s, level, PG_C_NONE, &s->plain[level]);
	}
	look_levels(s, PG_C_NONE, s->plain);
	singly = try_change(s, PG_C_ALL, true);
	known = s->e->flags;
	conclude(s, PG_C_ALL);
	/* Once more only if there is news. */
	singly = (singly && (s->singled < SINGLED || s->e->flags != known)) ||
	    ((s->vague || s->vague_escape) && s->singled < VAGUE);
	s->singled += singly;
	for (unsigned i = 1; i <= b->nchanges; i++) {
		if (!singly && !b->change[i].traps)
			continue;
		(void)try_change(s, i, b->change[i].traps);
		conclude(s, i);
	}
}

/* ---- rows ---- */

static void
name_row(struct pg_search *s)
{
	if (!s->e->name[0])
		disasm(&s->f->in, pg_decode_mode(s->f->mode), PG_CODE, s->e->name,
		    sizeof(s->e->name));
}

static void
finish(struct pg_search *s)
{
	struct pg_entry *e = s->e;

	if ((e->flags & PG_RUNS) && !e->escape.text[0])
		e->flags |= PG_PRIVILEGED;
	if (s->umip_stops && !s->umip_escapes)
		e->flags |= PG_UMIP;
	if (e->runs && !s->not_gp)
		e->flags |= PG_GP;
}

void
pg_search_row(struct pg_search *s, unsigned row, struct pg_entry *e)
{
	unsigned n;

	*e = (struct pg_entry){ .row = row };
	s->e = e;
	s->umip_stops = s->umip_escapes = s->not_gp = false;
	s->vague = s->vague_escape = false;
	s->singled = 0;
	for (unsigned m = 0; m < PG_MODES; m++) {
		s->b = s->bench[m];
		n = pg_forms(&s->b->c->features, row, (enum pg_mode)m, s->form, PG_FORMS);
		for (unsigned i = 0; i < n; i++) {
			s->f = &s->form[i];
			name_row(s);
			for (unsigned state = 0; state < pg_states; state++)
				try_state(s, state);
		}
	}
	finish(s);
}

unsigned
pg_rows(void)
{
	return insn_table_rows;
}

unsigned
pg_table_says(unsigned row)
{
	uint32_t chk = insn_table[row].chk;

	return (chk & (CK_SENS | CK_CPL0) ? PG_T_LEVEL : 0) |
	    (chk & (CK_X87 | CK_X87NW | CK_FWAIT) ? PG_T_X87 : 0);
}

enum pg_kind
pg_kind(unsigned flags)
{
	if (!(flags & PG_RUNS))
		return PG_K_NEVER;
	if (flags & PG_PRIVILEGED)
		return flags & PG_SENSITIVE ? PG_K_PRIVILEGED : PG_K_GUARDED;
	return flags & PG_SENSITIVE ? PG_K_CRITICAL : PG_K_INNOCUOUS;
}

const char *
pg_kind_name(enum pg_kind k)
{
	static const char *const names[] = {
		"never", "innocuous", "guarded", "privileged", "critical"
	};

	return names[k];
}

void
pg_search_states(struct pg_search *s, void (*line)(void *arg, const char *text), void *arg)
{
	const struct pg_bench *b = s->bench[PG_M64];
	char text[PG_TEXT];

	for (unsigned i = 0; i < pg_states; i++) {
		pg_state_text(i, text, sizeof(text));
		line(arg, text);
	}
	for (unsigned i = 1; i <= b->nchanges; i++) {
		const struct pg_change *ch = &b->change[i];

		snprintf(text, sizeof(text), "%s: %s %" PRIx64 "%s", ch->name,
		    ch->how == PG_ADD ? "add" : "flip", ch->bits, ch->traps ? ", alone" : "");
		line(arg, text);
	}
}

/* ---- construction ---- */

static struct pg_bench *
bench_new(const char *cpu, struct log *l, enum pg_mode m)
{
	struct pg_bench *b = aligned_alloc(64, (sizeof(*b) + 63) & ~(size_t)63);

	if (!b)
		return NULL;
	memset(b, 0, sizeof(*b));
	if (!pg_bench_init(b, cpu, l)) {
		pg_bench_fini(b);
		free(b);
		return NULL;
	}
	pg_leaves_init(b);
	pg_bench_mode(b, m);
	pg_changes_init(b);
	return b;
}

struct pg_search *
pg_search_new(const char *cpu, struct log *l)
{
	struct pg_search *s = aligned_alloc(64, (sizeof(*s) + 63) & ~(size_t)63);

	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	for (unsigned m = 0; m < PG_MODES; m++) {
		s->bench[m] = bench_new(cpu, l, (enum pg_mode)m);
		if (!s->bench[m]) {
			pg_search_free(s);
			return NULL;
		}
	}
	return s;
}

void
pg_search_free(struct pg_search *s)
{
	if (!s)
		return;
	for (unsigned m = 0; m < PG_MODES; m++) {
		if (!s->bench[m])
			continue;
		pg_bench_fini(s->bench[m]);
		free(s->bench[m]);
	}
	free(s);
}
