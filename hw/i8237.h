/*
 * hw/i8237.h - the PC's pair of 8237A DMA controllers with page registers
 *
 * Channels 0..3 move bytes, 5..7 words; 4 cascades the first chip.  A device
 * raises its request with i8237_dreq() and moves data with i8237_transfer()
 * when the channel is ready; the transfer takes no bus time of its own.
 */
#ifndef HW_I8237_H
#define HW_I8237_H

#include "base/device.h"
#include "base/io.h"

struct i8237;
struct log;

struct i8237_bus {
	void	(*read)(void *arg, hpa_t at, void *buf, uint32_t n);
	void	(*write)(void *arg, hpa_t at, const void *buf, uint32_t n);
	void	*arg;
};

/* NULL when memory is short. */
struct i8237 *i8237_new(struct i8237_bus bus, struct log *log);

/* DREQ of channel ch. */
void	i8237_dreq(struct i8237 *d, unsigned ch, bool level);

/* The channel is unmasked, its chip enabled, and its mode not cascade. */
bool	i8237_ready(const struct i8237 *d, unsigned ch);

/*
 * Moves up to n bytes between buf and memory, in the direction the channel's
 * mode says (buf is not touched by a verify transfer), until terminal count.
 * Returns the number moved; *tc is set when the count ran out.
 */
uint32_t i8237_transfer(struct i8237 *d, unsigned ch, void *buf, uint32_t n,
	    bool *tc);

extern const struct io_ops i8237_dma1_io;	/* 16 ports at 00h */
extern const struct io_ops i8237_dma2_io;	/* 32 ports at C0h */
extern const struct io_ops i8237_page_io;	/* 16 ports at 80h */
extern const struct device_class i8237_class;

#endif
