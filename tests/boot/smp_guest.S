/*
 * tests/boot/smp_guest.S - several processors, as a ROM
 *
 * The boot processor starts the others by INIT and STARTUP, one behind the
 * other; they count themselves.  Then: every processor adds to one counter with
 * LOCK; an IPI goes round; HLT and PAUSE wait for one; code that another
 * processor wrote runs; a page is unmapped by an IPI to the others.  Each step
 * is a letter on the debug console; the exit status is 1 (0 << 1 | 1) when
 * everything was right, and else says which step was not.
 */
#include "tests/golden/golden.h"

#define APIC		0xfee00000
#define MAX		8
#define ADDS		20000
/* Variables, in the first 64 KiB. */
#define ALIVE		0x6000		/* processors that came up */
#define COUNTER		0x6004
#define DONE		0x6008
#define GO		0x600c
#define PINGS		0x6010
#define STALE		0x6014
#define NEXT_STACK	0x6018
#define CODE		0xa000		/* a page of code that is written */
#define PAGE		0xb000		/* and one of data, mapped at WINDOW */
#define OTHER		0xc000
#define PDE0		TABLES
#define WINDOW		0x00400000
#define PTES		(TABLES + 0x1000)
#define IPI_PING	0x40
#define IPI_FLUSH	0x41

	/* STARTUP with vector F0h leads here. */
	jmp ap_start

	RESET

	.macro SAY char
	movb $\char, %al
	outb %al, $0xe9
	.endm

/* Ends with status n unless the flags say equal. */
	.macro EXPECT n
	je 1f
	movl $\n, %eax
	outl %eax, $EXIT_PORT
	hlt
1:
	.endm

	.macro WAIT_FOR var, value
2:	pause
	cmpl \value, \var
	jne 2b
	.endm

/* Every other processor: delivery mode and vector. */
	.macro TO_OTHERS what
	movl $0xc0000 + \what, APIC + 0x300
	.endm

/* Flat 32-bit code with 4-MiB pages one to one, and WINDOW in 4-KiB ones. */
	.macro PAGING
	movl %cr4, %eax
	orl $0x10, %eax
	movl %eax, %cr4
	movl $PDE0, %eax
	movl %eax, %cr3
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0
	.endm

	.macro ENABLE_APIC
	movl $0x1ff, APIC + 0xf0
	.endm

start:	REAL_MODE
	PICS 0xff, 0xff
	PROTECTED
	movl $0x00000083, PDE0
	movl $PTES + 3, PDE0 + 4
	movl $0xfec00093, PDE0 + 0x3fb * 4
	movl $PAGE + 3, PTES
	PAGING
	call make_idt
	lidtl idt_pointer
	ENABLE_APIC
	movl $STACK + 0x100, NEXT_STACK
	movl $1, ALIVE
	movl $1, %eax
	cpuid
	shrl $16, %ebx
	andl $0xff, %ebx
	movl %ebx, %ebp			/* how many there are */
	SAY 'a'

	/* Both at once: STARTUP waits until INIT has been taken. */
	TO_OTHERS 0x4500
	TO_OTHERS 0x46f0
	WAIT_FOR ALIVE, %ebp
	SAY 'b'

	/* LOCK: every processor adds, none is lost. */
	movl $1, GO
	call add_up
	WAIT_FOR DONE, %ebp
	movl %ebp, %eax
	imull $ADDS, %eax
	cmpl %eax, COUNTER
	EXPECT 2
	SAY 'c'

	/* The others sleep with HLT and count each IPI. */
	sti
	movl $50, %edi
3:	TO_OTHERS IPI_PING
	leal -1(%ebp), %ebx
	movl $51, %eax
	subl %edi, %eax
	imull %eax, %ebx
	WAIT_FOR PINGS, %ebx
	decl %edi
	jnz 3b
	SAY 'd'

	/* Code that they run is written here. */
	movl $0, DONE
	movb $0xb8, CODE		/* movl $n, %eax; ret */
	movl $0x1111, CODE + 1
	movb $0xc3, CODE + 5
	movl $2, GO
	leal -1(%ebp), %ebx
	WAIT_FOR DONE, %ebx
	movl $0, DONE
	movl $0x2222, CODE + 1
	movl $3, GO
	WAIT_FOR DONE, %ebx
	SAY 'e'

	/* The window is turned to another page; a flush by IPI makes it so. */
	movl $0, DONE
	movl $0x1234, PAGE
	movl $0x5678, OTHER
	movl $4, GO
	WAIT_FOR DONE, %ebx
	movl $OTHER + 3, PTES
	movl $0, DONE
	TO_OTHERS IPI_FLUSH
	WAIT_FOR DONE, %ebx
	movl $0, DONE
	movl $5, GO
	WAIT_FOR DONE, %ebx
	SAY 'f'
	cmpl $0, STALE
	EXPECT 3

	/* PAUSE gives up the slice: a hundred take most of a million cycles. */
	movl $6, GO
	rdtsc
	movl %eax, %esi
	movl $100, %ecx
4:	pause
	loop 4b
	rdtsc
	subl %esi, %eax
	cmpl $900000, %eax
	setae %al
	cmpb $1, %al
	EXPECT 4
	/* An interrupt of the own timer wakes from HLT at once, not at the
	 * slice's end. */
	movl $0x42, APIC + 0x320
	movl $0xb, APIC + 0x3e0
	movl $30, %ecx
	cli
5:	movl $1000, APIC + 0x380
	rdtsc
	movl %eax, %esi
	sti
	hlt
	cli
	rdtsc
	subl %esi, %eax
	cmpl $2000, %eax
	setb %al
	cmpb $1, %al
	EXPECT 5
	decl %ecx
	jnz 5b
	SAY 'g'
	movl $0, %eax
	outl %eax, $EXIT_PORT
	hlt

	.code32
add_up:	movl $ADDS, %ecx
1:	movl $1, %eax
	lock xaddl %eax, COUNTER
	decl %ecx
	jnz 1b
	lock incl DONE
	ret

/* What they read in the window must be what %eax says. */
check_window:
	cmpl %eax, WINDOW
	je 1f
	lock incl STALE
1:	lock incl DONE
	ret

make_idt:
	movl $IDT + 0x40 * 8, %edi
	movl $handlers, %esi
	movl $3, %ecx
1:	lodsl
	movzwl %ax, %edx
	orl $CODE32 << 16, %edx
	movl %edx, (%edi)
	movw $0x8e00, %ax
	movl %eax, 4(%edi)
	addl $8, %edi
	decl %ecx
	jnz 1b
	ret

ping:	lock incl PINGS
	movl $0, APIC + 0xb0
	iretl
flush:	invlpg WINDOW
	lock incl DONE
	movl $0, APIC + 0xb0
	iretl
tick:	movl $0, APIC + 0xb0
	iretl

	.balign 4, 0x90
handlers:
	.long ping, flush, tick

	.code16
ap_start:
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl %cs:gdt_pointer - ROM
	movl %cr0, %eax
	andl $0x9fffffff, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $CODE32, $ap_flat
	.code32
ap_flat:
	movw $DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $0x100, %esp
	lock xaddl %esp, NEXT_STACK
	PAGING
	lidtl idt_pointer
	ENABLE_APIC
	lock incl ALIVE
	WAIT_FOR GO, $1
	call add_up
	movl $50, %edi			/* one IPI wakes it each time */
1:	sti
	hlt
	cli
	decl %edi
	jnz 1b
	sti
	movl $CODE, %ebx
6:	pause
	cmpl $2, GO
	jb 6b
	movl $100, %ecx
7:	call *%ebx
	cmpl $0x1111, %eax
	EXPECT 6
	decl %ecx
	jnz 7b
	lock incl DONE
	WAIT_FOR GO, $3
	call *%ebx
	cmpl $0x2222, %eax
	EXPECT 7
	lock incl DONE
	WAIT_FOR GO, $4
	movl $0x1234, %eax
	call check_window
	WAIT_FOR GO, $5
	movl $0x5678, %eax
	call check_window
8:	hlt
	jmp 8b

	.balign 8, 0x90
gdt:	GDT
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt
idt_pointer:
	.word 0x43 * 8 - 1
	.long IDT
