/*
 * mmu/nested_memo.c - the memory for it
 */
#include "mmu/nested_memo.h"

#include "base/hostmem.h"

struct nested_memo *
nested_memo_new(void)
{
	return hostmem_reserve(sizeof(struct nested_memo), false);
}

void
nested_memo_free(struct nested_memo *memo)
{
	hostmem_release(memo, sizeof(*memo));
}
