/*
 * ui/screendump.c - the guest's screen as a PNG, by libpng
 */
#include "ui/screendump.h"

#include "config.h"

#ifdef HAVE_PNG

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 00RRGGBBh to three bytes a pixel, row by row from the top. */
static uint8_t *
rgb_bytes(const struct machine_screen *s)
{
	size_t n = (size_t)s->width * s->height, i;
	uint8_t *rgb = malloc(3 * n);

	for (i = 0; rgb && i < n; i++) {
		rgb[3 * i] = (uint8_t)(s->pixels[i] >> 16);
		rgb[3 * i + 1] = (uint8_t)(s->pixels[i] >> 8);
		rgb[3 * i + 2] = (uint8_t)s->pixels[i];
	}
	return rgb;
}

static const char *
write_png(const struct machine_screen *s, const char *path)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = s->width,
	    .height = s->height, .format = PNG_FORMAT_RGB };
	uint8_t *rgb = rgb_bytes(s);
	FILE *f;
	bool ok;

	if (!rgb)
		return strerror(ENOMEM);
	if (!(f = fopen(path, "wb"))) {
		free(rgb);
		return strerror(errno);
	}
	ok = png_image_write_to_stdio(&image, f, 0, rgb, 0, NULL);
	png_image_free(&image);
	free(rgb);
	if (fclose(f) == 0 && ok)
		return NULL;
	unlink(path);
	return "cannot write the picture";
}

const char *
screendump(struct machine *m, const char *path)
{
	struct machine_screen s = { 0 };
	const char *why = machine_screen(m, &s) ? write_png(&s, path) :
	    strerror(ENOMEM);

	machine_screen_free(&s);
	return why;
}

#else

const char *
screendump(struct machine *m, const char *path)
{
	(void)m;
	(void)path;
	return "this ringlab was built without libpng";
}

#endif
