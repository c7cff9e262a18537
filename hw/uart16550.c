/*
 * hw/uart16550.c - 16550A universal asynchronous receiver/transmitter
 *
 * National Semiconductor PC16550D datasheet (TL/C/8652), "Registers", "FIFO
 * Interrupt Mode Operation".
 *
 * Not modelled: parity and framing errors (the line is perfect), DMA mode
 * signals, a break sent by the guest (the characters sent during one are
 * dropped).
 */
#include "hw/uart16550.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

#define FIFO_SIZE	16
/* More than the longest character: 24 half bits at divisor 65536. */
#define LONGEST_CHAR	BIT(33)
#define INPUT_HZ	1843200u

#define IER_RDA		0x01
#define IER_THRE	0x02
#define IER_LINE	0x04
#define IER_MODEM	0x08
#define IIR_NONE	0x01
#define IIR_MODEM	0x00
#define IIR_THRE	0x02
#define IIR_RDA		0x04
#define IIR_LINE	0x06
#define IIR_TIMEOUT	0x0c
#define IIR_FIFOS	0xc0
#define FCR_ENABLE	0x01
#define FCR_CLEAR_RX	0x02
#define FCR_CLEAR_TX	0x04
#define FCR_KEPT	0xc9	/* trigger level, DMA mode, enable */
#define LCR_WORD	0x03
#define LCR_STOP	0x04
#define LCR_PARITY	0x08
#define LCR_BREAK	0x40
#define LCR_DLAB	0x80
#define MCR_DTR		0x01
#define MCR_RTS		0x02
#define MCR_OUT1	0x04
#define MCR_OUT2	0x08
#define MCR_LOOP	0x10
#define LSR_DR		0x01
#define LSR_OE		0x02
#define LSR_PE		0x04
#define LSR_FE		0x08
#define LSR_BI		0x10
#define LSR_THRE	0x20
#define LSR_TEMT	0x40
#define LSR_FIFO_ERR	0x80
#define LSR_ERRORS	(LSR_OE | LSR_PE | LSR_FE | LSR_BI)
#define MSR_TERI	0x04
#define MSR_INPUTS	0xf0

struct uart_fifo {
	uint8_t	data[FIFO_SIZE];
	uint8_t	flags[FIFO_SIZE];	/* LSR_BI of a received character */
	uint8_t	head;
	uint8_t	count;
};

struct uart16550 {
	struct vclock			*clock;
	struct wire			irq;
	struct uart16550_backend	backend;
	struct log			*log;
	uint32_t			char_cycles;	/* 0: from the divisor */
	uint8_t				ier, fcr, lcr, mcr, lsr, msr, scr;
	uint8_t				modem;		/* the pins, MSR_INPUTS */
	uint16_t			divisor;
	bool				thre_irq;	/* THRE interrupt pending */
	bool				timeout_irq;	/* character time-out */
	bool				tsr_busy;
	uint8_t				tsr;
	struct uart_fifo		rx, tx;
	uint64_t			tx_when;	/* tx_end's deadline */
	struct vtimer			tx_end;		/* last stop bit sent */
	struct vtimer			rx_free;	/* the line is idle again */
	struct vtimer			timeout;
};

static bool
uart_fifos(const struct uart16550 *u)
{
	return u->fcr & FCR_ENABLE;
}

static unsigned
uart_depth(const struct uart16550 *u)
{
	return uart_fifos(u) ? FIFO_SIZE : 1;
}

static void
fifo_put(struct uart_fifo *f, uint8_t byte, uint8_t flags)
{
	unsigned i = (f->head + f->count) % FIFO_SIZE;

	f->data[i] = byte;
	f->flags[i] = flags;
	f->count++;
}

static uint8_t
fifo_get(struct uart_fifo *f)
{
	uint8_t byte = f->data[f->head];

	f->flags[f->head] = 0;
	f->head = (f->head + 1) % FIFO_SIZE;
	f->count--;
	return byte;
}

static void
fifo_clear(struct uart_fifo *f)
{
	memset(f, 0, sizeof(*f));
}

/* Start bit, data, parity, stop bits; a half bit is 8 input clocks times the
 * divisor.  "Line Control Register": two stop bits are 1.5 for 5-bit words. */
static uint64_t
uart_char_time(const struct uart16550 *u)
{
	unsigned half_bits = 2 * (1 + 5 + (u->lcr & LCR_WORD) + 1);
	uint32_t divisor = u->divisor ? u->divisor : 65536;

	if (u->char_cycles)
		return u->char_cycles;
	if (u->lcr & LCR_PARITY)
		half_bits += 2;
	if (u->lcr & LCR_STOP)
		half_bits += u->lcr & LCR_WORD ? 2 : 1;
	return muldiv64_up((uint64_t)half_bits * 8 * divisor, VCLOCK_HZ, INPUT_HZ);
}

static unsigned
uart_trigger(const struct uart16550 *u)
{
	static const uint8_t level[4] = { 1, 4, 8, 14 };

	return uart_fifos(u) ? level[u->fcr >> 6] : 1;
}

/* "Interrupt Identification Register", by priority. */
static uint8_t
uart_iir(const struct uart16550 *u)
{
	if ((u->ier & IER_LINE) && (u->lsr & LSR_ERRORS))
		return IIR_LINE;
	if ((u->ier & IER_RDA) && u->rx.count >= uart_trigger(u))
		return IIR_RDA;
	if ((u->ier & IER_RDA) && u->timeout_irq)
		return IIR_TIMEOUT;
	if ((u->ier & IER_THRE) && u->thre_irq)
		return IIR_THRE;
	if ((u->ier & IER_MODEM) && (u->msr & ~MSR_INPUTS))
		return IIR_MODEM;
	return IIR_NONE;
}

static void
uart_update_irq(struct uart16550 *u)
{
	/* Loopback disconnects the OUT2 pin, which enables the PC's driver. */
	bool driver = (u->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;

	wire_set(&u->irq, driver && uart_iir(u) != IIR_NONE);
}

/* The error bits belong to the character at the top of the FIFO. */
static void
uart_rx_top(struct uart16550 *u)
{
	unsigned i;

	u->lsr &= (uint8_t)~(LSR_DR | LSR_FIFO_ERR);
	if (u->rx.count == 0)
		return;
	u->lsr |= LSR_DR | u->rx.flags[u->rx.head];
	for (i = 0; i < FIFO_SIZE; i++) {
		if (uart_fifos(u) && u->rx.flags[i])
			u->lsr |= LSR_FIFO_ERR;
	}
}

/* "FIFO Interrupt Mode Operation": four character times without a character
 * arriving or being read. */
static void
uart_restart_timeout(struct uart16550 *u)
{
	u->timeout_irq = false;
	if (uart_fifos(u) && u->rx.count)
		vtimer_arm(u->clock, &u->timeout,
		    vclock_now(u->clock) + 4 * uart_char_time(u));
	else
		vtimer_disarm(u->clock, &u->timeout);
}

static void
uart_timeout(void *arg)
{
	struct uart16550 *u = arg;

	u->timeout_irq = u->rx.count != 0;
	uart_update_irq(u);
}

static void
uart_rx_char(struct uart16550 *u, uint8_t byte, uint8_t flags)
{
	if (u->rx.count < uart_depth(u)) {
		fifo_put(&u->rx, byte, flags);
	} else {
		u->lsr |= LSR_OE;
		if (!uart_fifos(u)) {	/* without FIFO the new one stays */
			u->rx.data[u->rx.head] = byte;
			u->rx.flags[u->rx.head] = flags;
		}
	}
	uart_rx_top(u);
	uart_restart_timeout(u);
	uart_update_irq(u);
}

static void
uart_rx_line(struct uart16550 *u, uint8_t byte, uint8_t flags)
{
	vtimer_arm(u->clock, &u->rx_free,
	    vclock_now(u->clock) + uart_char_time(u));
	if (!(u->mcr & MCR_LOOP))
		uart_rx_char(u, byte, flags);
}

/* What of a byte a frame of this word length has. */
static uint8_t
uart_word_mask(const struct uart16550 *u)
{
	return (uint8_t)(0x1f << (u->lcr & LCR_WORD) | 0x1f);
}

/*
 * Between host and guest bytes are whole whatever the word length, as in qemu:
 * programs that never leave the 5 bits of a reset are many and mean 8.
 */
void
uart16550_receive(struct uart16550 *u, uint8_t byte)
{
	uart_rx_line(u, byte, 0);
}

void
uart16550_receive_break(struct uart16550 *u)
{
	uart_rx_line(u, 0, LSR_BI);
}

bool
uart16550_can_receive(const struct uart16550 *u)
{
	return !vtimer_armed(&u->rx_free) && u->rx.count < uart_depth(u);
}

static void
uart_tell_ready(struct uart16550 *u)
{
	if (u->backend.rx_ready && uart16550_can_receive(u))
		u->backend.rx_ready(u->backend.arg);
}

static void
uart_rx_free(void *arg)
{
	struct uart16550 *u = arg;

	vtimer_disarm(u->clock, &u->rx_free);	/* "armed" is "busy" here */
	uart_tell_ready(u);
}

/* The holding register or FIFO feeds an idle shift register. */
static void
uart_tx_start(struct uart16550 *u, uint64_t from)
{
	if (u->tsr_busy || u->tx.count == 0)
		return;
	u->tsr = fifo_get(&u->tx);
	u->tsr_busy = true;
	u->tx_when = from + uart_char_time(u);
	vtimer_arm(u->clock, &u->tx_end, u->tx_when);
	if (u->tx.count == 0) {
		u->lsr |= LSR_THRE;
		u->thre_irq = true;
	}
}

static void
uart_tx_done(struct uart16550 *u)
{
	u->tsr_busy = false;
	if (u->mcr & MCR_LOOP)
		uart_rx_char(u, u->tsr & uart_word_mask(u), 0);
	else if (u->backend.tx && !(u->lcr & LCR_BREAK))
		u->backend.tx(u->backend.arg, u->tsr);
}

static void
uart_tx_end(void *arg)
{
	struct uart16550 *u = arg;

	uart_tx_done(u);
	uart_tx_start(u, u->tx_when);	/* back to back, however late we are */
	if (!u->tsr_busy && u->tx.count == 0)
		u->lsr |= LSR_TEMT;
	uart_update_irq(u);
}

void
uart16550_flush(struct uart16550 *u)
{
	while (u->tsr_busy) {
		vtimer_disarm(u->clock, &u->tx_end);
		uart_tx_end(u);
	}
}

static void
uart_write_thr(struct uart16550 *u, uint8_t val)
{
	if (u->tx.count >= uart_depth(u)) {
		log_guest(u->log, "uart16550.full",
		    "UART: a character is written over one not yet sent");
		if (uart_fifos(u))
			return;
		fifo_clear(&u->tx);
	}
	fifo_put(&u->tx, val, 0);
	u->lsr &= (uint8_t)~(LSR_THRE | LSR_TEMT);
	u->thre_irq = false;
	uart_tx_start(u, vclock_now(u->clock));
}

static void
uart_clear_rx(struct uart16550 *u)
{
	fifo_clear(&u->rx);
	u->lsr &= (uint8_t)~(LSR_BI | LSR_FE | LSR_PE);
	uart_rx_top(u);
	uart_restart_timeout(u);
	uart_tell_ready(u);
}

static void
uart_clear_tx(struct uart16550 *u)
{
	fifo_clear(&u->tx);
	u->lsr |= LSR_THRE;
	u->thre_irq = true;
	if (!u->tsr_busy)
		u->lsr |= LSR_TEMT;
}

/* "FIFO Control Register": changing bit 0 clears both FIFOs; other bits are
 * taken only when bit 0 is written as 1. */
static void
uart_write_fcr(struct uart16550 *u, uint8_t val)
{
	bool changed = (val ^ u->fcr) & FCR_ENABLE;

	if (!(val & FCR_ENABLE))
		val = 0;
	u->fcr = val & FCR_KEPT;
	if (changed || (val & FCR_CLEAR_RX))
		uart_clear_rx(u);
	if ((changed && u->tx.count) || (val & FCR_CLEAR_TX))
		uart_clear_tx(u);
}

static void
uart_write_ier(struct uart16550 *u, uint8_t val)
{
	/* Enabling the interrupt with THRE set makes it pending. */
	if (!(u->ier & IER_THRE) && (val & IER_THRE) && (u->lsr & LSR_THRE))
		u->thre_irq = true;
	u->ier = val & 0x0f;
}

/* The modem pins, or in loopback the outputs: DTR to DSR, RTS to CTS, OUT1 to
 * RI, OUT2 to DCD. */
static void
uart_update_msr(struct uart16550 *u)
{
	uint8_t now = u->modem, delta;

	if (u->mcr & MCR_LOOP)
		now = (uint8_t)((u->mcr & MCR_RTS ? UART16550_CTS : 0) |
		    (u->mcr & MCR_DTR ? UART16550_DSR : 0) |
		    (u->mcr & MCR_OUT1 ? UART16550_RI : 0) |
		    (u->mcr & MCR_OUT2 ? UART16550_DCD : 0));
	delta = (uint8_t)((now ^ u->msr) >> 4);
	if (now & UART16550_RI)		/* TERI is the trailing edge only */
		delta &= (uint8_t)~MSR_TERI;
	u->msr = now | (u->msr & 0x0f) | delta;
}

void
uart16550_set_modem(struct uart16550 *u, uint8_t inputs)
{
	u->modem = inputs & MSR_INPUTS;
	uart_update_msr(u);
	uart_update_irq(u);
}

void
uart16550_set_char_cycles(struct uart16550 *u, uint32_t cycles)
{
	u->char_cycles = cycles;
}

static uint8_t
uart_read_rbr(struct uart16550 *u)
{
	uint8_t byte = u->rx.data[u->rx.head];

	if (u->rx.count == 0)
		return byte;
	fifo_get(&u->rx);
	uart_rx_top(u);
	uart_restart_timeout(u);
	uart_tell_ready(u);
	return byte;
}

static uint8_t
uart_read_iir(struct uart16550 *u)
{
	uint8_t v = uart_iir(u);

	if (v == IIR_THRE)
		u->thre_irq = false;
	return v | (uart_fifos(u) ? IIR_FIFOS : 0);
}

static uint8_t
uart_read_lsr(struct uart16550 *u)
{
	uint8_t v = u->lsr;

	/* The break indication is told once, with the character still there. */
	if (u->rx.count)
		u->rx.flags[u->rx.head] = 0;
	u->lsr &= (uint8_t)~LSR_ERRORS;
	uart_rx_top(u);
	return v;
}

static uint8_t
uart_read_msr(struct uart16550 *u)
{
	uint8_t v = u->msr;

	u->msr &= MSR_INPUTS;
	return v;
}

static uint8_t
uart_read_reg(struct uart16550 *u, uint32_t off)
{
	bool dlab = u->lcr & LCR_DLAB;

	switch (off & 7) {
	case 0:	return dlab ? (uint8_t)u->divisor : uart_read_rbr(u);
	case 1:	return dlab ? (uint8_t)(u->divisor >> 8) : u->ier;
	case 2:	return uart_read_iir(u);
	case 3:	return u->lcr;
	case 4:	return u->mcr;
	case 5:	return uart_read_lsr(u);
	case 6:	return uart_read_msr(u);
	default: return u->scr;
	}
}

static uint64_t
uart16550_read(void *dev, uint32_t off, unsigned size)
{
	struct uart16550 *u = dev;
	uint8_t v = uart_read_reg(u, off);

	(void)size;
	uart_update_irq(u);
	return v;
}

static void
uart_write_divisor(struct uart16550 *u, uint32_t off, uint8_t val)
{
	if (off)
		u->divisor = (uint16_t)((u->divisor & 0xff) | val << 8);
	else
		u->divisor = (uint16_t)((u->divisor & 0xff00) | val);
}

static void
uart16550_write(void *dev, uint32_t off, uint64_t val64, unsigned size)
{
	struct uart16550 *u = dev;
	uint8_t val = (uint8_t)val64;

	(void)size;
	off &= 7;
	if (off < 2 && (u->lcr & LCR_DLAB))
		uart_write_divisor(u, off, val);
	else if (off == 0)
		uart_write_thr(u, val);
	else if (off == 1)
		uart_write_ier(u, val);
	else if (off == 2)
		uart_write_fcr(u, val);
	else if (off == 3)
		u->lcr = val;
	else if (off == 4)
		u->mcr = val & 0x1f;
	else if (off == 7)
		u->scr = val;		/* 5 and 6 are read-only */
	uart_update_msr(u);
	uart_update_irq(u);
}

static void
uart_power_on(struct uart16550 *u)
{
	u->ier = u->fcr = u->lcr = u->mcr = u->scr = 0;
	u->lsr = LSR_THRE | LSR_TEMT;
	u->msr = u->modem;
	u->divisor = 12;		/* undefined in the datasheet: 9600 baud */
	u->thre_irq = u->timeout_irq = u->tsr_busy = false;
	u->tsr = 0;
	u->tx_when = 0;
	fifo_clear(&u->rx);
	fifo_clear(&u->tx);
	vtimer_disarm(u->clock, &u->tx_end);
	vtimer_disarm(u->clock, &u->rx_free);
	vtimer_disarm(u->clock, &u->timeout);
	uart_update_irq(u);
}

static void
uart16550_reset(void *dev)
{
	struct uart16550 *u = dev;

	uart_power_on(u);
	uart_tell_ready(u);
}

static bool
uart_fifo_valid(const struct uart16550 *u, const struct uart_fifo *f)
{
	unsigned i;

	for (i = 0; i < FIFO_SIZE; i++) {
		if (f->flags[i] & ~LSR_BI)
			return false;
	}
	return f->head < FIFO_SIZE && f->count <= uart_depth(u);
}

static int
uart16550_restored(void *dev)
{
	struct uart16550 *u = dev;

	if (!uart_fifo_valid(u, &u->rx) || !uart_fifo_valid(u, &u->tx) ||
	    (u->ier & 0xf0) || (u->mcr & 0xe0) || (u->modem & 0x0f) ||
	    (u->fcr & ~FCR_KEPT) ||
	    u->tx_when > vclock_now(u->clock) + LONGEST_CHAR)
		return -EINVAL;
	uart_update_irq(u);
	return 0;
}

static const struct snap_field uart_fifo_fields[] = {
	SNAP_BYTES(struct uart_fifo, data),
	SNAP_BYTES(struct uart_fifo, flags),
	SNAP_U8(struct uart_fifo, head),
	SNAP_U8(struct uart_fifo, count),
	SNAP_END
};

static const struct snap_field uart16550_fields[] = {
	SNAP_U8(struct uart16550, ier),
	SNAP_U8(struct uart16550, fcr),
	SNAP_U8(struct uart16550, lcr),
	SNAP_U8(struct uart16550, mcr),
	SNAP_U8(struct uart16550, lsr),
	SNAP_U8(struct uart16550, msr),
	SNAP_U8(struct uart16550, scr),
	SNAP_U8(struct uart16550, modem),
	SNAP_U16(struct uart16550, divisor),
	SNAP_BOOL(struct uart16550, thre_irq),
	SNAP_BOOL(struct uart16550, timeout_irq),
	SNAP_BOOL(struct uart16550, tsr_busy),
	SNAP_U8(struct uart16550, tsr),
	SNAP_STRUCT_1(struct uart16550, rx, uart_fifo_fields),
	SNAP_STRUCT_1(struct uart16550, tx, uart_fifo_fields),
	SNAP_U64(struct uart16550, tx_when),
	SNAP_TIMER(struct uart16550, tx_end),
	SNAP_TIMER(struct uart16550, rx_free),
	SNAP_TIMER(struct uart16550, timeout),
	SNAP_END
};

const struct io_ops uart16550_io = {
	.read = uart16550_read,
	.write = uart16550_write,
	.sizes = 1,
};

const struct device_class uart16550_class = {
	.name = "uart16550",
	.version = 1,
	.reset = uart16550_reset,
	.restored = uart16550_restored,
	.free = free,
	.fields = uart16550_fields,
};

struct uart16550 *
uart16550_new(struct vclock *clock, struct wire irq,
    struct uart16550_backend backend, struct log *log)
{
	struct uart16550 *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->clock = clock;
	u->irq = irq;
	u->backend = backend;
	u->log = log;
	u->modem = UART16550_CTS | UART16550_DSR | UART16550_DCD;
	vtimer_init(&u->tx_end, uart_tx_end, u);
	vtimer_init(&u->rx_free, uart_rx_free, u);
	vtimer_init(&u->timeout, uart_timeout, u);
	uart_power_on(u);
	return u;
}
