/*
 * tests/checkpoint/count.c - a guest that says what it will be held to
 *
 * Multiboot, 32-bit.  On COM1, and as UDP frames of an e1000 if there is one, lines
 *
 *	NUMBER STIR DIGEST
 *
 * STIR depends on the time and on what came on COM2; DIGEST on all lines so far, as
 * digest.awk computes it.  So lines of two histories do not fit together.  It also
 * writes its number to a disk, if there is one, and says DISK when it reads another.
 * On COM2: 'w' starts a watchdog, 'q' ends it through port F4h, 't' is a triple fault, 'u' a panic, 'v' a
 * halt with interrupts off.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

asm(".section .text\n"
    "	.globl	_start\n"
    "	.balign	4\n"
    "	.long	0x1badb002, 0, -0x1badb002\n"
    "_start:	movl	$stack + 16384, %esp\n"
    "	cld\n"
    "	call	guest\n"
    "	.bss\n"
    "	.globl	stack\n"
    "	.balign	16\n"
    "stack:	.skip	16384\n"
    "	.text\n");

#define COM1		0x3f8
#define COM2		0x2f8
#define LSR		5
#define LSR_DATA	0x01
#define LSR_EMPTY	0x20
#define MODULUS		65521u

static u32 stir, digest, number, on_disk, disk_number;
static u32 scratch[64 * 1024];

static void
outb(u16 port, u8 v)
{
	asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static u8
inb(u16 port)
{
	u8 v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void
outw(u16 port, u16 v)
{
	asm volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static u16
inw(u16 port)
{
	u16 v;

	asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void
outl(u16 port, u32 v)
{
	asm volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static u32
inl(u16 port)
{
	u32 v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static u64
now(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

/* --- serial --- */

static void
put(char c)
{
	while (!(inb(COM1 + LSR) & LSR_EMPTY))
		;
	outb(COM1, (u8)c);
}

static void
say(const char *s)
{
	while (*s)
		put(*s++);
}

static char *
decimal(char *to, u32 v)
{
	char digits[10];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

static void
obey(u8 c)
{
	static const struct { u16 limit; u32 base; } __attribute__((packed)) none = { 0, 0 };

	stir = (stir * 33 + c + (u32)now()) % MODULUS;
	if (c == 'q')
		outl(0xf4, 0x21);
	if (c == 't') {
		asm volatile("lidt %0" : : "m"(none));
		asm volatile("int3");
	}
	if (c == 'u')
		say("Kernel panic - not syncing: told so\n");
	if (c == 'w')
		outb(0x443, 14);		/* two seconds */
	if (c == 'v')
		asm volatile("cli; hlt");
}

/* --- the disk: first IDE drive, sector 1 --- */

static int
disk_ready(void)
{
	u32 i;
	u8 s = 0;

	outb(0x1f6, 0xe0);
	for (i = 0; i < 1000000; i++) {
		s = inb(0x1f7);
		if (!(s & 0x80))
			break;
	}
	return !(s & 0x81) && (s & 0x40);
}

static void
disk_command(u8 command)
{
	outb(0x1f6, 0xe0);
	outb(0x1f2, 1);
	outb(0x1f3, 1);
	outb(0x1f4, 0);
	outb(0x1f5, 0);
	outb(0x1f7, command);
}

static u32
disk_read(void)
{
	u32 i, v = 0;
	u16 w;

	disk_command(0x20);
	while (!(inb(0x1f7) & 0x08))
		;
	for (i = 0; i < 256; i++) {
		w = inw(0x1f0);
		if (i < 2)
			v |= (u32)w << 16 * i;
	}
	return v;
}

static void
disk_write(u32 v)
{
	u32 i;

	disk_command(0x30);
	while (!(inb(0x1f7) & 0x08))
		;
	for (i = 0; i < 256; i++)
		outw(0x1f0, i < 2 ? (u16)(v >> 16 * i) : 0);
	while (inb(0x1f7) & 0x80)
		;
}

static void
use_disk(void)
{
	if (!on_disk)
		return;
	if (number % 3 == 0 && disk_read() != disk_number)
		say("DISK\n");
	if (number % 5 == 0)
		disk_write(disk_number = number);
}

/* --- the card: an 82540EM whose BAR the firmware has set --- */

struct tx_desc {
	u64	addr;
	u16	len;
	u8	cso, cmd, status, css;
	u16	special;
};

static struct tx_desc ring[8] __attribute__((aligned(128)));
static u8 frame[8][128];
static volatile u32 *card;
static u32 tail;

static u32
pci_read(u32 device, u32 reg)
{
	outl(0xcf8, 0x80000000u | device << 11 | reg);
	return inl(0xcfc);
}

static void
find_card(void)
{
	u32 device;

	for (device = 0; device < 32; device++)
		if (pci_read(device, 0) == 0x100e8086u)
			break;
	if (device == 32)
		return;
	outl(0xcf8, 0x80000000u | device << 11 | 4);
	outl(0xcfc, inl(0xcfc) | 6);
	card = (volatile u32 *)(pci_read(device, 0x10) & ~15u);
	card[0x3800 / 4] = (u32)ring;
	card[0x3804 / 4] = 0;
	card[0x3808 / 4] = sizeof(ring);
	card[0x3810 / 4] = card[0x3818 / 4] = 0;
	card[0x0400 / 4] = 0x2;		/* TCTL.EN; no padding: frames are long enough */
}

/* A UDP datagram to everybody, without checksums. */
static void
send(const char *text, u32 n)
{
	static const u8 head[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x08, 0,
		0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 2, 15, 10, 0, 2, 255,
		0x13, 0x88, 0x13, 0x88, 0, 80, 0, 0
	};
	u8 *f = frame[tail];
	u32 i;

	if (!card)
		return;
	for (i = 0; i < sizeof(frame[0]); i++)
		f[i] = i < sizeof(head) ? head[i] : i - sizeof(head) < n ?
		    (u8)text[i - sizeof(head)] : 0;
	ring[tail] = (struct tx_desc){ .addr = (u32)f, .len = 114, .cmd = 0x0b };
	tail = (tail + 1) % 8;
	card[0x3818 / 4] = tail;
	while (card[0x3810 / 4] != tail)
		;
}

/* --- all of it --- */

static void
line(void)
{
	char text[64], *p;

	number++;
	stir = (stir * 7 + (u32)now()) % MODULUS;
	digest = (digest * 31 + number + stir) % MODULUS;
	p = decimal(text, number);
	*p++ = ' ';
	p = decimal(p, stir);
	*p++ = ' ';
	p = decimal(p, digest);
	*p++ = '\n';
	*p = 0;
	send(text, (u32)(p - text));
	say(text);
}

/* Some time, and some memory; what comes is heard. */
static void
work(void)
{
	u32 i, n = 2000 + stir % 3000;

	for (i = 0; i < n; i++) {
		scratch[(stir + i * 67) % (64 * 1024)] += i;
		if (!(i % 64) && (inb(COM2 + LSR) & LSR_DATA))
			obey(inb(COM2));
	}
}

void
guest(void)
{
	outb(COM1 + 3, 3);		/* 8 bits */
	outb(COM2 + 3, 3);
	outb(COM2 + 2, 1);		/* with a FIFO: work() looks now and then */
	on_disk = (u32)disk_ready();
	find_card();
	if (on_disk)
		disk_number = disk_read();
	for (;;) {
		work();
		use_disk();
		line();
	}
}
