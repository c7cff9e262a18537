/*
 * hw/machine_describe.c - a machine's configuration as text
 */
#include <inttypes.h>
#include <stdlib.h>

#include "hw/machine_state.h"

#define MIB	((uint64_t)1 << 20)

static void
describe_board(const struct machine_config *c, FILE *out)
{
	if (c->ram % MIB)
		fprintf(out, "ram=%" PRIu64 "\n", c->ram);
	else
		fprintf(out, "ram=%" PRIu64 "M\n", c->ram / MIB);
	fprintf(out, "cpus=%u\n", c->cpus);
	fprintf(out, "cpu=%s\n", c->cpu ? c->cpu : "default");
	fprintf(out, "timing=%s\n", c->timing == TIMING_NONE ? "none" : "flat");
	fprintf(out, "vga=%s\n", c->vga == VGA_NONE ? "none" : "std");
	fprintf(out, "seed=%" PRIu64 "\n", c->seed);
	fprintf(out, "rtc_base=%" PRId64 "\n", c->rtc_base);
	fprintf(out, "nographic=%d\n", c->nographic);
	fprintf(out, "serial0=%d\n", c->serial[0].present);
	fprintf(out, "serial1=%d\n", c->serial[1].present);
	fprintf(out, "debugcon=%d\n", c->debugcon.present);
	fprintf(out, "testdev=%d\n", c->testdev);
	if (c->debug_exit)
		fprintf(out, "debug_exit=0x%x,%u\n", c->debug_exit_port,
		    c->debug_exit_size);
}

static void
describe_disk(const struct machine_disk *d, unsigned unit, FILE *out)
{
	if (!d->present)
		return;
	fprintf(out, "disk%u=%s%s\n", unit, d->cd ? "cdrom" : "disk",
	    d->readonly ? ",readonly" : "");
	if (d->file)
		fprintf(out, "disk%u.path=%s\n", unit, d->file);
}

static void
describe_boot(const struct machine_config *c, FILE *out)
{
	fprintf(out, "boot=%s\n", c->boot ? c->boot : "cd");
	fprintf(out, "boot_menu=%d\n", c->boot_menu);
	if (c->bios)
		fprintf(out, "bios.path=%s\n", c->bios);
	if (c->kernel)
		fprintf(out, "kernel.path=%s\n", c->kernel);
	if (c->initrd)
		fprintf(out, "initrd.path=%s\n", c->initrd);
	if (c->append)
		fprintf(out, "append=%s\n", c->append);
}

char *
machine_describe(const struct machine_config *cfg)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned i;

	if (!out)
		return NULL;
	describe_board(cfg, out);
	for (i = 0; i < MACHINE_DISKS; i++)
		describe_disk(&cfg->disk[i], i, out);
	describe_boot(cfg, out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
