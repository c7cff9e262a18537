/*
 * hw/aml.c - emits ACPI machine language
 *
 * Reference: ACPI Specification 6.4, chapter 20 "ACPI Machine Language (AML)
 * Specification", 6.4 "Resource Data Types for ACPI".
 */
#include "hw/aml.h"

#include <string.h>

#define OP_NAME		0x08
#define OP_BYTE		0x0a
#define OP_WORD		0x0b
#define OP_DWORD	0x0c
#define OP_SCOPE	0x10
#define OP_BUFFER	0x11
#define OP_PACKAGE	0x12
#define OP_METHOD	0x14
#define OP_DUAL_NAME	0x2e
#define OP_MULTI_NAME	0x2f
#define OP_EXT		0x5b
#define EXT_REGION	0x80
#define EXT_FIELD	0x81
#define EXT_DEVICE	0x82
#define EXT_PROCESSOR	0x83
#define OP_IF		0xa0

#define REGION_PCI_CONFIG 2
#define FIELD_BYTE_ACC	1

void
aml_op(struct blob *b, uint8_t op)
{
	blob_int(b, 1, op);
}

/* 20.2.2 "Name Objects Encoding" */
void
aml_path(struct blob *b, const char *path)
{
	unsigned i, segs = 1;

	if (*path == '\\') {
		aml_op(b, '\\');
		path++;
	}
	for (i = 0; path[i]; i++)
		segs += path[i] == '.';
	if (!*path) {
		aml_op(b, 0);		/* the root itself */
		return;
	}
	if (segs == 2) {
		aml_op(b, OP_DUAL_NAME);
	} else if (segs > 2) {
		aml_op(b, OP_MULTI_NAME);
		aml_op(b, (uint8_t)segs);
	}
	while (segs-- > 0) {
		for (i = 0; i < 4; i++)
			aml_op(b, (uint8_t)(*path && *path != '.' ? *path++ : '_'));
		path += *path == '.';
	}
}

void
aml_int(struct blob *b, uint32_t v)
{
	if (v <= 1) {
		aml_op(b, (uint8_t)v);		/* ZeroOp, OneOp */
	} else if (v <= 0xff) {
		aml_op(b, OP_BYTE);
		blob_int(b, 1, v);
	} else if (v <= 0xffff) {
		aml_op(b, OP_WORD);
		blob_int(b, 2, v);
	} else {
		aml_op(b, OP_DWORD);
		blob_int(b, 4, v);
	}
}

static uint8_t
aml_hex(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* 19.3.4 "ASL Macros", EISAID: three letters in 5 bits each, four hex digits,
 * most significant byte first. */
void
aml_eisaid(struct blob *b, const char *id)
{
	unsigned letters = (id[0] & 0x1fu) << 10 | (id[1] & 0x1fu) << 5 |
	    (id[2] & 0x1fu);

	aml_op(b, OP_DWORD);
	blob_int(b, 1, letters >> 8);
	blob_int(b, 1, letters);
	blob_int(b, 1, aml_hex(id[3]) << 4 | aml_hex(id[4]));
	blob_int(b, 1, aml_hex(id[5]) << 4 | aml_hex(id[6]));
}

void
aml_name(struct blob *b, const char *path)
{
	aml_op(b, OP_NAME);
	aml_path(b, path);
}

/* --- packages with a length in front --- */

uint32_t
aml_scope_open(struct blob *b, const char *path)
{
	uint32_t at;

	aml_op(b, OP_SCOPE);
	at = b->len;
	aml_path(b, path);
	return at;
}

static uint32_t
aml_ext_open(struct blob *b, uint8_t op, const char *name)
{
	uint32_t at;

	aml_op(b, OP_EXT);
	aml_op(b, op);
	at = b->len;
	aml_path(b, name);
	return at;
}

uint32_t
aml_device_open(struct blob *b, const char *name)
{
	return aml_ext_open(b, EXT_DEVICE, name);
}

uint32_t
aml_method_open(struct blob *b, const char *name, unsigned args)
{
	uint32_t at;

	aml_op(b, OP_METHOD);
	at = b->len;
	aml_path(b, name);
	aml_op(b, (uint8_t)args);
	return at;
}

uint32_t
aml_package_open(struct blob *b, unsigned elements)
{
	uint32_t at;

	aml_op(b, OP_PACKAGE);
	at = b->len;
	aml_op(b, (uint8_t)elements);
	return at;
}

uint32_t
aml_if_open(struct blob *b)
{
	aml_op(b, OP_IF);
	return b->len;
}

/*
 * 20.2.4 "Package Length Encoding": the length counts its own bytes.  One byte
 * holds up to 63; n bytes have 4 bits in the first and 8 in each other.
 */
void
aml_close(struct blob *b, uint32_t at)
{
	uint32_t len = b->len - at, n, i;

	n = len + 1 <= 0x3f ? 1 : len + 2 <= 0xfff ? 2 : len + 3 <= 0xfffff ? 3 : 4;
	len += n;
	blob_insert(b, at, n);
	if (n == 1) {
		blob_set(b, at, 1, len);
		return;
	}
	blob_set(b, at, 1, (n - 1) << 6 | (len & 0xf));
	for (i = 1; i < n; i++)
		blob_set(b, at + i, 1, len >> (8 * i - 4) & 0xff);
}

void
aml_processor(struct blob *b, const char *name, unsigned id)
{
	uint32_t at = aml_ext_open(b, EXT_PROCESSOR, name);

	blob_int(b, 1, id);
	blob_int(b, 4, 0);		/* no processor register block */
	blob_int(b, 1, 0);
	aml_close(b, at);
}

void
aml_pci_region(struct blob *b, const char *name, uint32_t off, uint32_t len)
{
	aml_op(b, OP_EXT);
	aml_op(b, EXT_REGION);
	aml_path(b, name);
	aml_op(b, REGION_PCI_CONFIG);
	aml_int(b, off);
	aml_int(b, len);
}

void
aml_byte_fields(struct blob *b, const char *region, const char *const *names,
    unsigned n)
{
	uint32_t at = aml_ext_open(b, EXT_FIELD, region);
	unsigned i;

	aml_op(b, FIELD_BYTE_ACC);
	for (i = 0; i < n; i++) {
		aml_path(b, names[i]);
		aml_op(b, 8);
	}
	aml_close(b, at);
}

/* --- resource descriptors --- */

/* The buffer's size is always written as a word, to be set by the close. */
struct aml_res
aml_resources_open(struct blob *b)
{
	struct aml_res r;

	aml_op(b, OP_BUFFER);
	r.pkg = b->len;
	aml_op(b, OP_WORD);
	r.size = b->len;
	blob_int(b, 2, 0);
	r.data = b->len;
	return r;
}

void
aml_resources_close(struct blob *b, struct aml_res r)
{
	blob_int(b, 1, 0x79);		/* end tag */
	blob_int(b, 1, 0);		/* checksum: not used */
	blob_set(b, r.size, 2, b->len - r.data);
	aml_close(b, r.pkg);
}

/* 6.4.2.5 "I/O Port Descriptor", 16-bit decode */
void
aml_res_io(struct blob *b, uint16_t port, uint8_t len)
{
	blob_int(b, 1, 0x47);
	blob_int(b, 1, 1);
	blob_int(b, 2, port);
	blob_int(b, 2, port);
	blob_int(b, 1, 1);
	blob_int(b, 1, len);
}

/* 6.4.2.1 "IRQ Descriptor", edge, active high, exclusive */
void
aml_res_irq(struct blob *b, unsigned irq)
{
	blob_int(b, 1, 0x22);
	blob_int(b, 2, 1u << irq);
}

/* 6.4.2.2 "DMA Descriptor", compatibility, 8-bit */
void
aml_res_dma(struct blob *b, unsigned channel)
{
	blob_int(b, 1, 0x2a);
	blob_int(b, 1, 1u << channel);
	blob_int(b, 1, 0);
}

/* 6.4.3.6 "Extended Interrupt Descriptor" */
void
aml_res_interrupts(struct blob *b, const uint32_t *irq, unsigned n)
{
	unsigned i;

	blob_int(b, 1, 0x89);
	blob_int(b, 2, 2 + 4 * n);
	blob_int(b, 1, 0x09);		/* consumer, level, active high, shared */
	blob_int(b, 1, n);
	for (i = 0; i < n; i++)
		blob_int(b, 4, irq[i]);
}

/*
 * 6.4.3.5 "Address Space Resource Descriptors": a fixed range that the bridge
 * passes on.
 */
static void
aml_res_range(struct blob *b, unsigned size, uint8_t type, uint8_t type_flags,
    uint64_t first, uint64_t last)
{
	blob_int(b, 1, size == 2 ? 0x88 : 0x87);
	blob_int(b, 2, 3 + 5 * size);
	blob_int(b, 1, type);
	blob_int(b, 1, 0x0c);		/* minimum and maximum fixed, producer */
	blob_int(b, 1, type_flags);
	blob_int(b, size, 0);		/* granularity */
	blob_int(b, size, first);
	blob_int(b, size, last);
	blob_int(b, size, 0);		/* translation */
	blob_int(b, size, last - first + 1);
}

void
aml_res_bus(struct blob *b, uint16_t first, uint16_t last)
{
	aml_res_range(b, 2, 2, 0, first, last);
}

void
aml_res_io_range(struct blob *b, uint16_t first, uint16_t last)
{
	aml_res_range(b, 2, 1, 3, first, last);		/* entire range */
}

void
aml_res_mem_range(struct blob *b, uint32_t first, uint32_t last, bool cache)
{
	aml_res_range(b, 4, 0, cache ? 3 : 1, first, last); /* read-write */
}

/* 6.4.3.4 "32-Bit Fixed Memory Range Descriptor" */
void
aml_res_mem_fixed(struct blob *b, uint32_t at, uint32_t len)
{
	blob_int(b, 1, 0x86);
	blob_int(b, 2, 9);
	blob_int(b, 1, 1);
	blob_int(b, 4, at);
	blob_int(b, 4, len);
}
