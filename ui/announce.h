/*
 * ui/announce.h - telling a network where a machine is now
 */
#ifndef UI_ANNOUNCE_H
#define UI_ANNOUNCE_H

#include "base/types.h"

#define ANNOUNCE_BYTES	60u

/* ip becomes the address that a frame says mac has, if it says so. */
void	announce_learn(const uint8_t *frame, size_t n, const uint8_t *mac, uint8_t *ip);
/* ip 0.0.0.0: it is not known. */
void	announce_make(uint8_t *frame, const uint8_t *mac, const uint8_t *ip);

#endif
