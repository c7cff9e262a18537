/*
 * mmu/mmu_state.c - the MMU as state, and what `info tlb` prints
 */
#include <stdio.h>

#include "mmu/mmu.h"
#include "mmu/mmu_priv.h"

/* lookups_model is missing on purpose: it depends on the fast TLB. */
const struct snap_field mmu_fields[] = {
	SNAP_U64(struct mmu, charge),
	SNAP_U64(struct mmu, fetch_page),
	SNAP_ARRAY(struct mmu, stats.tlb_miss),
	SNAP_U64(struct mmu, stats.walks),
	SNAP_ARRAY(struct mmu, stats.refs[0]),
	SNAP_ARRAY(struct mmu, stats.refs[1]),
	SNAP_U64(struct mmu, stats.refs_charged),
	SNAP_U64(struct mmu, stats.flushes),
	SNAP_U64(struct mmu, stats.invlpg),
	SNAP_U64(struct mmu, stats.faults),
	SNAP_END
};

size_t
mmu_model_size(const struct mmu *m)
{
	(void)m;
	return tlb_model_encoded();
}

void
mmu_model_encode(const struct mmu *m, uint8_t *out)
{
	tlb_model_encode(m->model, out);
}

bool
mmu_model_decode(struct mmu *m, const uint8_t *in, size_t n)
{
	return tlb_model_decode(m->model, in, n);
}

static void
mmu_describe(const struct tlb_model *t, unsigned i, char *buf, size_t n)
{
	static const char size[][3] = { "4K", "2M", "1G" };
	const struct tlb_entry *e = &t->entry[i];
	unsigned s = tlb_size_of(t, i);

	snprintf(buf, n, "%016llx -> %012llx %s %c%c%c%c%c asid %u pcid %u",
	    (unsigned long long)(t->tag[i] & ~TLB_LOW(s)),
	    (unsigned long long)e->hpa, size[s],
	    e->flags & TLB_E_USER ? 'u' : 's', e->flags & TLB_E_WRITE ? 'w' : '-',
	    e->flags & TLB_E_EXEC ? 'x' : '-', e->flags & TLB_E_DIRTY ? 'd' : '-',
	    e->flags & TLB_E_GLOBAL ? 'g' : '-', e->asid, e->pcid);
}

void
mmu_print(struct mmu *m, void (*line)(void *arg, const char *s), void *arg)
{
	char text[128];
	unsigned i;

	for (i = 0; i < TLB_ENTRIES; i++) {
		if (!m->model->tag[i])
			continue;
		mmu_describe(m->model, i, text, sizeof(text));
		line(arg, text);
	}
}
