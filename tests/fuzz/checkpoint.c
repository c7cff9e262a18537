/*
 * tests/fuzz/checkpoint.c - fuzz target: a directory of checkpoints that is damaged
 *
 * A whole epoch and one that builds on it; the input edits the one or the other
 * (tests/fuzz/edit_container.h), and a machine is to go on from them.  A refused
 * directory leaves a machine that nobody runs, so the good one is loaded next.
 */
#define _GNU_SOURCE		/* memfd_create() */
#include <fcntl.h>

#include "hw/machine_state.h"
#include "snapshot/checkpoint.h"
#include "snapshot/checkpoint_dir.h"
#include "tests/fuzz/edit_container.h"

#define RUN_CYCLES	2000u
#define FIRST_CYCLES	100000u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
	struct log		*log;
	struct machine_config	cfg;
	struct machine		*m;
	struct outbuf		*out;
	struct edited		epoch[2];
	struct hash128		good;
	char			rom[48];
};

static void
see_byte(void *arg, uint8_t byte)
{
	(void)arg;
	(void)byte;
}

static void
make_machine(struct target *t)
{
	machine_config_init(&t->cfg);
	snprintf(t->rom, sizeof(t->rom), "/tmp/ringlab-fuzz-%ld.rom", (long)getpid());
	write_firmware(t->rom);
	t->cfg.bios = t->rom;
	t->cfg.ram = 1 << 20;
	t->cfg.reference = true;	/* no code cache to be emptied each time */
	t->cfg.pace = PACE_MAX;
	t->cfg.vga = VGA_NONE;
	t->cfg.log = t->log;
	t->cfg.serial[0] = t->cfg.debugcon = (struct machine_out){ true, see_byte, NULL };
	t->out = outbuf_new(OUTBUF_ALL, OUTBUF_LIMIT);
	if (!t->out || outbuf_take_bytes(t->out, &t->cfg.serial[0]) < 0)
		die("no buffer");
	t->m = machine_new(&t->cfg);
	if (!t->m || !machine_freeze_disks(t->m, NULL))
		die("no machine");
}

/* Two epochs into the files of a real directory, which are taken from there. */
static void
make_epochs(struct target *t)
{
	char dir[48], name[2][96];
	struct checkpoint_dir_config how = { .m = t->m, .cfg = &t->cfg, .out = t->out,
		.every = FIRST_CYCLES, .keep = 4, .log = t->log };
	struct checkpoints_config c = { .every = UINT32_MAX, .out = t->out, .log = t->log };
	struct checkpoints *points;
	struct checkpoint_dir *d;
	struct snapshot_error e;

	snprintf(dir, sizeof(dir), "/tmp/ringlab-fuzz-%ld.dir", (long)getpid());
	d = checkpoint_dir_create(dir, &e);
	if (!d || !checkpoint_dir_attach(d, &how, &e))
		die(e.text);
	c.sink = checkpoint_dir_sink(d);
	points = checkpoints_new(t->m, &c);
	run_on(t->m, FIRST_CYCLES);
	if (!points || !checkpoints_commit(points))
		die("no checkpoints");
	checkpoints_free(points);
	t->good = machine_state_hash(t->m);
	snprintf(name[0], sizeof(name[0]), "%s/0000000000000001.whole", dir);
	snprintf(name[1], sizeof(name[1]), "%s/0000000000000002.part", dir);
	edited_init(&t->epoch[0], name[0]);
	edited_init(&t->epoch[1], name[1]);
	checkpoint_dir_free(d);
	snprintf(name[0], sizeof(name[0]), "%s/lock", dir);
	unlink(name[0]);
	rmdir(dir);
}

static bool
add(struct checkpoint_dir *d, const struct edited *f, struct snapshot_error *e)
{
	return checkpoint_dir_add(d, fcntl(f->fd, F_DUPFD_CLOEXEC, 0), e);
}

/* As --resume and a standby do. */
static bool
go_on(struct target *t)
{
	struct snapshot_error e;
	struct checkpoint_dir *d = checkpoint_dir_in_memory("fuzz", &e);
	char *config, *cwd;
	bool ok = d && add(d, &t->epoch[0], &e) && add(d, &t->epoch[1], &e);

	config = ok ? checkpoint_dir_config(d, &cwd, &e) : NULL;
	ok = config && checkpoint_dir_load(d, t->m, &t->cfg, t->out, &e);
	if (config)
		free(cwd);
	free(config);
	checkpoint_dir_free(d);
	return ok;
}

static void
go_on_from_good(struct target *t)
{
	struct hash128 is;

	if (!go_on(t))
		die("the good files are refused");
	is = machine_state_hash(t->m);
	if (!container_sums_equal(is, t->good))
		die("the good files make another machine");
}

static struct target *
target_new(void)
{
	struct target *t = calloc(1, sizeof(*t));

	t->log = log_new(NULL, LOG_QUIET);
	make_machine(t);
	make_epochs(t);
	make_good(&t->epoch[0]);
	make_good(&t->epoch[1]);
	go_on_from_good(t);
	return t;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct target *t;
	unsigned which;

	if (!t)
		t = target_new();
	if (!size)
		return 0;
	which = data[0] & 1;
	make_input(&t->epoch[which], data + 1, size - 1);
	if (go_on(t)) {
		run_on(t->m, RUN_CYCLES);
		outbuf_drop(t->out);
	}
	make_good(&t->epoch[which]);
	go_on_from_good(t);
	return 0;
}
