/*
 * mmu/tlb_state.c - the model TLB as bytes
 *
 * Entries in order of set and way, empty ones as zeros, then the replacement
 * order of each set, then the same for the page-walk cache.  Read back, every
 * value is checked: a snapshot may be hostile.
 */
#include <string.h>

#include "mmu/tlb_model.h"

#define ENTRY_BYTES	25u
#define PWC_BYTES	14u
#define ENCODED \
	(TLB_ENTRIES * ENTRY_BYTES + TLB_SETS + 1 + \
	    PWC_ENTRIES * PWC_BYTES + PWC_SETS)

size_t
tlb_model_encoded(void)
{
	return ENCODED;
}

static void
entry_encode(const struct tlb_model *t, unsigned i, uint8_t *out)
{
	const struct tlb_entry *e = &t->entry[i];

	put_le64(out, t->tag[i]);
	put_le64(out + 8, e->hpa);
	put_le32(out + 16, e->asid);
	put_le16(out + 20, e->pcid);
	out[22] = e->flags;
	out[23] = e->guest_shift;
	out[24] = e->memtype;
}

static void
entry_decode(struct tlb_model *t, unsigned i, const uint8_t *in)
{
	t->tag[i] = get_le64(in);
	t->entry[i] = (struct tlb_entry){
		.hpa = get_le64(in + 8), .asid = get_le32(in + 16),
		.pcid = get_le16(in + 20), .flags = in[22],
		.guest_shift = in[23], .memtype = in[24],
	};
}

void
tlb_model_encode(const struct tlb_model *t, uint8_t *out)
{
	const struct pwc_entry *p;
	unsigned i;

	memset(out, 0, (size_t)TLB_ENTRIES * ENTRY_BYTES);
	for (i = 0; i < TLB_ENTRIES; i++, out += ENTRY_BYTES)
		if (t->tag[i])		/* an empty one is zero all over */
			entry_encode(t, i, out);
	memcpy(out, t->victim, sizeof(t->victim));
	out += sizeof(t->victim);
	for (p = t->pwc; p < t->pwc + PWC_ENTRIES; p++, out += PWC_BYTES) {
		put_le64(out, p->tag);
		put_le32(out + 8, p->asid);
		put_le16(out + 12, p->pcid);
	}
	memcpy(out, t->pwc_victim, sizeof(t->pwc_victim));
}

static bool
entry_valid(const uint8_t *in, unsigned i)
{
	uint64_t tag = get_le64(in);
	unsigned size = tag >> 1 & 3;

	if (!tag)
		return !(get_le64(in + 8) | get_le64(in + 16) | in[24]);
	if (size > TLB_1G || tag != TLB_TAG(tag, size))
		return false;
	if (size == TLB_1G ? tlb_set_of(i) != TLB_SETS :
	    tlb_set_of(i) != (tag >> TLB_SHIFT(size) & (TLB_SETS - 1)))
		return false;
	if ((get_le64(in + 8) & TLB_LOW(size)) || in[22] & ~TLB_E_ALL || in[24] > 7)
		return false;
	return in[23] == 12 || in[23] == 21 || in[23] == 22 || in[23] == 30;
}

static bool
state_valid(const uint8_t *in)
{
	unsigned i;

	for (i = 0; i < TLB_ENTRIES; i++, in += ENTRY_BYTES) {
		if (!entry_valid(in, i))
			return false;
	}
	for (i = 0; i < TLB_SETS; i++) {
		if (*in++ >= TLB_WAYS)
			return false;
	}
	if (*in++ >= TLB_HUGE)
		return false;
	in += PWC_ENTRIES * PWC_BYTES;
	for (i = 0; i < PWC_SETS; i++) {
		if (*in++ >= PWC_WAYS)
			return false;
	}
	return true;
}

bool
tlb_model_decode(struct tlb_model *t, const uint8_t *in, size_t n)
{
	struct pwc_entry *p;
	unsigned i;

	if (n != ENCODED || !state_valid(in))
		return false;
	tlb_model_reset(t);
	for (i = 0; i < TLB_ENTRIES; i++, in += ENTRY_BYTES)
		if (get_le64(in))
			entry_decode(t, i, in);
	tlb_model_relink(t);
	memcpy(t->victim, in, sizeof(t->victim));
	in += sizeof(t->victim);
	for (p = t->pwc; p < t->pwc + PWC_ENTRIES; p++, in += PWC_BYTES) {
		p->tag = get_le64(in);
		t->pwc_used |= (uint64_t)(p->tag != 0) << (p - t->pwc);
		p->asid = get_le32(in + 8);
		p->pcid = get_le16(in + 12);
	}
	memcpy(t->pwc_victim, in, sizeof(t->pwc_victim));
	return true;
}
