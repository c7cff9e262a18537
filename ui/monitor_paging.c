/*
 * ui/monitor_paging.c - the guest's page tables, looked at
 *
 * As in ui/monitor_mem.c, the model TLB and accessed bits stay as they are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/cpu.h"
#include "cpu/regs.h"
#include "ui/monitor_priv.h"

#define WALK_STEPS	32
/* `info mem` gives up after so many walks: tables may refer to themselves. */
#define MEM_WALKS	1000000u

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_NX		BIT(63)

/* A walk, and the question it answers. */
struct walk {
	const struct cpu	*c;
	gva_t			va;
	unsigned		acc;		/* ACC_* */
	bool			asked;		/* for that access */
	struct walk_step	step[WALK_STEPS];
	unsigned		n;
	struct walk_res		res;
	struct walk_fault	fault;
	bool			ok;		/* it leads somewhere */
};

static const struct paging *
nested_tables(const struct cpu *c)
{
	return c->mmu.nested ? &c->mmu.npg : NULL;
}

/* --- entries --- */

/* Entries of the top level of PAE tables have no rights. */
static bool
is_pdpte(const struct walk *w, const struct walk_step *s)
{
	return s->level == 3 && !s->dim && !(w->c->mmu.pg.efer & EFER_LMA);
}

/* What the flags of an entry are called; bit 7 depends on the level. */
static void
say_flags(struct monitor_call *call, const struct walk_step *s)
{
	static const struct { unsigned bit; const char *name; } flag[] = {
		{ 0, "P" }, { 1, "W" }, { 2, "U" }, { 3, "PWT" }, { 4, "PCD" }, { 5, "A" },
		{ 6, "D" }, { 7, "PS" }, { 8, "G" }, { 63, "NX" }
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(flag); i++)
		if (s->entry >> flag[i].bit & 1)
			monitor_put(call, " %s", s->level == 1 && flag[i].bit == 7 ? "PAT" :
			    flag[i].name);
}

static void
say_step(struct monitor_call *call, const struct walk *w, unsigned i)
{
	const struct walk_step *s = &w->step[i];
	bool wide = (w->c->mmu.pg.efer & EFER_LMA) || (w->c->mmu.pg.cr4 & CR4_PAE);
	uint64_t to = s->entry & LOW_BITS(52) & PAGE_MASK;
	unsigned shift = PAGE_SHIFT + (s->level - 1u) * (wide ? 9 : 10);

	monitor_put(call, "%slevel %u at %012" PRIx64 ": %0*" PRIx64, s->dim ? "  nested " : "",
	    s->level, s->entry_hpa, wide || s->dim ? 16 : 8, s->entry);
	if (s->entry & PTE_P)
		monitor_put(call, " -> %s %012" PRIx64, s->last ? "page" : "table",
		    s->last ? to & ~LOW_BITS(shift) : to);
	say_flags(call, s);
	monitor_put(call, "\n");
}

/* --- rights --- */

/* The first entry that withholds a right from the mapping; NX is one when set. */
static const struct walk_step *
withholds(const struct walk *w, uint64_t right)
{
	unsigned i, last_guest = 0;

	for (i = 0; i < w->n; i++)
		if (!w->step[i].dim)
			last_guest = i;
	for (i = 0; i < w->n; i++) {
		const struct walk_step *s = &w->step[i];

		/* Nested walks for the guest's tables are about these. */
		if ((s->dim && i < last_guest) || is_pdpte(w, s))
			continue;
		if (!((s->entry ^ (right & PTE_NX)) & right))
			return s;
	}
	return NULL;
}

static void
say_withheld(struct monitor_call *call, const struct walk *w, uint64_t right, const char *what,
    const char *bit)
{
	const struct walk_step *s = withholds(w, right);

	if (s)
		monitor_say(call, "%s: denied by the %sentry of level %u at %012" PRIx64 ", %s",
		    what, s->dim ? "nested " : "", s->level, s->entry_hpa, bit);
}

static void
say_mapping(struct monitor_call *call, const struct walk *w)
{
	const struct walk_res *r = &w->res;

	monitor_say(call, "%016" PRIx64 " is at %012" PRIx64 ", %s%s%s%s%s, page of %u KiB", w->va,
	    r->hpa, "r", r->write && r->nwrite ? "w" : "", r->exec ? "x" : "",
	    r->user ? " user" : "", r->global ? " global" : "", 1u << (r->page_shift - 10));
	if (!r->user)
		say_withheld(call, w, PTE_U, "user access", "U clear");
	if (!r->write || !r->nwrite)
		say_withheld(call, w, PTE_W, "write", "W clear");
	if (!r->exec)
		say_withheld(call, w, PTE_NX, "execute", "NX set");
}

/* --- one access --- */

static const char *
access_name(const struct walk *w)
{
	return w->acc & ACC_X ? "execute" : w->acc & ACC_W ? "write" : "read";
}

/* Where no entry says no, a control register does. */
static void
say_reason(struct monitor_call *call, const struct walk *w)
{
	const struct paging *pg = &w->c->mmu.pg;

	if ((w->acc & ACC_USER) && !w->res.user)
		say_withheld(call, w, PTE_U, "  user access", "U clear");
	if ((w->acc & ACC_W) && !w->res.write)
		say_withheld(call, w, PTE_W, "  write", "W clear");
	if ((w->acc & ACC_X) && !w->res.exec)
		say_withheld(call, w, PTE_NX, "  execute", "NX set");
	if ((w->acc & ACC_USER) || !w->res.user)
		return;
	if ((w->acc & ACC_X) && (pg->cr4 & CR4_SMEP))
		monitor_say(call, "  CR4.SMEP: the supervisor executes no user page");
	if (!(w->acc & ACC_X) && (pg->cr4 & CR4_SMAP) && !(w->acc & ACC_AC))
		monitor_say(call, "  CR4.SMAP: the supervisor uses no user page unless AC is set");
}

static void
say_code(struct monitor_call *call, const struct walk_fault *f)
{
	static const char *const stage[] = {
		[PF_GUEST] = "page fault", [PF_NPT_TABLE] = "nested fault at a guest's table",
		[PF_NPT_FINAL] = "nested fault at the final address"
	};
	uint32_t e = f->error_code;

	monitor_put(call, "%s: %s, error code %#x (%s%s%s%s)", stage[f->stage],
	    e & PF_RSV ? "reserved bit set" : e & PF_P ? "no right" : "not present", e,
	    e & PF_U ? "user" : "supervisor", e & PF_W ? " write" : "",
	    e & PF_I ? " fetch" : "", e & PF_P ? "" : ", P=0");
}

/* The walk went no further than its last entry. */
static void
say_stopped(struct monitor_call *call, const struct walk *w)
{
	const struct walk_step *s = w->n ? &w->step[w->n - 1] : NULL;

	say_code(call, &w->fault);
	if (s)
		monitor_put(call, "; the %sentry of level %u at %012" PRIx64 " %s",
		    s->dim ? "nested " : "", s->level, s->entry_hpa, s->entry & PTE_P ?
		    "has bits set that must be zero" : "is not present");
	monitor_put(call, "\n");
}

static void
say_access(struct monitor_call *call, const struct walk *w)
{
	const struct walk_req req = { w->va, w->acc };
	struct walk_fault fault;
	struct walk_res res;

	monitor_put(call, "%s at %s level: ", access_name(w),
	    w->acc & ACC_USER ? "user" : "supervisor");
	if (mmu_walk_peek(&w->c->mmu.pg, nested_tables(w->c), w->c->pm, &req, &res, &fault)) {
		monitor_say(call, "allowed");
		return;
	}
	say_code(call, &fault);
	monitor_put(call, "\n");
	say_reason(call, w);
}

/* --- info walk --- */

/* "r", "w" or "x", then "u" or "s", of who runs now when left out. */
static bool
parse_access(struct monitor_call *call, const char *p, struct walk *w)
{
	const char *start = p;

	w->acc = w->c->cpl == 3 ? ACC_USER : 0;
	w->acc |= w->c->mmu.ac ? ACC_AC : 0;
	w->asked = *p;
	for (; *p; p++) {
		switch (*p) {
		case ' ':
		case 'r': break;
		case 'w': w->acc |= ACC_W; break;
		case 'x': w->acc |= ACC_X; break;
		case 'u': w->acc |= ACC_USER; break;
		case 's': w->acc &= ~(unsigned)ACC_USER; break;
		default:
			monitor_fail(call, "'%s' is no access: one of r, w, x, and u or s", start);
			return false;
		}
	}
	return true;
}

/* An address of 64-bit mode, as far as its tables go. */
static bool
canonical(const struct walk *w)
{
	return !(w->c->mmu.pg.efer & EFER_LMA) ||
	    (uint64_t)((int64_t)(w->va << 16) >> 16) == w->va;
}

static void
walk(struct monitor_call *call, struct walk *w)
{
	struct cpu *c = monitor_cpu(call);
	unsigned i;

	w->n = mmu_walk_explain(&c->mmu.pg, nested_tables(c), c->pm, w->va, w->step, WALK_STEPS,
	    &w->res, &w->fault, &w->ok);
	if (!(c->cr0 & CR0_PG))
		monitor_say(call, "paging is off");
	else
		monitor_say(call, "tables at cr3 %012" PRIx64 ", %u reference%s", c->mmu.pg.cr3,
		    w->n, w->n == 1 ? "" : "s");
	for (i = 0; i < w->n; i++)
		say_step(call, w, i);
	if (!w->ok)
		say_stopped(call, w);
	else
		say_mapping(call, w);
	if (w->ok && w->asked)
		say_access(call, w);
}

void
monitor_do_info_walk(struct monitor_call *call)
{
	struct walk w = { .c = monitor_cpu(call) };
	const char *p = call->args;

	if (!monitor_number(call, &p, &w.va) || !parse_access(call, p, &w))
		return;
	if (canonical(&w))
		walk(call, &w);
	else
		monitor_say(call, "%016" PRIx64 " is not canonical: no walk, but #GP or #SS", w.va);
}

struct tlb_list {
	struct monitor_call	*call;
	unsigned		n;
};

static void
tlb_line(void *arg, const char *text)
{
	struct tlb_list *l = arg;

	monitor_line(l->call, text);
	l->n++;
}

void
monitor_do_info_tlb(struct monitor_call *call)
{
	struct tlb_list l = { call, 0 };

	mmu_print(&monitor_cpu(call)->mmu, tlb_line, &l);
	if (!l.n)
		monitor_say(call, "the model TLB is empty");
}

/* --- info mem --- */

struct range {
	gva_t	start, end;		/* empty: none yet */
	bool	user, write, exec;
};

static void
say_range(struct monitor_call *call, const struct range *r)
{
	if (r->start != r->end)
		monitor_say(call, "%016" PRIx64 "-%016" PRIx64 " %016" PRIx64 " %cr%c%c",
		    r->start, r->end, r->end - r->start, r->user ? 'u' : '-',
		    r->write ? 'w' : '-', r->exec ? 'x' : '-');
}

static void
add_page(struct monitor_call *call, struct range *r, gva_t va, gva_t end,
    const struct walk_res *res)
{
	if (r->start == r->end || r->end != va || r->user != res->user ||
	    r->write != res->write || r->exec != res->exec) {
		say_range(call, r);
		*r = (struct range){ va, end, res->user, res->write, res->exec };
	}
	r->end = end;
}

/* How much of the address space an entry of that level stands for. */
static unsigned
level_shift(const struct paging *pg, unsigned level)
{
	bool wide = (pg->cr4 & CR4_PAE) || (pg->efer & EFER_LMA);

	return PAGE_SHIFT + (level - 1) * (wide ? 9 : 10);
}

/* Visits each mapped page and each hole once. */
static void
list_ranges(struct monitor_call *call, const struct cpu *c)
{
	const struct paging *pg = &c->mmu.pg;
	uint64_t last = pg->efer & EFER_LMA ? ~(uint64_t)0 : UINT32_MAX;
	struct range r = { 0 };
	struct walk_step step[WALK_STEPS];
	struct walk_fault fault;
	struct walk_res res;
	unsigned walks, n, shift;
	gva_t va = 0, next;
	bool ok;

	for (walks = 0; walks < MEM_WALKS; walks++) {
		if (last > UINT32_MAX && va >> 47 == 1)
			va = 0xffff800000000000;	/* not canonical up to there */
		n = mmu_walk_explain(pg, nested_tables(c), c->pm, va, step, WALK_STEPS, &res,
		    &fault, &ok);
		while (n && step[n - 1].dim)
			n--;
		shift = ok ? res.guest_shift : level_shift(pg, n ? step[n - 1].level : 1);
		next = (va | LOW_BITS(shift)) + 1;
		if (ok)
			add_page(call, &r, va, next, &res);
		if (next > last || !next)
			break;
		va = next;
	}
	say_range(call, &r);
	if (walks == MEM_WALKS)
		monitor_say(call, "... more from %016" PRIx64 " on", va);
}

void
monitor_do_info_mem(struct monitor_call *call)
{
	const struct cpu *c = monitor_cpu(call);

	if (c->cr0 & CR0_PG)
		list_ranges(call, c);
	else
		monitor_say(call, "paging is off");
}
