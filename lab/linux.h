/*
 * lab/linux.h - Linux as a guest of the labs
 *
 * The kernel is the settings' kernel=, its modules are modules=; both files are the
 * user's, and are only looked at as far as it takes to say what is wrong with them.
 */
#ifndef LAB_LINUX_H
#define LAB_LINUX_H

#include "lab/cpio.h"
#include "lab/guests.h"
#include "lab/rig.h"

/* The same for the kernel on the machine and in a VM, which has no APIC and no ACPI. */
#define LINUX_WORDS	"console=ttyS0 quiet panic=-1 nokaslr"
#define LINUX_PLAIN	"acpi=off nolapic noapic"

/* False after a message, as all of these. */
bool	linux_kernel(const struct lab_run *r, char path[GUEST_PATH]) MUST_CHECK;
/* A program of the build's, or of the installation's. */
bool	linux_add_guest(const struct lab_run *r, struct cpio *c, const char *name,
	    const char *guest) MUST_CHECK;
/* kvm_amd and what it needs, in the order in which they are loaded: m0, m1, ... */
bool	linux_add_modules(const struct lab_run *r, struct cpio *c) MUST_CHECK;
/* The end of it, as a guest; frees its memory in any case. */
bool	linux_initramfs(const struct lab_run *r, struct cpio *c, const char *name,
	    char path[GUEST_PATH]) MUST_CHECK;

/* The machine, of ram MiB, boots this kernel, which may take its time, and has what its
 * programs of the labs end it with. */
void	linux_boot(struct rig *g, unsigned ram, const char *kernel, const char *initrd,
	    const char *words);

#endif
