/*
 * Is code seen that DMA wrote?
 *
 * Set-up: fw_cfg's DMA interface copies the signature "QEMU" over instructions
 * that have run; machines without it are skipped.
 * Expected: the new bytes are executed after the write that starts the transfer.
 * qemu documentation, "QEMU Firmware Configuration (fw_cfg) Device".
 */
#include "guest.h"

static struct {
	uint32_t	control, length;
	uint64_t	address;
} __attribute__((packed, aligned(16))) dma;
static uint8_t code[64] __attribute__((aligned(64)));

static uint32_t
swap32(uint32_t v)
{
	return __builtin_bswap32(v);
}

static uint32_t
call(void)
{
	uint32_t r;

	asm volatile("call *%1" : "=a"(r) : "r"(code) : "memory", "ecx", "edx");
	return r;
}

static void
read_to(void *to, unsigned key, unsigned n)
{
	dma.control = swap32(key << 16 | 8 | 2);	/* select, read */
	dma.length = swap32(n);
	dma.address = __builtin_bswap64((ulong)to);
	asm volatile("" ::: "memory");
	outl(0x514, 0);
	outl(0x518, swap32((uint32_t)(ulong)&dma));
	while (*(volatile uint32_t *)&dma.control & swap32(0xfffffffe))
		;
}

int
main(void)
{
	uint8_t id;

	outw(0x510, 0);
	if (inb(0x511) != 'Q')
		skip("no fw_cfg");
	outw(0x510, 1);
	id = inb(0x511);
	if (!(id & 2))
		skip("no DMA interface of fw_cfg");
	code[0] = 0xb8;			/* mov $0, %eax; ret */
	code[5] = 0xc3;
	expect(call(), 0, "before");
	read_to(code + 1, 0, 4);
	expect(call(), 0x554d4551, "DMA over an immediate");
	for (unsigned i = 0; i < 20; i++) {
		*(volatile uint32_t *)(code + 1) = i;
		if (call() != i)
			claim(false, "a store over what DMA wrote");
		read_to(code + 1, 0, 4);
		if (call() != 0x554d4551)
			claim(false, "DMA again");
	}
	claim(true, "alternating");
	return 0;
}
