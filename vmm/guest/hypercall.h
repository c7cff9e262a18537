/*
 * vmm/guest/hypercall.h - asking the VMM, where there is one
 *
 * Also for the native kernel, which uses it for nothing it could not do
 * without: the balloon, the price of a call.
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/abi.h"

void	hypercall_init(void);
bool	hypercall_present(void);
/* Page tables hold machine frames and are changed by HC_MMU_UPDATE only. */
bool	hypercall_direct(void);
/* Negative: -enum vmm_error. */
int64_t	hypercall(enum vmm_hypercall number, uint64_t a, uint64_t b, uint64_t c);

#endif
