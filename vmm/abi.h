/*
 * vmm/abi.h - what the VMM, its guests and the labs agree on
 *
 * Read by freestanding code and by the host's: no library header.  Figures
 * here are an interface; a change of one is a change of all three.
 *
 * ---- Command lines
 *
 *	ringlab -kernel vmm.elf -append "VMM-OPTIONS" \
 *	    -initrd "guest.elf OPTIONS,guest2.elf OPTIONS"
 *
 * Words of the form key=value.  Of a guest's words those that begin with
 * "vm." are the VMM's; they default to the same words, without "vm.", of the
 * VMM's own line.  A guest sees its whole line and ignores "vm." words.
 *
 *	vm.cpu=svm|deprivileged|paravirt	how privileged code is caught
 *	vm.mem=shadow|nested|direct		how memory is virtualized
 *	vm.time=merge|batch|drop|slew|delay	how a late tick is delivered
 *	vm.ram=N[K|M]		guest-physical memory (default 16M)
 *	vm.frames=N[K|M]	machine memory given to it (default: vm.ram)
 *	vm.share=N		scheduler share (default 1)
 *	sync=wp|lazy|off	shadow paging's rule for guest table writes
 *	check=on|off		off: no isolation, as a demonstration
 *
 * ---- Hypercalls (VMMCALL; in a deprivileged guest INT VMM_VECTOR)
 *
 * rax: number; rdi, rsi, rdx: arguments; result in rax: >= 0, or -E of below.
 * All other registers are kept.
 */
#ifndef VMM_ABI_H
#define VMM_ABI_H

#define VMM_SIGNATURE	"RinglabVMM\0\0"	/* CPUID 40000000h: ebx ecx edx */
#define VMM_CPUID	0x40000000u	/* eax: the last such leaf */
#define VMM_CPUID_FEATURES 0x40000001u	/* eax: how this guest is run */
#define   VMM_F_DIRECT		1	/* its tables hold machine frames; they are
					   changed by HC_MMU_UPDATE only */
#define   VMM_F_DEPRIVILEGED	2	/* hypercalls by INT VMM_VECTOR */
#define VMM_VECTOR	0x82

enum vmm_hypercall {
	HC_NULL,		/* nothing: the price of a call */
	HC_CONSOLE,		/* rdi: a byte for the guest's console */
	HC_YIELD,		/* give up the rest of the time slice */
	HC_HALT,		/* the guest has ended; rdi: its exit code */
	/*
	 * Direct paging.  Addresses are machine frames'.  The guest begins on
	 * nested paging; its first HC_MMU_ROOT ends that: from then on its own
	 * tables are the processor's.  A frame that is a table is mapped
	 * read-only by every entry there is, and comes to be one by PIN (a
	 * root) or by an entry of a table that names it.  Updates of a call
	 * are made in their order.  The entry of VMM_BASE is not the guest's.
	 */
	HC_MMU_UPDATE,		/* rdi: gpa of struct vmm_mmu_update[]; rsi: count;
				   returns how many were done, stops at a bad one */
	HC_MMU_ROOT,		/* rdi: machine address of a pinned PML4: CR3 load */
	HC_MMU_PIN,		/* rdi: machine address, rsi: level 1..4 */
	HC_MMU_UNPIN,		/* rdi: machine address */
	HC_MMU_INVLPG,		/* rdi: address; all ones: everything */
	HC_P2M,			/* rdi: gfn; returns the machine frame's number */
	/* Memory */
	HC_BALLOON_TARGET,	/* returns the frames the VMM wants given back */
	HC_BALLOON_GIVE,	/* rdi: gfn the guest will not touch */
	HC_BALLOON_TAKE,	/* rdi: gfn to be backed again */
	HC_FREE_FRAMES,		/* rdi: count: "released n", nobody asked */
	/* Time */
	HC_TIME,		/* returns virtual cycles of the world's clock */
	HC_STOLEN,		/* returns cycles this guest was not running */
	HC_COUNT
};

enum vmm_error {
	VMM_ENOCALL = 1,	/* no such hypercall */
	VMM_EINVAL,		/* an argument no guest could mean */
	VMM_EPERM,		/* a frame that is not this guest's */
	VMM_EBUSY,		/* pinned, or of another type */
	VMM_ENOMEM,
	VMM_ENOTPINNED,		/* a root has to be, so that it was looked at */
};

/* What is planted in a machine frame, so that somebody who reads it knows it again
 * and somebody who writes to it is noticed: canary=1, and the guest kernel's secrets. */
static inline unsigned long long
frame_pattern(unsigned long long mfn, unsigned word)
{
	return 0x9e3779b97f4a7c15u * (mfn * 512 + word + 1);
}

/* One store to a page-table entry that the guest asks for. */
struct vmm_mmu_update {
	unsigned long long	at;	/* machine address of the entry */
	unsigned long long	val;	/* its new value */
};

/*
 * ---- labdev (hw/labdev.h, port 5A0h), where it is present
 *
 * MARK: phase numbers.  VALUE: (KEY, value) pairs of the guest's workload.
 * CHAR: texts; "name=value" in decimal is a counter the lab reads by name.
 * The VMM's counters are texts "vmN.NAME=VALUE" (N: the VM, from 0) and
 * "vmm.NAME=VALUE".  Without labdev the same lines go to COM1 after "# ".
 */
#define LAB_PORT		0x5a0

enum lab_mark {
	LAB_MARK_BOOT = 1,	/* the guest's kernel runs */
	LAB_MARK_START = 2,	/* the measured work begins */
	LAB_MARK_END = 3,	/* ... has ended */
	LAB_MARK_HASH = 4,	/* memory is compared here */
	LAB_MARK_USER = 16,	/* a workload's own, from here on */
};

enum lab_key {
	LAB_KEY_CYCLES = 1,	/* of the measured work */
	LAB_KEY_OPS = 2,	/* how many operations it was */
	LAB_KEY_CHECKSUM = 3,	/* of what was computed */
	LAB_KEY_TICKS = 4,	/* timer ticks the guest counted */
	LAB_KEY_MINOR = 5,	/* faults the guest's kernel calls minor */
	LAB_KEY_MAJOR = 6,	/* ... major */
	LAB_KEY_EVICTIONS = 7,	/* pages it wrote to its swap */
	LAB_KEY_USER = 32,
};

#endif
