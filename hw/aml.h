/*
 * hw/aml.h - emits ACPI machine language
 *
 * Calls append to a blob in the order of the ASL source they stand for.  What
 * ASL puts in braces is between an aml_..._open() and aml_close(), whose
 * package length is filled in by the close:
 *
 *	aml_device_open(b, "COM1");
 *		aml_name(b, "_HID"); aml_eisaid(b, "PNP0501");
 *		aml_name(b, "_CRS"); at = aml_resources_open(b);
 *			aml_res_io(b, 0x3f8, 8);
 *		aml_resources_close(b, at);
 *	aml_close(b, at);
 *
 * Names are paths: "PRQ0", "\\_SB.PCI0", segments padded with '_'.
 */
#ifndef HW_AML_H
#define HW_AML_H

#include "base/blob.h"

void	aml_path(struct blob *b, const char *path);
void	aml_int(struct blob *b, uint32_t v);
void	aml_eisaid(struct blob *b, const char *id);
/* Name (path, <the term that follows>) */
void	aml_name(struct blob *b, const char *path);

/* Each returns the position that aml_close() takes. */
uint32_t aml_scope_open(struct blob *b, const char *path);
uint32_t aml_device_open(struct blob *b, const char *name);
uint32_t aml_method_open(struct blob *b, const char *name, unsigned args);
uint32_t aml_package_open(struct blob *b, unsigned elements);
uint32_t aml_if_open(struct blob *b);	/* followed by the condition */
void	aml_close(struct blob *b, uint32_t at);

void	aml_processor(struct blob *b, const char *name, unsigned id);
/* OperationRegion (name, PCI_Config, off, len) */
void	aml_pci_region(struct blob *b, const char *name, uint32_t off, uint32_t len);
/* Field (region, ByteAcc, NoLock, Preserve) of n 8-bit fields */
void	aml_byte_fields(struct blob *b, const char *region,
	    const char *const *names, unsigned n);

/* Operators; their operands follow. */
#define AML_ARG0	0x68
#define AML_STORE	0x70	/* source, target */
#define AML_AND		0x7b	/* a, b, target */
#define AML_OR		0x7d	/* a, b, target */
#define AML_DWORD_FIELD	0x8a	/* buffer, offset, name */
#define AML_LESS	0x95	/* a, b */
#define AML_RETURN	0xa4	/* value */
#define AML_NULL	0x00	/* no target */
void	aml_op(struct blob *b, uint8_t op);

/* Buffer with resource descriptors. */
struct aml_res { uint32_t pkg, size, data; };
struct aml_res aml_resources_open(struct blob *b);
void	aml_resources_close(struct blob *b, struct aml_res r);
void	aml_res_io(struct blob *b, uint16_t port, uint8_t len);
void	aml_res_irq(struct blob *b, unsigned irq);
void	aml_res_dma(struct blob *b, unsigned channel);
/* Interrupt (ResourceConsumer, Level, ActiveHigh, Shared) */
void	aml_res_interrupts(struct blob *b, const uint32_t *irq, unsigned n);
void	aml_res_bus(struct blob *b, uint16_t first, uint16_t last);
void	aml_res_io_range(struct blob *b, uint16_t first, uint16_t last);
void	aml_res_mem_range(struct blob *b, uint32_t first, uint32_t last, bool cache);
void	aml_res_mem_fixed(struct blob *b, uint32_t at, uint32_t len);

#endif
