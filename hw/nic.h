/*
 * hw/nic.h - between a network card and what it is plugged into
 *
 * A card's constructor takes a struct nic_cable, into which it sends whole
 * Ethernet frames, without preamble and check sequence, and DMA to the guest's
 * memory.  The board, which knows the kind of card, has its struct nic_class for
 * the other direction.
 */
#ifndef HW_NIC_H
#define HW_NIC_H

#include "base/types.h"

#define NIC_FRAME_MIN	14u		/* the header */
#define NIC_FRAME_PAD	60u		/* shorter ones are filled up on the line */
#define NIC_FRAME_MAX	16384u

struct nic_cable {
	/* frame is valid during the call only. */
	void	(*send)(void *arg, const uint8_t *frame, size_t n);
	/* Memory only: what is no memory reads as ones and ignores writes, so that
	 * a card never calls another device. */
	void	(*dma_read)(void *arg, hpa_t at, void *buf, uint32_t n);
	void	(*dma_write)(void *arg, hpa_t at, const void *buf, uint32_t n);
	void	*arg;
};

struct nic_class {
	/* Whether receive() would do something with a frame of n bytes: put it
	 * into memory, or throw it away as a card does.  False: the card has no
	 * buffer for it now.  Changes nothing. */
	bool	(*can_receive)(const void *nic, size_t n);
	/* NIC_FRAME_MIN to NIC_FRAME_MAX bytes, after can_receive() said so. */
	void	(*receive)(void *nic, const uint8_t *frame, size_t n);
	/* The cable is plugged in (as after construction) or not. */
	void	(*set_link)(void *nic, bool up);
};

#endif
