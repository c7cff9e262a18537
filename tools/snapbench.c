/*
 * tools/snapbench.c - what saving and loading a guest costs
 *
 * snapbench RAM-MIB KERNEL INITRD APPEND DIR: boots until the guest writes
 * "snapbench: ready" to its serial port, saves it in the background, saves what
 * a second of its work changed, and loads both into other machines.  Prints
 * lines "name value": milliseconds, bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "hw/machine_state.h"
#include "snapshot/snapshots.h"

#define SECOND	1000000000u		/* cycles */
#define READY	"snapbench: ready"

struct bench {
	struct machine_config	cfg;
	struct machine		*m;
	struct snapshots	*s;
	struct snapshot_error	error;
	const char		*wanted;	/* rest of the text to wait for */
	uint64_t		until;
};

static double
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
fail(const char *what)
{
	fprintf(stderr, "snapbench: %s\n", what);
	exit(1);
}

/* The text has no repetition that a simple search could miss. */
static void
serial_byte(void *arg, uint8_t byte)
{
	struct bench *b = arg;

	if (!*b->wanted)
		return;
	b->wanted = byte == (uint8_t)*b->wanted ? b->wanted + 1 : READY;
}

static void
poll_bench(void *arg, struct machine *m, uint64_t wait)
{
	struct bench *b = arg;

	(void)wait;
	if (b->s)
		snapshots_poll(b->s);
	if (b->until ? machine_cycles(m) >= b->until : !*b->wanted)
		machine_stop(m);
}

static void
bench_open(struct bench *b, char **argv)
{
	struct snapshots_config how = { .dir = argv[5], .incremental = true };

	memset(b, 0, sizeof(*b));
	machine_config_init(&b->cfg);
	b->wanted = READY;
	b->cfg.ram = strtoull(argv[1], NULL, 0) << 20;
	b->cfg.kernel = argv[2];
	b->cfg.initrd = argv[3];
	b->cfg.append = argv[4];
	b->cfg.pace = PACE_MAX;
	b->cfg.serial[0] = (struct machine_out){ true, serial_byte, b };
	b->cfg.host = (struct machine_host){ .poll = poll_bench, .arg = b };
	b->m = machine_new(&b->cfg);
	b->s = b->m ? snapshots_new(b->m, &b->cfg, &how) : NULL;
	if (!b->s)
		fail("no machine");
}

static void
bench_close(struct bench *b)
{
	snapshots_free(b->s);
	machine_free(b->m);
}

static void
run(struct bench *b, uint64_t cycles)
{
	b->until = cycles ? machine_cycles(b->m) + cycles : 0;
	if (machine_run(b->m) != END_STOPPED)
		fail("the guest ended");
}

static void
file_size(const char *dir, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s.rls", dir, name);
	if (stat(path, &st) != 0)
		fail(path);
	printf("%s_bytes %" PRIu64 "\n", name, (uint64_t)st.st_size);
}

/* The guest goes on while the child writes. */
static void
save(struct bench *b, const char *name, const char *dir)
{
	double start = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID), pause;

	if (!snapshots_save(b->s, name, &b->error))
		fail(b->error.text);
	pause = now_ms(CLOCK_MONOTONIC) - start;
	cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%s_pause_cpu_ms %.1f\n", name, cpu);
	while (snapshots_busy(b->s))
		run(b, 5000000);
	printf("%s_pause_ms %.1f\n", name, pause);
	printf("%s_total_ms %.0f\n", name, now_ms(CLOCK_MONOTONIC) - start);
	file_size(dir, name);
}

static void
load(char **argv, const char *name)
{
	struct bench b;
	double start, cpu;

	bench_open(&b, argv);
	start = now_ms(CLOCK_MONOTONIC);
	cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	if (!snapshots_load(b.s, name, &b.error))
		fail(b.error.text);
	printf("%s_load_ms %.1f\n%s_load_cpu_ms %.1f\n", name,
	    now_ms(CLOCK_MONOTONIC) - start, name, now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	bench_close(&b);
}

int
main(int argc, char **argv)
{
	struct bench b;

	if (argc != 6)
		fail("usage: snapbench RAM-MIB KERNEL INITRD APPEND DIR");
	bench_open(&b, argv);
	run(&b, 0);
	printf("ram_bytes %" PRIu64 "\n", machine_ram_resident(b.m));
	save(&b, "full", argv[5]);
	run(&b, SECOND);
	save(&b, "second", argv[5]);
	bench_close(&b);
	load(argv, "full");
	load(argv, "second");
	return 0;
}
