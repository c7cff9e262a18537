/*
 * tests/fuzz/journal.c - fuzz target: journals
 *
 * The first byte says how: the input is a whole file, for which a machine is made; or
 * its records, of a valid header, configuration and checksums.  Those are played by
 * one machine, which is taken back to its beginning each time.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/bits.h"
#include "cpu/timing.h"
#include "hw/machine_state.h"
#include "snapshot/journal.h"
#include "snapshot/player.h"
#include "snapshot/undo.h"

#define ROOM		(64u << 10)
#define LIMIT		70000u		/* cycles to play: what two bytes of an input reach */

/* Without machines to be made there is little to free, and fresh pages cost much. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16:malloc_context_size=10";
}

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
configure(struct machine_config *cfg)
{
	machine_config_init(cfg);
	cfg->ram = (uint64_t)1 << 20;
	cfg->vga = VGA_NONE;
	cfg->serial[0].present = true;
}

static void
put_start(struct file *f)
{
	struct machine_config cfg;
	char *text;

	configure(&cfg);
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

/* Its configuration may be any. */
static void
play_whole(struct player *p)
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

/* The machine of put_start(), at its beginning. */
struct kept {
	struct machine_config	cfg;
	struct machine		*m;
	struct undo		*beginning;
	struct hash128		hash;
};

static struct kept *
kept_new(void)
{
	struct kept *k = calloc(1, sizeof(*k));

	configure(&k->cfg);
	k->m = small_machine(&k->cfg);
	k->beginning = k->m ? undo_new(k->m) : NULL;
	if (!k->beginning || !undo_mark(k->beginning))
		abort();
	k->hash = machine_state_hash(k->m);
	return k;
}

static void
play_records(struct player *p)
{
	static struct kept *k;
	struct machine_config cfg;
	struct hash128 h;

	if (!k)
		k = kept_new();
	machine_config_init(&cfg);
	if (!player_config(p, &cfg))
		abort();		/* it is the first record, and right */
	if (player_attach(p, k->m))
		player_finish(p, machine_run(k->m));
	player_free(p);
	if (!undo_back(k->beginning, 0))
		abort();
	h = machine_state_hash(k->m);
	if (h.lo != k->hash.lo || h.hi != k->hash.hi)
		abort();
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
	if (p && data[0] & 1)
		play_records(p);
	else if (p)
		play_whole(p);
	free(f);
	return 0;
}
