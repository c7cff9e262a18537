/*
 * hw/pci.h - PCI: bus 0 behind configuration mechanism 1
 *
 * A chip embeds a struct pci_dev, fills it with pci_dev_init() and the pci_*
 * calls below in its constructor, and is put into a slot by pci_add().  Its
 * field table includes SNAP_STRUCT_1(..., pci_dev_fields), its reset() calls
 * pci_dev_reset(), its restored() calls pci_dev_restored() and then
 * pci_set_intx().
 *
 * The module knows neither ports nor memory: the board gives it functions that
 * map, move and unmap regions (struct pci_space_ops).
 *
 * INTx follows the PC's wiring: pin 0..3 (INTA..INTD) of slot s reaches PIRQ
 * line (s + pin - 1) & 3, and the devices on a line are ORed.
 */
#ifndef HW_PCI_H
#define HW_PCI_H

#include "base/device.h"
#include "base/io.h"
#include "base/log.h"
#include "base/types.h"
#include "base/wire.h"

/* PCI Local Bus Specification 3.0, 6.1 "Configuration Space Organization" */
#define PCI_VENDOR_ID		0x00
#define PCI_DEVICE_ID		0x02
#define PCI_COMMAND		0x04
#define   PCI_CMD_IO		0x0001
#define   PCI_CMD_MEM		0x0002
#define   PCI_CMD_MASTER	0x0004
#define   PCI_CMD_PARITY	0x0040
#define   PCI_CMD_SERR		0x0100
#define   PCI_CMD_INTX_OFF	0x0400
#define PCI_STATUS		0x06
#define   PCI_STS_INTX		0x0008
#define   PCI_STS_CAPS		0x0010
#define PCI_REVISION		0x08
#define PCI_CLASS_PROG		0x09
#define PCI_CLASS		0x0a	/* subclass, base class */
#define PCI_CACHE_LINE		0x0c
#define PCI_LATENCY		0x0d
#define PCI_HEADER		0x0e
#define PCI_BAR0		0x10
#define PCI_SUBSYS_VENDOR	0x2c
#define PCI_SUBSYS_ID		0x2e
#define PCI_ROM			0x30
#define PCI_CAP_PTR		0x34
#define PCI_INT_LINE		0x3c
#define PCI_INT_PIN		0x3d

#define PCI_BARS		7	/* 0..5 and the expansion ROM */
#define PCI_BAR_ROM		6

#define PCI_WINS		2	/* ranges placed by other registers */

enum pci_space { PCI_SPACE_IO, PCI_SPACE_MEM };

/* How the board maps the range of a BAR.  map() creates the mapping, enabled,
 * and returns a handle > 0, or 0 when out of memory. */
struct pci_space_ops {
	int	(*map)(void *arg, enum pci_space sp, uint64_t at, uint64_t len,
		    const struct io_ops *ops, void *dev, const char *name);
	void	(*move)(void *arg, enum pci_space sp, int handle, uint64_t at,
		    bool enabled);
	void	(*unmap)(void *arg, enum pci_space sp, int handle);
	void	*arg;
};

#define PCI_BAR_IO		0x01	/* else memory */
#define PCI_BAR_MEM64		0x04
#define PCI_BAR_PREFETCH	0x08

struct pci_bus;

/* What is behind a BAR: registers (ops, dev) or, for memory with contents, a
 * function that moves it. */
struct pci_bar {
	uint64_t		size;	/* a power of two; 0: not there */
	uint8_t			flags;
	const struct io_ops	*ops;
	void			*dev;
	void			(*move)(void *arg, uint64_t at, bool enabled);
	void			*move_arg;
	int			handle;
	uint64_t		at;	/* where it answers now */
	bool			enabled;
};

struct pci_dev {
	uint8_t			cfg[256];
	/* Fixed by the constructor: */
	uint8_t			wmask[256];	/* 1: writable */
	uint8_t			w1c[256];	/* 1: a written 1 clears */
	uint8_t			init[256];	/* contents after reset */
	struct pci_bar		bar[PCI_BARS];
	struct pci_bar		win[PCI_WINS];
	/* Called after a configuration write changed bytes [off, off + size);
	 * also once by pci_dev_restored() with 0 and 256.  May be NULL. */
	void			(*written)(void *arg, uint32_t off, unsigned size);
	/* Called before the guest reads them.  May be NULL. */
	void			(*reading)(void *arg, uint32_t off, unsigned size);
	void			*arg;
	const char		*name;
	struct pci_bus		*bus;	/* NULL until pci_add() */
	uint8_t			devfn;
	/* Derived: */
	bool			intx;	/* what the chip asks for */
	bool			intx_out; /* what reaches the bus */
};

extern const struct snap_field pci_dev_fields[];

/* name must stay valid.  class_code is base class, subclass and interface. */
void	pci_dev_init(struct pci_dev *d, const char *name, uint16_t vendor,
	    uint16_t device, uint32_t class_code, uint8_t revision);
/* Constructor helpers: contents after reset, and which bits can be written. */
void	pci_cfg_init(struct pci_dev *d, uint32_t off, unsigned size, uint32_t val,
	    uint32_t wmask);
void	pci_cfg_w1c(struct pci_dev *d, uint32_t off, unsigned size, uint32_t mask);
void	pci_bar_regs(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size,
	    const struct io_ops *ops, void *dev);
void	pci_bar_mem(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size,
	    void (*move)(void *arg, uint64_t at, bool enabled), void *arg);
/* A range whose place and enable are chip-specific registers: the chip's
 * written() calls pci_win_set(), which does nothing when nothing changed. */
void	pci_win_regs(struct pci_dev *d, unsigned n, uint8_t flags, uint64_t size,
	    const struct io_ops *ops, void *dev);
void	pci_win_set(struct pci_dev *d, unsigned n, uint64_t at, bool on);
/* Links a capability of len bytes at off into the list. */
void	pci_cap_add(struct pci_dev *d, uint8_t id, uint32_t off, unsigned len);

static inline uint32_t
pci_devfn(unsigned slot, unsigned fn)
{
	return slot << 3 | fn;
}

/* Puts d into its slot; false when it is taken. */
bool	pci_add(struct pci_bus *b, struct pci_dev *d, unsigned devfn);
void	pci_dev_reset(struct pci_dev *d);
/* Maps the BARs as the loaded configuration says.  Never fails: every value of
 * a configuration byte is a value the guest could have written. */
void	pci_dev_restored(struct pci_dev *d);
/* Unmaps the BARs and leaves the bus. */
void	pci_dev_fini(struct pci_dev *d);
/* Level of the device's interrupt pin. */
void	pci_set_intx(struct pci_dev *d, bool level);
bool	pci_bus_master(const struct pci_dev *d);

/* Configuration accesses of the guest; for tests and the monitor too.  off is
 * 0..255; the access must not cross a dword. */
uint32_t pci_cfg_read(const struct pci_dev *d, uint32_t off, unsigned size);
void	pci_cfg_write(struct pci_dev *d, uint32_t off, unsigned size, uint32_t val);

/* pirq[n] is the OR of the devices on PIRQ line n. */
struct pci_bus *pci_bus_new(const struct pci_space_ops *space,
	    const struct wire pirq[4], struct log *log);
/* NULL when the slot is empty. */
struct pci_dev *pci_bus_dev(const struct pci_bus *b, unsigned devfn);
void	pci_bus_print(const struct pci_bus *b,
	    void (*line)(void *arg, const char *s), void *arg);

extern const struct device_class pci_bus_class;
extern const struct io_ops pci_addr_io;	/* at 0CF8h, 4 ports */
extern const struct io_ops pci_data_io;	/* at 0CFCh, 4 ports */

#endif
