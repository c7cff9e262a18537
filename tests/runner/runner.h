/*
 * tests/runner/runner.h - what test suites and the runner share
 *
 * The program tests/run is one Check runner for unit suites, listed in
 * tests/suites.def, and for shell scripts, listed in tests/scripts.def.
 * A unit suite includes this header for SKIP() alone.
 */
#ifndef TESTS_RUNNER_RUNNER_H
#define TESTS_RUNNER_RUNNER_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum test_kind { CHECK, LONG };

struct suite_entry {
	const char	*name;
	Suite		*(*make)(void);
	enum test_kind	kind;
};

struct script_entry {
	const char	*suite;
	const char	*path;		/* from the source directory */
	int		timeout;	/* seconds */
	enum test_kind	kind;
};

/* The tables; a suite without a name, a script without a path ends them. */
extern const struct suite_entry suite_table[];
extern const struct script_entry script_table[];

/*
 * Exit status by which a script says that it was skipped because something is
 * missing that could be installed, and that it cannot be run on this machine
 * whatever is installed.
 */
#define SKIP_STATUS	77
#define CANNOT_STATUS	78

/*
 * Ends a unit test because something it needs is missing; the argument says
 * what.  Only in the test function itself, since it returns from it.  Where
 * skips are not allowed (CI) the test fails.
 */
#define SKIP(suite, reason) \
	do { \
		skip_record(suite, __func__, reason); \
		return; \
	} while (0)

/* Skips are collected in a file, because tests run in processes of their own. */
void	skip_clear(void);
void	skip_record(const char *suite, const char *test, const char *reason);
/* The same for what this machine cannot do, which is allowed everywhere. */
void	cannot_record(const char *suite, const char *test, const char *reason);
/* Prints both kinds and then how many there are of each. */
void	skip_print(FILE *out);

/* How a script ended: status as wait() says it. */
struct script_end {
	int	status;
	bool	timed_out;
	double	seconds;
};

/* Starts script_table[index] in its scratch directory, and in a process group of
 * its own if asked to; -1 and errno. */
pid_t	script_start(unsigned index, bool own_group);

/* Adds to s a test case that runs script_table[index].  The name stays the
 * caller's and must live as long as s. */
void	script_add(Suite *s, unsigned index, const char *name);

#define SCRIPT_NAME_MAX	64

/* "tests/boot/cd.sh" is test "cd" of its suite. */
void	script_name(const struct script_entry *e, char *buf, size_t n);

/* Directory for a test's files, below $RINGLAB_SCRATCH. */
void	scratch_path(const char *suite, const char *test, char *buf, size_t n);
void	scratch_remove(const char *path);

#define LANES_MAX	15

struct lanes {
	pid_t		pid[LANES_MAX];
	unsigned	n;
};

/* Starts lanes - 1 processes for the n scripts of index[], and ends them. */
void	lanes_open(struct lanes *l, const unsigned *index, unsigned n, unsigned lanes);
void	lanes_close(struct lanes *l);
/* True once for each script: then the caller runs it. */
bool	lanes_claim(unsigned index);
/* Without a group of its own, what the script leaves behind is the caller's. */
void	lanes_run(unsigned index, bool own_group);
/* Has it ended, and how; wait until it has. */
bool	lanes_ended(unsigned index, struct script_end *end);
void	lanes_wait(unsigned index, struct script_end *end);

double	clock_seconds(void);		/* of a clock that only goes forward */

/* Prints the failures among a runner's results from the first-th on; removes
 * the scratch directories of scripts that passed. */
void	report_failures(SRunner *sr, const char *suite, unsigned first, FILE *out);

#endif
