/*
 * hw/pc_priv.h - shared by the files of the board
 */
#ifndef HW_PC_PRIV_H
#define HW_PC_PRIV_H

#include "base/overlay.h"
#include "hw/acpi_tables.h"
#include "hw/blockimage.h"
#include "hw/fdc.h"
#include "hw/fw_cfg.h"
#include "hw/i440fx.h"
#include "hw/i8042.h"
#include "hw/i8237.h"
#include "hw/i8254.h"
#include "hw/i8259.h"
#include "hw/ide.h"
#include "hw/ioapic.h"
#include "hw/lapic.h"
#include "hw/loader.h"
#include "hw/machine_stats.h"
#include "hw/mc146818.h"
#include "hw/nic.h"
#include "hw/pc.h"
#include "hw/pci.h"
#include "hw/piix3.h"
#include "hw/piix4_pm.h"
#include "hw/piix_ide.h"
#include "hw/port92.h"
#include "hw/smbios.h"
#include "hw/uart16550.h"
#include "hw/vga.h"
#include "hw/vring.h"

#define PC_LOW_MAX	0xc0000000u	/* RAM below 4 GiB ends here at the latest */
#define PC_GIB4		0x100000000ull
#define PC_LINES	24
#define PC_PAM_SEGS	13
#define PC_SERIAL_ROOM	256
#define PC_FILES	8
#define PC_VRAM		(16u << 20)
#define PC_NET_ROM	(256u << 10)

/* Who pulls an interrupt line. */
enum pc_puller { PULL_ISA = 1, PULL_PCI = 2, PULL_TEST = 4, PULL_HPET = 8 };
enum pc_a20 { A20_KBC = 1, A20_PORT92 = 2 };

struct pc_cpu {
	struct machine	*m;
	unsigned	index;
	struct lapic	*lapic;
};

/* Bytes on their way to a serial port; a chip of its own among the devices. */
struct pc_serial {
	uint8_t			fifo[PC_SERIAL_ROOM];
	uint16_t		head, count;
	struct uart16550	*uart;
	struct machine		*m;
	enum machine_channel	channel;
};

/* A network card in its slot. */
struct pc_nic {
	struct machine		*m;
	unsigned		index;
	const struct nic_class	*class;
	void			*chip;		/* NULL: no card */
	int			rom_map;
	struct nic_stats	stats;
};

/* What the board itself remembers. */
struct pc_glue {
	uint64_t	random;		/* state of the generator */
	bool		ferr;		/* x87 error latch: IRQ13 */
};

struct pc_file {
	uint8_t		*data;
	uint64_t	len;
	char		*name;
	const char	*option;	/* that asked for it */
};

struct pc_pam {
	uint32_t	at;
	int		handle;
};

struct pc {
	struct machine		*m;
	struct pc_cpu		cpu[MACHINE_CPUS];
	struct lapic		*lapics[MACHINE_CPUS];
	struct ioapic		*ioapic;
	struct i8259		*pic;
	struct i8254		*pit;
	struct mc146818		*rtc;
	struct i8042		*kbc;
	struct i8237		*dma;
	struct pci_bus		*pci;
	struct i440fx		*host_bridge;
	struct piix3		*piix3;
	struct piix4_pm		*pm;
	struct piix_ide		*piix_ide;
	struct ide		*ide;
	struct fdc		*fdc;		/* NULL: no floppy drives */
	struct vga		*vga;
	struct fw_cfg		*fw_cfg;
	struct pc_serial	serial[MACHINE_SERIALS];
	struct pc_nic		nic[MACHINE_NICS];
	/* By model: 0 not looked for yet, RAM_PAGE_NONE no boot ROM. */
	uint32_t		nic_rom_id[NIC_MODELS];
	struct virtio_balloon	*balloon;	/* NULL: none */
	struct virtio_console	*console;	/* NULL: none */
	struct pc_glue		glue;
	enum piix4_wake		wake_by;	/* with REQ_WAKE */
	bool			was_reset;
	bool			hpet_legacy;	/* PIT and RTC are disconnected */
	bool			pit_level, rtc_level;

	uint8_t			pull[PC_LINES];	/* enum pc_puller, ORed */
	uint8_t			a20;		/* enum pc_a20, ORed */
	int			lapic_map;
	int			ide_map[2][2];	/* command, control ports */

	/* Memory. */
	uint64_t		low_ram;
	uint32_t		rom_id, rom_pages;
	struct pc_pam		pam[PC_PAM_SEGS];

	/* Host side: tables the firmware takes, files, disks. */
	struct blockimage	*image[MACHINE_DISKS];
	struct overlay		*overlay[MACHINE_DISKS];	/* NULL: no disk */
	struct overlay_file	*overlay_file;	/* NULL: none */
	struct blockcount	disk_count[MACHINE_DISKS];
	struct pc_file		mapped[PC_FILES];
	unsigned		mapped_count;
	struct loader		*loader;
	struct acpi_tables	acpi;
	struct smbios		smbios;
	bool			acpi_made, smbios_made;
	struct blob		e820, bootorder;
};

/* hw/pc_mem.c */
bool	pc_mem_build(struct pc *pc) MUST_CHECK;
bool	pc_mem_map_rom(struct pc *pc, const struct pc_file *rom) MUST_CHECK;
void	pc_pam(void *arg, uint32_t at, uint32_t len, bool rd, bool wr);
bool	pc_map_pio(struct pc *pc, uint32_t port, uint32_t len,
	    const struct io_ops *ops, void *dev, const char *name) MUST_CHECK;
bool	pc_map_io(struct pc *pc, hpa_t at, uint64_t len, const struct io_ops *ops,
	    void *dev, const char *name) MUST_CHECK;
extern const struct pci_space_ops pc_pci_space;	/* without arg */

/* hw/pc_files.c */
const struct pc_file *pc_open_file(struct pc *pc, const char *option,
	    const char *name);
/* A file of the firmware package: name as given, or in the usual places. */
const struct pc_file *pc_open_firmware(struct pc *pc, const char *option,
	    const char *name);
/* The first of the files there is, or NULL without a message. */
const struct pc_file *pc_open_optional(struct pc *pc, const char *option,
	    const char *const *paths);
void	pc_close_files(struct pc *pc);

/* hw/pc_irq.c */
bool	pc_irq_build(struct pc *pc) MUST_CHECK;
struct wire pc_isa_irq(struct pc *pc, int line);
struct wire pc_pci_irq(struct pc *pc, int line);
struct wire pc_test_irq(struct pc *pc, int line);
struct wire pc_hpet_irq(struct pc *pc, int line);
bool	pc_cpus_build(struct pc *pc) MUST_CHECK;

/* hw/pc_timers.c: PIT, RTC, HPET */
bool	pc_timers_build(struct pc *pc) MUST_CHECK;
bool	pc_hpet_build(struct pc *pc) MUST_CHECK;

/* hw/pc_serial.c */
bool	pc_serial_build(struct pc *pc) MUST_CHECK;
void	pc_serial_flush(struct pc *pc);
size_t	pc_serial_input(struct pc *pc, unsigned port, const uint8_t *p, size_t n);

/* hw/pc_vga.c */
bool	pc_vga_build(struct pc *pc) MUST_CHECK;

/* hw/pc_net.c */
bool	pc_net_build(struct pc *pc) MUST_CHECK;
size_t	pc_net_input(struct pc *pc, unsigned i, const uint8_t *p, size_t n);

/* hw/pc_fw.c */
bool	pc_fw_build(struct pc *pc) MUST_CHECK;
void	pc_fw_fini(struct pc *pc);
/* From the first reset after power-on, -boot's order holds. */
void	pc_fw_reset(struct pc *pc);

/* hw/pc_disk.c */
bool	pc_disk_build(struct pc *pc) MUST_CHECK;
/* The image behind a drive, NULL after a message. */
const struct blockdev *pc_disk_open(struct pc *pc, unsigned unit);

/* hw/pc_floppy.c */
bool	pc_floppy_build(struct pc *pc) MUST_CHECK;
void	pc_disk_fini(struct pc *pc);

/* hw/pc_virtio.c */
bool	pc_virtio_build(struct pc *pc) MUST_CHECK;
struct virtio_bus pc_virtio_bus(struct pc *pc);
size_t	pc_balloon_input(struct pc *pc, const uint8_t *p, size_t n);
size_t	pc_console_input(struct pc *pc, const uint8_t *p, size_t n);

#endif
