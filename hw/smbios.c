/*
 * hw/smbios.c - SMBIOS 2.8 structures of the board, as SeaBIOS takes them
 *
 * Reference: DMTF DSP0134 "System Management BIOS (SMBIOS) Reference
 * Specification" 2.8, chapter 5 "Access methods" and 7 "Structure definitions".
 */
#include "hw/smbios.h"

#include <string.h>

#define FILE_TABLES	"etc/smbios/smbios-tables"
#define FILE_ANCHOR	"etc/smbios/smbios-anchor"

#define HANDLE_CHASSIS	0x300
#define HANDLE_CPU	0x400
#define HANDLE_ARRAY	0x1000
#define HANDLE_MEMORY	0x1100
#define HANDLE_MAP	0x1300

/* A structure under construction: strings are numbered as they are named. */
struct smbios_build {
	struct blob	*b;
	const char	*string[8];
	unsigned	strings;
	uint32_t	start;
	uint32_t	count;		/* structures so far */
	uint32_t	largest;
};

static void
smbios_open(struct smbios_build *s, unsigned type, unsigned handle)
{
	s->start = s->b->len;
	s->strings = 0;
	blob_int(s->b, 1, type);
	blob_int(s->b, 1, 0);
	blob_int(s->b, 2, handle);
}

static void
smbios_string(struct smbios_build *s, const char *text)
{
	s->string[s->strings++] = text;
	blob_int(s->b, 1, s->strings);
}

static void
smbios_close(struct smbios_build *s)
{
	struct blob *b = s->b;
	unsigned i;

	blob_set(b, s->start + 1, 1, b->len - s->start);
	for (i = 0; i < s->strings; i++)
		blob_text(b, s->string[i], (uint32_t)strlen(s->string[i]) + 1, 0);
	blob_zero(b, s->strings ? 1 : 2);
	s->count++;
	if (b->len - s->start > s->largest)
		s->largest = b->len - s->start;
}

/* 7.1 "BIOS Information (Type 0)" */
static void
smbios_bios(struct smbios_build *s)
{
	smbios_open(s, 0, 0);
	smbios_string(s, "SeaBIOS");
	smbios_string(s, "ringlab");
	blob_int(s->b, 2, 0xe800);
	smbios_string(s, "01/01/2024");
	blob_int(s->b, 1, 0);
	blob_int(s->b, 8, 0x08);	/* characteristics not given */
	blob_int(s->b, 2, 0x1400);	/* a virtual machine; targeted content */
	blob_int(s->b, 4, 0xffff0000);	/* release 0.0; no controller release */
	smbios_close(s);
}

/* 7.2 "System Information (Type 1)" */
static void
smbios_system(struct smbios_build *s)
{
	smbios_open(s, 1, 0x100);
	smbios_string(s, "ringlab");
	smbios_string(s, "PC (i440FX + PIIX)");
	smbios_string(s, "1");
	blob_int(s->b, 1, 0);		/* no serial number */
	blob_zero(s->b, 16);		/* UUID not set */
	blob_int(s->b, 1, 6);		/* power switch */
	blob_int(s->b, 1, 0);
	blob_int(s->b, 1, 0);
	smbios_close(s);
}

/* 7.4 "System Enclosure or Chassis (Type 3)" */
static void
smbios_chassis(struct smbios_build *s)
{
	smbios_open(s, 3, HANDLE_CHASSIS);
	smbios_string(s, "ringlab");
	blob_int(s->b, 1, 1);		/* other */
	blob_zero(s->b, 3);
	blob_int(s->b, 4, 0x02030303);	/* states: safe; security unknown */
	blob_zero(s->b, 4);
	blob_zero(s->b, 5);		/* height, cords, contained elements, SKU */
	smbios_close(s);
}

/* 7.5 "Processor Information (Type 4)"; one socket per processor */
static void
smbios_cpu(struct smbios_build *s, const struct smbios_config *c, unsigned n)
{
	smbios_open(s, 4, HANDLE_CPU + n);
	smbios_string(s, "CPU");
	blob_int(s->b, 1, 3);		/* central processor */
	blob_int(s->b, 1, 1);		/* family: other */
	smbios_string(s, c->cpu_vendor);
	blob_int(s->b, 4, c->cpu_signature);
	blob_int(s->b, 4, c->cpu_features);
	smbios_string(s, c->cpu_name);
	blob_int(s->b, 1, 0);		/* voltage unknown */
	blob_int(s->b, 2, 0);
	blob_int(s->b, 2, 1000);	/* MHz: a cycle is a nanosecond */
	blob_int(s->b, 2, 1000);
	blob_int(s->b, 1, 0x41);	/* populated, enabled */
	blob_int(s->b, 1, 1);		/* upgrade: other */
	blob_int(s->b, 2, 0xffff);	/* no cache information */
	blob_int(s->b, 2, 0xffff);
	blob_int(s->b, 2, 0xffff);
	blob_zero(s->b, 3);
	blob_int(s->b, 1, 1);		/* cores, enabled cores, threads */
	blob_int(s->b, 1, 1);
	blob_int(s->b, 1, 1);
	blob_int(s->b, 2, 0x02);
	blob_int(s->b, 2, 1);
	smbios_close(s);
}

/* 7.17 "Physical Memory Array (Type 16)" */
static void
smbios_array(struct smbios_build *s, uint64_t kib)
{
	smbios_open(s, 16, HANDLE_ARRAY);
	blob_int(s->b, 1, 1);		/* location and use: other, system memory */
	blob_int(s->b, 1, 3);
	blob_int(s->b, 1, 6);		/* multi-bit ECC */
	blob_int(s->b, 4, kib < 0x80000000 ? kib : 0x80000000);
	blob_int(s->b, 2, 0xfffe);
	blob_int(s->b, 2, 1);
	blob_int(s->b, 8, kib < 0x80000000 ? 0 : kib << 10);
	smbios_close(s);
}

/* 7.18 "Memory Device (Type 17)" */
static void
smbios_memory(struct smbios_build *s, uint64_t mib)
{
	smbios_open(s, 17, HANDLE_MEMORY);
	blob_int(s->b, 2, HANDLE_ARRAY);
	blob_int(s->b, 2, 0xfffe);
	blob_int(s->b, 2, 0xffff);	/* widths unknown */
	blob_int(s->b, 2, 0xffff);
	blob_int(s->b, 2, mib < 0x7fff ? mib : 0x7fff);
	blob_int(s->b, 1, 9);		/* DIMM */
	blob_int(s->b, 1, 0);
	smbios_string(s, "DIMM 0");
	blob_int(s->b, 1, 0);
	blob_int(s->b, 1, 7);		/* RAM */
	blob_int(s->b, 2, 2);
	blob_int(s->b, 2, 0);
	smbios_string(s, "ringlab");
	blob_zero(s->b, 4);
	blob_int(s->b, 4, mib < 0x7fff ? 0 : mib);
	blob_zero(s->b, 8);
	smbios_close(s);
}

/* 7.20 "Memory Array Mapped Address (Type 19)" */
static void
smbios_map(struct smbios_build *s, unsigned n, uint64_t start, uint64_t len)
{
	uint64_t first = start >> 10, last = (start + len - 1) >> 10;
	bool wide = last >= UINT32_MAX;

	smbios_open(s, 19, HANDLE_MAP + n);
	blob_int(s->b, 4, wide ? UINT32_MAX : first);
	blob_int(s->b, 4, wide ? UINT32_MAX : last);
	blob_int(s->b, 2, HANDLE_ARRAY);
	blob_int(s->b, 1, 1);
	blob_int(s->b, 8, wide ? start : 0);
	blob_int(s->b, 8, wide ? start + len - 1 : 0);
	smbios_close(s);
}

/* 7.33 "System Boot Information (Type 32)", 7.45 "End-of-Table (Type 127)" */
static void
smbios_last(struct smbios_build *s)
{
	smbios_open(s, 32, 0x2000);
	blob_zero(s->b, 7);
	smbios_close(s);
	smbios_open(s, 127, 0x7f00);
	smbios_close(s);
}

/* 5.2.1 "SMBIOS 2.1 (32-bit) Entry Point"; the firmware fills in the address
 * and both checksums. */
static void
smbios_anchor(struct blob *a, const struct smbios_build *s)
{
	blob_text(a, "_SM_", 4, ' ');
	blob_int(a, 1, 0);
	blob_int(a, 1, 0x1f);
	blob_int(a, 1, 2);
	blob_int(a, 1, 8);
	blob_int(a, 2, s->largest);
	blob_zero(a, 6);
	blob_text(a, "_DMI_", 5, ' ');
	blob_int(a, 1, 0);
	blob_int(a, 2, s->b->len);
	blob_int(a, 4, 0);
	blob_int(a, 2, s->count);
	blob_int(a, 1, 0x28);
}

bool
smbios_init(struct smbios *s, const struct smbios_config *cfg, struct log *log)
{
	struct smbios_build build = { .b = &s->tables };
	unsigned i;

	memset(s, 0, sizeof(*s));
	smbios_bios(&build);
	smbios_system(&build);
	smbios_chassis(&build);
	for (i = 0; i < cfg->cpus; i++)
		smbios_cpu(&build, cfg, i);
	smbios_array(&build, cfg->ram >> 10);
	smbios_memory(&build, cfg->ram >> 20);
	smbios_map(&build, 0, 0, cfg->low_ram);
	if (cfg->ram > cfg->low_ram)
		smbios_map(&build, 1, (uint64_t)1 << 32, cfg->ram - cfg->low_ram);
	smbios_last(&build);
	smbios_anchor(&s->anchor, &build);
	if (!s->tables.oom && !s->anchor.oom)
		return true;
	log_error(log, "out of memory for SMBIOS tables");
	smbios_fini(s);
	return false;
}

void
smbios_fini(struct smbios *s)
{
	blob_fini(&s->tables);
	blob_fini(&s->anchor);
}

bool
smbios_add(const struct smbios *s, struct fw_cfg *f)
{
	return fw_cfg_add_file(f, FILE_TABLES, s->tables.p, s->tables.len) &&
	    fw_cfg_add_file(f, FILE_ANCHOR, s->anchor.p, s->anchor.len);
}
