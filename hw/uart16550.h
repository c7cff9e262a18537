/*
 * hw/uart16550.h - 16550A serial port
 *
 * A byte the guest writes reaches the back end when its last stop bit has been
 * sent, at the programmed rate.  In the other direction the owner offers a
 * byte with uart16550_receive() when uart16550_can_receive() says that the
 * line is free and the FIFO has room; rx_ready is called when that becomes
 * true again.
 */
#ifndef HW_UART16550_H
#define HW_UART16550_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"
#include "base/wire.h"

struct uart16550;
struct log;

struct uart16550_backend {
	void	(*tx)(void *arg, uint8_t byte);	/* may be NULL */
	void	(*rx_ready)(void *arg);		/* may be NULL */
	void	*arg;
};

/* irq is gated by OUT2, as on a PC.  NULL when memory is short. */
struct uart16550 *uart16550_new(struct vclock *clock, struct wire irq,
    struct uart16550_backend backend, struct log *log);

/* Time of one character on the line, in cycles, instead of the one that
 * divisor and frame give; 0 goes back to those.  Configuration, not state. */
void	uart16550_set_char_cycles(struct uart16550 *u, uint32_t cycles);

bool	uart16550_can_receive(const struct uart16550 *u);
/* A byte arrives.  When the receiver is full it is lost and OE is set. */
void	uart16550_receive(struct uart16550 *u, uint8_t byte);
/* A break arrives: a zero character with BI. */
void	uart16550_receive_break(struct uart16550 *u);

/* What is on its way to the back end gets there now. */
void	uart16550_flush(struct uart16550 *u);

/* Modem inputs, MSR bits 4..7 (CTS, DSR, RI, DCD); at first all but RI. */
#define UART16550_CTS	0x10
#define UART16550_DSR	0x20
#define UART16550_RI	0x40
#define UART16550_DCD	0x80
void	uart16550_set_modem(struct uart16550 *u, uint8_t inputs);

extern const struct io_ops uart16550_io;	/* 8 ports */
extern const struct device_class uart16550_class;

#endif
