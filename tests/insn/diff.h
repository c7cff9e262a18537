/*
 * tests/insn/diff.h - the parts of tests/insn/diff
 *
 * gen_case() makes a case for one row of the instruction table; model_run()
 * runs it on the emulated processor, a worker process on the host's
 * (host_submit(), host_wait()); compare() says what differs.  A case is a pure
 * function of the seed, its number and the mode.
 */
#ifndef TESTS_INSN_DIFF_H
#define TESTS_INSN_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#include "cpu/cpu.h"
#include "tests/insn/case.h"

/* ---- random numbers ---- */

struct rng {
	uint64_t	s;
};

static inline uint64_t
rnd(struct rng *r)
{
	uint64_t z = r->s += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline unsigned
rnd_below(struct rng *r, unsigned n)
{
	return (unsigned)((rnd(r) >> 32) * n >> 32);
}

static inline bool
one_in(struct rng *r, unsigned n)
{
	return !rnd_below(r, n);
}

/* ---- what is tested ---- */

enum { ENGINE_REFERENCE, ENGINE_THREADED };

/* Ways of this host that are not the processor's as the manual has it: ways.c */
struct host_ways {
	bool		canonical_stack; /* code with another RSP is not run */
	bool		rsi_first;	/* CMPS looks at rSI's string first */
	bool		own_int;	/* INT n that faults is a hypervisor's #GP */
};

struct target {
	unsigned	bits;		/* 64 or 32 */
	unsigned	engine;
	uint64_t	far_at, gs_base;
	struct feat_set	features;	/* of the emulated processor */
	const struct shared *shared;	/* selectors, template */
	struct host_ways ways;
};

/* What the parent knows of a case besides its bytes and states. */
struct plan {
	uint64_t	number;
	unsigned	row;		/* it was made for */
	enum decode_result result;
	struct insn	in;		/* if DEC_OK */
	bool		stepped;	/* TF: one instruction, or one repetition */
	struct outcome	want;		/* of the emulated processor */
};

/* ---- rules.c: what is not tested or not compared, and why ---- */
struct rule {
	uint16_t	opr;		/* OPR_invalid: every row */
	const char	*reason;
};

/* Why row is not run at all, or NULL. */
const char *rule_excludes(unsigned row, unsigned bits);
/* Parts of the outcome that need not agree. */
struct mask {
	bool		all;		/* the case says nothing */
	bool		state;		/* only the exception is compared */
	uint64_t	rflags;		/* bits that are not compared */
	uint16_t	fsw;
	uint32_t	error;
	uint64_t	cr2;
	bool		x87_ulp;	/* registers within one unit in the last place */
	bool		approximate;	/* RCPSS and kin */
	uint32_t	memory_at, memory_len; /* in the arena */
};
struct mask rule_mask(const struct target *t, const struct insn_case *c,
	    const struct plan *p);
/* The list as it stands in docs/deviations-insn.md. */
void	rules_print(FILE *f);

/* ---- values.c: operands worth trying ---- */
uint64_t rnd_int(struct rng *r);
uint32_t rnd_f32(struct rng *r);
uint64_t rnd_f64(struct rng *r);
void	rnd_f80(struct rng *r, uint8_t v[10]);
void	rnd_fx(struct rng *r, uint8_t fx[512]);
void	rnd_vector(struct rng *r, uint8_t v[16]);
/* len bytes suited to a memory operand of this code. */
void	rnd_memory(struct rng *r, unsigned code, uint8_t *p, unsigned len);

/* ---- encode.c: bytes for a row ---- */
struct encoding {
	uint8_t		b[40];
	unsigned	len;
	unsigned	disp_at, disp_len; /* displacement or moffs, 0 without */
};
/* false: nothing this row could be in this mode was found. */
bool	encode_row(const struct target *t, struct rng *r, unsigned row, struct encoding *e,
	    struct plan *p);

/* ---- operands.c: registers and memory ---- */
void	set_operands(const struct target *t, struct rng *r, struct encoding *e,
	    struct plan *p, struct insn_case *c);

/* ---- gen.c ---- */
bool	gen_case(const struct target *t, uint64_t seed, uint64_t number, unsigned row,
	    struct insn_case *c, struct plan *p);

/* ---- model.c: the emulated processor ---- */
struct model;
/* Sets t->features.  NULL after a message. */
struct model *model_new(struct target *t);
void	model_free(struct model *m);
/* Fills in p->want.  false: the case would not end. */
bool	model_run(struct model *m, const struct insn_case *c, struct plan *p);

/* ---- host.c: the worker processes ---- */
struct host;
#define HOST_CANNOT	78		/* exit status: the host runs no such programs */
/* NULL after a message when the worker cannot be started; does not return if
 * the host cannot run programs of this kind. */
struct host *host_new(unsigned bits, const char *program, uint64_t seed, bool fsgsbase);
void	host_free(struct host *h);
struct shared *host_shared(struct host *h);
void	host_submit(struct host *h, unsigned buffer, unsigned count);
/* false: the worker died or hangs; shared->current is the case it was at. */
bool	host_wait(struct host *h, unsigned buffer);
/* Does the worker itself live at this address? */
bool	host_owns(const struct host *h, uint64_t addr);

/* ---- ways.c: asks the host ---- */
bool	host_keeps_bases(void);		/* of FS and GS that RDFSBASE and kin set */
struct host_ways host_ways(struct host *h, unsigned bits);

/* ---- compare.c ---- */
/* A description of the first difference into why, or false if there is none. */
bool	differs(const struct target *t, const struct insn_case *c, const struct plan *p,
	    char *why, size_t n);
void	print_case(const struct target *t, const struct insn_case *c, const struct plan *p);

#endif
