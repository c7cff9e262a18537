/*
 * cpu/pg_priv.h - shared by the files of the search for sensitive instructions
 *
 * Linear memory of the bench: 1 MiB of bus memory, mapped twice.  The second
 * mapping is for pairs of states that differ in a base register only: whatever
 * is reached through either is the same memory.
 */
#ifndef CPU_PG_PRIV_H
#define CPU_PG_PRIV_H

#include "cpu/exec_priv.h"
#include "cpu/pg.h"
#include "cpu/regs.h"

#define PG_DATA		0x8000u		/* two pages */
#define PG_STACK	0xa000u		/* two pages, at any level */
#define PG_CODE		0xc800u		/* where instructions pretend to be */
#define PG_VMCB		0xd000u
#define PG_TABLES	0x10000u
/* The system's: not where an operand of a state can be. */
#define PG_GDT		0x18000u
#define PG_IDT		0x19000u
#define PG_TSS		0x1a000u	/* with an I/O bitmap, three pages */
#define PG_LDT		0x1d000u
#define PG_STACK0	0x1f000u	/* top of the stack of level 0 */
#define PG_ALIAS	0x100000u	/* added to an address: the same memory */
#define PG_PAGES	0x20u		/* that may be written and are put back */

/* Selectors; each descriptor has a twin at PG_TWIN. */
enum {
	PG_KCODE64 = 0x08, PG_KDATA = 0x10, PG_UCODE32 = 0x1b, PG_UDATA = 0x23,
	PG_UCODE64 = 0x2b, PG_KCODE32 = 0x30, PG_CONF = 0x38, PG_KCODE16 = 0x40,
	PG_UCODE16 = 0x4b, PG_TSSSEL = 0x50, PG_LDTSEL = 0x60, PG_TSSFREE = 0x70,
	PG_GATE = 0x80, PG_RODATA = 0x90, PG_ABSENT = 0x98, PG_KDATA16 = 0xa0,
	PG_UDATA16 = 0xab, PG_TWIN = 0x100, PG_GDT_LIMIT = 0x1ff
};

enum pg_mode { PG_M64, PG_MCOMPAT, PG_M32, PG_M16, PG_MV86, PG_MODES };
extern const char *const pg_mode_names[PG_MODES];

/* What a leaf of the processor's state is to a program. */
enum pg_leaf_kind {
	PG_L_NONE,		/* no state an instruction leaves behind */
	PG_L_USER,		/* its own */
	PG_L_FLAGS,		/* RFLAGS: some bits of either */
	PG_L_PRIV
};

struct pg_leaf {			/* one number of struct cpu */
	char		name[64];
	uint32_t	off;
	uint8_t		size;
	uint8_t		kind;
	uint64_t	mask;		/* of its size */
};
#define PG_LEAVES	512

/* A privileged register, or something else a VMM keeps, made another. */
struct pg_change {
	char		name[64];
	uint16_t	leaf;
	uint8_t		how;		/* enum pg_how */
	bool		traps;		/* by itself: not to be mixed with others */
	uint64_t	bits;		/* to be flipped, or added */
};
enum pg_how { PG_FLIP, PG_ADD, PG_MEM_BITMAP, PG_MEM_GDT, PG_MEM_GATE, PG_TPR };
#define PG_CHANGES	384
/* Besides 1..nchanges: nothing changed, and all that are no trap's. */
#define PG_C_NONE	0u
#define PG_C_ALL	(PG_CHANGES + 1)

#define PG_CODE_MAX	16
struct pg_form {			/* one encoding of a row */
	struct insn	in;
	uint8_t		code[PG_CODE_MAX];
	uint8_t		mode;		/* enum pg_mode */
};
#define PG_FORMS	64

/* What an instruction does outside the processor. */
struct pg_outside {
	uint64_t	ports;		/* digest of port accesses */
	uint64_t	apic_base;
	uint32_t	nports;
	uint8_t		tpr;
	bool		ferr;		/* FERR# rose: the trap of CR0.NE = 0 */
};

/* The part of struct cpu that holds state. */
#define PG_CPU_BYTES	offsetof(struct cpu, model)

struct pg_outcome {
	int		vector;		/* of the exception, -1: none, -2: intercept */
	uint32_t	error;
	uint64_t	memory;		/* digest of what was stored */
	uint64_t	invalidations;	/* of the TLB */
	struct pg_outside outside;
};

struct pg_bench {
	struct physmem	*pm;
	struct cpu	*c;
	struct pg_outside outside;
	union xval	xmm[16];	/* of the present state */
	int		dirty;		/* consumer of written pages */
	bool		stored;		/* to be taken from its list */
	uint32_t	epoch[PG_PAGES];
	uint8_t		template[PG_PAGES * PAGE_SIZE];
	uint8_t		reset[PG_CPU_BYTES] __attribute__((aligned(64)));
	uint64_t	memory;		/* being summed up */
	enum pg_mode	mode;
	struct pg_leaf	leaf[PG_LEAVES];
	unsigned	nleaves, flags_leaf;
	struct pg_change change[PG_CHANGES + 1];	/* from 1 on */
	unsigned	nchanges;
};

/* ---- the bench (pg_bench.c) ---- */
bool	pg_bench_init(struct pg_bench *b, const char *cpu, struct log *l) MUST_CHECK;
void	pg_bench_fini(struct pg_bench *b);
void	pg_bench_mode(struct pg_bench *b, enum pg_mode m);
/* Registers of the mode at a level, before a state's own. */
void	pg_bench_registers(struct pg_bench *b, unsigned cpl);
/* Executes in, from the processor's state as it is, and puts memory back. */
void	pg_bench_run(struct pg_bench *b, const struct insn *in, struct pg_outcome *o);
/* Memory a state begins with; also what pages are compared with. */
void	pg_bench_store(struct pg_bench *b, uint32_t at, const void *p, unsigned n);

/* ---- what is privileged (pg_leaf.c) ---- */
void	pg_leaves_init(struct pg_bench *b);
void	pg_changes_init(struct pg_bench *b);
/* Applies change i (or PG_C_ALL); false: it cannot be made here.  undo takes
 * back what is not in the processor. */
bool	pg_change_apply(struct pg_bench *b, unsigned i) MUST_CHECK;
void	pg_change_undo(struct pg_bench *b, unsigned i);

/* ---- states (pg_state.c) ---- */
extern const unsigned pg_states;
/* Registers and memory of state i for in, at a level of the current mode. */
void	pg_state_memory(struct pg_bench *b, unsigned i, const struct insn *in);
void	pg_state_registers(struct pg_bench *b, unsigned i, unsigned cpl, const struct insn *in);
void	pg_state_text(unsigned i, char *buf, size_t n);

/* ---- encodings (pg_form.c) ---- */
/* Forms of a row in mode m; at most max. */
unsigned pg_forms(const struct feat_set *f, unsigned row, enum pg_mode m,
	    struct pg_form *form, unsigned max);
unsigned pg_decode_mode(enum pg_mode m);

static inline uint64_t
pg_leaf_get(const struct pg_leaf *l, const void *cpu)
{
	return get_le64((const uint8_t *)cpu + l->off) & l->mask;
}

#endif
