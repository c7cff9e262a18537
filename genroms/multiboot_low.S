/*
 * genroms/multiboot_low.S - multiboot.S for a kernel that lies where the others
 * have their stack
 */
#define STACK_TOP 0x4000
#include "genroms/multiboot.S"
