/*
 * vmm/common/power.h - switching the machine off
 */
#ifndef VMM_COMMON_POWER_H
#define VMM_COMMON_POWER_H

/* Through the PIIX4's ACPI registers; else the processor halts for ever. */
void	power_off(void) __attribute__((noreturn));

#endif
