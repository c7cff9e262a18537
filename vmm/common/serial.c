/*
 * vmm/common/serial.c - COM1, polled: 115200 baud, 8 bits, no parity
 */
#include "vmm/common/serial.h"

#include "vmm/common/port.h"

#define COM1		0x3f8
#define THR		0
#define IER		1
#define FCR		2
#define LCR		3
#define   LCR_DLAB	0x80
#define   LCR_8N1	0x03
#define MCR		4
#define LSR		5
#define   LSR_READY	0x01
#define   LSR_THRE	0x20

void
serial_init(void)
{
	out_b(COM1 + IER, 0);
	out_b(COM1 + LCR, LCR_DLAB | LCR_8N1);
	out_b(COM1 + 0, 1);
	out_b(COM1 + 1, 0);
	out_b(COM1 + LCR, LCR_8N1);
	out_b(COM1 + FCR, 7);
	out_b(COM1 + MCR, 3);
}

int
serial_get(void)
{
	return in_b(COM1 + LSR) & LSR_READY ? in_b(COM1 + THR) : -1;
}

void
serial_raw(char c)
{
	while (!(in_b(COM1 + LSR) & LSR_THRE))
		;
	out_b(COM1 + THR, (uint8_t)c);
}

void
serial_put(char c)
{
	if (c == '\n')
		serial_raw('\r');
	serial_raw(c);
}
