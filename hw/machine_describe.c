/*
 * hw/machine_describe.c - a machine's configuration as text, and back
 *
 * One table says which members of struct machine_config make a difference to
 * the guest, and their names.  What only the host sees (engine, pace, limits)
 * is not in it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/machine_state.h"

enum item_type {
	ITEM_BOOL, ITEM_U16, ITEM_UINT, ITEM_U64, ITEM_I64, ITEM_ENUM, ITEM_STRING, ITEM_MAC
};

struct item {
	const char		*name;
	enum item_type		type;
	uint32_t		offset;
	const char *const	*words;		/* of ITEM_ENUM */
	/* A bool: the item is not said, not even as "no", where it is false.  So what
	 * older versions wrote is the same text. */
	uint32_t		if_offset;	/* 0: always */
};

#define ITEM(n, t, f)	{ n, t, (uint32_t)offsetof(struct machine_config, f), NULL, 0 }
#define WORDS(n, f, w)	{ n, ITEM_ENUM, (uint32_t)offsetof(struct machine_config, f), w, 0 }
#define IF(n, t, f, w, c) \
	{ n, t, (uint32_t)offsetof(struct machine_config, f), w, \
	    (uint32_t)offsetof(struct machine_config, c) }

static const char *const timing_words[] = { "flat", "none", NULL };
static const char *const vga_words[] = { "std", "none", NULL };

static const char *const nic_words[] = { "e1000", "virtio", NULL };

static const struct item items[] = {
	ITEM("ram", ITEM_U64, ram),
	ITEM("cpus", ITEM_UINT, cpus),
	ITEM("cpu", ITEM_STRING, cpu),
	WORDS("timing", timing, timing_words),
	WORDS("vga", vga, vga_words),
	ITEM("nographic", ITEM_BOOL, nographic),
	ITEM("append", ITEM_STRING, append),
	ITEM("boot", ITEM_STRING, boot),
	ITEM("boot-once", ITEM_STRING, boot_once),
	ITEM("boot-menu", ITEM_BOOL, boot_menu),
	ITEM("serial0", ITEM_BOOL, serial[0].present),
	ITEM("serial1", ITEM_BOOL, serial[1].present),
	ITEM("debugcon", ITEM_BOOL, debugcon.present),
	IF("debugcon-one", ITEM_BOOL, debugcon_one, NULL, debugcon_one),
	IF("debugcon-port", ITEM_U16, debugcon_port, NULL, debugcon_one),
	ITEM("debug-exit", ITEM_BOOL, debug_exit),
	ITEM("debug-exit-port", ITEM_U16, debug_exit_port),
	ITEM("debug-exit-size", ITEM_U16, debug_exit_size),
	ITEM("testdev", ITEM_BOOL, testdev),
	IF("pci-testdev", ITEM_BOOL, pci_testdev, NULL, pci_testdev),
	IF("hpet", ITEM_BOOL, hpet, NULL, hpet),
	IF("acpi-s3", ITEM_BOOL, acpi_s3, NULL, acpi_s3),
	IF("ib700", ITEM_BOOL, ib700, NULL, ib700),
#define DISK(i) \
	ITEM("disk" #i, ITEM_BOOL, disk[i].present), \
	ITEM("disk" #i "-cd", ITEM_BOOL, disk[i].cd), \
	ITEM("disk" #i "-readonly", ITEM_BOOL, disk[i].readonly)
	DISK(0), DISK(1), DISK(2), DISK(3),
#undef DISK
#define DISK(i) \
	IF("disk" #i, ITEM_BOOL, disk[i].present, NULL, disk[i].present), \
	IF("disk" #i "-readonly", ITEM_BOOL, disk[i].readonly, NULL, disk[i].present)
	DISK(4), DISK(5), DISK(6), DISK(7), DISK(8), DISK(9),
#undef DISK
#define FLOPPY(i) \
	IF("floppy" #i, ITEM_BOOL, disk[MACHINE_FLOPPY0 + i].present, NULL, \
	    disk[MACHINE_FLOPPY0 + i].present), \
	IF("floppy" #i "-readonly", ITEM_BOOL, disk[MACHINE_FLOPPY0 + i].readonly, NULL, \
	    disk[MACHINE_FLOPPY0 + i].present)
	FLOPPY(0), FLOPPY(1),
#undef FLOPPY
#define NIC(i) \
	IF("nic" #i, ITEM_BOOL, nic[i].present, NULL, nic[i].present), \
	IF("nic" #i "-model", ITEM_ENUM, nic[i].model, nic_words, nic[i].present), \
	IF("nic" #i "-mac", ITEM_MAC, nic[i].mac, NULL, nic[i].present)
	NIC(0), NIC(1), NIC(2), NIC(3),
#undef NIC
	IF("console", ITEM_BOOL, console.present, NULL, console.present),
	IF("balloon", ITEM_BOOL, balloon, NULL, balloon),
	ITEM("run.seed", ITEM_U64, seed),
	ITEM("run.rtc-base", ITEM_I64, rtc_base),
	ITEM("run.no-reboot", ITEM_BOOL, no_reboot),
	ITEM("file.bios", ITEM_STRING, bios),
	ITEM("file.kernel", ITEM_STRING, kernel),
	ITEM("file.initrd", ITEM_STRING, initrd),
	ITEM("file.disk0", ITEM_STRING, disk[0].file),
	ITEM("file.disk1", ITEM_STRING, disk[1].file),
	ITEM("file.disk2", ITEM_STRING, disk[2].file),
	ITEM("file.disk3", ITEM_STRING, disk[3].file),
	ITEM("file.disk4", ITEM_STRING, disk[4].file),
	ITEM("file.disk5", ITEM_STRING, disk[5].file),
	ITEM("file.disk6", ITEM_STRING, disk[6].file),
	ITEM("file.disk7", ITEM_STRING, disk[7].file),
	ITEM("file.disk8", ITEM_STRING, disk[8].file),
	ITEM("file.disk9", ITEM_STRING, disk[9].file),
	ITEM("file.disk0-format", ITEM_STRING, disk[0].format),
	ITEM("file.disk1-format", ITEM_STRING, disk[1].format),
	ITEM("file.disk2-format", ITEM_STRING, disk[2].format),
	ITEM("file.disk3-format", ITEM_STRING, disk[3].format),
	ITEM("file.disk4-format", ITEM_STRING, disk[4].format),
	ITEM("file.disk5-format", ITEM_STRING, disk[5].format),
	ITEM("file.disk6-format", ITEM_STRING, disk[6].format),
	ITEM("file.disk7-format", ITEM_STRING, disk[7].format),
	ITEM("file.disk8-format", ITEM_STRING, disk[8].format),
	ITEM("file.disk9-format", ITEM_STRING, disk[9].format),
	ITEM("file.floppy0", ITEM_STRING, disk[MACHINE_FLOPPY0].file),
	ITEM("file.floppy1", ITEM_STRING, disk[MACHINE_FLOPPY0 + 1].file),
};
static_assert(MACHINE_DISKS == 12 && MACHINE_FLOPPIES == 2 && MACHINE_SERIALS == 2 &&
    MACHINE_NICS == 4, "items[] lists them");

/* --- out --- */

/* A value is one line: backslash and line end are escaped. */
static void
put_string(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '\\')
			fputs("\\\\", out);
		else
			putc(*s, out);
	}
}

/* Strings that are NULL have no line. */
static void
put_item(FILE *out, const struct item *it, const struct machine_config *cfg)
{
	const void *p = (const char *)cfg + it->offset;
	const uint8_t *mac = p;
	const char *s = NULL;

	if (it->if_offset && !*((const bool *)cfg + it->if_offset))
		return;

	if (it->type == ITEM_STRING) {
		memcpy(&s, p, sizeof(s));
		if (!s)
			return;
	}
	fprintf(out, "%s=", it->name);
	switch (it->type) {
	case ITEM_BOOL:		fprintf(out, "%d", *(const bool *)p); break;
	case ITEM_U16:		fprintf(out, "%u", *(const uint16_t *)p); break;
	case ITEM_UINT:		fprintf(out, "%u", *(const unsigned *)p); break;
	case ITEM_U64:		fprintf(out, "%" PRIu64, *(const uint64_t *)p); break;
	case ITEM_I64:		fprintf(out, "%" PRId64, *(const int64_t *)p); break;
	case ITEM_ENUM:		fputs(it->words[*(const unsigned *)p], out); break;
	case ITEM_STRING:	put_string(out, s); break;
	case ITEM_MAC:
		fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		    mac[4], mac[5]);
		break;
	}
	putc('\n', out);
}

char *
machine_describe(const struct machine_config *cfg)
{
	char *text = NULL;
	size_t n = 0, i;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(items); i++)
		put_item(out, &items[i], cfg);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- back --- */

/* In place. */
static void
get_string(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' ? '\n' : *s;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool
get_word(const struct item *it, const char *s, unsigned *v)
{
	for (*v = 0; it->words[*v]; ++*v)
		if (!strcmp(it->words[*v], s))
			return true;
	return false;
}

static bool
get_number(const char *s, uint64_t max, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno && *v <= max;
}

static bool
get_signed(const char *s, int64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoll(s, &end, 10);
	return *s && !*end && !errno;
}

bool
machine_parse_mac(const char *s, uint8_t mac[6])
{
	unsigned v[6], i;
	int n = 0;

	if (strlen(s) != 17 || strspn(s, "0123456789abcdefABCDEF:") != 17 ||
	    sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%n", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
	    &n) != 6 || n != 17)
		return false;
	for (i = 0; i < 6; i++)
		mac[i] = (uint8_t)v[i];
	return true;
}

static bool
get_item(const struct item *it, struct machine_config *cfg, char *s)
{
	void *p = (char *)cfg + it->offset;
	uint64_t v = 0;

	switch (it->type) {
	case ITEM_STRING:
		get_string(s);
		memcpy(p, &s, sizeof(s));
		return true;
	case ITEM_ENUM:
		return get_word(it, s, p);
	case ITEM_I64:
		return get_signed(s, p);
	case ITEM_MAC:
		return machine_parse_mac(s, p);
	case ITEM_BOOL:
		if (!get_number(s, 1, &v))
			return false;
		*(bool *)p = v;
		return true;
	case ITEM_U16:
		if (!get_number(s, UINT16_MAX, &v))
			return false;
		*(uint16_t *)p = (uint16_t)v;
		return true;
	case ITEM_UINT:
		if (!get_number(s, UINT32_MAX, &v))
			return false;
		*(unsigned *)p = (unsigned)v;
		return true;
	default:
		return get_number(s, UINT64_MAX, p);
	}
}

static const struct item *
find_item(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		if (strlen(items[i].name) == n && !memcmp(items[i].name, name, n))
			return &items[i];
	return NULL;
}

bool
machine_config_parse(struct machine_config *cfg, char *text, const char **bad)
{
	const struct item *it;
	char *end, *value;

	for (; *text; text = end + 1) {
		*bad = text;
		end = strchr(text, '\n');
		if (!end)
			return false;
		*end = '\0';
		value = strchr(text, '=');
		it = value ? find_item(text, (size_t)(value - text)) : NULL;
		if (!it || !get_item(it, cfg, value + 1))
			return false;
	}
	return true;
}

const char *
machine_config_impossible(const struct machine_config *cfg)
{
	unsigned i;

	if (cfg->ram < MACHINE_RAM_MIN || cfg->ram > MACHINE_RAM_MAX)
		return "ram";
	if (cfg->cpus < 1 || cfg->cpus > MACHINE_MAX_CPUS)
		return "cpus";
	if (cfg->debug_exit && (!cfg->debug_exit_size ||
	    cfg->debug_exit_port + cfg->debug_exit_size > 0x10000))
		return "debug-exit-port";
	for (i = 0; i < MACHINE_DISKS; i++)
		if (cfg->disk[i].present && !cfg->disk[i].cd && !cfg->disk[i].file)
			return "a disk without an image";
	return NULL;
}

/* --- two of them --- */

static size_t
line_length(const char *s)
{
	return strcspn(s, "\n");
}

static bool
matters(const char *line)
{
	return strncmp(line, "file.", 5) && strncmp(line, "run.", 4);
}

/* The next line that says what the machine is, or the end. */
static const char *
next_line(const char *s)
{
	while (*s && !matters(s))
		s += line_length(s) + (s[line_length(s)] == '\n');
	return s;
}

bool
machine_describe_diff(const char *a, const char *b, char *buf, size_t n)
{
	size_t x, y;

	for (;;) {
		a = next_line(a);
		b = next_line(b);
		x = line_length(a);
		y = line_length(b);
		if (x != y || memcmp(a, b, x)) {
			snprintf(buf, n, "%.*s, not %.*s", (int)x, a, (int)y, b);
			return true;
		}
		if (!*a)
			return false;
		a += x + (a[x] == '\n');
		b += y + (b[y] == '\n');
	}
}
