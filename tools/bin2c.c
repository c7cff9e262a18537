/*
 * tools/bin2c.c - a file as a C array
 *
 * bin2c NAME IN OUT writes C that defines NAME_rom[] and NAME_rom_size.
 */
#include <stdio.h>
#include <stdlib.h>

static void
print_array(FILE *in, FILE *out, const char *name)
{
	unsigned long n = 0;
	int byte;

	fprintf(out, "/* %s_rom.c - made by tools/bin2c */\n"
	    "#include <stdint.h>\n\n"
	    "extern const uint8_t %s_rom[];\n"
	    "extern const uint32_t %s_rom_size;\n\n"
	    "const uint8_t %s_rom[] = {", name, name, name, name);
	while ((byte = getc(in)) != EOF)
		fprintf(out, "%s0x%02x,", n++ % 12 ? " " : "\n\t", byte);
	fprintf(out, "\n};\n\nconst uint32_t %s_rom_size = %lu;\n", name, n);
}

int
main(int argc, char **argv)
{
	FILE *in, *out;

	if (argc != 4) {
		fprintf(stderr, "usage: bin2c NAME IN OUT\n");
		return EXIT_FAILURE;
	}
	in = fopen(argv[2], "rb");
	out = fopen(argv[3], "w");
	if (in == NULL || out == NULL) {
		perror(in == NULL ? argv[2] : argv[3]);
		return EXIT_FAILURE;
	}
	print_array(in, out, argv[1]);
	if (ferror(in) || ferror(out) || fclose(out) != 0) {
		fprintf(stderr, "bin2c: %s: input or output error\n", argv[3]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
