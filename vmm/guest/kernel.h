/*
 * vmm/guest/kernel.h - what every file of the guest kernel may use
 *
 * The kernel runs with interrupts off, on one processor, and is never
 * preempted: an interrupt is taken in user mode or in the idle loop.  So its
 * data needs no locks.
 */
#ifndef GUEST_KERNEL_H
#define GUEST_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vmm/guest/layout.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Static data that may differ between machines; see hash.c */
#define NOT_HASHED	__attribute__((section(".not_hashed")))

/* ---- console.c: COM1, or the VMM's console in the paravirtual build */

void	console_init(void);
void	console_put(char c);
void	print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says why and ends the run with code 1. */
void	panic(const char *format, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));

/* ---- option.c: words "name=value" of the command line */

void	option_init(const char *line);
/* Decimal, with K or M behind it. */
uint64_t option(const char *name, uint64_t otherwise);
bool	option_is(const char *name, const char *value);
bool	option_word(const char *word);
/* The value, up to a blank, into buf; otherwise if it is not there. */
void	option_text(const char *name, const char *otherwise, char *buf, size_t n);

/* ---- report.c: to the lab (labdev) and, as "# name=value", to COM1 */

void	report_init(void);
void	mark(uint32_t phase);
/* The world's clock if there is a labdev, else the time stamp counter. */
uint64_t cycles(void);
/* A line is printed when the run ends, in the order of the calls. */
void	report(uint32_t key, const char *name, uint64_t value);
/* Ends the run: prints the report, leaves the machine. */
void	finish(int code) __attribute__((noreturn));

#endif
