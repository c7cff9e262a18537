/*
 * vmm/common/serial.h - COM1, polled
 */
#ifndef VMM_COMMON_SERIAL_H
#define VMM_COMMON_SERIAL_H

void	serial_init(void);
/* A byte that has arrived; -1. */
int	serial_get(void);

void	serial_raw(char c);
void	serial_put(char c);		/* a line feed gets a carriage return */

#endif
