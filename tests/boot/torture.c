/*
 * tests/boot/torture.c - locks under torture; a static program for a guest
 *
 * usage: torture THREADS SECONDS
 *
 * Each thread, bound to a processor of its own, works on memory that all share
 * through every kind of atomic instruction; what must hold is checked as they
 * go and when they end.  Prints what was done; status 0 if all of it held.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define THREADS	64
#define ROUND	1000

struct shared {
	_Alignas(64) atomic_uint	spin;
	uint64_t			under_spin[2];
	_Alignas(64) atomic_uint	next, serving;
	uint64_t			under_ticket[2];
	_Alignas(64) pthread_mutex_t	mutex;
	uint64_t			under_mutex[2];
	_Alignas(64) atomic_uint_fast64_t sum, cas, bits, bts;
	_Alignas(64) unsigned __int128	pair;		/* two equal halves */
	_Alignas(64) uint8_t		straddle[128];	/* a counter over a line's end */
	_Alignas(64) atomic_uint	flag[2], turn;	/* Peterson, threads 0 and 1 */
	uint64_t			under_peterson[2];
	atomic_bool			stop, wrong;
};

static struct shared s;
static uint64_t rounds[THREADS];

static void
complain(const char *what)
{
	if (!atomic_exchange(&s.wrong, true))
		printf("torture: wrong: %s\n", what);
}

/* Two counters that only a holder of the lock moves, one after the other. */
static void
critical(uint64_t counter[2], const char *what)
{
	volatile uint64_t *v = counter;

	if (v[0] != v[1])
		complain(what);
	v[0]++;
	v[1]++;
}

static void
spin_lock(void)
{
	while (atomic_exchange_explicit(&s.spin, 1, memory_order_acquire))
		while (atomic_load_explicit(&s.spin, memory_order_relaxed))
			__builtin_ia32_pause();
}

static void
take_ticket(void)
{
	unsigned mine = atomic_fetch_add(&s.next, 1);

	while (atomic_load(&s.serving) != mine)
		__builtin_ia32_pause();
}

/* Dekker-like: needs the fence between its store and its load. */
static void
peterson(unsigned me)
{
	atomic_store(&s.flag[me], 1);
	atomic_store(&s.turn, 1 - me);
	while (atomic_load(&s.flag[1 - me]) && atomic_load(&s.turn) == 1 - me)
		__builtin_ia32_pause();
	critical(s.under_peterson, "Peterson's lock");
	atomic_store(&s.flag[me], 0);
}

static void
cmpxchg16(void)
{
	uint64_t lo = 0, hi = 0, new;
	bool done;

	do {
		if (lo != hi)
			complain("CMPXCHG16B: halves differ");
		new = lo + 1;
		__asm__ volatile("lock cmpxchg16b %1"
		    : "=@ccz"(done), "+m"(s.pair), "+a"(lo), "+d"(hi)
		    : "b"(new), "c"(new) : "memory");
	} while (!done);
}

static void
atomics(unsigned me)
{
	uint_fast64_t was = atomic_load(&s.cas);
	uint64_t bit = (uint64_t)1 << me;
	bool set;

	atomic_fetch_add(&s.sum, 1);
	while (!atomic_compare_exchange_weak(&s.cas, &was, was + 1))
		;
	if (atomic_fetch_xor(&s.bits, bit) & bit)
		complain("LOCK XOR: a bit of this thread was set");
	if (!(atomic_fetch_and(&s.bits, ~bit) & bit))
		complain("LOCK AND: a bit of this thread was lost");
	__asm__ volatile("lock btsq %2, %1" : "=@ccc"(set), "+m"(s.bts) : "r"((uint64_t)me) : "memory");
	if (set)
		complain("LOCK BTS");
	__asm__ volatile("lock btrq %2, %1" : "=@ccc"(set), "+m"(s.bts) : "r"((uint64_t)me) : "memory");
	if (!set)
		complain("LOCK BTR");
	__asm__ volatile("lock incq %0" : "+m"(*(uint64_t *)(void *)&s.straddle[60]) : : "memory");
	cmpxchg16();
}

/* Pages come and go, so that processors have to flush each other's TLB. */
static void
shootdown(void)
{
	volatile char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	p[0] = p[4096] = 1;
	mprotect((void *)(uintptr_t)p, 4096, PROT_READ);
	if (p[0] != 1 || p[4096] != 1)
		complain("memory");
	munmap((void *)(uintptr_t)p, 8192);
}

static void *
work(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, i;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(me % (unsigned)sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (!atomic_load(&s.stop)) {
		for (i = 0; i < ROUND; i++) {
			spin_lock();
			critical(s.under_spin, "spin lock");
			atomic_store_explicit(&s.spin, 0, memory_order_release);
			take_ticket();
			critical(s.under_ticket, "ticket lock");
			atomic_fetch_add(&s.serving, 1);
			pthread_mutex_lock(&s.mutex);
			critical(s.under_mutex, "mutex");
			pthread_mutex_unlock(&s.mutex);
			atomics(me);
			if (me < 2)
				peterson(me);
		}
		rounds[me]++;
		shootdown();
	}
	return NULL;
}

static void
check(uint64_t got, uint64_t want, const char *what)
{
	if (got == want)
		return;
	printf("torture: %s: %llu, expected %llu\n", what, (unsigned long long)got,
	    (unsigned long long)want);
	complain(what);
}

int
main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 4, i;
	unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
	uint64_t sum = 0, two;
	pthread_t t[THREADS];

	if (!n || n > THREADS)
		return 2;
	pthread_mutex_init(&s.mutex, NULL);
	for (i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, work, (void *)(uintptr_t)i))
			return 2;
	sleep(seconds);
	atomic_store(&s.stop, true);
	for (i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		sum += rounds[i] * ROUND;
		if (!rounds[i])
			complain("a thread never ran");
	}
	two = (rounds[0] + (n > 1 ? rounds[1] : 0)) * ROUND;
	check(s.under_spin[1], sum, "spin lock");
	check(s.under_ticket[1], sum, "ticket lock");
	check(s.under_mutex[1], sum, "mutex");
	check(s.under_peterson[1], two, "Peterson's lock");
	check(s.sum, sum, "LOCK ADD");
	check(s.cas, sum, "LOCK CMPXCHG");
	check((uint64_t)s.pair, sum, "LOCK CMPXCHG16B");
	check(*(uint64_t *)(void *)&s.straddle[60], sum, "LOCK INC over a line's end");
	check(s.bits | s.bts, 0, "bits");
	printf("torture: %u threads, %llu rounds, %s\n", n, (unsigned long long)sum,
	    s.wrong ? "WRONG" : "all held");
	return s.wrong;
}
