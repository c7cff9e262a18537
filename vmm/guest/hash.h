/*
 * vmm/guest/hash.h - one number for what is in the guest's memory
 */
#ifndef GUEST_HASH_H
#define GUEST_HASH_H

#include <stdint.h>

/* The same natively and under any VMM, if nothing depends on time: see
 * hash.c for what is left out. */
uint64_t hash_memory(void);

#endif
