/*
 * vmm/panic.h - messages, and the end
 */
#ifndef VMM_PANIC_H
#define VMM_PANIC_H

/* One line on COM1, after "vmm: ". */
void	say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The VMM cannot go on: says why and switches off (exit status 1 where there
 * is an isa-debug-exit). */
void	panic(const char *format, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

#endif
