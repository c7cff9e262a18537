/*
 * hw/loader.h - kernels given on the command line: Linux bzImage, multiboot 1
 *
 * The loader looks at the files, decides where everything goes, and hands it to
 * an option ROM of ours (genroms/linuxboot.S, genroms/multiboot.S) through
 * fw_cfg: the firmware runs first, so that memory map and ACPI are its own.
 * Files are hostile: each is checked before anything of it is used, and a
 * refusal is one message that names the file and the offset.
 *
 * The loader opens no files: the caller's open() does, and what it returns must
 * stay valid and unchanged as long as the loader.
 */
#ifndef HW_LOADER_H
#define HW_LOADER_H

#include "base/log.h"
#include "base/types.h"
#include "hw/fw_cfg.h"

struct loader;

struct loader_file {
	const char	*name;
	const uint8_t	*data;
	uint64_t	len;
};

struct loader_config {
	const char	*kernel;	/* file name */
	/* Linux: a file name.  Multiboot: "file args,file args"; a comma in a
	 * name or argument is written twice.  NULL: none. */
	const char	*initrd;
	const char	*cmdline;	/* NULL: empty */
	uint64_t	low_ram;	/* bytes of RAM below 4 GiB */
	/* False, after a message, when the file cannot be read.  name is valid
	 * during the call only; out->name must stay. */
	bool		(*open)(void *arg, const char *name,
			    struct loader_file *out);
	void		*arg;
};

/* NULL after one message on the log. */
struct loader *loader_new(const struct loader_config *cfg, struct log *log);
void	loader_free(struct loader *l);

/* The option ROM that starts this kernel: "linuxboot", "multiboot"
 * or "multiboot_low". */
const char *loader_rom(const struct loader *l);
/* Fills the kernel, initrd, command line and set-up items; l must outlive f. */
bool	loader_add(struct loader *l, struct fw_cfg *f) MUST_CHECK;

/*
 * The multiboot ROM writes the firmware's memory map at mmap_addr of the
 * multiboot information; the loader leaves room for this many entries.
 */
#define LOADER_MMAP_ENTRIES	100
#define LOADER_MMAP_ENTRY	24

#endif
