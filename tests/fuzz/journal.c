/*
 * tests/fuzz/journal.c - fuzz target: journals
 *
 * The first byte says how: the input is a whole file; or its records, of a valid
 * header, configuration and checksums; then a machine is made and plays them for
 * a while.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/bits.h"
#include "cpu/timing.h"
#include "hw/machine_state.h"
#include "snapshot/journal.h"
#include "snapshot/player.h"

#define ROOM		(64u << 10)
#define LIMIT		300000u		/* cycles to play */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	uint8_t	bytes[ROOM];
	size_t	len;
};

static void
put_record(struct file *f, uint8_t type, const void *data, size_t n)
{
	uint8_t *p = f->bytes + f->len;

	if (n > ROOM - f->len - 12)
		return;
	put_le32(p, (uint32_t)n);
	memset(p + 4, 0, 4);
	p[4] = type;
	if (n)
		memcpy(p + 8, data, n);
	put_le32(p + 8 + n, (uint32_t)crc32(0, p + 4, (uInt)(4 + n)));
	f->len += 12 + n;
}

static void
put_start(struct file *f)
{
	struct machine_config cfg;
	char *text;

	machine_config_init(&cfg);
	cfg.ram = (uint64_t)1 << 20;
	cfg.vga = VGA_NONE;
	cfg.serial[0].present = true;
	text = machine_describe(&cfg);
	memcpy(f->bytes, "RINGJRNL", 8);
	put_le32(f->bytes + 8, JOURNAL_VERSION);
	put_le32(f->bytes + 12, TIMING_VERSION);
	f->len = 16;
	put_record(f, JOURNAL_CONFIG, text, strlen(text));
	put_record(f, JOURNAL_DIR, "/", 1);
	free(text);
}

/* type, length, data; and so on. */
static void
put_records(struct file *f, const uint8_t *p, size_t n)
{
	size_t len;

	while (n >= 2) {
		len = p[1] < n - 2 ? p[1] : n - 2;
		put_record(f, p[0] % JOURNAL_TYPES, p + 2, len);
		p += 2 + len;
		n -= 2 + len;
	}
}

/* What the input asks for may be large, or any file of this host. */
static bool
is_small(const struct machine_config *cfg)
{
	unsigned i;

	for (i = 0; i < MACHINE_DISKS; i++)
		if (cfg->disk[i].present)
			return false;
	return cfg->ram <= (uint64_t)16 << 20 && !cfg->kernel && !cfg->bios;
}

static struct machine *
small_machine(struct machine_config *cfg)
{
	cfg->limit_cycles = LIMIT;
	cfg->pace = PACE_MAX;
	return machine_new(cfg);
}

static void
play(struct player *p)
{
	struct machine_config cfg;
	struct machine *m;

	machine_config_init(&cfg);
	m = player_config(p, &cfg) && is_small(&cfg) ? small_machine(&cfg) : NULL;
	if (m && player_attach(p, m))
		player_finish(p, machine_run(m));
	player_free(p);		/* before the machine it knows */
	machine_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file *f = malloc(sizeof(*f));
	struct journal *j;
	struct player *p;
	char err[256];

	if (!f || !size || size > ROOM / 2) {
		free(f);
		return 0;
	}
	if (data[0] & 1) {
		put_start(f);
		put_records(f, data + 1, size - 1);
	} else {
		memcpy(f->bytes, data + 1, f->len = size - 1);
	}
	j = journal_parse(f->bytes, f->len, "input", err, sizeof(err));
	p = j ? player_new_journal(j, "input", NULL) : NULL;
	if (p)
		play(p);
	free(f);
	return 0;
}
