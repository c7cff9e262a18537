/*
 * tests/insn/host.c - worker processes
 *
 * A worker shares one anonymous file with us and is told through a pipe which
 * of the two batches to run; it answers through another when it is done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#undef REG_RIP			/* the C library's, for signal frames */
#include "tests/insn/diff.h"

#define RANGES		32
#define PATIENCE_MS	60000
#define CANNOT_EXEC	127
/* An access this far below a stack may make the kernel extend it. */
#define STACK_GROWTH	(64u << 20)

struct host {
	unsigned	bits;
	pid_t		pid;
	int		file, to, from;
	struct shared	*shared;
	unsigned	ranges;
	uint64_t	low[RANGES], high[RANGES];
};

static void
run_worker(const struct host *h, const char *program, const int to[2], const int from[2])
{
	int file = fcntl(h->file, F_DUPFD, 10), in = fcntl(to[0], F_DUPFD, 10);
	int out = fcntl(from[1], F_DUPFD, 10);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(file, WORKER_FILE_FD);
	close_range(4, ~0u, 0);
	execl(program, program, (char *)NULL);
	_exit(CANNOT_EXEC);
}

static bool
spawn(struct host *h, const char *program)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from)) {
		fprintf(stderr, "pipe: %s\n", strerror(errno));
		return false;
	}
	h->pid = fork();
	if (h->pid < 0) {
		fprintf(stderr, "fork: %s\n", strerror(errno));
		return false;
	}
	if (!h->pid)
		run_worker(h, program, to, from);
	close(to[0]);
	close(from[1]);
	h->to = to[1];
	h->from = from[0];
	return true;
}

static bool
share(struct host *h)
{
	h->file = memfd_create("cases", MFD_CLOEXEC);
	if (h->file < 0 || ftruncate(h->file, FILE_BYTES))
		return false;
	h->shared = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, h->file, 0);
	if (h->shared == MAP_FAILED)
		h->shared = NULL;
	return h->shared;
}

static bool
is_window(const struct host *h, uint64_t at)
{
	uint64_t far = h->bits == 64 ? FAR64_AT : FAR32_AT;
	uint64_t bytes = WINDOW_BYTES + CASE_PAGE;

	return at - CODE_AT < CODE_BYTES || at - DATA_AT < bytes || at - far < bytes;
}

/* Where the worker itself lives: no case may touch it. */
static void
read_maps(struct host *h)
{
	char name[64], line[512];
	uint64_t low, high;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)h->pid);
	f = fopen(name, "r");
	while (f && h->ranges < RANGES && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &low, &high) != 2 || is_window(h, low))
			continue;
		h->low[h->ranges] = strstr(line, "[stack]") ? low - STACK_GROWTH : low;
		h->high[h->ranges++] = high;
	}
	if (f)
		fclose(f);
}

bool
host_owns(const struct host *h, uint64_t addr)
{
	unsigned i;

	for (i = 0; i < h->ranges; i++) {
		if (addr + CASE_PAGE >= h->low[i] && addr < h->high[i] + CASE_PAGE)
			return true;
	}
	return false;
}

static void
fill_template(struct shared *sh, uint64_t seed)
{
	struct rng r = { seed };
	unsigned i;

	for (i = 0; i < ARENA_BYTES; i += 8)
		put_le64(sh->arena + i, rnd(&r));
	for (i = 0; i < CASE_PAGE; i += 8)
		put_le64(sh->readonly + i, rnd(&r));
}

/* The worker's first message says that it has mapped its windows. */
static bool
started(struct host *h, const char *program)
{
	struct batch_msg m;
	int status;

	if (read(h->from, &m, sizeof(m)) == sizeof(m))
		return true;
	waitpid(h->pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_EXEC) {
		printf("no %u-bit programs can be run here (%s)\n", h->bits, program);
		exit(HOST_CANNOT);
	}
	fprintf(stderr, "%s does not start: status %x\n", program, (unsigned)status);
	return false;
}

struct host *
host_new(unsigned bits, const char *program, uint64_t seed, bool fsgsbase)
{
	struct host *h = calloc(1, sizeof(*h));

	h->bits = bits;
	if (!share(h)) {
		fprintf(stderr, "no memory to share: %s\n", strerror(errno));
		return NULL;
	}
	fill_template(h->shared, seed);
	memcpy((uint8_t *)h->shared + FILE_ARENA, h->shared->arena, ARENA_BYTES);
	h->shared->has_fsgsbase = fsgsbase;
	if (!spawn(h, program))
		return NULL;
	if (!started(h, program))
		return NULL;
	read_maps(h);
	return h;
}

void
host_free(struct host *h)
{
	if (!h)
		return;
	close(h->to);
	close(h->from);
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
	munmap(h->shared, FILE_BYTES);
	close(h->file);
	free(h);
}

struct shared *
host_shared(struct host *h)
{
	return h->shared;
}

void
host_submit(struct host *h, unsigned buffer, unsigned count)
{
	struct batch_msg m = { buffer, count };

	if (write(h->to, &m, sizeof(m)) != sizeof(m))
		fprintf(stderr, "worker: %s\n", strerror(errno));
}

bool
host_wait(struct host *h, unsigned buffer)
{
	struct pollfd p = { .fd = h->from, .events = POLLIN };
	struct batch_msg m;
	int status;

	if (poll(&p, 1, PATIENCE_MS) == 1 && read(h->from, &m, sizeof(m)) == sizeof(m))
		return m.buffer == buffer;
	if (waitpid(h->pid, &status, WNOHANG) == h->pid)
		fprintf(stderr, "the worker ended with %s %d\n",
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	else
		fprintf(stderr, "the worker hangs\n");
	return false;
}
