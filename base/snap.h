/*
 * base/snap.h - field tables: the one description of a chip's state
 *
 * Each chip lists every field of its state once.  Snapshot, state hash, `info`
 * output and state diff all read the list; raw structs are never written.
 * Encoded form: fields in table order, each element little-endian at its
 * natural width, bool as one byte (0 or 1), a timer as u64 when, u64 seq.
 * Derived state (caches, wire levels) is not listed; the device's restored()
 * rebuilds it.
 *
 *	static const struct snap_field pit_fields[] = {
 *		SNAP_STRUCTS(struct i8254, ch, i8254_ch_fields),
 *		SNAP_U8(struct i8254, port61),
 *		SNAP_TIMER(struct i8254, irq_timer),
 *		SNAP_END
 *	};
 */
#ifndef BASE_SNAP_H
#define BASE_SNAP_H

#include "base/types.h"

enum snap_type {
	SNAP_T_END, SNAP_T_BOOL, SNAP_T_UINT, SNAP_T_BYTES, SNAP_T_STRUCT,
	SNAP_T_TIMER
};

struct snap_field {
	const char			*name;
	enum snap_type			type;
	uint32_t			offset;	/* in the object */
	uint32_t			size;	/* of one element, in memory */
	uint32_t			count;	/* elements */
	const struct snap_field		*sub;	/* for SNAP_T_STRUCT */
};

#define SNAP_F(st, f, ty, sz, n, s) \
	{ #f, ty, (uint32_t)offsetof(st, f), (uint32_t)(sz), (uint32_t)(n), s }
#define SNAP_SIZEOF(st, f)	sizeof(((st *)0)->f)
#define SNAP_CHECK(st, f, sz) \
	(sizeof(char[SNAP_SIZEOF(st, f) == (sz) ? 1 : -1]) * 0 + (sz))

#define SNAP_BOOL(st, f)	SNAP_F(st, f, SNAP_T_BOOL, SNAP_CHECK(st, f, sizeof(bool)), 1, NULL)
#define SNAP_U8(st, f)		SNAP_F(st, f, SNAP_T_UINT, SNAP_CHECK(st, f, 1), 1, NULL)
#define SNAP_U16(st, f)		SNAP_F(st, f, SNAP_T_UINT, SNAP_CHECK(st, f, 2), 1, NULL)
#define SNAP_U32(st, f)		SNAP_F(st, f, SNAP_T_UINT, SNAP_CHECK(st, f, 4), 1, NULL)
#define SNAP_U64(st, f)		SNAP_F(st, f, SNAP_T_UINT, SNAP_CHECK(st, f, 8), 1, NULL)
/* Arrays of 1-, 2-, 4- or 8-byte unsigned integers. */
#define SNAP_ARRAY(st, f) \
	SNAP_F(st, f, SNAP_T_UINT, SNAP_SIZEOF(st, f[0]), \
	    SNAP_SIZEOF(st, f) / SNAP_SIZEOF(st, f[0]), NULL)
/* Opaque bytes (sector buffers, CMOS). */
#define SNAP_BYTES(st, f)	SNAP_F(st, f, SNAP_T_BYTES, SNAP_SIZEOF(st, f), 1, NULL)
#define SNAP_STRUCT_1(st, f, tab) SNAP_F(st, f, SNAP_T_STRUCT, SNAP_SIZEOF(st, f), 1, tab)
#define SNAP_STRUCTS(st, f, tab) \
	SNAP_F(st, f, SNAP_T_STRUCT, SNAP_SIZEOF(st, f[0]), \
	    SNAP_SIZEOF(st, f) / SNAP_SIZEOF(st, f[0]), tab)
#define SNAP_TIMER(st, f)	SNAP_F(st, f, SNAP_T_TIMER, sizeof(struct vtimer), 1, NULL)
#define SNAP_END		{ NULL, SNAP_T_END, 0, 0, 0, NULL }

/* Encoded length in bytes. */
size_t	snap_size(const struct snap_field *tab);
/* Writes exactly snap_size() bytes. */
void	snap_encode(const struct snap_field *tab, const void *obj, uint8_t *out);
/* Reads n bytes into obj; false and obj unchanged when n != snap_size() or a
 * bool is neither 0 nor 1. Timers get when and seq; fn, arg and heap_pos stay. */
bool	snap_decode(const struct snap_field *tab, void *obj, const uint8_t *in,
	    size_t n) MUST_CHECK;
/* Calls fn for each timer in the object. */
struct vtimer;
void	snap_each_timer(const struct snap_field *tab, void *obj,
	    void (*fn)(void *arg, struct vtimer *t), void *arg);
/* One line per element, "name[i].sub = 0x...", to out (an fprintf-like sink). */
void	snap_print(const struct snap_field *tab, const void *obj, const char *prefix,
	    void (*line)(void *arg, const char *text), void *arg);
/* First differing element of two encodings, "ch[1].count: 0x5, 0x6", into buf;
 * false if equal. */
bool	snap_diff(const struct snap_field *tab, const uint8_t *a, const uint8_t *b,
	    char *buf, size_t n);

#endif
