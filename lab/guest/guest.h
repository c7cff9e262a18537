/*
 * lab/guest/guest.h - what the labs' own small guests have in common
 */
#ifndef LAB_GUEST_GUEST_H
#define LAB_GUEST_GUEST_H

#include <stdint.h>

#include "vmm/abi.h"

static inline void
outb(uint16_t port, uint8_t v)
{
	asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t
inb(uint16_t port)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void
outl(uint16_t port, uint32_t v)
{
	asm volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint32_t
inl(uint16_t port)
{
	uint32_t v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* Cycles of the machine. */
static inline uint64_t
now(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* labdev: hw/labdev.h */
static inline void
lab_mark(uint32_t phase)
{
	outl(LAB_PORT + 0x04, phase);
}

static inline void
lab_value(uint32_t key, uint64_t v)
{
	outl(LAB_PORT + 0x1c, key);
	outl(LAB_PORT + 0x20, (uint32_t)v);
	outl(LAB_PORT + 0x24, (uint32_t)(v >> 32));
}

/* The number behind "NAME=" among the words of the command line, or otherwise. */
uint32_t arg_number(const char *line, const char *name, uint32_t otherwise);
const char *boot_line(const uint32_t *mbi);

#endif
