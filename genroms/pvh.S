/*
 * genroms/pvh.S - option ROM that starts a PVH kernel from fw_cfg
 *
 * What hw/loader_pvh.c has prepared lacks the memory map and the place of the
 * ACPI tables.  The kernel is entered as Xen's docs/misc/pvh.pandoc asks: 32-bit
 * protected mode, flat segments, CR0 only with PE, CR4 zero, a TSS in TR, EBX =
 * start information.
 */
#define PRODUCT "pvh"
#define PVH
#include "genroms/multiboot.S"
