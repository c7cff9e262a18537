/*
 * What does ARPL do?
 *
 * Set-up: all pairs of RPLs, in a register and in memory; real mode.
 * Expected: the destination's RPL is raised to the source's, ZF tells; #UD in
 * real mode.
 * AMD APM vol 3, "ARPL".
 */
#include "guest.h"

REAL_CODE("real_arpl: arpl %ax, %bx\n ret\n");
void	real_arpl(void);

int
main(void)
{
	for (unsigned d = 0; d < 4; d++) {
		for (unsigned s = 0; s < 4; s++) {
			uint32_t dst = 0xffff1230 | d, mem = dst;
			bool zf, zm;

			asm("arpl %w2, %w0\n setz %b1" : "+r"(dst), "=q"(zf) : "r"(0x5670 | s));
			asm("arpl %w2, %0\n setz %b1" : "+m"(mem), "=q"(zm) : "r"(0x5670 | s));
			expect(dst, 0xffff1230 | (d < s ? s : d), "ARPL %u, %u", d, s);
			expect(mem, dst, "ARPL %u, %u: memory", d, s);
			expect(zf, d < s, "ARPL %u, %u: ZF", d, s);
			expect(zm, d < s, "ARPL %u, %u: memory: ZF", d, s);
		}
	}
	real_init();
	expect_trap(real_call(real_arpl), UD, "ARPL in real mode");
	return 0;
}
