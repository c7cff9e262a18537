/*
 * hw/bus.h - the I/O port space
 *
 * 65536 ports, mapped byte by byte.  A later mapping covers an earlier one;
 * unmapping uncovers what is below.  The mapping of the first port decides who
 * answers an access: a register that is wider than its port range may overlap
 * another device's port (0CF8h is a dword register, 0CF9h a byte register).
 *
 * An access the device does not take as it is (see io_ops.sizes), or that is
 * not aligned, or that runs past the end of the mapping, is split, low part
 * first.  Ports without a device read all ones and ignore writes.
 *
 * Mappings are wiring, not state: who moves one (a PCI BAR) moves it again when
 * a snapshot was loaded.
 */
#ifndef HW_BUS_H
#define HW_BUS_H

#include "base/io.h"
#include "base/log.h"

struct pio;

struct pio_trace {
	void	(*fn)(void *arg, bool write, uint32_t port, unsigned size,
		    uint32_t val);
	void	*arg;
};

/* NULL when out of memory. */
struct pio *pio_new(struct log *log);
void	pio_free(struct pio *p);

/*
 * Maps [port, port + len).  name must stay valid; it is shown by pio_print().
 * Returns a handle > 0, or 0 when out of memory.  port + len must not exceed
 * 65536.
 */
int	pio_map(struct pio *p, uint32_t port, uint32_t len,
	    const struct io_ops *ops, void *dev, const char *name);
void	pio_unmap(struct pio *p, int handle);
/* Moves or (enabled = false) hides a mapping; its place in the order stays. A
 * place outside the port space hides it. */
void	pio_remap(struct pio *p, int handle, uint32_t port, bool enabled);

/* size is 1, 2 or 4. */
uint32_t pio_read(struct pio *p, uint32_t port, unsigned size);
void	pio_write(struct pio *p, uint32_t port, unsigned size, uint32_t val);

/* t is copied; NULL switches tracing off.  Called once per guest access. */
void	pio_set_trace(struct pio *p, const struct pio_trace *t);

/* How often the guest asked each mapping, in map order; first "nobody".  An access
 * counts for the mapping of its first port. */
void	pio_each_count(const struct pio *p,
	    void (*fn)(void *arg, const char *name, const struct io_count *c), void *arg);

/* One line per mapping, in order of the first port, then of mapping. */
void	pio_print(const struct pio *p, void (*line)(void *arg, const char *s),
	    void *arg);

#endif
