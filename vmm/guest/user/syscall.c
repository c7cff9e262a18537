/*
 * vmm/guest/user/syscall.c - workload "syscall": n= calls that do nothing
 *
 * By SYSCALL, or by INT 80h with gate=int.
 */
#include "vmm/guest/user/work.h"

uint64_t
work_syscall(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t n = option("n", 20000), i, sum = 0;
	bool gate = option_is("gate", "int");
	struct run run;

	(void)a, (void)b, (void)c;
	run_begin(&run);
	if (gate)
		for (i = 0; i < n; i++)
			sum += sys_int(SYS_NULL, i, 0, 0) + i;
	else
		for (i = 0; i < n; i++)
			sum += sys(SYS_NULL, i, 0, 0) + i;
	run_end(&run, n, sum);
	return 0;
}
