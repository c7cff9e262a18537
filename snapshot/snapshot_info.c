/*
 * snapshot/snapshot_info.c - the first section of a snapshot
 */
#include <string.h>

#include "snapshot/snapshots_priv.h"

const struct snap_field snapshot_info_fields[] = {
	SNAP_U32(struct snapshot_info, timing),
	SNAP_U32(struct snapshot_info, depth),
	SNAP_U64(struct snapshot_info, timeline),
	SNAP_U64(struct snapshot_info, slice),
	SNAP_U64(struct snapshot_info, cycle),
	SNAP_U32(struct snapshot_info, vcpu),
	SNAP_ARRAY(struct snapshot_info, parent),
	SNAP_BYTES(struct snapshot_info, parent_file),
	SNAP_BYTES(struct snapshot_info, name),
	SNAP_BYTES(struct snapshot_info, program),
	SNAP_END
};

#define TERMINATED(s)	(strnlen(s, sizeof(s)) < sizeof(s))

bool
snapshot_info_decode(struct snapshot_info *info, const uint8_t *in, size_t n)
{
	memset(info, 0, sizeof(*info));
	return snap_decode(snapshot_info_fields, info, in, n) &&
	    TERMINATED(info->parent_file) && TERMINATED(info->name) &&
	    TERMINATED(info->program) && !info->depth == !info->parent_file[0];
}
