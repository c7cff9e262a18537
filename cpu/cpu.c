/*
 * cpu/cpu.c - construction, reset, pins and the mode key of a processor
 */
#include "cpu/cpu.h"

#include <stdlib.h>

#include "cpu/cpuid.h"
#include "cpu/engine.h"
#include "cpu/memo.h"
#include "cpu/svm.h"
#include "cpu/system_priv.h"

/* ---- mode key ---- */

static bool
seg_is_wide(const struct seg *s)
{
	return (s->attr & (SA_P | SA_RW)) == (SA_P | SA_RW) && s->limit == 0xffffffff;
}

/*
 * MK_FLAT, MK_BASED or 0.  Data segments must be writable expand-up data; CS only
 * has to be readable, and begins with a page.
 */
static uint32_t
mode_of_bases(const struct cpu *c)
{
	static const uint8_t data[] = { SEG_ES, SEG_SS, SEG_DS };
	uint64_t bases = c->seg[SEG_CS].base;

	if (!seg_is_wide(&c->seg[SEG_CS]) || (bases & (PAGE_SIZE - 1)))
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
		const struct seg *s = &c->seg[data[i]];

		if (!seg_is_wide(s) || (s->attr & (SA_CODE | SA_EXPDOWN)))
			return 0;
		bases |= s->base;
	}
	return bases ? MK_BASED : MK_FLAT;
}

/* Code and stack size, flat segments: what the segment registers contribute. */
static uint32_t
mode_of_segments(const struct cpu *c)
{
	uint32_t m = 0;

	if ((c->efer & EFER_LMA) && (c->seg[SEG_CS].attr & SA_L))
		return MK_64 | MK_SS32 | MK_FLAT;
	if (c->seg[SEG_CS].attr & SA_DB)
		m |= MK_32;
	if (c->seg[SEG_SS].attr & SA_DB)
		m |= MK_SS32;
	if ((c->cr0 & CR0_PE) && !(c->rflags & F_VM))
		m |= mode_of_bases(c);
	return m;
}

static uint32_t
mode_of_controls(const struct cpu *c)
{
	return (c->cr0 & CR0_PE ? MK_PE : 0) | (c->rflags & F_VM ? MK_VM : 0) |
	    (c->cr0 & CR0_EM ? MK_EM : 0) | (c->cr0 & CR0_TS ? MK_TS : 0) |
	    (c->cr0 & CR0_MP ? MK_MP : 0) | (c->cr4 & CR4_OSFXSR ? MK_OSFXSR : 0) |
	    (c->cr4 & CR4_OSXSAVE ? MK_OSXSAVE : 0) | (c->cr4 & CR4_TSD ? MK_TSD : 0) |
	    (c->cr4 & CR4_PCE ? MK_PCE : 0) | (c->cr4 & CR4_UMIP ? MK_UMIP : 0) |
	    (c->cr4 & CR4_FSGSBASE ? MK_FSGSBASE : 0) | (c->efer & EFER_LMA ? MK_LMA : 0);
}

static uint32_t
mode_of_privilege(const struct cpu *c)
{
	bool ac = c->cpl == 3 && (c->cr0 & CR0_AM) && (c->rflags & F_AC);

	return (uint32_t)c->cpl << 3 | (c->cpl <= iopl(c) ? MK_IOPL : 0) | (ac ? MK_AC : 0);
}

static void
mmu_context_set(struct cpu *c)
{
	struct mmu *m = &c->mmu;

	m->pg.cr0 = c->cr0;
	m->pg.cr3 = c->cr3;
	m->pg.cr4 = c->cr4;
	m->pg.efer = c->efer;
	m->user = c->cpl == 3;
	m->ac = c->rflags & F_AC;
	mmu_update(m);
}

/* The MMU's copy of what translation depends on; tells it only of changes. */
static void
mmu_context_update(struct cpu *c)
{
	struct mmu *m = &c->mmu;
	bool user = c->cpl == 3, ac = c->rflags & F_AC;

	if (m->pg.cr0 == c->cr0 && m->pg.cr3 == c->cr3 && m->pg.cr4 == c->cr4 &&
	    m->pg.efer == c->efer && m->user == user && m->ac == ac)
		return;
	mmu_context_set(c);
}

static void
mode_update(struct cpu *c)
{
	c->mode = mode_of_segments(c) | mode_of_controls(c) | mode_of_privilege(c);
}

void
cpu_mode_update(struct cpu *c)
{
	mode_update(c);
	mmu_context_update(c);
}

void
cpu_world_update(struct cpu *c)
{
	mode_update(c);
	mmu_context_set(c);
}

/* docs/timing.md: crossing between level 3 and the others empties the fetch
 * register. */
void
cpu_set_cpl(struct cpu *c, unsigned cpl)
{
	if ((c->cpl == 3) != (cpl == 3))
		c->mmu.fetch_page = FETCH_NONE;
	c->cpl = (uint8_t)cpl;
}

/* ---- reset ---- */

static void
reset_segments(struct cpu *c)
{
	for (unsigned i = 0; i < SEG_COUNT; i++) {
		c->seg[i] = (struct seg){
			.limit = 0xffff, .attr = SA_P | SA_S | SA_RW | SA_ACCESSED
		};
	}
	c->seg[SEG_CS].sel = 0xf000;
	c->seg[SEG_CS].base = 0xffff0000;
	c->seg[SEG_CS].attr |= SA_CODE;
	c->ldtr = (struct seg){ .limit = 0xffff, .attr = SA_P | DT_LDT };
	c->tr = (struct seg){ .limit = 0xffff, .attr = SA_P | DT_TSS32_BUSY };
	c->gdtr = c->idtr = (struct dtable){ .limit = 0xffff };
}

static void
reset_fpu(struct cpu *c)
{
	memset(&c->x87, 0, sizeof(c->x87));
	memset(c->xmm, 0, sizeof(c->xmm));
	c->x87.fcw = 0x0040;
	c->x87.ftw = 0x5555;
	c->mxcsr = 0x1f80;
}

static uint32_t
family_model_stepping(const struct cpu *c)
{
	uint32_t out[4];

	cpuid(c, 1, 0, out);
	return out[0];
}

static void
reset_registers(struct cpu *c, bool init)
{
	uint64_t kept = init ? c->cr0 & (CR0_CD | CR0_NW) : CR0_CD | CR0_NW;

	memset(c->gpr, 0, sizeof(c->gpr));
	c->gpr[RDX] = family_model_stepping(c);
	c->rip = c->next_rip = 0xfff0;
	c->rflags = 2;
	cc_set_raw(c, 0);
	c->cr0 = kept | CR0_ET;
	c->cr2 = c->cr3 = c->cr4 = 0;
	c->efer = 0;
	memset(c->dr, 0, sizeof(c->dr));
	c->dr[6] = DR6_FIXED;
	c->dr[7] = DR7_FIXED;
	c->cpl = 0;
}

static void
reset_events(struct cpu *c)
{
	c->pins &= PIN_INTR | PIN_STOP;
	c->activity = c->index ? ACT_WAIT_SIPI : ACT_RUN;
	c->inhibit = 0;
	c->nmi_blocked = false;
	c->rep_active = false;
	c->delivering = -1;
	c->dr6_pending = 0;
	memset(&c->monitor, 0, sizeof(c->monitor));
}

void
cpu_reset(struct cpu *c, bool init)
{
	reset_registers(c, init);
	reset_segments(c);
	reset_events(c);
	svm_reset(c, init);
	if (!init) {
		reset_fpu(c);
		c->xcr0 = 1;
		msr_reset(c);
		mmu_reset(&c->mmu);
	}
	cpu_mode_update(c);
	mmu_flush_all(&c->mmu);
	c->mmu.fetch_page = FETCH_NONE;
}

/* ---- construction ---- */

static void
cpu_set_costs(struct cpu *c)
{
	*c->costs = cpu_costs_flat;
	for (unsigned i = 0; i < COST_CLASSES; i++)
		c->cost[i] = cost_flat[i];
	c->mmu.costs.miss = c->costs->tlb_miss;
	c->mmu.costs.ref = c->costs->walk_ref;
}

static bool
cpu_init_mmu(struct cpu *c, const struct cpu_config *cfg)
{
	if (mmu_init(&c->mmu, cfg->pm, cfg->fast_tlb) != 0)
		return false;
	c->mmu.pg.phys_bits = c->model->phys_bits;
	c->mmu.pg.gb_pages = feat_has(&c->features, FEAT_PDPE1GB);
	c->mmu.pg.nx = feat_has(&c->features, FEAT_NX);
	c->mmu.npg = c->mmu.pg;
	return true;
}

static bool
cpu_init_engine(struct cpu *c, const struct cpu_config *cfg)
{
	if (!cfg->threaded)
		return true;
	c->engine = engine_new(cfg->codes, cfg->log);
	return c->engine != NULL;
}

static struct cpu *
cpu_alloc(void)
{
	struct cpu *c = aligned_alloc(64, (sizeof(*c) + 63) & ~(size_t)63);

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->costs = calloc(1, sizeof(*c->costs));
	c->memo = calloc(1, sizeof(*c->memo));
	if (c->costs && c->memo)
		return c;
	free(c->costs);
	free(c->memo);
	free(c);
	return NULL;
}

struct cpu *
cpu_new(const struct cpu_config *cfg)
{
	struct cpu *c = cpu_alloc();
	char msg[160];

	if (!c) {
		log_error(cfg->log, "no memory for a processor");
		return NULL;
	}
	c->index = (uint8_t)cfg->index;
	c->cpus = (uint8_t)(cfg->cpus ? cfg->cpus : 1);
	c->env = cfg->env;
	c->pm = cfg->pm;
	c->log = cfg->log;
	if (!cpu_model_parse(cfg->model, &c->model, &c->features, msg, sizeof(msg))) {
		log_error(cfg->log, "-cpu %s: %s", cfg->model, msg);
		cpu_free(c);
		return NULL;
	}
	exec_set_checks(c);
	c->x87_selectors = feat_has(&c->features, FEAT_ZEROFCSFDS) ? 0 : 0xffff;
	if (!cpu_init_mmu(c, cfg) || !cpu_init_engine(c, cfg)) {
		log_error(cfg->log, "no memory for a processor");
		cpu_free(c);
		return NULL;
	}
	cpu_set_costs(c);
	cpu_reset(c, false);
	return c;
}

void
cpu_free(struct cpu *c)
{
	if (!c)
		return;
	if (c->engine)
		engine_free(c->engine);
	mmu_fini(&c->mmu);
	free(c->costs);
	free(c->memo);
	free(c);
}

/* ---- pins ---- */

void
cpu_set_intr(struct cpu *c, bool level)
{
	if (level)
		c->pins |= PIN_INTR;
	else
		c->pins &= ~(uint32_t)PIN_INTR;
}

void
cpu_raise(struct cpu *c, uint32_t pin)
{
	c->pins |= pin;
}
