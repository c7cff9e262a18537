/*
 * cpu/exec_clmul.c - carry-less multiplication
 */
#include "cpu/exec.h"

/* AMD APM vol 4, "PCLMULQDQ": bits 0 and 4 of the immediate select the halves. */
bool
x_pclmulqdq(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t a = v[0].q[v[2].u & 1];
	uint64_t b = v[1].q[v[2].u >> 4 & 1];
	uint64_t low = 0, high = 0;
	unsigned i;

	(void)c, (void)in;
	for (i = 0; i < 64; i++) {
		if (!(b >> i & 1))
			continue;
		low ^= a << i;
		high ^= i ? a >> (64 - i) : 0;
	}
	v[0].q[0] = low;
	v[0].q[1] = high;
	return true;
}
