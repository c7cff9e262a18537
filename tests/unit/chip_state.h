/*
 * tests/unit/chip_state.h - the test that applies to every chip
 *
 * The state of one instance goes through its encoded form into another; encoded
 * again it must be the same bytes.
 */
#ifndef TESTS_UNIT_CHIP_STATE_H
#define TESTS_UNIT_CHIP_STATE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/device.h"

static inline void
chip_state_survives(const struct device_class *c, void *from, void *to)
{
	size_t n = snap_size(c->fields);
	uint8_t *a = calloc(2, n ? n : 1), *b = a + n;
	char where[128];

	ck_assert_ptr_nonnull(a);
	snap_encode(c->fields, from, a);
	ck_assert_msg(snap_decode(c->fields, to, a, n), "%s: refused", c->name);
	ck_assert_int_eq(c->restored(to), 0);
	snap_encode(c->fields, to, b);
	ck_assert_msg(!snap_diff(c->fields, a, b, where, sizeof(where)),
	    "%s: %s differs after restore", c->name, where);
	free(a);
}

#endif
