/*
 * hw/ps2_keys.h - scan code tables of the PS/2 keyboard
 */
#ifndef HW_PS2_KEYS_H
#define HW_PS2_KEYS_H

#include "base/types.h"

#define PS2_E0		0x100	/* in a set 2 code: E0 goes before it */

#define HID_PRINT_SCREEN	0x46
#define HID_PAUSE		0x48
#define HID_LEFT_CTRL		0xe0
#define HID_LEFT_SHIFT		0xe1
#define HID_LEFT_ALT		0xe2
#define HID_RIGHT_CTRL		0xe4
#define HID_RIGHT_SHIFT		0xe5
#define HID_RIGHT_ALT		0xe6

/* Codes of a HID usage; 0 when the keyboard has no such key (and for Pause in
 * set 2, which is a sequence). */
uint16_t ps2_set2_code(unsigned usage);
uint8_t	ps2_set3_code(unsigned usage);

/* A set 2 byte as the i8042 translates it to set 1. */
uint8_t	ps2_translate(uint8_t code);

#endif
