/*
 * vmm/console.h - what guests print
 *
 * One guest's characters go to COM1 as they are.  Of several, whole lines do,
 * with the VM's number and a colon before them.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

struct vm;

void	console_put(struct vm *vm, char c);

/* What is left of a line. */
void	console_end(struct vm *vm);

#endif
