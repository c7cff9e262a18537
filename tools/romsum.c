/*
 * tools/romsum.c - make an option ROM image from flat code
 *
 * romsum IN OUT pads IN to a multiple of 512 bytes, puts the number of such
 * units into byte 2 and makes the bytes add up to 0 modulo 256 through the
 * last byte, which it adds when the code fills its last unit (Plug and Play
 * BIOS Specification 1.0A §3.1 "Option ROM Header").
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROM_UNIT	512u
#define ROM_MAX		(ROM_UNIT * 255)

static int
fail(const char *file, const char *why)
{
	fprintf(stderr, "romsum: %s: %s\n", file, why);
	return EXIT_FAILURE;
}

static void
rom_finish(uint8_t *rom, size_t units)
{
	uint8_t sum = 0;
	size_t i;

	rom[2] = (uint8_t)units;
	for (i = 0; i < units * ROM_UNIT - 1; i++)
		sum += rom[i];
	rom[units * ROM_UNIT - 1] = (uint8_t)-sum;
}

int
main(int argc, char **argv)
{
	static uint8_t rom[ROM_MAX + ROM_UNIT];
	size_t n, units;
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: romsum IN OUT\n");
		return EXIT_FAILURE;
	}
	f = fopen(argv[1], "rb");
	if (f == NULL)
		return fail(argv[1], "cannot be read");
	n = fread(rom, 1, sizeof(rom), f);
	fclose(f);
	if (n < 3 || rom[0] != 0x55 || rom[1] != 0xaa)
		return fail(argv[1], "does not start with 55 AA");
	units = n / ROM_UNIT + 1;	/* at least one byte for the checksum */
	if (units * ROM_UNIT > ROM_MAX)
		return fail(argv[1], "is too large");
	rom_finish(rom, units);
	f = fopen(argv[2], "wb");
	if (f == NULL || fwrite(rom, ROM_UNIT, units, f) != units || fclose(f) != 0)
		return fail(argv[2], "cannot be written");
	return EXIT_SUCCESS;
}
