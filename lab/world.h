/*
 * lab/world.h - one workload of the guest kernel, natively or in a VM
 *
 * The same unmodified vmm/guest/guest.elf in each, guest-pv.elf in the paravirtual ones;
 * in a VM, vmm/vmm.elf is below it.
 */
#ifndef LAB_WORLD_H
#define LAB_WORLD_H

#include "lab/guests.h"
#include "lab/maps.h"
#include "lab/watch.h"

enum world_mode {
	WORLD_NATIVE, WORLD_SHADOW, WORLD_NESTED, WORLD_PARA_SHADOW, WORLD_PARA_NESTED,
	    WORLD_PARA_DIRECT, WORLD_DEPRIVILEGED,
	WORLD_MODES
};

struct world {
	struct rig		rig;
	enum world_mode		mode;
	bool			paged;
	struct watch		*watch;			/* NULL: nobody looks */
	int			disk[2];		/* their files; 0: none */
	char			disk_name[2][GUEST_PATH];
	char			kernel[GUEST_PATH], guest[GUEST_PATH];
	char			words[256];		/* the guest's */
	char			vmm[256], initrd[640];
	/* Between the marks START and END: */
	struct rig_counts	counts;
	uint64_t		ops, checksum;
};

/* "native", "svm+shadow"... */
const char *world_name(enum world_mode mode);
/* Its kernel, the processor it wants, and the words that make the VMM run it so. */
const char *world_guest(enum world_mode mode);
const char *world_cpu(enum world_mode mode);
const char *world_words(enum world_mode mode);
enum map_kind world_kind(enum world_mode mode);

/* Runs it from boot to the end; words: "workload=random n=1000", vmm: more words of
 * the VMM's, or "".  False after a message; world_end() in any case. */
bool	world_run(struct world *w, const struct lab_run *r, enum world_mode mode,
	    const char *words, const char *vmm) MUST_CHECK;
/* The same with two empty disks of 64 MiB: the guest's to swap on, and the VMM's. */
bool	world_run_paged(struct world *w, const struct lab_run *r, enum world_mode mode,
	    const char *words, const char *vmm) MUST_CHECK;
/* Either of them with somebody who looks (lab/watch.h); watch_end() in any case. */
bool	world_run_watched(struct world *w, const struct lab_run *r, enum world_mode mode,
	    bool paged, const char *words, const char *vmm, struct watch *watch) MUST_CHECK;
void	world_end(struct world *w);
/* What the guest, or the VMM about its first guest, said under a name; 0: nothing. */
uint64_t world_said(const struct world *w, const char *name);
uint64_t world_vmm_said(const struct world *w, const char *name);
/* What the VMM did between the guest's marks. */
uint64_t world_vmm_worked(const struct world *w, const char *name);

#endif
