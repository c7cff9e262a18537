/*
 * vmm/guest/user/roots.c - workload "roots": what a VMM says to malformed roots
 *
 * Direct paging.  For each kind its error (vmm/abi.h; 0: it is taken) and, in NAME0.c, cycles.
 */
#include "vmm/guest/user/work.h"

uint64_t
work_roots(uint64_t a, uint64_t b, uint64_t c)
{
	static const char name[ROOT_KINDS][20] = {
		[ROOT_ALIEN] = "root.alien", [ROOT_UNOWNED] = "root.unowned",
		[ROOT_WRITABLE] = "root.writable", [ROOT_UNPINNED] = "root.unpinned",
		[ROOT_NAMES_ALIEN] = "root.names", [ROOT_VMM_SLOT] = "root.slot",
		[ROOT_OFF_PAGE] = "root.off", [ROOT_PIN] = "root.pin",
		[ROOT_LOAD] = "root.load", [ROOT_LOAD_AGAIN] = "root.again",
	};
	struct run run;
	uint64_t i, r;

	(void)a, (void)b, (void)c;
	run_begin(&run);
	for (i = 0; i < ROOT_KINDS; i++) {
		r = sys(SYS_ROOT, i, 0, 0);
		must(r != (uint64_t)-1, "direct paging");
		report(0, name[i], r);
		report_of(0, name[i], 0, ".c", sys(SYS_ROOT, i, 1, 0));
	}
	run_end(&run, ROOT_KINDS, 0);
	return 0;
}
