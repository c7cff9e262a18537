/*
 * Does the A20 gate mask address bit 20, also for cached translations and code?
 *
 * Set-up: real mode, a byte at 0000:0600 and one at ffff:0610; A20 switched by
 * port 92h and by the keyboard controller.
 * Expected: two bytes with A20 on, the same one with A20 off, code too.
 * Either of the two sources keeps A20 on: PIIX3 data sheet, "Port 92 Register".
 */
#include "guest.h"

#define CODE(name, text) \
	REAL_CODE(".globl " #name "\n " #name ": " text "\n ret\n"); \
	extern void name(void)

/* AL: value of port 92h. AX: byte at 600h and at 100600h after writing 11h, 22h. */
#define PEEK "movw $0xffff, %bx\n movw %bx, %es\n movb $0x11, 0x600\n movb $0x22, %es:0x610\n" \
	"movb 0x600, %bl\n movb %es:0x610, %bh\n"
#define ON "pushw %ax\n inb $0x92, %al\n orb $2, %al\n andb $0xfe, %al\n" \
	"outb %al, $0x92\n popw %ax\n"
#define KBC(port, value) "9: inb $0x64, %al\n testb $2, %al\n jnz 9b\n movb $" #value \
	", %al\n outb %al, $" #port "\n"
/* Either source alone keeps A20 on. */
#define OFF "pushw %ax\n" KBC(0x64, 0xd1) KBC(0x60, 0xdd) "9: inb $0x64, %al\n" \
	"testb $2, %al\n jnz 9b\n popw %ax\n" OFF92
#define OFF92 "pushw %ax\n inb $0x92, %al\n andb $0xfc, %al\n outb %al, $0x92\n popw %ax\n"

CODE(a_on, ON PEEK "movw %bx, %ax");
CODE(a_off, ON PEEK OFF PEEK "movw %bx, %ax\n" ON);
CODE(a_again, OFF PEEK ON PEEK "movw %bx, %ax");
CODE(a_port, ON "inb $0x92, %al\n movb %al, %cl\n" OFF "inb $0x92, %al\n movb %al, %ch\n" ON);
/* A function at 100700h (ffff:0710) and another at 700h: MOV $n, %ax; LRET. */
CODE(a_code, ON "movw $0xffff, %bx\n movw %bx, %es\n"
    "movl $0xcb0011b8, 0x700\n movl $0xcb0022b8, %es:0x710\n"
    "lcall $0xffff, $0x710\n movw %ax, %si\n" OFF
    "lcall $0xffff, $0x710\n movw %ax, %di\n" ON
    "lcall $0xffff, $0x710\n movw %ax, %cx\n");

int
main(void)
{
	real_init();
	expect_trap(real_call(a_on), NONE, "on");
	expect(REAL->ax & 0xffff, 0x2211, "on: two bytes");
	real_call(a_off);
	expect(REAL->ax & 0xffff, 0x2222, "off: one byte");
	real_call(a_again);
	expect(REAL->ax & 0xffff, 0x2211, "on again: two bytes");
	real_call(a_port);
	expect(REAL->cx & 0x0202, 0x0002, "port 92h reads back");
	real_call(a_code);
	expect(REAL->si & 0xff, 0x22, "code with A20 on");
	expect(REAL->di & 0xff, 0x11, "code with A20 off");
	expect(REAL->cx & 0xff, 0x22, "code with A20 on again");
	return 0;
}
