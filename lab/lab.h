/*
 * lab/lab.h - what an experiment is, and what one has while it runs
 *
 * A lab is a descriptor: the question, the settings a student may turn, the claims
 * it decides (lab/claims.def) and the function that does it.  That function builds
 * machines (lab/rig.h), runs them to the end in virtual time and puts what came out
 * into the result (lab/result.h).  It neither prints nor writes: lab/write.h does,
 * the same way for all.
 *
 * Two runs with the same settings, seed and guests give the same digits: figures
 * are integers up to the printed one, and nobody looks at the host's clock.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "lab/keys.h"
#include "lab/result.h"

#define LAB_QUESTIONS	3u

/* A claim and what a correct run says about it: any other verdict is a finding. */
struct lab_claim {
	const char	*row;
	enum verdict	expect;
};

/* What `--break NAME` turns off. */
struct lab_mechanism {
	const char	*name, *help;
};

/* What only the page has; paragraphs end with an empty line. */
struct lab_page {
	const char	*mechanism;
	const char	*setup;
	const char	*question[LAB_QUESTIONS];
	const char	*vary;
	const char	*misconception;
};

struct guests;
struct maps;
struct lab_run;

struct lab {
	const char			*name;
	const char			*question;
	const struct lab_setting		*keys;		/* a name of NULL ends these */
	const struct lab_claim		*claims;	/* ... a row of NULL these */
	const struct lab_mechanism	*mechanisms;
	struct lab_page			page;
	/* False after a message: there is no result. */
	bool				(*run)(struct lab_run *r);
};

struct lab_run {
	const struct lab	*lab;
	struct lab_values	values;
	uint64_t		seed;
	bool			brief;		/* --short */
	bool			blank;		/* --blank: pictures without points */
	const char		*broken;	/* --break; NULL: nothing */
	const char		*model;		/* --model; NULL: none */
	struct result		*result;
	struct guests		*guests;	/* while it runs: lab/guests.h */
	struct maps		*maps;		/* ... lab/maps.h */
	void			(*progress)(const char *lab, const char *what);
};

/* All there are; NULL ends them. */
extern const struct lab *const lab_table[];
const struct lab *lab_find(const char *name);
/* The lab that decides a claim; NULL: none does yet. */
const struct lab *lab_deciding(const char *row);
/* What that lab expects to find; the lab has the row. */
enum verdict lab_expects(const struct lab *lab, const char *row);

/* For run(): of a choice, its number. */
uint64_t lab_number(const struct lab_run *r, const char *key);
bool	lab_is_broken(const struct lab_run *r, const char *mechanism);
void	lab_progress(const struct lab_run *r, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* One message about the lab; false. */
bool	lab_fail(const struct lab_run *r, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Runs it with what is in r; r->result is made.  False after a message. */
bool	lab_run(struct lab_run *r);
/* How many claims came out otherwise than expected. */
unsigned lab_surprises(const struct lab_run *r);

/* Numbers that depend on the seed alone (xorshift64*). */
struct lab_random {
	uint64_t	state;
};
void	lab_random_init(struct lab_random *rnd, uint64_t seed);
/* In [0, below); below is not 0. */
uint64_t lab_random(struct lab_random *rnd, uint64_t below);

#endif
