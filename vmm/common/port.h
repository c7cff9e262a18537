/*
 * vmm/common/port.h - I/O ports
 */
#ifndef VMM_COMMON_PORT_H
#define VMM_COMMON_PORT_H

#include <stdint.h>

#define PORT_IO(suffix, type) \
static inline type \
in_##suffix(uint16_t port) \
{ \
	type v; \
	__asm__ volatile("in" #suffix " %1, %0" : "=a"(v) : "Nd"(port)); \
	return v; \
} \
static inline void \
out_##suffix(uint16_t port, type v) \
{ \
	__asm__ volatile("out" #suffix " %0, %1" : : "a"(v), "Nd"(port) : "memory"); \
}
PORT_IO(b, uint8_t)
PORT_IO(w, uint16_t)
PORT_IO(l, uint32_t)
#undef PORT_IO

#endif
