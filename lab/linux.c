/*
 * lab/linux.c - Linux as a guest of the labs: files
 */
#include "lab/linux.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"

/* A boot and some seconds of work are a tenth of this. */
#define PATIENCE	((uint64_t)300000000000)
#define EXIT_PORT	0xf4		/* of lab/linux/lib.c */
#define OWN_KERNEL	"guests/amd64/vmlinuz"
#define OWN_MODULES	"guests/amd64/modules"
#define FILE_MAX	((size_t)64 << 20)
#define MODULE		"kvm-amd"
#define MODULES_MAX	10u

/* Linux, Documentation/x86/boot.rst, "The Real-Mode Kernel Header" */
#define MAGIC		0x202u
#define   HDRS		0x53726448u
#define XLOADFLAGS	0x236u
#define   KERNEL_64	1u
#define HEADER_END	0x238u

static const char *
setting(const struct lab_run *r, const char *name)
{
	return r->values.text[lab_values_find(&r->values, name)];
}

/* --- files --- */

/* With a 0 behind it. */
static uint8_t *
read_file(const struct lab_run *r, const char *name, size_t *n)
{
	FILE *f = fopen(name, "rb");
	uint8_t *data = f ? malloc(FILE_MAX + 1) : NULL, *less;
	bool bad;

	*n = data ? fread(data, 1, FILE_MAX + 1, f) : 0;
	bad = !data || ferror(f) || *n > FILE_MAX;
	if (bad)
		(void)lab_fail(r, "%s: %s", name, *n > FILE_MAX ? "too large" : strerror(errno));
	if (f)
		fclose(f);
	if (bad) {
		free(data);
		return NULL;
	}
	data[*n] = 0;
	less = realloc(data, *n + 1);
	return less ? less : data;
}

static bool
add_file(const struct lab_run *r, struct cpio *c, const char *name, const char *file)
{
	uint8_t *data;
	size_t n;

	data = read_file(r, file, &n);
	if (!data)
		return false;
	cpio_file(c, name, 0755, data, n);
	free(data);
	return true;
}

bool
linux_add_guest(const struct lab_run *r, struct cpio *c, const char *name, const char *guest)
{
	char path[GUEST_PATH];

	return guest_find(r, guest, path) && add_file(r, c, name, path);
}

bool
linux_initramfs(const struct lab_run *r, struct cpio *c, const char *name, char path[GUEST_PATH])
{
	bool ok = cpio_end(c) ? guest_make(r, name, c->data.p, c->data.len, path) :
	    lab_fail(r, "out of memory");

	blob_fini(&c->data);
	return ok;
}

/* --- the kernel --- */

static bool
find_kernel(const struct lab_run *r, char file[PATH_MAX])
{
	const char *want = setting(r, "kernel");

	if (strcmp(want, "debian")) {
		snprintf(file, PATH_MAX, "%s", want);
		return true;
	}
	return guest_beside(OWN_KERNEL, file, PATH_MAX) ||
	    lab_fail(r, "there is no kernel: `make guests' in the build directory downloads "
	    "Debian's to " OWN_KERNEL ", or --set kernel=FILE names one (/boot/vmlinuz-...)");
}

static bool
check_kernel(const struct lab_run *r, const char *file)
{
	uint8_t head[HEADER_END] = { 0 };
	FILE *f = fopen(file, "rb");
	size_t n;

	if (!f)
		return lab_fail(r, "kernel=%s: %s", file, strerror(errno));
	n = fread(head, 1, sizeof(head), f);
	fclose(f);
	if (n < sizeof(head) || get_le32(head + MAGIC) != HDRS)
		return lab_fail(r, "kernel=%s: no kernel of Linux (bzImage)", file);
	if (!(get_le16(head + XLOADFLAGS) & KERNEL_64))
		return lab_fail(r, "kernel=%s: no kernel of 64 bits", file);
	return true;
}

bool
linux_kernel(const struct lab_run *r, char path[GUEST_PATH])
{
	char file[PATH_MAX];

	return find_kernel(r, file) && check_kernel(r, file) &&
	    guest_open(r, "vmlinuz", file, path);
}

void
linux_boot(struct rig *g, unsigned ram, const char *kernel, const char *initrd, const char *words)
{
	g->limit = PATIENCE;
	g->cfg.debug_exit = true;
	g->cfg.debug_exit_port = EXIT_PORT;
	g->cfg.debug_exit_size = 4;
	g->cfg.ram = (uint64_t)ram << 20;
	g->cfg.kernel = kernel;
	g->cfg.initrd = initrd;
	g->cfg.append = words;
}

/* --- modules --- */

/* Those of a kernel called as distributions do. */
static bool
find_modules(const struct lab_run *r, char dir[PATH_MAX])
{
	const char *want = setting(r, "modules"), *kernel = setting(r, "kernel"), *version;

	if (strcmp(want, "own")) {
		snprintf(dir, PATH_MAX, "%s", want);
		return true;
	}
	if (!strcmp(kernel, "debian"))
		return guest_beside(OWN_MODULES, dir, PATH_MAX) ||
		    lab_fail(r, "there are no modules: `make guests' in the build directory "
		    "downloads Debian's to " OWN_MODULES);
	version = strstr(kernel, "vmlinuz-");
	snprintf(dir, PATH_MAX, "/lib/modules/%s", version ? version + 8 : "");
	return (version && !access(dir, R_OK)) ||
	    lab_fail(r, "kernel=%s: where its modules are has to be said: --set modules=DIR", kernel);
}

/* Whether a path of modules.dep is this module's, whatever it is compressed with. */
static bool
is_module(const char *path, size_t n, const char *name)
{
	size_t len = strlen(name), at = n;

	while (at && path[at - 1] != '/')
		at--;
	return n - at > len + 3 && !strncmp(path + at, name, len) &&
	    !strncmp(path + at + len, ".ko", 3);
}

/* "PATH: PATH...": its own and what it needs; NULL: it is not there. */
static const char *
find_line(const char *dep, const char *name)
{
	size_t n;

	for (; *dep; dep += strcspn(dep, "\n"), dep += *dep == '\n') {
		n = strcspn(dep, ":\n");
		if (dep[n] == ':' && is_module(dep, n + 1, name))
			return dep;
	}
	return NULL;
}

struct path {
	const char	*at;
	size_t		n;
};

/* Words of the line; how many. */
static unsigned
split(const char *line, struct path path[MODULES_MAX])
{
	unsigned n = 0;

	while (*line && *line != '\n' && n < MODULES_MAX) {
		path[n].at = line;
		path[n].n = strcspn(line, ": \n");
		line += path[n].n;
		line += strspn(line, ": ");
		n++;
	}
	return n;
}

/* What a module needs comes behind it, the innermost last. */
static bool
add_line(const struct lab_run *r, struct cpio *c, const char *dir, const char *line)
{
	struct path path[MODULES_MAX];
	char file[2 * PATH_MAX], name[] = "m0";
	unsigned n = split(line, path), i;

	for (i = 0; i < n; i++) {
		name[1] = (char)('0' + i);
		snprintf(file, sizeof(file), "%s/%.*s", dir, (int)path[n - 1 - i].n,
		    path[n - 1 - i].at);
		if (!add_file(r, c, name, file))
			return false;
	}
	return true;
}

bool
linux_add_modules(const struct lab_run *r, struct cpio *c)
{
	char dir[PATH_MAX], file[PATH_MAX + 16];
	const char *line;
	uint8_t *dep;
	size_t n;
	bool ok;

	if (!find_modules(r, dir))
		return false;
	snprintf(file, sizeof(file), "%s/modules.dep", dir);
	dep = read_file(r, file, &n);
	if (!dep)
		return false;
	line = find_line((const char *)dep, MODULE);
	ok = line ? add_line(r, c, dir, line) : lab_fail(r, "%s: there is no " MODULE, file);
	free(dep);
	return ok;
}
