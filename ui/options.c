/*
 * ui/options.c - the command line
 */
#define _GNU_SOURCE		/* strptime(), timegm() */
#include "ui/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cpu/cpuid.h"
#include "cpu/timing.h"
#include "ui/window.h"

#include "config.h"

#define MIB		((uint64_t)1 << 20)
#define STATS_EVERY_MIN	10000u		/* cycles */

typedef bool (*option_fn)(struct options *o, const char *name, char *arg);

struct option_def {
	const char	*name;
	const char	*arg;		/* NULL: none */
	const char	*help;		/* NULL: not shown; heading when fn is NULL */
	option_fn	fn;
};

#define OPTION(fn, name, arg, help) \
	static bool opt_##fn(struct options *o, const char *name_, char *arg_);
#define HEADING(text)
#include "ui/options.def"
#undef OPTION
#undef HEADING

static const struct option_def option_table[] = {
#define OPTION(fn, name, arg, help) { name, arg, help, opt_##fn },
#define HEADING(text) { NULL, NULL, text, NULL },
#include "ui/options.def"
#undef OPTION
#undef HEADING
};

/* --- messages --- */

bool
option_bad(const char *option, const char *arg, const char *why)
{
	fprintf(stderr, "ringlab: %s %s: %s\n", option, arg, why);
	return false;
}

static bool
bad(const char *name, const char *arg, const char *why)
{
	fprintf(stderr, "ringlab: -%s %s: %s\n", name, arg, why);
	return false;
}

bool
option_unknown(const char *what, const char *name, const char *const *names)
{
	const char *best = nearest_name(name, names);

	fprintf(stderr, "ringlab: unknown %s '%s'", what, name);
	if (best)
		fprintf(stderr, "; did you mean '%s'?", best);
	fprintf(stderr, "\n");
	return false;
}

static bool
unknown_option(const char *given)
{
	const char *names[ARRAY_SIZE(option_table) + 1];
	const char *name = given + strspn(given, "-");
	const char *best;
	unsigned n = 0, i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++)
		if (option_table[i].name)
			names[n++] = option_table[i].name;
	names[n] = NULL;
	best = nearest_name(name, names);
	fprintf(stderr, "ringlab: unknown option %s; did you mean %s%s? (--help "
	    "lists all)\n", given, strlen(best) > 1 && given[1] == '-' ? "--" : "-",
	    best);
	return false;
}

/* --- values --- */

/* A number in C's notation, nothing behind it. */
static bool
parse_number(const char *s, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(s, &end, 0);
	return isdigit((unsigned char)*s) && !*end && !errno;
}

/* unit is what a number without a letter counts. */
static bool
parse_size(const char *s, uint64_t unit, uint64_t *v)
{
	char *end;
	unsigned shift;

	errno = 0;
	*v = strtoull(s, &end, 0);
	if (!isdigit((unsigned char)*s) || errno)
		return false;
	switch (toupper((unsigned char)*end)) {
	case '\0':
		return !__builtin_mul_overflow(*v, unit, v);
	case 'B': shift = 0; break;
	case 'K': shift = 10; break;
	case 'M': shift = 20; break;
	case 'G': shift = 30; break;
	case 'T': shift = 40; break;
	default: return false;
	}
	end++;
	if (shift && *end == 'i')
		end++;
	if (shift && *end == 'B')
		end++;
	return !*end && !__builtin_mul_overflow(*v, (uint64_t)1 << shift, v);
}

bool
option_on_off(const char *s, bool *v)
{
	*v = !strcmp(s, "on") || !strcmp(s, "yes") || !strcmp(s, "true");
	return *v || !strcmp(s, "off") || !strcmp(s, "no") || !strcmp(s, "false");
}

bool
option_next(char **list, char **key, char **value)
{
	char *in = *list, *out = *list;

	if (!*in)
		return false;
	*key = in;
	for (; *in; in++) {
		if (*in == ',' && in[1] != ',')
			break;
		if (*in == ',')
			in++;
		*out++ = *in;
	}
	*list = *in ? in + 1 : in;
	*out = '\0';
	*value = strchr(*key, '=');
	if (*value)
		*(*value)++ = '\0';
	return true;
}

bool
option_bad_property(const char *name, const char *key, const char *value)
{
	fprintf(stderr, "ringlab: -%s: cannot use %s%s%s\n", name, key,
	    value ? "=" : "", value ? value : "");
	return false;
}

/* --- machine --- */

static bool
opt_memory(struct options *o, const char *name, char *arg)
{
	const char *s = strncmp(arg, "size=", 5) ? arg : arg + 5;
	uint64_t v;

	if (!parse_size(s, MIB, &v))
		return bad(name, arg, "not a size; K, M or G may follow the number");
	if (v < MACHINE_RAM_MIN || v > MACHINE_RAM_MAX)
		return bad(name, arg, "a machine has 1 MiB to 256 GiB of RAM");
	o->cfg.ram = v & ~(uint64_t)4095;
	return true;
}

static bool
opt_smp(struct options *o, const char *name, char *arg)
{
	const char *s = strncmp(arg, "cpus=", 5) ? arg : arg + 5;
	uint64_t v;

	if (!parse_number(s, &v))
		return bad(name, arg, "not a number");
	if (v < 1 || v > MACHINE_MAX_CPUS)
		return bad(name, arg, "a machine has 1 to 8 processors");
	o->cfg.cpus = (unsigned)v;
	return true;
}

static void
list_models(void)
{
	const struct cpu_model *const *m;

	for (m = cpu_models; *m; m++)
		printf("%-12s %s\n", (*m)->name, (*m)->description);
}

static bool
opt_cpu(struct options *o, const char *name, char *arg)
{
	const struct cpu_model *model;
	struct feat_set features;
	char msg[200];

	if (!strcmp(arg, "help") || !strcmp(arg, "?")) {
		list_models();
		o->done = true;
		return true;
	}
	if (!cpu_model_parse(arg, &model, &features, msg, sizeof(msg)))
		return bad(name, arg, msg);
	o->cfg.cpu = arg;
	return true;
}

static bool
opt_bios(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->cfg.bios = arg;
	return true;
}

static bool
opt_vga(struct options *o, const char *name, char *arg)
{
	o->vga_given = true;
	if (!strcmp(arg, "std"))
		o->cfg.vga = VGA_STD;
	else if (!strcmp(arg, "none"))
		o->cfg.vga = VGA_NONE;
	else
		return bad(name, arg, "there are std and none");
	return true;
}

static bool
device_debug_exit(struct options *o, const char *name, char *list)
{
	uint64_t base = 0x501, size = 2;
	char *key, *value;

	(void)name;
	while (option_next(&list, &key, &value)) {
		if (value && !strcmp(key, "iobase") && parse_number(value, &base) &&
		    base <= 0xffff)
			continue;
		if (value && !strcmp(key, "iosize") && parse_number(value, &size) &&
		    size >= 1 && size <= 4)
			continue;
		return option_bad_property("device isa-debug-exit", key, value);
	}
	if (base + size > 0x10000)
		return option_bad_property("device isa-debug-exit", "iobase", "past port ffffh");
	o->cfg.debug_exit = true;
	o->cfg.debug_exit_port = (uint16_t)base;
	o->cfg.debug_exit_size = (uint16_t)size;
	return true;
}

static bool
device_console(struct options *o, const char *name, char *list)
{
	char *key, *value;

	if (o->console)
		return bad("device", name, "there is one already");
	while (option_next(&list, &key, &value)) {
		if (value && !strcmp(key, "chardev"))
			o->console = value;
		else if (!value || (strcmp(key, "id") && strcmp(key, "name")))
			return option_bad_property("device virtconsole", key, value);
	}
	o->cfg.console.present = true;
	return o->console || bad("device", name, "needs a chardev=");
}

/* One port; --debugcon has two. */
static bool
device_debugcon(struct options *o, const char *name, char *list)
{
	uint64_t base = 0xe9;
	char *key, *value;

	if (o->debugcon || o->debugcon_chardev)
		return bad("device", name, "there is one already");
	while (option_next(&list, &key, &value)) {
		if (value && !strcmp(key, "chardev"))
			o->debugcon_chardev = value;
		else if (!value || strcmp(key, "iobase") || !parse_number(value, &base) ||
		    base > 0xffff)
			return option_bad_property("device isa-debugcon", key, value);
	}
	o->cfg.debugcon_one = true;
	o->cfg.debugcon_port = (uint16_t)base;
	return o->debugcon_chardev || bad("device", name, "needs a chardev=");
}

/* Nothing but a name is said of these. */
static bool
device_plain(const char *name, char *list, bool *there)
{
	char option[40], *key, *value;

	snprintf(option, sizeof(option), "device %s", name);
	if (*there)
		return bad("device", name, "there is one already");
	while (option_next(&list, &key, &value))
		if (!value || strcmp(key, "id"))
			return option_bad_property(option, key, value);
	*there = true;
	return true;
}

static bool
device_balloon(struct options *o, const char *name, char *list)
{
	return device_plain(name, list, &o->cfg.balloon);
}

static bool
device_serial(struct options *o, const char *name, char *list)
{
	return device_plain(name, list, &o->virtio_serial);
}

/* Of the rest nothing can be said, and once more is as good as once. */
static bool
device_bare(const char *name, const char *props)
{
	char option[40];

	snprintf(option, sizeof(option), "device %s", name);
	return !*props || option_bad_property(option, props, NULL);
}

static bool
device_testdev(struct options *o, const char *name, char *props)
{
	o->cfg.testdev = true;
	return device_bare(name, props);
}

static bool
device_pci_testdev(struct options *o, const char *name, char *props)
{
	o->cfg.pci_testdev = true;
	return device_bare(name, props);
}

static bool
device_ib700(struct options *o, const char *name, char *props)
{
	o->cfg.ib700 = true;
	return device_bare(name, props);
}

static bool
device_vga(struct options *o, const char *name, char *props)
{
	o->vga_given = true;
	o->cfg.vga = VGA_STD;
	return device_bare(name, props);
}

/* fn takes the properties.  bus NULL: another name of the one before. */
static const struct {
	const char	*name, *bus;
	option_fn	fn;
} devices[] = {
	{ "isa-debug-exit", "ISA", device_debug_exit },
	{ "isa-debugcon", "ISA", device_debugcon },
	{ "pc-testdev", "ISA", device_testdev },
	{ "ib700", "ISA", device_ib700 },
	{ "pci-testdev", "PCI", device_pci_testdev },
	{ "VGA", "PCI", device_vga },
	{ "ide-hd", "IDE", drives_device },
	{ "ide-cd", "IDE", drives_device },
	{ "virtio-blk-pci", "PCI", drives_device },
	{ "virtio-blk", NULL, drives_device },
	{ "virtio-balloon-pci", "PCI", device_balloon },
	{ "virtio-balloon", NULL, device_balloon },
	{ "virtio-serial-pci", "PCI", device_serial },
	{ "virtio-serial", NULL, device_serial },
	{ "virtconsole", "virtio-serial-bus", device_console },
};

/* As qemu writes it; scripts look for the names. */
static bool
list_devices(struct options *o)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(devices); i++)
		if (devices[i].bus)
			printf("name \"%s\", bus %s\n", devices[i].name, devices[i].bus);
	o->done = true;
	return true;
}

static bool
opt_device(struct options *o, const char *name, char *arg)
{
	const char *known[ARRAY_SIZE(devices) + 1] = { NULL };
	char *props = strchr(arg, ',');
	unsigned i, n = 0;

	if (!strcmp(arg, "help") || !strcmp(arg, "?"))
		return list_devices(o);
	if (props)
		*props++ = '\0';
	else
		props = arg + strlen(arg);
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (!strcmp(arg, devices[i].name))
			return devices[i].fn(o, arg, props);
		if (devices[i].bus)
			known[n++] = devices[i].name;
	}
	return option_unknown(name, arg, known);
}

static bool
opt_nodefaults(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	o->nodefaults = true;
	return true;
}

/* 2024-01-01 or 2024-01-01T00:00:00, UTC. */
static bool
parse_date(const char *s, int64_t *t)
{
	struct tm tm = { 0 };
	const char *end = strptime(s, "%Y-%m-%d", &tm);

	if (end && *end == 'T')
		end = strptime(end + 1, "%H:%M:%S", &tm);
	if (!end || *end)
		return false;
	*t = (int64_t)timegm(&tm);
	return *t >= 0;
}

static bool
rtc_base(struct options *o, const char *s)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!strcmp(s, "utc")) {
		o->cfg.rtc_base = (int64_t)now;
		return true;
	}
	if (!strcmp(s, "localtime")) {
		o->cfg.rtc_base = localtime_r(&now, &tm) ? (int64_t)timegm(&tm) : now;
		return true;
	}
	return parse_date(s, &o->cfg.rtc_base);
}

static bool
opt_rtc(struct options *o, const char *name, char *arg)
{
	char *key, *value;

	while (option_next(&arg, &key, &value)) {
		if (value && !strcmp(key, "base") && rtc_base(o, value))
			continue;
		/* The clock always runs on virtual time. */
		if (value && (!strcmp(key, "clock") || !strcmp(key, "driftfix")))
			continue;
		return option_bad_property(name, key, value);
	}
	return true;
}

static bool
opt_seed(struct options *o, const char *name, char *arg)
{
	return parse_number(arg, &o->cfg.seed) || bad(name, arg, "not a number");
}

static bool
opt_timing(struct options *o, const char *name, char *arg)
{
	if (!strcmp(arg, "flat"))
		o->cfg.timing = TIMING_FLAT;
	else if (!strcmp(arg, "none"))
		o->cfg.timing = TIMING_NONE;
	else
		return bad(name, arg, "there are flat and none");
	return true;
}

static bool
opt_noted(struct options *o, const char *name, char *arg)
{
	(void)o;
	fprintf(stderr, "ringlab: note: -%s %s is ignored\n", name, arg);
	return true;
}

static bool
opt_pidfile(struct options *o, const char *name, char *arg)
{
	if (!*arg)
		return bad(name, "''", "names no file");
	o->pidfile = arg;
	return true;
}

/* There is one board, and one way to execute. */
static bool
machine_type(const char *type)
{
	return !strcmp(type, "pc") || !strncmp(type, "pc-i440fx", 9);
}

static bool
list_machines(struct options *o)
{
	printf("%-20s %s\n", "pc", "i440FX + PIIX (default; also pc-i440fx-*)");
	o->done = true;
	return true;
}

static bool
accelerator(const char *option, const char *names)
{
	if (strstr(names, "tcg"))
		return true;
	if (strcmp(names, "kvm"))
		return bad(option, names, "there is tcg, which stands for ringlab's own engines");
	fprintf(stderr, "ringlab: note: -%s kvm: instructions are interpreted\n", option);
	return true;
}

static bool
machine_property(struct options *o, const char *name, const char *key, const char *value)
{
	/* What is so anyway, or makes no difference to the guest. */
	static const char *const ignored[] = { "usb", "vmport", "smm", "graphics",
	    "dump-guest-core", "mem-merge", "kernel_irqchip", "kernel-irqchip", "acpi", "nvdimm" };
	unsigned i;

	if (!strcmp(key, "type"))
		return machine_type(value) || bad(name, value, "there is only pc");
	if (!strcmp(key, "accel"))
		return accelerator(name, value);
	if (!strcmp(key, "hpet"))
		return option_on_off(value, &o->cfg.hpet) || bad(name, value, "hpet is on or off");
	for (i = 0; i < ARRAY_SIZE(ignored); i++)
		if (!strcmp(key, ignored[i]))
			return true;
	return option_bad_property(name, key, value);
}

static bool
opt_machine(struct options *o, const char *name, char *arg)
{
	char *key, *value;
	bool first = true;

	if (!strcmp(arg, "help") || !strcmp(arg, "?"))
		return list_machines(o);
	for (; option_next(&arg, &key, &value); first = false) {
		if (!value && !first)
			return option_bad_property(name, key, NULL);
		if (!value && !machine_type(key))
			return bad(name, key, "there is only pc");
		if (value && !machine_property(o, name, key, value))
			return false;
	}
	return true;
}

static bool
opt_global(struct options *o, const char *name, char *arg)
{
	static const char s3[] = "PIIX4_PM.disable_s3=";
	const char *value = arg + sizeof(s3) - 1;

	if (strncmp(arg, s3, sizeof(s3) - 1) || (strcmp(value, "0") && strcmp(value, "1")))
		return bad(name, arg, "there is PIIX4_PM.disable_s3=0 or 1");
	o->cfg.acpi_s3 = *value == '0';
	return true;
}

static bool
opt_accel(struct options *o, const char *name, char *arg)
{
	char *key, *value;

	(void)o;
	if (!option_next(&arg, &key, &value))
		return bad(name, "''", "there is tcg");
	return accelerator(name, key);
}

static bool
opt_name(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->name = arg;
	return true;
}

/* --- what to boot --- */

static bool
opt_kernel(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->cfg.kernel = arg;
	return true;
}

static bool
opt_initrd(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->cfg.initrd = arg;
	return true;
}

static bool
opt_append(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->cfg.append = arg;
	return true;
}

#define OPT_HD(fn, unit) \
static bool \
opt_##fn(struct options *o, const char *name, char *arg) \
{ \
	return drives_add(o, name, unit, &(struct machine_disk){ .file = arg }); \
}
OPT_HD(hda, 0)
OPT_HD(hdb, 1)
OPT_HD(hdc, 2)
OPT_HD(hdd, 3)
OPT_HD(fda, MACHINE_FLOPPY0)
OPT_HD(fdb, MACHINE_FLOPPY0 + 1)

static bool
opt_cdrom(struct options *o, const char *name, char *arg)
{
	return drives_cdrom(o, name, arg);
}

static bool
opt_drive(struct options *o, const char *name, char *arg)
{
	return drives_option(o, name, arg);
}

static bool
opt_snapshot(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	o->snapshot = true;
	return true;
}

static bool
boot_letters(const char **to, const char *s)
{
	if (!*s || strlen(s) > 3 || strspn(s, "acdn") != strlen(s))
		return false;
	*to = s;
	return true;
}

static bool
opt_boot(struct options *o, const char *name, char *arg)
{
	bool on;
	char *key, *value;

	while (option_next(&arg, &key, &value)) {
		if (!value && boot_letters(&o->cfg.boot, key))
			continue;
		if (value && !strcmp(key, "order") && boot_letters(&o->cfg.boot, value))
			continue;
		if (value && !strcmp(key, "once") && boot_letters(&o->cfg.boot_once, value))
			continue;
		if (value && !strcmp(key, "menu") && option_on_off(value, &on)) {
			o->cfg.boot_menu = on;
			continue;
		}
		if (value && !strcmp(key, "strict") && option_on_off(value, &on))
			continue;
		return option_bad_property(name, key, value);
	}
	return true;
}

static bool
opt_no_reboot(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	o->cfg.no_reboot = true;
	return true;
}

/* --- connections --- */

static bool
opt_serial(struct options *o, const char *name, char *arg)
{
	if (!strcmp(arg, "mon:stdio")) {
		o->mux = true;
		arg = "stdio";
	}
	if (strcmp(arg, "stdio") && strcmp(arg, "null") && strcmp(arg, "none") &&
	    (strncmp(arg, "file:", 5) || !arg[5]))
		return bad(name, arg, "there are stdio, mon:stdio, file:PATH, null and none");
	if (o->serials == OPTIONS_SERIALS)
		return bad(name, arg, "there are two serial ports");
	if (!strcmp(arg, "stdio") && o->serials && !strcmp(o->serial[0], "stdio"))
		return bad(name, arg, "stdio is taken by the first serial port");
	o->serial_given = true;
	o->serial[o->serials++] = arg;
	return true;
}

const struct option_chardev *
option_chardev(const struct options *o, const char *id)
{
	unsigned i;

	for (i = 0; i < o->chardevs; i++)
		if (!strcmp(o->chardev[i].id, id))
			return &o->chardev[i];
	return NULL;
}

static bool
opt_chardev(struct options *o, const char *name, char *arg)
{
	struct option_chardev c = { NULL, NULL, NULL };
	char *key, *value;

	while (option_next(&arg, &key, &value)) {
		if (!value && !c.kind)
			c.kind = key;
		else if (value && !strcmp(key, "id"))
			c.id = value;
		else if (value && !strcmp(key, "path"))
			c.path = value;
		else
			return option_bad_property(name, key, value);
	}
	if (!c.kind || (strcmp(c.kind, "stdio") && strcmp(c.kind, "null") &&
	    strcmp(c.kind, "file")))
		return bad(name, c.kind ? c.kind : "''", "there are stdio, null and file");
	if (!c.id)
		return bad(name, c.kind, "needs an id=");
	if (!strcmp(c.kind, "file") != !!c.path)
		return bad(name, c.kind, c.path ? "has no path" : "needs a path=");
	if (option_chardev(o, c.id))
		return bad(name, c.id, "is there twice");
	if (o->chardevs == OPTIONS_CHARDEVS)
		return bad(name, c.id, "so many are enough");
	o->chardev[o->chardevs++] = c;
	return true;
}

static bool
opt_debugcon(struct options *o, const char *name, char *arg)
{
	if (strcmp(arg, "stdio") && strcmp(arg, "stderr") &&
	    (strncmp(arg, "file:", 5) || !arg[5]))
		return bad(name, arg, "there are stdio, stderr and file:PATH");
	if (o->debugcon_chardev)
		return bad(name, arg, "there is -device isa-debugcon");
	o->debugcon = arg;
	return true;
}

static bool
opt_nographic(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	o->nographic = o->cfg.nographic = true;
	o->display = DISPLAY_NONE;
	return true;
}

static bool
opt_display(struct options *o, const char *name, char *arg)
{
	char *key, *value;

	if (!option_next(&arg, &key, &value) || value)
		return bad(name, arg, "there are sdl and none");
	if (!strcmp(key, "none"))
		o->display = DISPLAY_NONE;
	else if (!strcmp(key, "sdl"))
		o->display = DISPLAY_SDL;
	else
		return bad(name, key, "there are sdl and none");
	while (option_next(&arg, &key, &value))
		if (!value || strcmp(key, "full-screen") || !option_on_off(value, &o->full_screen))
			return option_bad_property(name, key, value);
	return true;
}

static bool
opt_monitor(struct options *o, const char *name, char *arg)
{
	if (!strcmp(arg, "none") || !strcmp(arg, "null")) {
		o->no_monitor = true;
		return true;
	}
	if (strcmp(arg, "stdio") && strncmp(arg, "unix:", 5) && strncmp(arg, "tcp:", 4))
		return bad(name, arg, "there are stdio, unix:PATH, tcp:HOST:PORT and none");
	if (o->monitors == OPTIONS_MONITORS)
		return bad(name, arg, "so many monitors are enough");
	o->monitor[o->monitors++] = arg;
	return true;
}

static bool
opt_gdb(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->gdb = arg;
	return true;
}

static bool
opt_gdb_default(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	o->gdb = "tcp::1234";
	return true;
}

static bool
opt_stopped(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	o->stopped = true;
	return true;
}

static bool
opt_nic(struct options *o, const char *name, char *arg)
{
	(void)name;
	if (o->nics == MACHINE_NICS)
		return option_bad("-nic", arg, "a machine has at most 4 network cards");
	if (!net_options_parse(&o->net[o->nics], &o->cfg.nic[o->nics], o->nics, arg))
		return false;
	if (o->net[o->nics].kind == NET_NONE)
		return true;
	o->nic_given |= o->cfg.nic[o->nics].present;
	o->nics++;
	return true;
}

static bool
opt_net(struct options *o, const char *name, char *arg)
{
	(void)o;
	return !strcmp(arg, "none") || bad(name, arg, "there is only none; see -nic");
}

/* --- running --- */

static bool
opt_engine(struct options *o, const char *name, char *arg)
{
	o->cfg.reference = !strcmp(arg, "reference");
	return o->cfg.reference || !strcmp(arg, "threaded") ||
	    bad(name, arg, "there are threaded and reference");
}

static bool
engine_fast_tlb(struct options *o, const char *s)
{
	uint64_t v = 0;

	if (strcmp(s, "off") &&
	    (!parse_number(s, &v) || v < 64 || v > 65536 || (v & (v - 1))))
		return false;
	o->cfg.fast_tlb = (unsigned)v;
	return true;
}

static bool
engine_block_max(struct options *o, const char *s)
{
	uint64_t v;

	if (!strncmp(s, "random:", 7))
		return parse_number(s + 7, &o->cfg.engine.random_seed) &&
		    o->cfg.engine.random_seed;
	if (!parse_number(s, &v) || v < 1 || v > engine_defaults.block_max)
		return false;
	o->cfg.engine.block_max = (unsigned)v;
	return true;
}

static bool
opt_engine_set(struct options *o, const char *name, char *arg)
{
	struct engine_config *e = &o->cfg.engine;
	char *key, *value;
	uint64_t v;

	while (option_next(&arg, &key, &value)) {
		if (value && !strcmp(key, "fast-tlb") && engine_fast_tlb(o, value))
			continue;
		if (value && !strcmp(key, "block-max") && engine_block_max(o, value))
			continue;
		if (value && !strcmp(key, "links") && option_on_off(value, &e->links))
			continue;
		if (value && !strcmp(key, "super") && option_on_off(value, &e->super))
			continue;
		if (value && !strcmp(key, "block-cache") && parse_size(value, 1, &v) &&
		    v >= 64 << 10 && v <= (uint64_t)4 << 30) {
			e->cache_bytes = (size_t)v;
			continue;
		}
		return option_bad_property(name, key, value);
	}
	return true;
}

static bool
opt_pace(struct options *o, const char *name, char *arg)
{
	o->pace_given = true;
	if (!strcmp(arg, "auto"))
		o->cfg.pace = PACE_AUTO;
	else if (!strcmp(arg, "max"))
		o->cfg.pace = PACE_MAX;
	else if (!strcmp(arg, "real"))
		o->cfg.pace = PACE_REAL;
	else
		return bad(name, arg, "there are auto, max and real");
	return true;
}

static bool
opt_limit_cycles(struct options *o, const char *name, char *arg)
{
	if (!parse_size(arg, 1, &o->cfg.limit_cycles) || !o->cfg.limit_cycles)
		return bad(name, arg, "not a number of cycles");
	return true;
}

static bool
opt_timeout(struct options *o, const char *name, char *arg)
{
	char *end;
	double s = strtod(arg, &end);

	if (end == arg || *end || !(s > 0 && s < 1e9))
		return bad(name, arg, "not a number of seconds");
	o->cfg.timeout_ms = (uint64_t)(s * 1000 + 0.999);
	return true;
}

static bool
opt_history(struct options *o, const char *name, char *arg)
{
	struct history_config *h = &o->history_config;
	char *key, *value;

	o->history = true;
	while (arg && option_next(&arg, &key, &value)) {
		if (value && !strcmp(key, "every") && parse_size(value, 1, &h->every) &&
		    h->every)
			continue;
		if (value && !strcmp(key, "memory") && parse_size(value, MIB, &h->memory) &&
		    h->memory)
			continue;
		return option_bad_property(name, key, value);
	}
	return true;
}

/* --- looking at it --- */

#define OPT_FLAG(fn) \
static bool \
opt_##fn(struct options *o, const char *name, char *arg) \
{ \
	(void)name; \
	(void)arg; \
	o->fn = true; \
	return true; \
}
OPT_FLAG(cost)
OPT_FLAG(full_screen)
OPT_FLAG(print_hash)
OPT_FLAG(snapshot_incremental)
OPT_FLAG(force)

#define OPT_TEXT(fn) \
static bool \
opt_##fn(struct options *o, const char *name, char *arg) \
{ \
	(void)name; \
	o->fn = arg; \
	return true; \
}
OPT_TEXT(stats)
OPT_TEXT(trace)
OPT_TEXT(hash_log)

static bool
opt_stats_format(struct options *o, const char *name, char *arg)
{
	o->stats_format = true;
	o->stats_csv = !strcmp(arg, "csv");
	return o->stats_csv || !strcmp(arg, "json") || bad(name, arg, "there are json and csv");
}

/* Cycles are nanoseconds. */
bool
option_time(const char *s, uint64_t *v)
{
	static const struct { const char *name; uint64_t ns; } unit[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 }
	};
	char *end;
	unsigned i;

	errno = 0;
	*v = strtoull(s, &end, 10);
	if (!isdigit((unsigned char)*s) || errno)
		return false;
	for (i = 0; i < ARRAY_SIZE(unit); i++)
		if (!strcmp(end, unit[i].name))
			return !__builtin_mul_overflow(*v, unit[i].ns, v);
	return false;
}

static bool
opt_stats_every(struct options *o, const char *name, char *arg)
{
	if (!option_time(arg, &o->cfg.stats_every) || o->cfg.stats_every < STATS_EVERY_MIN)
		return bad(name, arg, "not a time of 10us or more: 500us, 100ms, 2s");
	return true;
}

/* --- checkpoints --- */

static bool
opt_checkpoint_every(struct options *o, const char *name, char *arg)
{
	uint64_t ns;

	return checkpoint_option_every(&o->checkpoint, name, option_time(arg, &ns) ? ns : 0);
}

static bool
opt_output_buffer(struct options *o, const char *name, char *arg)
{
	return checkpoint_option_buffer(&o->checkpoint, name, arg);
}

static bool
opt_rollback_on(struct options *o, const char *name, char *arg)
{
	return checkpoint_option_on(&o->checkpoint, name, arg);
}

static bool
opt_checkpoint_keep(struct options *o, const char *name, char *arg)
{
	return checkpoint_option_keep(&o->checkpoint, name, arg);
}

static bool
opt_checkpoint_dir(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->checkpoint.dir = arg;
	return true;
}

static bool
opt_resume(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->checkpoint.resume = arg;
	return true;
}

static bool
opt_replicate_to(struct options *o, const char *name, char *arg)
{
	return checkpoint_option_replicate(&o->checkpoint, name, arg);
}

static bool
opt_standby(struct options *o, const char *name, char *arg)
{
	return checkpoint_option_standby(&o->checkpoint, name, arg);
}

OPT_TEXT(dump_state)
OPT_TEXT(record)
OPT_TEXT(replay)
OPT_TEXT(loadvm)
OPT_TEXT(save_at_end)
OPT_TEXT(snapshot_dir)
OPT_TEXT(commit)

/* The second file is the argument behind. */
static bool
opt_diff_replay(struct options *o, const char *name, char *arg)
{
	(void)name;
	o->diff_replay[0] = arg;
	return true;
}

/* What is no option: a disk image, mostly. */
static bool
positional(struct options *o, char *arg)
{
	if (o->diff_replay[0] && !o->diff_replay[1]) {
		o->diff_replay[1] = arg;
		return true;
	}
	o->machine_option = "hda";
	return opt_hda(o, "hda", arg);
}

/* Given behind "=" or not at all: all of it is in brackets. */
static bool
arg_optional(const struct option_def *d)
{
	return d->arg && d->arg[0] == '[' && d->arg[strlen(d->arg) - 1] == ']';
}

static bool
opt_snapshot_compress(struct options *o, const char *name, char *arg)
{
	o->snapshot_plain = !strcmp(arg, "none");
	return o->snapshot_plain || !strcmp(arg, "zlib") ||
	    bad(name, arg, "there are zlib and none");
}

/* One letter or a name of qemu: one dash; ours: two. */
static void
print_option(const struct option_def *d)
{
	char left[48];
	int n;

	if (!d->help)
		return;
	if (!d->name) {
		printf("\n%s:\n", d->help);
		return;
	}
	n = snprintf(left, sizeof(left), "%s%s%s%s", arg_optional(d) ? "--" : "-", d->name,
	    arg_optional(d) ? "" : " ", d->arg ? d->arg : "");
	if (n > 30)
		printf("  %s\n  %-30s%s\n", left, "", d->help);
	else
		printf("  %-30s%s\n", left, d->help);
}

static bool
opt_help(struct options *o, const char *name, char *arg)
{
	unsigned i;

	(void)name;
	(void)arg;
	printf("usage: ringlab [options] [disk image]\n"
	    "       ringlab hub [--pcap FILE] ADDRESS\n"
	    "       ringlab monitor SOCKET [COMMAND]\n"
	    "A deterministic PC emulator.  Options take one dash or two; names are QEMU's where\n"
	    "it has the notion.\n");
	for (i = 0; i < ARRAY_SIZE(option_table); i++)
		print_option(&option_table[i]);
	printf("\nOn a terminal: Ctrl-a x quits, Ctrl-a h lists the other keys.\n"
	    "Exit status: 0 power-off, also reset under -no-reboot; 1 error; 4 triple\n"
	    "fault under -no-reboot; 6 limit reached; 8 a replay differs; odd:\n"
	    "isa-debug-exit's.\n");
	o->done = true;
	return true;
}

static bool
opt_version(struct options *o, const char *name, char *arg)
{
	(void)name;
	(void)arg;
	printf("ringlab %s, timing version %d\nMIT licence\n", RINGLAB_VERSION,
	    TIMING_VERSION);
	o->done = true;
	return true;
}

/* --- all of it --- */

static const struct option_def *
find_option(const char *name, size_t len)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		const char *known = option_table[i].name;

		if (known && strlen(known) == len && !strncmp(known, name, len))
			return &option_table[i];
	}
	return NULL;
}

/* Those up to the heading "Connections" say what the machine is. */
static bool
describes_machine(const struct option_def *d)
{
	const struct option_def *heading = option_table;

	while (heading->name || strcmp(heading->help, "Connections"))
		heading++;
	return d < heading && d->fn != opt_noted && d->fn != opt_name && d->fn != opt_accel;
}

/* Parses argv[*i], and its argument behind "=" or in argv[*i + 1]. */
static bool
parse_option(struct options *o, int argc, char **argv, int *i)
{
	char *given = argv[*i], *name = given + (given[1] == '-' ? 2 : 1);
	size_t len = given[1] == '-' ? strcspn(name, "=") : strlen(name);
	const struct option_def *d = find_option(name, len);
	char *arg = name[len] ? name + len + 1 : NULL;

	if (!d) {
		name[len] = '\0';
		return unknown_option(given);
	}
	if (!d->arg && arg)
		return bad(d->name, arg, "takes no argument");
	if (d->arg && !arg && !arg_optional(d)) {
		if (*i + 1 >= argc) {
			fprintf(stderr, "ringlab: %s needs an argument: %s\n",
			    given, d->arg);
			return false;
		}
		arg = argv[++*i];
	}
	if (describes_machine(d))
		o->machine_option = d->name;
	return d->fn(o, d->name, arg);
}

static bool
monitor_on_stdio(const struct options *o)
{
	unsigned i;

	for (i = 0; i < o->monitors; i++)
		if (!strcmp(o->monitor[i], "stdio"))
			return true;
	return false;
}

static bool
chardev_on_stdio(const struct options *o)
{
	unsigned i;

	for (i = 0; i < o->chardevs; i++)
		if (!strcmp(o->chardev[i].kind, "stdio"))
			return true;
	return false;
}

/* Somebody sits there who could want one: scripts and replays get none. */
static bool
window_by_default(const struct options *o)
{
	return window_possible() && o->display == DISPLAY_UNSAID && !o->replay &&
	    o->cfg.vga != VGA_NONE && isatty(STDIN_FILENO);
}

static void
finish_window(struct options *o)
{
	if (window_by_default(o) || (o->full_screen && o->display == DISPLAY_UNSAID))
		o->display = o->full_screen ? DISPLAY_SDL : DISPLAY_PERHAPS;
	if (o->display >= DISPLAY_PERHAPS && !o->pace_given)
		o->cfg.pace = PACE_REAL;
}

/* What its name says, where nothing else was said. */
static void
finish_stats(struct options *o)
{
	size_t n = o->stats ? strlen(o->stats) : 0;

	if (!o->stats_format && n > 4)
		o->stats_csv = !strcmp(o->stats + n - 4, ".csv");
}

/* What was not asked for. */
static void
options_finish(struct options *o)
{
	bool stdio = (o->nographic || o->display != DISPLAY_NONE) && !monitor_on_stdio(o) &&
	    !chardev_on_stdio(o);
	unsigned i;

	finish_stats(o);
	if (o->nodefaults && !o->vga_given)
		o->cfg.vga = VGA_NONE;
	if (!o->serial_given && !o->nodefaults)
		o->serial[o->serials++] = stdio ? "stdio" : "null";
	for (i = 0; o->snapshot && i < MACHINE_DISKS; i++)
		o->cfg.disk[i].snapshot = true;
	finish_window(o);
}

/* Only one can have the terminal. */
static bool
console_consistent(const struct options *o)
{
	unsigned i;

	if (o->console && !o->virtio_serial)
		return bad("device", "virtconsole", "needs -device virtio-serial-pci");
	if (o->console && !option_chardev(o, o->console))
		return bad("device virtconsole,chardev", o->console, "no -chardev has this id");
	if (o->debugcon_chardev && !option_chardev(o, o->debugcon_chardev))
		return bad("device isa-debugcon,chardev", o->debugcon_chardev,
		    "no -chardev has this id");
	for (i = 0; i < o->serials && chardev_on_stdio(o); i++)
		if (!strcmp(o->serial[i], "stdio"))
			return bad("chardev", "stdio", "a serial port is there");
	return !chardev_on_stdio(o) || !monitor_on_stdio(o) ||
	    bad("chardev", "stdio", "a monitor is there");
}

static bool
options_consistent(const struct options *o)
{
	unsigned i;

	if (!o->cfg.kernel && (o->cfg.initrd || o->cfg.append)) {
		fprintf(stderr, "ringlab: -%s needs -kernel\n",
		    o->cfg.initrd ? "initrd" : "append");
		return false;
	}
	for (i = 0; i < o->serials; i++) {
		if (strcmp(o->serial[i], "stdio") || !monitor_on_stdio(o))
			continue;
		fprintf(stderr, "ringlab: -monitor stdio: a serial port is there; "
		    "-serial mon:stdio has both\n");
		return false;
	}
	if (!console_consistent(o))
		return false;
	if (o->diff_replay[0] && !o->diff_replay[1]) {
		fprintf(stderr, "ringlab: --diff-replay needs two journals\n");
		return false;
	}
	if (o->record && o->replay) {
		fprintf(stderr, "ringlab: --record and --replay: one at a time\n");
		return false;
	}
	if (o->replay && o->loadvm) {
		fprintf(stderr, "ringlab: -loadvm: not with --replay, whose journal says where "
		    "the run begins\n");
		return false;
	}
	if (o->replay && (o->machine_option || o->nic_given)) {
		fprintf(stderr, "ringlab: -%s: not with --replay, whose journal says what the "
		    "machine is\n", o->machine_option ? o->machine_option : "nic");
		return false;
	}
	for (i = 0; i < o->nics && !o->replay; i++)
		if (o->net[i].kind == NET_REPLAY)
			return option_bad("-nic", "replay", "needs --replay");
	if (!o->stats && (o->cfg.stats_every || o->stats_format)) {
		fprintf(stderr, "ringlab: --stats-every and --stats-format need --stats\n");
		return false;
	}
	if (o->force && !o->commit) {
		fprintf(stderr, "ringlab: --force needs --commit\n");
		return false;
	}
	return checkpoint_options_consistent(o);
}

bool
options_parse(struct options *o, int argc, char **argv)
{
	int i;

	memset(o, 0, sizeof(*o));
	machine_config_init(&o->cfg);
	for (i = 1; i < argc && !o->done; i++) {
		bool option = argv[i][0] == '-' && argv[i][1];

		if (!(option ? parse_option(o, argc, argv, &i) : positional(o, argv[i])))
			return false;
	}
	if (o->done)
		return true;
	if (!drives_finish(o))
		return false;
	options_finish(o);
	return options_consistent(o);
}
