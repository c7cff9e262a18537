/*
 * hw/pc_testdev.h - the test device of kvm-unit-tests (qemu's pc-testdev)
 *
 * Where the board maps it, as kvm-unit-tests' lib/x86 and x86/ expect:
 *
 *	ports 0e0h-0e3h		a dword that reads back (pc_testdev_io)
 *	ports 0e4h-0e7h		writing flushes a page's host mapping: nothing
 *				here is visible to a guest (pc_testdev_flush_io)
 *	ports 0e8h-0ebh		the same dword as 0e0h, by bytes
 *				(pc_testdev_byte_io)
 *	ports 2000h-2017h	level of interrupt line n (pc_testdev_irq_io)
 *	memory ff000000h	64 KiB that read back (pc_testdev_mem_io)
 */
#ifndef HW_PC_TESTDEV_H
#define HW_PC_TESTDEV_H

#include "base/device.h"
#include "base/io.h"
#include "base/wire.h"

#define PC_TESTDEV_IRQS		24
#define PC_TESTDEV_MEM		0x10000

struct pc_testdev;

/* irq is copied.  NULL when memory is short. */
struct pc_testdev *pc_testdev_new(const struct wire irq[PC_TESTDEV_IRQS]);

extern const struct io_ops pc_testdev_io;
extern const struct io_ops pc_testdev_flush_io;
extern const struct io_ops pc_testdev_byte_io;
extern const struct io_ops pc_testdev_irq_io;
extern const struct io_ops pc_testdev_mem_io;
extern const struct device_class pc_testdev_class;

#endif
