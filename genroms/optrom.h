/*
 * genroms/optrom.h - what our option ROMs share: headers, fw_cfg by DMA
 *
 * A ROM includes this first, then defines `bev` (where the firmware enters to
 * boot) and product_name.  References: BIOS Boot Specification 1.01, 3.3 "BEV
 * Devices"; Plug and Play BIOS Specification 1.0A, 3.2 "Expansion Header"; for
 * fw_cfg see hw/fw_cfg.c.
 */

#define FW_CFG_PORT_SEL		0x510
#define FW_CFG_PORT_DATA	0x511
#define FW_CFG_PORT_DMA		0x514

#define FW_CFG_ID		0x01
#define   FW_CFG_HAS_DMA	0x02
#define FW_CFG_KERNEL_ADDR	0x07
#define FW_CFG_KERNEL_SIZE	0x08
#define FW_CFG_INITRD_ADDR	0x0a
#define FW_CFG_INITRD_SIZE	0x0b
#define FW_CFG_KERNEL_ENTRY	0x10
#define FW_CFG_KERNEL_DATA	0x11
#define FW_CFG_INITRD_DATA	0x12
#define FW_CFG_CMDLINE_ADDR	0x13
#define FW_CFG_CMDLINE_SIZE	0x14
#define FW_CFG_CMDLINE_DATA	0x15
#define FW_CFG_SETUP_ADDR	0x16
#define FW_CFG_SETUP_SIZE	0x17
#define FW_CFG_SETUP_DATA	0x18

#define DMA_ERROR_BE		0x01000000	/* as it lies in memory */
#define DMA_SELECT_READ		0x0a

/* A stack between the BIOS data area and boot sectors. */
#ifndef STACK_TOP
#define STACK_TOP		0x7c00
#endif

/* Fixed places, so that the checksum below is a constant. */
#define PNP			0x20
#define NAMES			0x40
#define BEV			0x60
#define INIT			0x70

	.arch	i486
	.code16
	.text
rom_start:
	.byte	0x55, 0xaa
	.byte	0			/* size, filled in by tools/romsum */
	jmp	rom_init
	.org	0x1a
	.short	PNP

	.org	PNP
	.ascii	"$PnP"
	.byte	1			/* revision */
	.byte	2			/* length in units of 16 bytes */
	.short	0			/* no further header */
	.byte	0
	.byte	-('$' + 'P' + 'n' + 'P' + 1 + 2 + NAMES + NAMES + 8 + BEV) & 0xff
	.long	0			/* device identifier */
	.short	NAMES			/* manufacturer */
	.short	NAMES + 8		/* product */
	.byte	0, 0, 0			/* device type */
	.byte	0			/* device indicators */
	.short	0			/* boot connection vector */
	.short	0			/* disconnect vector */
	.short	BEV			/* bootstrap entry vector */
	.short	0
	.short	0			/* static resource information */

	.org	NAMES
	.asciz	"ringlab"
	.org	NAMES + 8
	.asciz	PRODUCT

	.org	BEV
	jmp	bev

/* Called when the firmware finds the ROM: nothing to set up. */
	.org	INIT
rom_init:
	lret

/* Linear address of the stack pointer into EDI. */
stack_address:
	xorl	%edi, %edi
	movw	%ss, %di
	shll	$4, %edi
	pushl	%eax
	movzwl	%sp, %eax
	leal	6(%eax, %edi), %edi	/* without EAX and the return address */
	popl	%eax
	ret

/*
 * Copies ECX bytes of fw_cfg item AX to linear address EDI.  Keeps EBX, EBP,
 * ESI and the segment registers.
 */
fw_cfg_read:
	shll	$16, %eax
	movb	$DMA_SELECT_READ, %al
	bswap	%edi
	pushl	%edi			/* the descriptor, last field first */
	pushl	$0
	bswap	%ecx
	pushl	%ecx
	bswap	%eax
	pushl	%eax
	call	stack_address
	movl	%edi, %eax
	bswap	%eax
	movl	%eax, %ecx
	movw	$FW_CFG_PORT_DMA, %dx
	xorl	%eax, %eax
	outl	%eax, %dx
	addw	$4, %dx
	movl	%ecx, %eax
	outl	%eax, %dx
	movw	%sp, %di
1:	movl	%ss:(%di), %eax
	testl	$~DMA_ERROR_BE, %eax
	jnz	1b
	addw	$16, %sp
	testl	%eax, %eax
	jnz	fail
	ret

/* fw_cfg item AX, a 32-bit number, into EAX.  Keeps what fw_cfg_read keeps. */
fw_cfg_int:
	pushl	$0
	call	stack_address
	movl	$4, %ecx
	call	fw_cfg_read
	popl	%eax
	ret

/*
 * SI points to four words: items with address, size and data, and 0.  Copies
 * the data to the address.
 */
fw_cfg_load:
	movw	%cs:2(%si), %ax
	call	fw_cfg_int
	pushl	%eax
	movw	%cs:(%si), %ax
	call	fw_cfg_int
	movl	%eax, %edi
	popl	%ecx
	jecxz	1f
	movw	%cs:4(%si), %ax
	call	fw_cfg_read
1:	ret

/* Goes on with the return address on a stack of ours if there is DMA. */
start:
	cli
	cld
	popw	%bx
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$STACK_TOP, %sp
	movw	$FW_CFG_PORT_SEL, %dx
	movw	$FW_CFG_ID, %ax
	outw	%ax, %dx
	movw	$FW_CFG_PORT_DATA, %dx
	inb	%dx, %al
	testb	$FW_CFG_HAS_DMA, %al
	jz	fail
	jmp	*%bx

/* Says so and lets the firmware go on with the next boot device. */
fail:
	movw	$message, %si
1:	movb	%cs:(%si), %al
	testb	%al, %al
	jz	2f
	movb	$0x0e, %ah
	movw	$0x0007, %bx
	int	$0x10
	incw	%si
	jmp	1b
2:	sti
	int	$0x18

message:
	.ascii	PRODUCT
	.asciz	": cannot read the kernel through fw_cfg\r\n"
