/*
 * hw/fw_cfg.h - firmware configuration device, ports 510h..51Bh
 *
 * Items are numbered; some are also files with names, listed in a directory.
 * The guest selects an item and reads it byte by byte, or hands the device a
 * descriptor and the bytes are copied to its memory.  Items are added before
 * the guest runs and stay as they are.  What an item points to is the caller's
 * and outlives the device; small integers are kept inside.
 */
#ifndef HW_FW_CFG_H
#define HW_FW_CFG_H

#include "base/device.h"
#include "base/io.h"
#include "base/log.h"

enum fw_cfg_key {
	FW_CFG_SIGNATURE = 0x00,
	FW_CFG_ID = 0x01,
	FW_CFG_UUID = 0x02,
	FW_CFG_RAM_SIZE = 0x03,
	FW_CFG_NOGRAPHIC = 0x04,
	FW_CFG_NB_CPUS = 0x05,
	FW_CFG_MACHINE_ID = 0x06,
	FW_CFG_KERNEL_ADDR = 0x07,
	FW_CFG_KERNEL_SIZE = 0x08,
	FW_CFG_INITRD_ADDR = 0x0a,
	FW_CFG_INITRD_SIZE = 0x0b,
	FW_CFG_NUMA = 0x0d,
	FW_CFG_BOOT_MENU = 0x0e,
	FW_CFG_MAX_CPUS = 0x0f,
	FW_CFG_KERNEL_ENTRY = 0x10,
	FW_CFG_KERNEL_DATA = 0x11,
	FW_CFG_INITRD_DATA = 0x12,
	FW_CFG_CMDLINE_ADDR = 0x13,
	FW_CFG_CMDLINE_SIZE = 0x14,
	FW_CFG_CMDLINE_DATA = 0x15,
	FW_CFG_SETUP_ADDR = 0x16,
	FW_CFG_SETUP_SIZE = 0x17,
	FW_CFG_SETUP_DATA = 0x18,
	FW_CFG_FILE_DIR = 0x19,
	FW_CFG_FILE_FIRST = 0x20,
	FW_CFG_IRQ0_OVERRIDE = 0x8002
};

#define FW_CFG_FILES		64
#define FW_CFG_NAME_MAX		55	/* without the NUL */

struct fw_cfg;

/* Memory of the guest, by hpa.  False: nothing there. */
struct fw_cfg_dma {
	bool	(*read)(void *arg, uint64_t at, void *buf, uint32_t n);
	bool	(*write)(void *arg, uint64_t at, const void *buf, uint32_t n);
	void	*arg;
};

struct fw_cfg *fw_cfg_new(const struct fw_cfg_dma *dma, struct log *log);

/*
 * Adding an item.  A number that is in use is replaced.  False, with a message
 * on the log, when there is no room or a name is too long.
 */
bool	fw_cfg_add(struct fw_cfg *f, uint16_t key, const void *data, uint32_t len)
	    MUST_CHECK;
/* size is 2, 4 or 8; little-endian. */
bool	fw_cfg_add_int(struct fw_cfg *f, uint16_t key, unsigned size, uint64_t v)
	    MUST_CHECK;
/* read() fills buf with n bytes from off, which are within len. */
bool	fw_cfg_add_reader(struct fw_cfg *f, uint16_t key, uint32_t len,
	    void (*read)(void *arg, uint32_t off, void *buf, uint32_t n), void *arg)
	    MUST_CHECK;
bool	fw_cfg_add_file(struct fw_cfg *f, const char *name, const void *data,
	    uint32_t len) MUST_CHECK;
bool	fw_cfg_add_file_int(struct fw_cfg *f, const char *name, unsigned size,
	    uint64_t v) MUST_CHECK;

extern const struct device_class fw_cfg_class;
extern const struct io_ops fw_cfg_io;		/* at 510h, 2 ports */
extern const struct io_ops fw_cfg_dma_io;	/* at 514h, 8 ports */

#endif
