/*
 * vmm/common/lab.h - what is reported to labdev, or else on COM1
 */
#ifndef VMM_COMMON_LAB_H
#define VMM_COMMON_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/abi.h"

/* There is one.  (vmm/abi.h, hw/labdev.h) */
bool	lab_present(void);

/* put writes a character of a line when there is none. */
void	lab_mark(uint32_t phase, void (*put)(char c));
void	lab_value(uint32_t key, uint64_t value, void (*put)(char c));
void	lab_text(const char *text, void (*put)(char c));

#endif
