/*
 * tests/fuzz/gdbstub.c - fuzz target: a debugger that means harm
 *
 * The input is what it sends, bytes or (first byte odd) payloads separated by
 * newlines that get a frame and a right checksum.  When it lets the machine run,
 * the machine runs a few thousand cycles.  The machine is one of the smallest, its
 * firmware a ROM of our own; it lives as long as the process, so findings may
 * depend on earlier inputs, which is as a debugger would have it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw/machine_priv.h"
#include "ui/gdb_priv.h"

#define ROM_SIZE	0x10000u
#define SLICE		5000u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(void *arg, const void *buf, size_t n)
{
	const char *p = buf;

	(void)arg;
	if (!n || n > GDB_PACKET + 4 || (n > 1 && (p[0] != '$' || p[n - 3] != '#')))
		abort();
}

static void
interrupted(void *arg)
{
	(void)arg;
}

static void
stop_soon(void *arg, struct machine *m, uint64_t wait)
{
	(void)arg;
	(void)wait;
	machine_stop(m);
}

/* Real mode: counts in memory for ever. */
static bool
write_rom(char *name)
{
	static const uint8_t code[] = { 0xff, 0x06, 0x00, 0x05, 0x60, 0x61, 0xeb, 0xf8 };
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

static struct gdb *
make(void)
{
	char name[] = "/tmp/gdbfuzzXXXXXX";
	struct gdb *g = calloc(1, sizeof(*g));
	struct machine_config cfg;

	machine_config_init(&cfg);
	cfg.ram = 4 << 20;
	cfg.vga = VGA_NONE;
	cfg.pace = PACE_MAX;
	cfg.bios = name;
	cfg.host.poll = stop_soon;
	if (!g || !write_rom(name))
		abort();
	g->m = machine_new(&cfg);
	unlink(name);
	if (!g->m)
		abort();
	g->link = (struct gdb_link){ .send = take, .packet = gdb_packet,
	    .interrupt = interrupted, .arg = g };
	return g;
}

/* What gdbstub_run() does around a run. */
static void
run(struct gdb *g)
{
	struct cpu *c = machine_cpu(g->m, 0);
	uint64_t before = c->insns, now = c->cycles;

	if (!g->running)
		return;
	gdb_arm(g);
	g->m->next_poll = now + SLICE;
	if (machine_run(g->m) == END_DEBUG)
		gdb_note_stop(g, g->stop, g->stop_cpu);
	else
		gdb_note_stop(g, GDB_INTERRUPTED, 0);
	if (c->insns < before)
		abort();
	g->running = false;
	gdb_tell_stop(g);
}

static void
send_framed(struct gdb *g, const uint8_t *data, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t sum = 0, tail[3] = { '#' };
	size_t i;

	for (i = 0; i < size; i++)
		sum = (uint8_t)(sum + data[i]);
	tail[1] = (uint8_t)hex[sum >> 4];
	tail[2] = (uint8_t)hex[sum & 15];
	gdb_link_feed(&g->link, (const uint8_t *)"$", 1);
	gdb_link_feed(&g->link, data, size);
	gdb_link_feed(&g->link, tail, 3);
	run(g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gdb *g;
	const uint8_t *end;
	size_t n;

	if (!g)
		g = make();
	if (!size)
		return 0;
	gdb_open(g);
	g->killed = g->running = false;
	if (!(*data & 1)) {
		gdb_link_feed(&g->link, data + 1, size - 1);
		run(g);
	} else {
		for (data++, size--; size; data += n, size -= n) {
			end = memchr(data, '\n', size);
			n = end ? (size_t)(end - data) : size;
			send_framed(g, data, n);
			n += end ? 1 : 0;
		}
	}
	gdb_close(g);
	g->running = false;
	return 0;
}
