/*
 * tests/runner/script.c - a shell script as a Check test
 *
 * The script runs in an empty directory of its own, as its standard input
 * /dev/null, its output in the file "output" there.  lanes_run() watches the time;
 * Check gives each test a process group and kills what is left of it at the end.
 */
#define _GNU_SOURCE	/* nftw */
#include "tests/runner/runner.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE	30	/* seconds */

void
script_name(const struct script_entry *e, char *buf, size_t n)
{
	const char *base = strrchr(e->path, '/');
	const char *end;

	base = base == NULL ? e->path : base + 1;
	end = strrchr(base, '.');
	if (end == NULL)
		end = base + strlen(base);
	snprintf(buf, n, "%.*s", (int)(end - base), base);
}

void
scratch_path(const char *suite, const char *test, char *buf, size_t n)
{
	snprintf(buf, n, "%s/%s/%s", getenv("RINGLAB_SCRATCH"), suite, test);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
scratch_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool
scratch_make(const char *suite, const char *path)
{
	char parent[4096];

	snprintf(parent, sizeof(parent), "%s/%s", getenv("RINGLAB_SCRATCH"), suite);
	mkdir(parent, 0777);
	scratch_remove(path);
	return mkdir(path, 0777) == 0;
}

/* In the child: becomes the script, or exits with 127. */
static void
script_exec(const char *script, const char *dir)
{
	int in, out;

	if (chdir(dir) != 0)
		_exit(127);
	in = open("/dev/null", O_RDONLY);
	out = open("output", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
	if (in < 0 || out < 0)
		_exit(127);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execl("/bin/sh", "sh", script, (char *)NULL);
	_exit(127);
}

/* The last line of the script's output that is not empty. */
static void
last_line(const char *dir, char *buf, size_t n)
{
	char path[4200], line[1024];
	FILE *f;

	snprintf(buf, n, "no reason given");
	snprintf(path, sizeof(path), "%s/output", dir);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			snprintf(buf, n, "%s", line);
	}
	fclose(f);
}

pid_t
script_start(unsigned index, bool own_group)
{
	const struct script_entry *e = &script_table[index];
	char name[SCRIPT_NAME_MAX], dir[4096], script[4096];
	pid_t pid;

	script_name(e, name, sizeof(name));
	scratch_path(e->suite, name, dir, sizeof(dir));
	snprintf(script, sizeof(script), "%s/%s", getenv("SRCDIR"), e->path);
	if (!scratch_make(e->suite, dir))
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (own_group)
			setpgid(0, 0);
		script_exec(script, dir);
	}
	if (pid > 0 && own_group)
		setpgid(pid, pid);
	return pid;
}

static void
script_verdict(const struct script_entry *e, const char *name,
    const struct script_end *end)
{
	char reason[1024], dir[4096];

	if (end->timed_out)
		ck_abort_msg("%s: stopped after %.0f s", e->path, end->seconds);
	if (WIFSIGNALED(end->status))
		ck_abort_msg("%s: killed by signal %d", e->path, WTERMSIG(end->status));
	scratch_path(e->suite, name, dir, sizeof(dir));
	last_line(dir, reason, sizeof(reason));
	if (WEXITSTATUS(end->status) == SKIP_STATUS)
		skip_record(e->suite, name, reason);
	else if (WEXITSTATUS(end->status) == CANNOT_STATUS)
		cannot_record(e->suite, name, reason);
	else if (WEXITSTATUS(end->status) != 0)
		ck_abort_msg("%s: exit status %d", e->path, WEXITSTATUS(end->status));
}

/* Check keeps a test's microseconds in an int and fails one of 36 minutes; a test that
 * exits is not asked for them. */
static void
leave_passed(void)
{
	const char *fork = getenv("CK_FORK");

	if (fork == NULL || strcmp(fork, "no") != 0)
		exit(EXIT_SUCCESS);
}

START_TEST(script_test)
{
	const unsigned index = (unsigned)_i;
	char name[SCRIPT_NAME_MAX];
	struct script_end end;

	script_name(&script_table[index], name, sizeof(name));
	if (lanes_claim(index))
		lanes_run(index, false);
	lanes_wait(index, &end);
	script_verdict(&script_table[index], name, &end);
	leave_passed();
}
END_TEST

void
script_add(Suite *s, unsigned index, const char *name)
{
	TCase *tc = tcase_create(name);

	/* lanes_run() watches the time; this is for the runner's own mistakes. */
	tcase_set_timeout(tc, script_table[index].timeout + GRACE);
	tcase_add_loop_test(tc, script_test, (int)index, (int)index + 1);
	suite_add_tcase(s, tc);
}
