/*
 * lab/guest/net.h - a network card, polled
 */
#ifndef LAB_GUEST_NET_H
#define LAB_GUEST_NET_H

#include <stdint.h>

#define FRAME_ROOM	2048u

/* 0: there is no 82540EM. */
int	net_start(void);
/* The next frame, up to net_done(); NULL: there is none. */
uint8_t	*net_next(uint32_t *n);
void	net_done(void);
void	net_send(const uint8_t *frame, uint32_t n);

#endif
