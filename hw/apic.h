/*
 * hw/apic.h - interrupt messages between I/O APICs, local APICs and MSI
 */
#ifndef HW_APIC_H
#define HW_APIC_H

#include "base/types.h"

/* AMD APM vol 2 §16.5 "Interprocessor Interrupts (IPI)", message type. */
enum apic_delivery {
	APIC_FIXED = 0,
	APIC_LOWEST = 1,
	APIC_SMI = 2,
	APIC_REMOTE_READ = 3,
	APIC_NMI = 4,
	APIC_INIT = 5,
	APIC_STARTUP = 6,
	APIC_EXTINT = 7
};

enum apic_shorthand {
	APIC_TO_DEST = 0,
	APIC_TO_SELF = 1,
	APIC_TO_ALL = 2,
	APIC_TO_OTHERS = 3
};

struct apic_msg {
	uint32_t	dest;
	uint8_t		vector;
	uint8_t		delivery;	/* enum apic_delivery */
	uint8_t		shorthand;	/* enum apic_shorthand */
	bool		logical;
	bool		level;		/* trigger mode */
	bool		assert_;	/* false only for INIT level de-assert */
	bool		wide;		/* dest has 32 bits (sent by an x2APIC) */
};

#endif
