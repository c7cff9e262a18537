/*
 * snapshot/snapshot_child.c - saving in the background
 *
 * fork() gives a child all of the machine as it is now; the pages are shared
 * until one of the two writes to them.  The child writes the file, reports
 * through a pipe and is gone: nothing of the program runs in it otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "snapshot/snapshots_priv.h"

#define CHILD_NICE	5

/* It must not be heard or ended by what is meant for the program. */
static void
child_settle(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGXFSZ, SIGPIPE };
	int null = open("/dev/null", O_RDWR);
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	for (i = 0; null >= 0 && i < 3; i++)
		dup2(null, (int)i);
	setpriority(PRIO_PROCESS, 0, CHILD_NICE);
}

static void
child_main(struct snapshots *s, const struct snapshot_job *job, int out)
{
	struct snapshot_report r;

	memset(&r, 0, sizeof(r));
	child_settle();
	r.ok = snapshot_write(s, job, &r.id, &r.error);
	_exit(write(out, &r, sizeof(r)) == sizeof(r) ? 0 : 1);
}

/* The child has reported or is gone. */
static void
child_ended(struct snapshots *s, ssize_t got, struct snapshot_report *r)
{
	int status = 0;

	close(s->pipe);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
	snapshot_hold_disks(s, false);
	if (got != sizeof(*r)) {
		r->ok = false;
		if (WIFSIGNALED(status))
			snapshot_fail(&r->error, "%s: the process that saved it was ended by "
			    "signal %d", s->saving, WTERMSIG(status));
		else
			snapshot_fail(&r->error, "%s: the process that saved it ended",
			    s->saving);
	}
	r->error.text[sizeof(r->error.text) - 1] = '\0';
	snapshot_save_ended(s, r);
}

void
snapshots_poll(struct snapshots *s)
{
	struct snapshot_report r;
	ssize_t got;

	if (!s->pid)
		return;
	got = read(s->pipe, &r, sizeof(r));
	if (got >= 0 || (errno != EAGAIN && errno != EINTR))
		child_ended(s, got, &r);
}

bool
snapshots_busy(const struct snapshots *s)
{
	return s->pid;
}

void
snapshots_wait(struct snapshots *s)
{
	struct pollfd p = { .fd = s->pipe, .events = POLLIN };

	if (!s->pid)
		return;
	poll(&p, 1, -1);
	snapshots_poll(s);
}

bool
snapshot_start_child(struct snapshots *s, const struct snapshot_job *job, struct snapshot_error *e)
{
	int fd[2];

	if (pipe(fd) != 0)
		return snapshot_fail(e, "%s: cannot make a pipe: %s", job->path,
		    strerror(errno));
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	snapshot_hold_disks(s, true);
	s->pid = fork();
	if (!s->pid)
		child_main(s, job, fd[1]);
	close(fd[1]);
	s->pipe = fd[0];
	if (s->pid > 0)
		return true;
	s->pid = 0;
	snapshot_hold_disks(s, false);
	close(fd[0]);
	return snapshot_fail(e, "%s: cannot make a process: %s", job->path, strerror(errno));
}
