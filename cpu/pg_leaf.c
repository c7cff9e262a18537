/*
 * cpu/pg_leaf.c - which state is privileged, and how it is made another
 *
 * The list of state is the snapshot's (cpu/cpu_state.h).  What a program at CPL
 * 3 owns is named here; time and counters are no state of the theorem; all
 * the rest is privileged and is changed, one number after the other.
 */
#include <stdio.h>

#include "cpu/cpu_state.h"
#include "cpu/pg_priv.h"
#include "cpu/system_priv.h"

static bool
begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/*
 * rip counts as the program's; cc_res is in rflags by then.  inhibit and
 * dr6_pending last one instruction and follow what is compared.
 */
static enum pg_leaf_kind
kind_of(const char *name)
{
	static const char *const user[] = { "gpr", "rip", "x87", "xmm", "mxcsr" };
	static const char *const none[] = {
		"cc_res", "cycles", "insns", "charge", "mmu", "stats", "pins", "inhibit",
		"rep_active", "dr6_pending", "svm.guest", "svm.pause_at"
	};

	for (unsigned i = 0; i < ARRAY_SIZE(user); i++)
		if (begins(name, user[i]))
			return PG_L_USER;
	for (unsigned i = 0; i < ARRAY_SIZE(none); i++)
		if (begins(name, none[i]))
			return PG_L_NONE;
	return strcmp(name, "rflags") ? PG_L_PRIV : PG_L_FLAGS;
}

static void
add_leaf(struct pg_bench *b, const char *name, uint32_t off, unsigned size)
{
	struct pg_leaf *l;
	enum pg_leaf_kind k = kind_of(name);

	if (k == PG_L_NONE || b->nleaves == PG_LEAVES)
		return;
	if (k == PG_L_FLAGS)
		b->flags_leaf = b->nleaves;
	l = &b->leaf[b->nleaves++];
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->off = off;
	l->size = (uint8_t)size;
	l->mask = LOW_BITS(size * 8);
	l->kind = (uint8_t)k;
}

/* "seg[2].base": ES CS SS DS FS GS have names. */
static void
element_name(char *buf, size_t n, const char *prefix, const struct snap_field *f, unsigned i)
{
	static const char *const seg[SEG_COUNT] = { "es", "cs", "ss", "ds", "fs", "gs" };

	if (f->count == 1)
		snprintf(buf, n, "%s%s", prefix, f->name);
	else if (!strcmp(f->name, "seg"))
		snprintf(buf, n, "%s", seg[i % SEG_COUNT]);
	else
		snprintf(buf, n, "%s%s[%u]", prefix, f->name, i);
}

static void
add_leaves(struct pg_bench *b, const struct snap_field *tab, const char *prefix, uint32_t base)
{
	char name[64], sub[68];

	for (; tab->type != SNAP_T_END; tab++) {
		for (unsigned i = 0; i < tab->count; i++) {
			uint32_t at = base + tab->offset + i * tab->size;

			element_name(name, sizeof(name), prefix, tab, i);
			if (tab->type == SNAP_T_STRUCT) {
				snprintf(sub, sizeof(sub), "%s.", name);
				add_leaves(b, tab->sub, sub, at);
			} else if (tab->size <= 8) {
				add_leaf(b, name, at, tab->size);
			}
		}
	}
}

void
pg_leaves_init(struct pg_bench *b)
{
	b->nleaves = 0;
	add_leaves(b, cpu_fields, "", 0);
	if (feat_has(&b->c->features, FEAT_SVM))
		add_leaves(b, cpu_svm_fields, "", 0);
}

/* ---- changes ---- */

static void
add_change(struct pg_bench *b, const char *name, unsigned leaf, enum pg_how how, uint64_t bits,
    bool traps)
{
	struct pg_change *ch;

	if (b->nchanges == PG_CHANGES)
		return;
	ch = &b->change[++b->nchanges];
	snprintf(ch->name, sizeof(ch->name), "%s", name);
	ch->leaf = (uint16_t)leaf;
	ch->how = (uint8_t)how;
	ch->bits = bits;
	ch->traps = traps;
}

/* Registers of single bits; those that make instructions trap stand alone. */
static const struct {
	const char	*leaf, *name;
	uint64_t	bits;
	bool		traps;
} single[] = {
	{ "cr0", "MP", CR0_MP, true }, { "cr0", "EM", CR0_EM, true },
	{ "cr0", "TS", CR0_TS, true }, { "cr0", "NE", CR0_NE, true },
	{ "cr0", "WP", CR0_WP, false }, { "cr0", "AM", CR0_AM, true },
	{ "cr0", "CD", CR0_CD, false },
	{ "cr4", "VME", CR4_VME, false }, { "cr4", "PVI", CR4_PVI, false },
	{ "cr4", "TSD", CR4_TSD, true }, { "cr4", "DE", CR4_DE, true },
	{ "cr4", "MCE", CR4_MCE, false }, { "cr4", "PGE", CR4_PGE, false },
	{ "cr4", "PCE", CR4_PCE, true }, { "cr4", "OSFXSR", CR4_OSFXSR, true },
	{ "cr4", "OSXMMEXCPT", CR4_OSXMMEXCPT, true }, { "cr4", "UMIP", CR4_UMIP, true },
	{ "cr4", "FSGSBASE", CR4_FSGSBASE, true }, { "cr4", "PCIDE", CR4_PCIDE, false },
	{ "cr4", "OSXSAVE", CR4_OSXSAVE, true }, { "cr4", "SMEP", CR4_SMEP, false },
	{ "cr4", "SMAP", CR4_SMAP, true },
	{ "efer", "SCE", EFER_SCE, true }, { "efer", "NXE", EFER_NXE, false },
	{ "efer", "SVME", EFER_SVME, true }, { "efer", "AIBRSE", EFER_AIBRSE, false },
	{ "rflags", "IF", F_IF, false }, { "rflags", "IOPL", F_IOPL, false },
	{ "rflags", "VIF", F_VIF, false }, { "rflags", "VIP", F_VIP, true }
};

static bool
add_single_bits(struct pg_bench *b, unsigned leaf)
{
	const char *name = b->leaf[leaf].name;
	char text[64];
	bool any = false;

	for (unsigned i = 0; i < ARRAY_SIZE(single); i++) {
		if (strcmp(single[i].leaf, name))
			continue;
		snprintf(text, sizeof(text), "%s.%s", name, single[i].name);
		add_change(b, text, leaf, PG_FLIP, single[i].bits, single[i].traps);
		any = true;
	}
	return any;
}

static bool
ends(const char *s, const char *with)
{
	size_t n = strlen(s), w = strlen(with);

	return n >= w && !strcmp(s + n - w, with);
}

/*
 * The other value: an alias for what is a base, a twin for a selector, and
 * elsewhere a bit that the register can have.  A pair must not differ in what the
 * bytes mean, so code and stack sizes stay.
 */
static void
add_other_value(struct pg_bench *b, unsigned leaf)
{
	char n[sizeof(b->leaf[leaf].name)];

	memcpy(n, b->leaf[leaf].name, sizeof(n));
	if (!strcmp(n, "cpl") || !strcmp(n, "activity"))
		return;
	if (!strcmp(n, "cr3"))
		add_change(b, n, leaf, PG_ADD, PAGE_SIZE, false);
	else if (!strcmp(n, "dr[6]"))
		add_change(b, n, leaf, PG_FLIP, 1, false);
	else if (!strcmp(n, "dr[7]"))
		add_change(b, n, leaf, PG_FLIP, 0x10000, false);
	else if (!strcmp(n, "dr[4]") || !strcmp(n, "dr[5]"))
		return;
	else if (!strcmp(n, "xcr0"))
		add_change(b, n, leaf, PG_FLIP, 2, false);
	else if (ends(n, ".base"))
		add_change(b, n, leaf, PG_ADD, PG_ALIAS, false);
	else if (ends(n, ".sel"))
		add_change(b, n, leaf, PG_FLIP, PG_TWIN, false);
	else if (ends(n, "tr.limit"))
		add_change(b, n, leaf, PG_ADD, 8, false);
	else if (ends(n, ".limit"))
		add_change(b, n, leaf, PG_FLIP, 0x80000000, false);
	else if (ends(n, ".attr"))
		add_change(b, n, leaf, PG_FLIP, SA_AVL, false);
	else
		add_change(b, n, leaf, PG_FLIP, b->leaf[leaf].size == 1 ? 1 : 0x10, false);
}

void
pg_changes_init(struct pg_bench *b)
{
	b->nchanges = 0;
	for (unsigned i = 0; i < b->nleaves; i++) {
		const struct pg_leaf *l = &b->leaf[i];

		if (l->kind != PG_L_PRIV && l->kind != PG_L_FLAGS)
			continue;
		if (!add_single_bits(b, i))
			add_other_value(b, i);
	}
	add_change(b, "task priority", 0, PG_TPR, 1, false);
	add_change(b, "I/O bitmap", 0, PG_MEM_BITMAP, 0, true);
	add_change(b, "GDT entry", 0, PG_MEM_GDT, 0, false);
	add_change(b, "IDT gate", 0, PG_MEM_GATE, 0, true);
}

/* ---- making one ---- */

static bool
legal(const struct cpu *c, const struct pg_leaf *l)
{
	if (l->off == offsetof(struct cpu, cr0))
		return cr_write_legal(c, 0, c->cr0);
	return l->off != offsetof(struct cpu, cr4) || cr_write_legal(c, 4, c->cr4);
}

/* Exchanges n bytes, at most 2, for their complement in mask. */
static void
flip_memory(struct pg_bench *b, uint32_t at, unsigned n, uint8_t mask)
{
	uint8_t p[2];

	for (unsigned i = 0; i < n; i++)
		p[i] = b->template[at + i] ^ mask;
	pg_bench_store(b, at, p, n);
}

static void
change_memory(struct pg_bench *b, const struct pg_change *ch)
{
	unsigned gate = 0x83;

	switch (ch->how) {
	case PG_MEM_BITMAP:		/* beyond the limit: every port is forbidden */
		flip_memory(b, PG_TSS + 0x66, 2, 0xff);
		break;
	case PG_MEM_GDT:		/* AVL of data segments and their twins */
		for (unsigned twin = 0; twin <= PG_TWIN; twin += PG_TWIN) {
			flip_memory(b, PG_GDT + twin + (PG_UDATA & ~7u) + 6, 1, 0x10);
			flip_memory(b, PG_GDT + twin + PG_KDATA + 6, 1, 0x10);
		}
		break;
	case PG_MEM_GATE:
		flip_memory(b, PG_IDT + gate * (b->c->efer & EFER_LMA ? 16 : 8) + 5, 1, 0x60);
		break;
	default:
		break;
	}
}

static bool
apply_one(struct pg_bench *b, const struct pg_change *ch)
{
	const struct pg_leaf *l = &b->leaf[ch->leaf];
	uint64_t old = pg_leaf_get(l, b->c);
	uint64_t v = ch->how == PG_ADD ? old + ch->bits : old ^ ch->bits;

	switch (ch->how) {
	case PG_FLIP:
	case PG_ADD:
		put_le((uint8_t *)b->c + l->off, l->size, v);
		if (v != old && legal(b->c, l))
			return true;
		put_le((uint8_t *)b->c + l->off, l->size, old);
		return false;
	case PG_TPR:
		b->outside.tpr ^= (uint8_t)ch->bits;
		return true;
	default:
		change_memory(b, ch);
		return true;
	}
}

bool
pg_change_apply(struct pg_bench *b, unsigned i)
{
	if (i == PG_C_NONE)
		return true;
	if (i != PG_C_ALL)
		return apply_one(b, &b->change[i]);
	for (i = 1; i <= b->nchanges; i++) {
		if (!b->change[i].traps)
			(void)apply_one(b, &b->change[i]);
	}
	return true;
}

/* Memory is exchanged back; registers are loaded anew for each run. */
void
pg_change_undo(struct pg_bench *b, unsigned i)
{
	if (i == PG_C_NONE)
		return;
	if (i != PG_C_ALL) {
		change_memory(b, &b->change[i]);
		return;
	}
	for (i = 1; i <= b->nchanges; i++) {
		if (!b->change[i].traps)
			change_memory(b, &b->change[i]);
	}
}
