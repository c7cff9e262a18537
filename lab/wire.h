/*
 * lab/wire.h - frames between a lab's clients and lab/guest/server.c
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include "base/types.h"
#include "lab/server.h"

#define WIRE_FRAME	128u		/* no frame of ours is longer */

enum wire_kind { WIRE_ARP, WIRE_PING, WIRE_UDP, WIRE_TCP };

/* A frame from client number `client` to the server, its length; m: of UDP and TCP. */
size_t	wire_make(uint8_t f[WIRE_FRAME], enum wire_kind kind, unsigned client,
	    const struct msg *m);
/* The message in a frame of the server; false: there is none. */
bool	wire_read(const uint8_t *f, size_t n, struct msg *m);

#endif
