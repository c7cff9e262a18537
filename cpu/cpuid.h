/*
 * cpu/cpuid.h - processor models and CPUID
 *
 * A model is a family/model/stepping and a feature set.  `-cpu NAME,+f,-f`.
 * AMD APM vol 3 appendix E.
 */
#ifndef CPU_CPUID_H
#define CPU_CPUID_H

#include "cpu/decode.h"

struct cpu_model {
	const char	*name, *description;
	char		vendor[13];
	char		brand[49];
	uint16_t	family;
	uint8_t		model, stepping;
	uint8_t		phys_bits, virt_bits;
	uint32_t	max_leaf, max_ext_leaf;
	struct feat_set	features;
	bool		traps_sensitive;	/* CK_SENS is #GP(0) above CPL 0 */
};

/* NULL terminated. */
extern const struct cpu_model *const cpu_models[];

/* Parses "NAME[,+feat|-feat|feat=on|off]...".  false: msg says what is wrong
 * and, for a misspelt name, the nearest known one. */
bool	cpu_model_parse(const char *spec, const struct cpu_model **model,
	    struct feat_set *features, char *msg, size_t n) MUST_CHECK;

struct cpu;
void	cpuid(const struct cpu *c, uint32_t leaf, uint32_t sub, uint32_t out[4]);

#endif
