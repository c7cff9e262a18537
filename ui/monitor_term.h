/*
 * ui/monitor_term.h - the monitor on the terminal, which a serial port may share
 *
 * A terminal has an edited line; anything else that shares standard input with a
 * serial port has plain ones.
 */
#ifndef UI_MONITOR_TERM_H
#define UI_MONITOR_TERM_H

#include "ui/monitor.h"
#include "ui/serial_stdio.h"

struct monitor_term;

/* NULL after a message. */
struct monitor_term *monitor_term_new(struct stdio_line *line, struct monitor *mon);
/* Before stdio_close(). */
void	monitor_term_free(struct monitor_term *t);

/* After stdio_poll(): takes what was typed for the monitor. */
void	monitor_term_poll(struct monitor_term *t);
bool	monitor_term_pending(const struct monitor_term *t);
void	monitor_term_serve(struct monitor_term *t);

#endif
