/*
 * cpu/svm.c - VMRUN and #VMEXIT: one world's registers out, the other's in
 *
 * AMD APM vol 2 §15.5 "VMRUN Instruction" and §15.6 "#VMEXIT".  The host's state
 * stays in struct svm_host: the manual leaves the layout of the save area at
 * VM_HSAVE_PA to the processor, so nothing is written there and nothing a
 * guest does to that page matters.  The clean bits promise what need not be
 * loaded again; all of it is loaded all the same.
 */
#include "cpu/svm.h"

#include "cpu/svm_priv.h"
#include "cpu/system_priv.h"

/* ---- segments ---- */

static void
seg_in(struct seg *s, const struct vmcb_seg *v)
{
	s->sel = v->sel;
	s->attr = v->attr & 0xfff;
	s->limit = v->limit;
	s->base = svm_canonical(v->base);
}

static void
seg_out(struct vmcb_seg *v, const struct seg *s)
{
	v->sel = s->sel;
	v->attr = s->attr;
	v->limit = s->limit;
	v->base = s->base;
}

static void
dtable_in(struct dtable *t, const struct vmcb_seg *v)
{
	t->base = svm_canonical(v->base);
	t->limit = v->limit & 0xffff;
}

static void
dtable_out(struct vmcb_seg *v, const struct dtable *t)
{
	v->base = t->base;
	v->limit = t->limit;
}

/* ---- the host ---- */

static void
host_save(struct cpu *c)
{
	struct svm_host *h = &c->svm.host;

	h->es = c->seg[SEG_ES];
	h->cs = c->seg[SEG_CS];
	h->ss = c->seg[SEG_SS];
	h->ds = c->seg[SEG_DS];
	h->gdtr = c->gdtr;
	h->idtr = c->idtr;
	h->cr0 = c->cr0;
	h->cr3 = c->cr3;
	h->cr4 = c->cr4;
	h->efer = c->efer;
	h->rflags = rflags_get(c);
	h->rip = c->next_rip;
	h->rsp = c->gpr[RSP];
	h->rax = c->gpr[RAX];
	c->svm.hif = c->rflags & F_IF;
}

/* AMD APM vol 2 §15.6 "#VMEXIT": CPL 0, no breakpoints, CR0.PE set. */
static void
host_load(struct cpu *c)
{
	const struct svm_host *h = &c->svm.host;

	c->seg[SEG_ES] = h->es;
	c->seg[SEG_CS] = h->cs;
	c->seg[SEG_SS] = h->ss;
	c->seg[SEG_DS] = h->ds;
	c->gdtr = h->gdtr;
	c->idtr = h->idtr;
	c->cr0 = h->cr0 | CR0_PE;
	c->cr3 = h->cr3;
	c->cr4 = h->cr4;
	c->efer = h->efer;
	rflags_load(c, h->rflags & ~(uint64_t)F_VM);
	c->rip = c->next_rip = h->rip;
	c->gpr[RSP] = h->rsp;
	c->gpr[RAX] = h->rax;
	c->dr[7] = DR7_FIXED;
	c->cpl = 0;
}

/* AMD APM vol 2 §15.5.1 "Basic Operation", "VMRUN and TF/RF Bits in EFLAGS": VMRUN is one
 * instruction of the host, which ends here; it is no branch. */
static void
host_step(struct cpu *c)
{
	if (!(c->rflags & F_TF) || btf_on(c))
		return;
	c->dr6_pending = DR6_BS;
	c->pins |= PIN_TRAP;
}

/* ---- the guest ---- */

static void
guest_segments(struct cpu *c, const struct vmcb_save *v)
{
	seg_in(&c->seg[SEG_ES], &v->es);
	seg_in(&c->seg[SEG_CS], &v->cs);
	seg_in(&c->seg[SEG_SS], &v->ss);
	seg_in(&c->seg[SEG_DS], &v->ds);
	dtable_in(&c->gdtr, &v->gdtr);
	dtable_in(&c->idtr, &v->idtr);
}

/* Virtual-8086 mode exists in legacy protected mode only. */
static void
guest_flags(struct cpu *c, const struct vmcb_save *v)
{
	uint64_t flags = v->rflags;

	if ((c->efer & EFER_LMA) || !(c->cr0 & CR0_PE))
		flags &= ~(uint64_t)F_VM;
	rflags_load(c, flags);
	if (!(c->cr0 & CR0_PE))
		c->cpl = 0;
	else
		c->cpl = flags & F_VM ? 3 : v->cpl & 3;
}

static void
guest_load(struct cpu *c, const struct vmcb_save *v)
{
	cr_world_load(c, v->cr0, v->cr3, v->cr4, v->efer);
	c->cr2 = v->cr2;
	guest_segments(c, v);
	guest_flags(c, v);
	c->dr[6] = (v->dr6 & DR6_WRITABLE) | DR6_FIXED;
	c->dr[7] = (v->dr7 & DR7_WRITABLE) | DR7_FIXED;
	c->gpr[RSP] = v->rsp;
	c->gpr[RAX] = v->rax;
	c->rip = v->rip;
	if (!(c->efer & EFER_LMA) || !(c->seg[SEG_CS].attr & SA_L))
		c->rip = (uint32_t)c->rip;
	c->next_rip = c->rip;
}

static void
guest_save(struct cpu *c, struct vmcb_save *v)
{
	seg_out(&v->es, &c->seg[SEG_ES]);
	seg_out(&v->cs, &c->seg[SEG_CS]);
	seg_out(&v->ss, &c->seg[SEG_SS]);
	seg_out(&v->ds, &c->seg[SEG_DS]);
	dtable_out(&v->gdtr, &c->gdtr);
	dtable_out(&v->idtr, &c->idtr);
	v->cpl = c->cpl;
	v->efer = c->efer;
	v->cr0 = c->cr0;
	v->cr2 = c->cr2;
	v->cr3 = c->cr3;
	v->cr4 = c->cr4;
	v->dr6 = c->dr[6];
	v->dr7 = c->dr[7];
	v->rflags = rflags_get(c) | c->svm.rf;
	v->rip = c->rip;
	v->rsp = c->gpr[RSP];
	v->rax = c->gpr[RAX];
	if (c->svm.nested & NP_ENABLE)
		v->g_pat = c->svm.g_pat;
}

/* ---- last branch records: AMD APM vol 2 §15.23 "Last Branch Record Virtualization" ---- */

static void
lbr_in(struct cpu *c, const struct vmcb_save *v)
{
	uint64_t *dbgctl = msr_debugctl(c);

	c->svm.host.dbgctl = *dbgctl;
	memcpy(c->svm.host.lbr, c->svm.lbr, sizeof(c->svm.lbr));
	*dbgctl = v->dbgctl & DBGCTL_DEFINED;
	memcpy(c->svm.lbr, &v->br_from, sizeof(c->svm.lbr));
}

static void
lbr_out(struct cpu *c, struct vmcb_save *v)
{
	uint64_t *dbgctl = msr_debugctl(c);

	v->dbgctl = *dbgctl;
	memcpy(&v->br_from, c->svm.lbr, sizeof(c->svm.lbr));
	*dbgctl = c->svm.host.dbgctl;
	memcpy(c->svm.lbr, c->svm.host.lbr, sizeof(c->svm.lbr));
}

/* ---- controls ---- */

static void
controls_load(struct cpu *c, const struct vmcb *v)
{
	struct svm *s = &c->svm;

	memcpy(s->icpt, v->c.icpt, sizeof(s->icpt));
	s->iopm_pa = v->c.iopm_pa & PAGE_MASK;
	s->msrpm_pa = v->c.msrpm_pa & PAGE_MASK;
	s->tsc_offset = v->c.tsc_offset;
	s->v_intr = v->c.v_intr;
	s->asid = v->c.asid;
	s->nested = feat_has(&c->features, FEAT_NPT) ? v->c.nested & NP_ENABLE : 0;
	s->lbr_virt = feat_has(&c->features, FEAT_LBRV) ? v->c.lbr_virt & LBR_VIRT_ENABLE : 0;
	s->g_pat = v->s.g_pat;
	s->ncr3 = v->c.ncr3;
	s->ncr0 = c->cr0;
	s->ncr4 = c->cr4;
	s->nefer = c->efer;
	s->pause_count = s->pause_left = v->c.pause_count;
	s->pause_threshold = v->c.pause_threshold;
	s->pause_at = c->cycles;
	if (!feat_has(&c->features, FEAT_VGIF))
		s->v_intr &= ~(V_GIF | V_GIF_ENABLE);
}

/* The MMU's part of being in this world. */
static void
mmu_enter(struct cpu *c)
{
	struct mmu *m = &c->mmu;
	const struct svm *s = &c->svm;

	m->asid = s->guest ? s->asid : 0;
	m->nested = s->guest && (s->nested & NP_ENABLE);
	m->npg.cr0 = s->ncr0;
	m->npg.cr3 = s->ncr3;
	m->npg.cr4 = s->ncr4;
	m->npg.efer = s->nefer;
	m->fetch_page = FETCH_NONE;
	cpu_world_update(c);
}

static void
special_update(struct cpu *c)
{
	struct svm *s = &c->svm;

	s->special = s->guest || !s->gif;
	if (s->guest && (s->v_intr & V_IRQ))
		c->pins |= PIN_VINTR;
	else
		c->pins &= ~(uint32_t)PIN_VINTR;
}

void
svm_set_gif(struct cpu *c, bool gif)
{
	c->svm.gif = gif;
	special_update(c);
}

/* AMD APM vol 2 §15.16.1 "TLB Flush". */
static void
tlb_control(struct cpu *c, unsigned how)
{
	switch (how) {
	case TLB_FLUSH_ALL: mmu_flush_asids(&c->mmu); break;
	case TLB_FLUSH_ASID: mmu_flush_asid(&c->mmu, c->svm.asid); break;
	case TLB_FLUSH_ASID_LOCAL: mmu_flush_nonglobal(&c->mmu); break;
	default: break;
	}
}

/* Whatever was under way ends. */
static void
events_clear(struct cpu *c)
{
	c->pins &= ~(uint32_t)PIN_TRAP;
	c->dr6_pending = 0;
	c->inhibit = 0;
	c->rep_active = false;
	c->delivering = -1;
	c->activity = ACT_RUN;
	c->svm.rf = c->svm.event = 0;
	c->monitor.armed = false;
}

/* ---- VMRUN ---- */

static void
enter(struct cpu *c, const struct vmcb *v)
{
	struct svm *s = &c->svm;

	host_save(c);
	controls_load(c, v);
	if (s->lbr_virt)
		lbr_in(c, &v->s);
	events_clear(c);
	guest_load(c, &v->s);
	s->guest = s->gif = true;
	special_update(c);
	mmu_enter(c);
	tlb_control(c, v->c.tlb_control);
	s->shadow = v->c.int_state & INT_STATE_SHADOW ? INHIBIT_STI : 0;
	c->inhibit = s->shadow;
}

/* AMD APM vol 2 §15.5.1 "Basic Operation": nothing of the guest is stored. */
static void
invalid(struct cpu *c)
{
	uint8_t out[24] = { 0 };

	put_le64(out, EXIT_INVALID);
	phys_write(c->pm, c->svm.vmcb_pa + offsetof(struct vmcb, c.exitcode), out, sizeof(out));
	c->charge += c->costs->vmexit;
	c->svm_stats.invalid++;
	svm_set_gif(c, false);
	c->rip = c->next_rip;
	svm_trace_exit(c, EXIT_INVALID);
}

void
svm_run(struct cpu *c, hpa_t pa)
{
	bool tf = c->rflags & F_TF;
	struct vmcb v;

	phys_read(c->pm, pa, &v, sizeof(v));
	c->svm.vmcb_pa = pa;
	c->charge += c->costs->vmrun;
	c->svm_stats.vmruns++;
	c->svm_stats.charged += c->costs->vmrun;
	c->svm_stats.entered = c->cycles + c->charge;
	if (!svm_vmcb_legal(c, &v)) {
		invalid(c);
		return;
	}
	enter(c, &v);
	svm_trace_run(c);
	if (v.c.eventinj & EV_VALID) {
		c->svm_stats.injected++;
		svm_inject(c, v.c.eventinj, v.c.nrip);
	}
	c->next_rip = c->rip;
	/* The host's trap flag counts when the guest is left. */
	if (tf)
		c->inhibit |= INHIBIT_STEP;
}

/* ---- #VMEXIT ---- */

/* AMD APM vol 2 §15.8.4 "Nested and intercepted #PF": none when the fetch itself
 * faulted, or while an event was being delivered. */
static void
save_bytes(struct cpu *c, struct vmcb_control *v)
{
	const struct svm_exit *e = &c->svm.exit;
	unsigned n = 0;

	v->nbytes = 0;
	memset(v->bytes, 0, sizeof(v->bytes));
	if ((e->code != EXIT_NPF && e->code != EXIT_EXC(EXC_PF)) || (e->info1 & PF_I) ||
	    c->svm.event || !feat_has(&c->features, FEAT_DECODEASSISTS))
		return;
	n = (unsigned)mmu_peek_bytes(&c->mmu, in_long64(c) ? c->rip :
	    (uint32_t)(c->seg[SEG_CS].base + c->rip), v->bytes, VMCB_BYTES_MAX);
	v->nbytes = (uint8_t)n;
}

static void
controls_save(struct cpu *c, struct vmcb_control *v)
{
	const struct svm *s = &c->svm;

	v->v_intr = s->v_intr;
	v->int_state = s->shadow & (INHIBIT_STI | INHIBIT_SS) ? INT_STATE_SHADOW : 0;
	v->exitcode = s->exit.code;
	v->exitinfo1 = s->exit.info1;
	v->exitinfo2 = s->exit.info2;
	v->exitintinfo = s->event;
	v->eventinj &= ~(uint64_t)EV_VALID;
	v->nrip = s->exit.nrip && feat_has(&c->features, FEAT_NRIPSAVE) ? c->next_rip : 0;
	save_bytes(c, v);
}

static void
count_exit(struct cpu *c)
{
	struct svm_stats *t = &c->svm_stats;

	if (c->svm.exit.code < ARRAY_SIZE(t->exits))
		t->exits[c->svm.exit.code]++;
	else if (c->svm.exit.code == EXIT_NPF)
		t->npfs++;
	t->guest_cycles += c->cycles + c->charge + c->mmu.charge - t->entered;
	t->charged += c->costs->vmexit;
}

/* Both parts that a #VMEXIT changes are read again, so that what it does not
 * change stays. */
#define OUT_CONTROL	offsetof(struct vmcb, c.v_intr)
#define OUT_CONTROL_END	offsetof(struct vmcb, c.reserved_0e0)
#define OUT_SAVE	offsetof(struct vmcb, s)

static void
vmcb_write(struct cpu *c, const struct vmcb *v)
{
	const uint8_t *p = (const uint8_t *)v;

	phys_write(c->pm, c->svm.vmcb_pa + OUT_CONTROL, p + OUT_CONTROL,
	    OUT_CONTROL_END - OUT_CONTROL);
	phys_write(c->pm, c->svm.vmcb_pa + OUT_SAVE, p + OUT_SAVE, sizeof(*v) - OUT_SAVE);
}

void
svm_exit(struct cpu *c)
{
	struct svm *s = &c->svm;
	struct vmcb v;

	count_exit(c);
	svm_trace_exit(c, s->exit.code);
	phys_read(c->pm, s->vmcb_pa, &v, sizeof(v));
	guest_save(c, &v.s);
	controls_save(c, &v.c);
	if (s->lbr_virt)
		lbr_out(c, &v.s);
	vmcb_write(c, &v);
	host_load(c);
	events_clear(c);
	host_step(c);
	s->shadow = 0;
	s->guest = s->gif = false;
	special_update(c);
	mmu_enter(c);
	c->charge += c->costs->vmexit;
}

/* ---- state ---- */

void
svm_reset(struct cpu *c, bool init)
{
	struct svm *s = &c->svm;
	uint64_t ratio = s->tsc_ratio, key = s->key;

	memset(s, 0, sizeof(*s));
	s->gif = true;
	s->key = init ? key : 0;
	s->tsc_ratio = init ? ratio : TSC_RATIO_ONE;
	c->pins &= ~(uint32_t)PIN_VINTR;
	c->mmu.asid = 0;
	c->mmu.nested = false;
}

static bool
host_possible(const struct svm_host *h)
{
	bool lma = (h->efer & EFER_LME) && (h->cr0 & CR0_PG);

	return !(h->cr0 >> 32) && (h->cr0 & CR0_PE) && !(h->efer & EFER_LMA) == !lma &&
	    (!lma || (h->cr4 & CR4_PAE));
}

bool
svm_restored(struct cpu *c)
{
	struct svm *s = &c->svm;

	if (s->guest && (!s->asid || (s->vmcb_pa & ~PAGE_MASK) || !host_possible(&s->host)))
		return false;
	s->shadow = 0;
	s->rf = s->event = 0;
	c->mmu.asid = s->guest ? s->asid : 0;
	c->mmu.nested = s->guest && (s->nested & NP_ENABLE);
	c->mmu.npg.cr0 = s->ncr0;
	c->mmu.npg.cr3 = s->ncr3;
	c->mmu.npg.cr4 = s->ncr4;
	c->mmu.npg.efer = s->nefer;
	s->special = s->guest || !s->gif;
	return true;
}
