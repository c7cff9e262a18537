/*
 * vmm/loader.h - a guest's kernel into its memory
 */
#ifndef VMM_LOADER_H
#define VMM_LOADER_H

#include <stdint.h>

struct vm;
struct boot_module;

/* A multiboot kernel, or a bzImage of Linux, and the modules behind it, with the registers a guest
 * starts with.  Does not return if it is none, or does not fit.  The entry. */
uint32_t loader_load(struct vm *vm, const struct boot_module *m, unsigned modules);

#endif
