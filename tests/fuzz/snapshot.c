/*
 * tests/fuzz/snapshot.c - fuzz target: a snapshot that is hostile
 *
 * The input edits a good file, section by section, and all checksums are made
 * right again, so that what is behind them is reached.  One machine is made
 * once; a refused file must leave it as it was, one that is accepted is run for
 * a while and then replaced by the good one.
 */
#define _GNU_SOURCE		/* memfd_create() */
#include "hw/machine_state.h"
#include "snapshot/snapshots.h"
#include "tests/fuzz/edit_container.h"

/* Most go wrong at once; one in eight is given time. */
#define RUN_CYCLES	300u
#define RUN_LONG	5000u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
	struct log		*log;
	struct machine_config	cfg;
	struct machine		*m;
	struct snapshots	*s;
	struct edited		file;
	struct hash128		good;
	char			rom[48];
	char			path[32];	/* of the file */
};

static struct target *
target_new(void)
{
	struct target *t = calloc(1, sizeof(*t));
	struct snapshots_config how = { .dir = "/tmp", .compress = SNAPSHOT_PLAIN };
	struct snapshot_error e;
	char name[64];

	t->log = log_new(NULL, LOG_QUIET);
	machine_config_init(&t->cfg);
	snprintf(t->rom, sizeof(t->rom), "/tmp/ringlab-fuzz-%ld.rom", (long)getpid());
	write_firmware(t->rom);
	t->cfg.bios = t->rom;
	t->cfg.ram = 1 << 20;
	t->cfg.reference = true;	/* no code cache to be emptied each time */
	t->cfg.pace = PACE_MAX;
	t->cfg.vga = VGA_NONE;
	t->cfg.log = t->log;
	t->cfg.debugcon.present = t->cfg.serial[0].present = true;
	t->m = machine_new(&t->cfg);
	t->s = t->m ? snapshots_new(t->m, &t->cfg, &how) : NULL;
	if (!t->s)
		die("no machine");
	run_on(t->m, 100000);
	snprintf(name, sizeof(name), "/tmp/ringlab-fuzz-%ld.rls", (long)getpid());
	if (!snapshots_save_now(t->s, name, &e))
		die(e.text);
	t->good = machine_state_hash(t->m);
	edited_init(&t->file, name);
	snprintf(t->path, sizeof(t->path), "/proc/self/fd/%d", t->file.fd);
	return t;
}

static void
check_same(struct target *t, const char *what)
{
	struct hash128 is = machine_state_hash(t->m);

	if (!container_sums_equal(is, t->good))
		die(what);
}

static void
load_good(struct target *t)
{
	struct snapshot_error e;

	make_good(&t->file);
	if (!snapshots_load(t->s, t->path, &e))
		die(e.text);
	check_same(t, "the good file makes another machine");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct target *t;
	struct snapshot_error e;

	if (!t)
		t = target_new();
	make_input(&t->file, data, size);
	if (!snapshots_load(t->s, t->path, &e)) {
		check_same(t, "a refused file has left a trace");
		return 0;
	}
	run_on(t->m, size && data[size - 1] % 8 ? RUN_CYCLES : RUN_LONG);
	load_good(t);
	return 0;
}
