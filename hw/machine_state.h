/*
 * hw/machine_state.h - a machine as sections of bytes, pages and clusters
 *
 * What a machine is consists of: sections (small; in a fixed order: the machine
 * itself, then for each processor its registers and its model TLB, then every
 * device by its field table), RAM pages (machine_memory()), and what was
 * written to its disks (machine_overlay()).  The state hash covers the sections
 * and the pages.
 *
 * Valid at instruction boundaries only: between calls of machine_run(), from
 * struct machine_host's poll() and from the tape's hooks.
 */
#ifndef HW_MACHINE_STATE_H
#define HW_MACHINE_STATE_H

#include "base/hash.h"
#include "hw/machine.h"

struct overlay;
struct overlay_file;
struct physmem;

/* Where a run is.  Positions order as (timeline, slice, vcpu, cycle); with one
 * processor there are no slices and slice is 0. */
struct machine_position {
	uint64_t	timeline, slice;
	uint32_t	vcpu;
	uint64_t	cycle;
};
struct machine_position machine_position_now(const struct machine *m);

struct machine_section {
	const char	*name;		/* unique: "machine", "cpu0", "tlb0", "rtc"... */
	uint32_t	version;
	size_t		size;		/* of the encoded bytes; fixed for this machine */
};

unsigned machine_sections(const struct machine *m);
struct machine_section machine_section(const struct machine *m, unsigned i);
/* Writes exactly its size. */
void	machine_section_save(struct machine *m, unsigned i, uint8_t *out);
/* What a file that does not have the section yet means; false: it must. */
bool	machine_section_default(const struct machine *m, unsigned i, uint8_t *out);
/* The first difference of two encodings as a path ("cpu0.gpr[3]: 1, 2") into
 * buf; false if they are equal. */
bool	machine_section_diff(const struct machine *m, unsigned i, const uint8_t *a,
	    const uint8_t *b, char *buf, size_t n);
/* One line per element, "rtc.cmos[3] = 0x...". */
void	machine_section_print(struct machine *m, unsigned i,
	    void (*line)(void *arg, const char *text), void *arg);

/*
 * Loading: begin, then every section once, RAM and overlays in any order, then
 * end.  begin forgets all pending events and what the guest asked of the board.  load and end return -EINVAL for
 * values that no machine can have; the machine must then be loaded again with
 * values that were saved from it, or freed, before it runs.
 */
void	machine_load_begin(struct machine *m);
int	machine_section_load(struct machine *m, unsigned i, const uint8_t *in,
	    size_t n) MUST_CHECK;
int	machine_load_end(struct machine *m) MUST_CHECK;

/* RAM, ROM and video memory by page id; dirty pages have consumers there. */
struct physmem *machine_memory(struct machine *m);
/* What was written over a drive's image; NULL for a drive that has none. */
struct overlay *machine_overlay(struct machine *m, unsigned unit);
/*
 * From here on no image is written: freezes every disk that is not frozen yet
 * onto one new overlay file, or onto memory for NULL.  The file names the images
 * and their content hashes; without such a disk none is made.  False after a
 * message: nothing has changed.
 */
bool	machine_freeze_disks(struct machine *m, const char *overlay_path) MUST_CHECK;
/* The overlay file, for overlay_file_add_user(); NULL: none.  machine_free()
 * closes it. */
struct overlay_file *machine_overlay_file(struct machine *m);

/* `ringlab --commit PATH`: overlay_commit() with the formats of images known here. */
bool	machine_commit(const char *path, bool force, FILE *out, struct log *log) MUST_CHECK;

/* Whether there is a network card number i. */
bool	machine_has_nic(const struct machine *m, unsigned i);
bool	machine_has_console(const struct machine *m);

/* A file of the host that the machine was made from, by the option that named it;
 * of a disk only if nothing was written to it through this machine. */
struct machine_file {
	const char	*option, *path;
	struct hash128	hash;
	uint64_t	size;
};
/* 0, -ENOENT when there is no i-th, or -errno after a message. */
int	machine_file(struct machine *m, unsigned i, struct machine_file *out) MUST_CHECK;

/* From the sections and the RAM hash: what `--print-hash` prints. */
struct hash128 machine_state_hash(struct machine *m);

/*
 * A configuration as text: lines "key=value" in a fixed order.  What a machine
 * is comes first; "run.*" and "file.*" lines say what it starts from.  What only
 * the host sees is left out.  Allocated, the caller frees; NULL: no memory.
 */
char	*machine_describe(const struct machine_config *cfg);
/* Back again, over what is in cfg.  Cuts text, which the strings of cfg point
 * into afterwards; on failure *bad is the line. */
bool	machine_config_parse(struct machine_config *cfg, char *text,
	    const char **bad) MUST_CHECK;
/* What no machine can be made of although it can be written down: NULL, or why. */
const char *machine_config_impossible(const struct machine_config *cfg);
/* State of one machine fits another only if this is false; otherwise the first
 * difference is in buf: "ram=1048576, not ram=2097152". */
bool	machine_describe_diff(const char *a, const char *b, char *buf, size_t n);
/* "52:54:00:12:34:56", nothing else. */
bool	machine_parse_mac(const char *s, uint8_t mac[6]);

#endif
