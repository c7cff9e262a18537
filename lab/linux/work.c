/*
 * lab/linux/work.c - /init of the lab shadow-vs-nested in Debian's kernel
 *
 * Its first mark is the end of the boot.  Then four phases, each between LAB_MARK_START
 * and _END, with the number of operations and a checksum behind it:
 *
 *	forks=N		fork; the child writes half of the parent's pages, runs this
 *			program again (exec), which touches pages of its own, and ends
 *	maps=N		pages are mapped, written, half of them made read-only, unmapped
 *	touches=N	read-modify-writes of random words of pages= pages; twice: as
 *			pages of 4 KiB, and as the kernel likes, 2 MiB
 */
#include "lab/linux/sys.h"

#define FORK_PAGES	64
#define LEAF_PAGES	8
#define MAP_PAGES	64
#define LARGE		(2ul << 20)
#define MADV_HUGEPAGE	14
#define MADV_NOHUGEPAGE	15
#define PROT_READ	1

static uint64_t
random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
end(uint64_t ops, uint64_t checksum)
{
	mark(LAB_MARK_END);
	value(LAB_KEY_OPS, ops);
	value(LAB_KEY_CHECKSUM, checksum);
}

/* --- fork and exec --- */

/* What a child becomes. */
static void
leaf(const char *seed)
{
	volatile uint8_t *p = map(LEAF_PAGES * PAGE);
	uint64_t sum = 0, i;

	for (i = 0; i < LEAF_PAGES; i++)
		sum += p[i * PAGE] = (uint8_t)(seed[0] + i);
	SYS1(exit, sum & 127);
}

static void
child(volatile uint8_t *p, uint64_t i)
{
	char seed[2] = { (char)('a' + i % 26), '\0' };
	char *const args[] = { "leaf", seed, NULL }, *const env[] = { NULL };
	uint64_t k;

	for (k = 0; k < FORK_PAGES / 2; k++)
		p[k * PAGE]++;
	SYS3(execve, "/init", args, env);
	SYS1(exit, 126);
}

static void
forks(uint64_t n)
{
	volatile uint8_t *p = map(FORK_PAGES * PAGE);
	uint64_t sum = 0, i;
	int status;
	long pid;

	for (i = 0; i < FORK_PAGES; i++)
		p[i * PAGE] = (uint8_t)i;
	mark(LAB_MARK_START);
	for (i = 0; i < n; i++) {
		pid = SYS0(fork);
		if (pid == 0)
			child(p, i);
		if (pid < 0 || SYS4(wait4, pid, &status, 0, 0) != pid)
			die("fork", pid);
		sum = sum * 31 + (uint64_t)(status >> 8);
	}
	end(n, sum);
}

/* --- mmap --- */

static uint64_t
map_once(uint64_t round)
{
	volatile uint8_t *p = map(MAP_PAGES * PAGE);
	uint64_t sum = 0, i;
	long err;

	for (i = 0; i < MAP_PAGES; i++)
		sum += p[i * PAGE] = (uint8_t)(round + i);
	err = SYS3(mprotect, p, MAP_PAGES / 2 * PAGE, PROT_READ);
	for (i = 0; i < MAP_PAGES; i++)
		sum += p[i * PAGE];
	err |= SYS2(munmap, p, MAP_PAGES * PAGE);
	if (err)
		die("mprotect or munmap", err);
	return sum;
}

static void
maps(uint64_t n)
{
	uint64_t sum = 0, i;

	mark(LAB_MARK_START);
	for (i = 0; i < n; i++)
		sum = sum * 31 + map_once(i);
	end(n * MAP_PAGES, sum);
}

/* --- random touches --- */

static void
touches(uint64_t n, uint64_t pages, int advice)
{
	uint64_t x = 1, sum = 0, i, at = (uint64_t)map(pages * PAGE + LARGE);
	volatile uint64_t *p = (uint64_t *)((at + LARGE - 1) & ~(LARGE - 1));

	SYS3(madvise, p, pages * PAGE, advice);
	for (i = 0; i < pages; i++)
		p[i * PAGE / 8] = i;
	mark(LAB_MARK_START);
	for (i = 0; i < n; i++) {
		at = random_next(&x);
		at = ((at >> 32) * pages >> 32) * (PAGE / 8) + (at & 511);
		sum += p[at] += x;
	}
	end(n, sum);
}

void	begin(long *stack);

void
begin(long *stack)
{
	char *const *args = (char *const *)(stack + 1), *const *env = args + stack[0] + 1;
	uint64_t n, pages;

	if (stack[0] == 2 && equal(args[0], "leaf"))
		leaf(args[1]);
	n = number_of(env, "touches", 1000);
	pages = number_of(env, "pages", 4096);
	ports_open();
	mark(LAB_MARK_END);
	allow_large_pages();
	forks(number_of(env, "forks", 10));
	maps(number_of(env, "maps", 10));
	touches(n, pages, MADV_NOHUGEPAGE);
	touches(n, pages, MADV_HUGEPAGE);
	finish(0);
}
