/*
 * tests/fuzz/monitor.c - fuzz target: somebody at the monitor's keyboard
 *
 * The input is what is typed, lines for a client; the first byte says how: odd, in
 * pieces of a few bytes; 2, its lines through gdb's "monitor"; 4, each line is
 * completed, too; 8, there is paging, with the input for tables (16: PAE, 32: long
 * mode), and the machine stands still.  The machine is one of the smallest, its
 * firmware a ROM of our own, which runs a little between lines.  It lives as long
 * as the process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu/regs.h"
#include "hw/machine_priv.h"
#include "hw/machine_state.h"
#include "ui/monitor_client.h"

#define ROM_SIZE	0x10000u
#define SLICE		5000u
#define LINES		16u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
stop_soon(void *arg, struct machine *m, uint64_t wait)
{
	(void)wait;
	monitor_poll(arg);
	machine_stop(m);
}

/* Real mode: counts in memory for ever. */
static bool
write_rom(char *name)
{
	static const uint8_t code[] = {
		0xff, 0x06, 0x00, 0x05,			/* inc word [0x500] */
		0x60, 0x61,				/* pusha, popa */
		0xeb, 0xf8				/* jmp to the start */
	};
	static const uint8_t reset[] = { 0xea, 0x00, 0x00, 0x00, 0xf0 };
	uint8_t *rom = calloc(1, ROM_SIZE);
	int fd = mkstemp(name);
	bool ok;

	if (!rom || fd < 0)
		return false;
	memcpy(rom, code, sizeof(code));
	memcpy(rom + 0xfff0, reset, sizeof(reset));
	ok = write(fd, rom, ROM_SIZE) == ROM_SIZE;
	close(fd);
	free(rom);
	return ok;
}

static struct monitor *
make(void)
{
	char name[] = "/tmp/monfuzzXXXXXX";
	struct monitor *mon = calloc(1, sizeof(*mon));
	struct machine_config cfg;
	struct machine *m;

	machine_config_init(&cfg);
	cfg.ram = 4 << 20;
	cfg.vga = VGA_NONE;
	cfg.pace = PACE_MAX;
	cfg.bios = name;
	cfg.host.poll = stop_soon;
	cfg.host.arg = mon;
	if (!mon || !write_rom(name) || !(m = machine_new(&cfg)))
		abort();
	unlink(name);
	monitor_init(mon, m);
	return mon;
}

static void
run(struct monitor *mon, unsigned how)
{
	if (how & 8) {
		mon->quit = mon->stopped = mon->reset_asked = false;
		return;
	}
	mon->m->next_poll = machine_cycles(mon->m) + SLICE;
	mon->reset_asked = false;
	if (!mon->stopped)
		(void)machine_run(mon->m);
	mon->quit = mon->stopped = false;
}

/* What looking must not change. */
static struct hash128
state(struct monitor *mon)
{
	return machine_state_hash(mon->m);
}

static bool
may_change(const char *line)
{
	return strstr(line, "system_") || strstr(line, "mouse_");
}

static void
take(void *arg, const char *text, size_t n)
{
	size_t *total = arg;

	if (n && text[0] == '\0')
		abort();
	*total += n;
}

static void
candidate(void *arg, const char *word)
{
	size_t *total = arg;

	*total += strlen(word);
}

static void
one_line(struct monitor *mon, const char *line, unsigned how)
{
	struct hash128 before = state(mon), after;
	size_t total = 0, from;

	if (strstr(line, "screendump"))		/* it would write files */
		return;
	if (how & 4) {
		from = monitor_complete(mon, line, strlen(line), candidate, &total);
		if (from > strlen(line))
			abort();
	}
	monitor_command(mon, how & 2 ? VIA_GDB : VIA_MONITOR, line, take, &total);
	after = state(mon);
	if (!may_change(line) && memcmp(&before, &after, sizeof(after)))
		abort();
}

static void
lines(struct monitor *mon, const uint8_t *data, size_t size, unsigned how)
{
	char line[MONITOR_LINE + 16];
	const uint8_t *end;
	unsigned i;
	size_t n;

	for (i = 0; size && i < LINES; i++) {
		end = memchr(data, '\n', size);
		n = end ? (size_t)(end - data) : size;
		snprintf(line, sizeof(line), "%.*s", (int)n, (const char *)data);
		one_line(mon, line, how);
		run(mon, how);
		n += end ? 1 : 0;
		data += n;
		size -= n;
	}
}

static void
converse(struct monitor *mon, const uint8_t *data, size_t size)
{
	struct monitor_client c;
	size_t n, waits;
	unsigned i = 0;

	monitor_client_init(&c, mon, true);
	while ((size || monitor_client_pending(&c)) && i < LINES) {
		n = size < 7 ? size : 7;
		if (monitor_client_has_room(&c)) {
			n = monitor_client_feed(&c, data, n);
			data += n;
			size -= n;
		}
		for (; monitor_client_pending(&c) && i < LINES; i++)
			monitor_client_serve(&c);
		(void)monitor_client_answer(&c, &waits);
		monitor_client_taken(&c, waits / 2);
		run(mon, 0);
	}
	monitor_client_eof(&c);
	monitor_client_fini(&c);
}

/* The processor as if it had turned paging on, and as it was. */
static void
paged_lines(struct monitor *mon, const uint8_t *data, size_t size, unsigned how)
{
	struct cpu *c = machine_cpu(mon->m, 0);
	struct paging pg = c->mmu.pg;
	uint64_t cr0 = c->cr0;

	(void)phys_poke(c->pm, 0, data, size < PAGE_SIZE ? size : PAGE_SIZE);
	c->cr0 = c->mmu.pg.cr0 = cr0 | CR0_PG | CR0_PE;
	c->mmu.pg.cr3 = 0;
	c->mmu.pg.cr4 = how & 48 ? CR4_PAE : 0;
	c->mmu.pg.efer = how & 32 ? EFER_LME | EFER_LMA : 0;
	lines(mon, data, size, how);
	c->cr0 = cr0;
	c->mmu.pg = pg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct monitor *mon;

	if (!mon)
		mon = make();
	if (!size)
		return 0;
	if (*data & 1)
		converse(mon, data + 1, size - 1);
	else if (*data & 8)
		paged_lines(mon, data + 1, size - 1, *data);
	else
		lines(mon, data + 1, size - 1, *data);
	return 0;
}
