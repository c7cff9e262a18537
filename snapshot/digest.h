/*
 * snapshot/digest.h - enough of a state to say where another one differs
 *
 * A digest is taken of a machine at an instruction boundary: its state hash, the
 * encoded sections (of the model TLB a hash only), parts of the RAM hash and a
 * hash of all output so far.  Two digests of equal machines tell the first
 * difference by name.  Packed, it is a difference to the digest before it.
 */
#ifndef SNAPSHOT_DIGEST_H
#define SNAPSHOT_DIGEST_H

#include "hw/machine_state.h"
#include "hw/machine_tape.h"

struct digest_output {
	uint64_t	bytes[OUTPUT_CHANNELS];
	uint64_t	hash[OUTPUT_CHANNELS];
	uint64_t	frame_bytes[MACHINE_NICS], frame_hash[MACHINE_NICS];
};
/* Takes in one byte of output. */
void	digest_output_byte(struct digest_output *o, enum machine_channel channel,
	    uint8_t byte);
/* A frame that network card number nic sent. */
void	digest_output_frame(struct digest_output *o, unsigned nic, const uint8_t *frame,
	    size_t n);

struct digest {
	uint64_t	cycle;
	struct hash128	hash;
	uint8_t		*body;
	size_t		size;		/* of body: fixed for a machine */
};

/* 0 or -ENOMEM; digest_fini() in any case. */
int	digest_init(struct digest *d, const struct machine *m);
void	digest_fini(struct digest *d);

void	digest_take(struct digest *d, struct machine *m, const struct digest_output *o);
void	digest_copy(struct digest *to, const struct digest *from);

/* Bytes of body against those of before, compressed; the caller frees *out.
 * 0 or -ENOMEM. */
int	digest_pack(const struct digest *d, const struct digest *before, uint8_t **out,
	    size_t *n);
/* Back, in place: d holds the digest before.  false: not a digest of this size. */
bool	digest_unpack(struct digest *d, const uint8_t *in, size_t n) MUST_CHECK;

/* The first difference as text, "ours" being m's: false if there is none. */
bool	digest_diff(const struct digest *ours, const struct digest *theirs,
	    struct machine *m, char *buf, size_t n);

#endif
