/*
 * tests/runner/lanes.c - scripts beside the ones whose turn it is
 *
 * Check runs one test after the other.  So that more than one processor works,
 * processes of ours ("lanes") take scripts from the end of the list while
 * Check's own test goes through it from the start; whoever first makes the file
 * lanes/INDEX runs that script, and leaves how it ended in lanes/INDEX.end.  The
 * test of a script that a lane has waits for that.  Verdicts and their order are
 * the same for every number of lanes.
 */
#include "tests/runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS		20000000	/* how often a script's end is looked for */

static const char *
lane_path(char *buf, unsigned index, const char *suffix)
{
	snprintf(buf, PATH_MAX, "%s/lanes/%u%s", getenv("RINGLAB_SCRATCH"), index, suffix);
	return buf;
}

static void
look_again(void)
{
	const struct timespec ts = { 0, LOOK_NS };

	nanosleep(&ts, NULL);
}

bool
lanes_claim(unsigned index)
{
	char path[PATH_MAX];
	int fd = open(lane_path(path, index, ""), O_WRONLY | O_CREAT | O_EXCL, 0666);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EEXIST;
}

/* The file appears whole. */
static void
lanes_tell(unsigned index, const struct script_end *end)
{
	char path[PATH_MAX], made[PATH_MAX];
	FILE *f = fopen(lane_path(made, index, ".new"), "w");

	if (f == NULL)
		return;
	fprintf(f, "%d %d %.3f\n", end->status, end->timed_out, end->seconds);
	fclose(f);
	rename(made, lane_path(path, index, ".end"));
}

bool
lanes_ended(unsigned index, struct script_end *end)
{
	char path[PATH_MAX];
	FILE *f = fopen(lane_path(path, index, ".end"), "r");
	int timed_out = 0;
	bool ok;

	if (f == NULL)
		return false;
	ok = fscanf(f, "%d %d %lf", &end->status, &timed_out, &end->seconds) == 3;
	end->timed_out = timed_out != 0;
	fclose(f);
	return ok;
}

void
lanes_wait(unsigned index, struct script_end *end)
{
	while (!lanes_ended(index, end))
		look_again();
}

/* --- running one --- */

/* A lane's script, as a process group; 0: none. */
static volatile sig_atomic_t running;

/* As Check does for its own tests. */
static double
allowed(unsigned index)
{
	const char *s = getenv("CK_TIMEOUT_MULTIPLIER");
	double factor = s != NULL ? strtod(s, NULL) : 0;

	return script_table[index].timeout * (factor > 0 ? factor : 1);
}

void
lanes_run(unsigned index, bool own_group)
{
	struct script_end end = { .status = 127 << 8 };
	double start = clock_seconds(), limit = allowed(index);
	pid_t pid = script_start(index, own_group);
	pid_t target = own_group ? -pid : pid;

	if (pid > 0) {
		running = own_group ? pid : 0;
		while (waitpid(pid, &end.status, WNOHANG) == 0 && !end.timed_out) {
			end.timed_out = clock_seconds() - start > limit;
			look_again();
		}
		if (own_group || end.timed_out)
			kill(target, SIGKILL);	/* and what it left behind */
		if (end.timed_out)
			waitpid(pid, &end.status, 0);
		running = 0;
	}
	end.seconds = clock_seconds() - start;
	lanes_tell(index, &end);
}

/* --- a lane --- */

static void
on_signal(int sig)
{
	if (running != 0)
		kill(-running, SIGKILL);
	_exit(128 + sig);
}

static void
lane(const unsigned *index, unsigned n)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	while (n-- > 0)
		if (lanes_claim(index[n]))
			lanes_run(index[n], true);
	_exit(0);
}

/* --- all of them --- */

void
lanes_open(struct lanes *l, const unsigned *index, unsigned n, unsigned lanes)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s/lanes", getenv("RINGLAB_SCRATCH"));
	scratch_remove(dir);
	mkdir(dir, 0777);
	for (l->n = 0; l->n + 1 < lanes && l->n < LANES_MAX && l->n + 1 < n; l->n++) {
		fflush(NULL);
		l->pid[l->n] = fork();
		if (l->pid[l->n] < 0)
			return;
		if (l->pid[l->n] == 0)
			lane(index, n);
	}
}

void
lanes_close(struct lanes *l)
{
	while (l->n > 0) {
		kill(l->pid[--l->n], SIGTERM);
		waitpid(l->pid[l->n], NULL, 0);
	}
}
