/*
 * cpu/svm_name.c - exit codes in words, for those who look from outside
 *
 * AMD APM vol 2 appendix C "SVM Intercept Exit Codes".
 */
#include <stdio.h>

#include "base/types.h"
#include "cpu/svm.h"

static const char *const names[] = {
	[EXIT_INTR] = "intr", "nmi", "smi", "init", "vintr", "cr0_sel", "idtr_read",
	"gdtr_read", "ldtr_read", "tr_read", "idtr_write", "gdtr_write", "ldtr_write",
	"tr_write", "rdtsc", "rdpmc", "pushf", "popf", "cpuid", "rsm", "iret", "int", "invd",
	"pause", "hlt", "invlpg", "invlpga", "ioio", "msr", "task_switch", "ferr_freeze",
	"shutdown", "vmrun", "vmmcall", "vmload", "vmsave", "stgi", "clgi", "skinit", "rdtscp",
	"icebp", "wbinvd", "monitor", "mwait", "mwait_armed", "xsetbv", "rdpru", "efer_trap",
	[EXIT_INVPCID] = "invpcid"
};

/* The four groups of numbered codes come first. */
const char *
svm_exit_name(uint64_t code, char buf[SVM_NAME])
{
	static const char *const numbered[] = {
		"cr%u_read", "cr%u_write", "dr%u_read", "dr%u_write"
	};

	if (code == EXIT_NPF)
		return "npf";
	if (code == EXIT_INVALID)
		return "invalid";
	if (code < 0x40)
		snprintf(buf, SVM_NAME, numbered[code / 16], (unsigned)(code % 16));
	else if (code < 0x60)
		snprintf(buf, SVM_NAME, "exception_%u", (unsigned)(code - 0x40));
	else if (code < ARRAY_SIZE(names) && names[code])
		return names[code];
	else
		snprintf(buf, SVM_NAME, "0x%llx", (unsigned long long)code);
	return buf;
}
