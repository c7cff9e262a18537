/*
 * base/overlay_index.c - clusters by number
 *
 * Inner nodes have 512 children, leaves 64 clusters.  Nothing is ever taken out:
 * a cluster that is as in the image again keeps its place.
 */
#include "base/overlay_priv.h"

#include <stdlib.h>

#define LEAF_BITS	6u
#define LEAF_SIZE	(1u << LEAF_BITS)
#define NODE_BITS	9u
#define NODE_SIZE	(1u << NODE_BITS)

/* Clusters below a child of a node of this level; a node above leaves is 1. */
static unsigned
child_shift(unsigned level)
{
	return LEAF_BITS + NODE_BITS * (level - 1);
}

void
overlay_index_init(struct overlay_index *ix, uint64_t clusters)
{
	ix->root = NULL;
	ix->height = 0;
	while (clusters > (uint64_t)1 << child_shift(ix->height + 1))
		ix->height++;
}

static void
free_node(void *node, unsigned level)
{
	unsigned i;

	for (i = 0; level && node && i < NODE_SIZE; i++)
		free_node(((void **)node)[i], level - 1);
	free(node);
}

void
overlay_index_fini(struct overlay_index *ix)
{
	free_node(ix->root, ix->height);
	ix->root = NULL;
}

static void **
child_of(void *node, unsigned level, uint64_t cluster)
{
	return &((void **)node)[cluster >> child_shift(level) & (NODE_SIZE - 1)];
}

struct overlay_cluster *
overlay_index_find(const struct overlay_index *ix, uint64_t cluster)
{
	void *node = ix->root;
	unsigned level;

	for (level = ix->height; node && level; level--)
		node = *child_of(node, level, cluster);
	return node ? (struct overlay_cluster *)node + cluster % LEAF_SIZE : NULL;
}

struct overlay_cluster *
overlay_index_make(struct overlay_index *ix, uint64_t cluster)
{
	void **p = &ix->root;
	unsigned level;

	for (level = ix->height; level; level--) {
		if (!*p)
			*p = calloc(NODE_SIZE, sizeof(void *));
		if (!*p)
			return NULL;
		p = child_of(*p, level, cluster);
	}
	if (!*p)
		*p = calloc(LEAF_SIZE, sizeof(struct overlay_cluster));
	return *p ? (struct overlay_cluster *)*p + cluster % LEAF_SIZE : NULL;
}

static int
each_node(void *node, unsigned level, uint64_t first,
    int (*fn)(void *arg, uint64_t cluster, struct overlay_cluster *c), void *arg)
{
	struct overlay_cluster *leaf = node;
	unsigned i, n = level ? NODE_SIZE : LEAF_SIZE;
	int stop = 0;

	for (i = 0; node && i < n && !stop; i++) {
		if (level)
			stop = each_node(((void **)node)[i], level - 1,
			    first + ((uint64_t)i << child_shift(level)), fn, arg);
		else if (leaf[i].flags)
			stop = fn(arg, first + i, &leaf[i]);
	}
	return stop;
}

int
overlay_index_each(const struct overlay_index *ix,
    int (*fn)(void *arg, uint64_t cluster, struct overlay_cluster *c), void *arg)
{
	return each_node(ix->root, ix->height, 0, fn, arg);
}
