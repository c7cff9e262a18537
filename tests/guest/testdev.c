/*
 * Does a program written to qemu's conventions for bare-metal tests find what it
 * needs?
 *
 * Set-up: an ELF32 file of 64-bit code at 4 MiB; pc-testdev and isa-debug-exit; one
 * processor or more, as fw_cfg says.
 * Expected: qemu, hw/misc/pc-testdev.c: lines at 2000h, latches at E0h and E8h, page
 * flush at E4h, memory at FF000000h.  The local APIC as SDM vol 3A "Advanced
 * Programmable Interrupt Controller" has it, in both modes and without.
 */
#include "irq.h"

#define LINES		0x2000
#define FLUSH		0xe4
#define MEM		0xff000000ul
#define AP_LOW		0x1000
#define OTHER_LAPIC	0xfed40000ul
#define APIC_EN		BIT(11)
#define APIC_X2		BIT(10)
enum { V_A = 0x66, V_B = 0x78, V_IPI = 0xf1, V_TIMER = 0xee };

extern char ap_start[], ap_end[];
void	ap_main(void);

static volatile unsigned seen[2][256];
static volatile unsigned order[8], orders;
static volatile ulong order_ip[8];
static volatile unsigned ap_up, ap_job, ap_done;
static void (*volatile ap_fn)(void);
static volatile unsigned nmi_in_shadow, nmi_more;
static volatile bool stop;
static unsigned high_line;		/* lowered by its third interrupt */
static bool x2;
extern char after_sti[];

/* --- the local APIC in either mode --- */

static uint32_t
apic_get(unsigned reg)
{
	return x2 ? (uint32_t)rdmsr(0x800 + reg / 16) : lapic_read(reg);
}

static void
apic_put(unsigned reg, uint32_t v)
{
	if (x2)
		wrmsr(0x800 + reg / 16, v);
	else
		lapic_write(reg, v);
}

static void
send(uint32_t icr, unsigned to)
{
	if (x2) {
		wrmsr(0x830, (uint64_t)to << 32 | icr);
		return;
	}
	lapic_write(LAPIC_ICR2, to << 24);
	lapic_write(LAPIC_ICR, icr);
}

static unsigned
self(void)
{
	return (unsigned)rdmsr(MSR_GS_BASE);
}

static bool
interrupt(struct trap *t)
{
	unsigned v = (unsigned)t->vector, me = self();

	if (v != NMI && (v < 0x30 || v == RETURN_VECTOR))
		return false;
	if (orders < COUNT(order)) {
		order_ip[orders] = t->ip;
		order[orders++] = v;
	}
	if (v != NMI) {
		/* A line that stays high comes again before anything else is done. */
		if (++seen[me][v] == 3 && high_line)
			outb((uint16_t)(LINES + high_line), 0);
		apic_put(LAPIC_EOI, 0);
		return true;
	}
	if (t->ip == (ulong)after_sti)
		nmi_in_shadow++;
	seen[me][NMI]++;
	while (nmi_more) {
		nmi_more--;
		send(0x4400, me);
	}
	return true;
}

static void
start_over(void)
{
	for (unsigned v = 0; v < 256; v++)
		seen[0][v] = seen[1][v] = 0;
	orders = 0;
}

static void
open_window(void)
{
	asm volatile("sti; nop; cli" ::: "memory");
}

/* Up to a second of the TSC at 1 GHz. */
static bool
wait_for(volatile unsigned *counter, unsigned want)
{
	uint64_t begin = rdtsc();

	while (*counter < want && rdtsc() - begin < 1000000000)
		asm volatile("sti; nop; cli; pause" ::: "memory");
	return *counter == want;
}

/* --- fw_cfg --- */

static uint64_t
fw_cfg(unsigned item, unsigned bytes)
{
	uint64_t v = 0;

	outw(0x510, (uint16_t)item);
	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)inb(0x511) << 8 * i;
	return v;
}

static unsigned
test_fw_cfg(void)
{
	unsigned cpus = (unsigned)fw_cfg(5, 2);

	claim((ulong)&test_fw_cfg > 0x400000, "linked above 4 MiB");
	claim(cpus >= 1 && cpus <= 8, "fw_cfg: number of processors");
	expect(fw_cfg(15, 2), cpus, "fw_cfg: most processors");
	expect(fw_cfg(3, 8), 64ul << 20, "fw_cfg: RAM size");
	return cpus;
}

/* --- latches, memory --- */

static void
test_latches(void)
{
	static uint8_t out[4] = { 0x11, 0x22, 0x33, 0x44 }, in[4];
	const uint8_t *from = out;
	uint8_t *to = in;
	ulong n = 4;

	outl(0xe0, 0x12345678);
	expect(inl(0xe0), 0x12345678, "latch: 4 bytes");
	expect(inw(0xe2), 0x1234, "latch: 2 of them");
	outb(0xe1, 0xab);
	expect(inl(0xe0), 0x1234ab78, "latch: one byte written");
	outl(0xe8, 0x87654321);
	expect(inl(0xe8), 0x87654321, "latch of bytes: 4 bytes");
	expect(inb(0xe9), 0x43, "latch of bytes: one of them");
	asm volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(0xe0) : "memory");
	expect(inb(0xe0), 0x44, "latch: outsb");
	n = 4;
	asm volatile("rep insb" : "+D"(to), "+c"(n) : "d"(0xe0) : "memory");
	claim(in[0] == 0x44 && in[3] == 0x44, "latch: insb");
	outl(FLUSH, (uint32_t)(ulong)in & ~0xfffu);
	claim(in[1] == 0x44, "a flushed page is as it was");
}

static void
test_memory(void)
{
	volatile uint64_t *q = (volatile uint64_t *)MEM;
	volatile uint32_t *d = (volatile uint32_t *)MEM;
	volatile uint16_t *w = (volatile uint16_t *)MEM;
	volatile uint8_t *b = (volatile uint8_t *)MEM;
	uint64_t old;

	q[0] = 0x0123456789abcdef;
	expect(d[1], 0x01234567, "memory: dword");
	expect(w[1], 0x89ab, "memory: word");
	expect(b[7], 0x01, "memory: byte");
	w[1] = 0xbeef;
	expect(q[0], 0x01234567beefcdef, "memory: word written");
	old = 5;
	asm volatile("xchg %0, %1" : "+r"(old), "+m"(q[0]));
	expect(old, 0x01234567beefcdef, "memory: xchg");
	asm volatile("lock; addq $3, %0" : "+m"(q[0]));
	expect(q[0], 8, "memory: locked add");
	old = 8;
	asm volatile("lock; cmpxchgq %2, %1" : "+a"(old), "+m"(q[0]) : "r"(9ul));
	expect(q[0], 9, "memory: cmpxchg");
	memcpy((void *)(MEM + 3), "abcdefg", 8);
	claim(!memcmp((void *)(MEM + 3), "abcdefg", 8), "memory: movsb");
	asm volatile("btsl $5, %0" : "+m"(d[64]));
	expect(d[64] & 0x20, 0x20, "memory: bts");
	q[8191] = 77;
	expect(q[8191], 77, "memory: the last of 64 KiB");
}

/* --- interrupt lines --- */

static void
line(unsigned n, bool level)
{
	outb((uint16_t)(LINES + n), level);
}

static void
redirect(unsigned n, uint32_t low)
{
	ioapic_write(0x11 + 2 * n, apic_get(LAPIC_ID) << (x2 ? 24 : 0));
	ioapic_write(0x10 + 2 * n, low);
}

static void
test_lines(void)
{
	start_over();
	redirect(14, V_A);
	line(14, 1);
	line(14, 0);
	open_window();
	expect(seen[0][V_A], 1, "edge: once");
	redirect(15, V_B);
	start_over();
	line(14, 1);
	line(14, 0);
	line(15, 1);
	line(15, 0);
	open_window();
	claim(orders == 2 && order[0] == V_B && order[1] == V_A, "two at once: by priority");
	claim(order_ip[0] == order_ip[1], "two at once: at one instruction");
	start_over();
	redirect(14, V_A | 0x10000);
	line(14, 1);
	line(14, 0);
	open_window();
	expect(seen[0][V_A], 0, "edge: masked");
	redirect(14, V_A);
	open_window();
	expect(seen[0][V_A], 0, "edge: lost while masked");
	redirect(14, V_A | 0x8000);
	start_over();
	high_line = 14;
	line(14, 1);
	open_window();
	expect(seen[0][V_A], 3, "level: again while it is high");
	start_over();
	open_window();
	expect(seen[0][V_A], 0, "level: not when it is low");
	claim(!(ioapic_read(0x10 + 28) & 0x4000), "level: no remote IRR left");
	/* Line 15: qemu's device has the 16 of the ISA bus and ends at any other. */
	redirect(15, V_B | 0x18000);
	line(15, 1);
	redirect(15, V_B | 0x8000);
	start_over();
	high_line = 15;
	open_window();
	expect(seen[0][V_B], 3, "level: high before it is unmasked");
	high_line = 0;
	redirect(14, 0x10000);
	redirect(15, 0x10000);
	open_window();
}

/* --- the local APIC --- */

static int
set_base(uint64_t v)
{
	return try_wrmsr(MSR_APIC_BASE, v);
}

/* Through disabled, as software resets it. */
static void
set_mode(bool to_x2)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_EN | APIC_X2);

	wrmsr(MSR_APIC_BASE, base);
	wrmsr(MSR_APIC_BASE, base | APIC_EN);
	if (to_x2)
		wrmsr(MSR_APIC_BASE, base | APIC_EN | APIC_X2);
	x2 = to_x2;
	apic_put(LAPIC_SVR, 0x1ff);
}

static ulong
read_tpr(void)
{
	ulong v;

	asm volatile("mov %%cr8, %0" : "=r"(v));
	return v;
}

static void
write_tpr(ulong v)
{
	asm volatile("mov %0, %%cr8" :: "r"(v) : "memory");
}

/* Nobody listens at the page. */
static void
expect_no_page(const char *when)
{
	memset((void *)LAPIC, 0xff, PAGE);
	expect(lapic_read(0x30), 0xffffffff, "%s: the page reads ones", when);
	expect(read_tpr(), 0, "%s: TPR untouched", when);
	write_tpr(15);
	expect(read_tpr(), 15, "%s: CR8 works", when);
	expect(lapic_read(LAPIC_TPR), 0xffffffff, "%s: no TPR in the page", when);
	write_tpr(0);
}

static void
test_disable(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);
	uint32_t version = apic_get(0x30);

	claim((version & 0xff) >= 0x10 && (version & 0xff) <= 0x15, "version");
	wrmsr(MSR_APIC_BASE, base & ~(APIC_EN | APIC_X2));
	claim(!(cpuid(1, 0).d & 0x200), "disabled: CPUID hides it");
	expect_no_page("disabled");
	wrmsr(MSR_APIC_BASE, base);
	claim(cpuid(1, 0).d & 0x200, "enabled: CPUID shows it");
	expect(lapic_read(0x30), version, "enabled: version");
	expect(lapic_read(LAPIC_TPR), 0, "enabled: TPR");
	write_tpr(15);
	expect(lapic_read(LAPIC_TPR), 0xf0, "CR8 is in TPR");
	write_tpr(0);
	lapic_write(LAPIC_SVR, 0x1ff);
}

static void
test_base(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);
	uint32_t version = lapic_read(0x30);
	unsigned bits = cpuid(0x80000008, 0).a & 0xff;

	wrmsr(MSR_APIC_BASE, base & ~APIC_EN);
	wrmsr(MSR_APIC_BASE, OTHER_LAPIC | APIC_EN | (base & 0x100));
	expect(*(volatile uint32_t *)(OTHER_LAPIC + 0x30), version, "moved");
	expect_trap(set_base(base | BIT(bits)), GP, "base above the physical address");
	expect_trap(set_base(base | 1), GP, "reserved bit of the base");
	wrmsr(MSR_APIC_BASE, base);
	lapic_write(LAPIC_SVR, 0x1ff);
}

static void
test_x2_states(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE), off = base & ~(APIC_EN | APIC_X2);

	if (!has(HAS_X2APIC)) {
		expect_trap(set_base(base | APIC_X2), GP, "no x2APIC");
		return;
	}
	expect_trap(set_base(base | APIC_X2), NONE, "x2APIC on");
	expect_no_page("x2APIC");
	expect_trap(set_base(off | APIC_X2), GP, "x2APIC to invalid");
	expect_trap(set_base(off | APIC_EN), GP, "x2APIC to xAPIC");
	expect_trap(set_base(off), NONE, "x2APIC to off");
	expect_trap(set_base(off | APIC_X2), GP, "off to invalid");
	expect_trap(set_base(off | APIC_EN | APIC_X2), GP, "off to x2APIC");
	expect_trap(set_base(off | APIC_EN), NONE, "off to xAPIC");
	expect_trap(set_base(off | APIC_X2), GP, "xAPIC to invalid");
	lapic_write(LAPIC_SVR, 0x1ff);
}

/* On any processor; the others' mode does not matter. */
static void
test_id(void)
{
	uint32_t id = cpuid(1, 0).b >> 24;

	expect(lapic_read(LAPIC_ID) >> 24, id, "ID is CPUID's");
	lapic_write(LAPIC_ID, (id + 1) << 24);
	claim(lapic_read(LAPIC_ID) >> 24 == id + 1 || lapic_read(LAPIC_ID) >> 24 == id,
	    "ID may be writable");
	if (has(HAS_X2APIC)) {
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_X2);
		expect(rdmsr(0x802), id, "x2APIC ID");
		expect(cpuid(0xb, 0).d, id, "x2APIC ID in CPUID");
		expect_trap(try_wrmsr(0x802, 1), GP, "x2APIC ID is read-only");
	}
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) & ~(APIC_EN | APIC_X2));
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_EN);
	expect(lapic_read(LAPIC_ID) >> 24, id, "ID as it was after a disable");
	lapic_write(LAPIC_SVR, 0x1ff);
}

static void
test_ipi(void)
{
	start_over();
	send(0x44000 | V_IPI, 0);
	claim(wait_for(&seen[0][V_IPI], 1), "self IPI");
	send(0x4000 | V_IPI, self());
	claim(wait_for(&seen[0][V_IPI], 2), "IPI to its own ID");
	write_tpr(15);
	send(0x44000 | V_A, 0);
	open_window();
	expect(seen[0][V_A], 0, "TPR holds it");
	write_tpr(0);
	open_window();
	expect(seen[0][V_A], 1, "TPR lets it go");
	start_over();
	send(0x44000 | V_A, 0);
	asm volatile("sti; int $0x78; cli" ::: "memory");
	claim(orders >= 1 && order[0] == V_B, "INT in the shadow of STI is first");
}

static void
test_nmi(void)
{
	for (unsigned i = 0; i < 100; i++) {
		start_over();
		nmi_more = 10;
		send(0x4400, self());
		if (!wait_for(&seen[0][NMI], 2))
			break;
	}
	expect(seen[0][NMI], 2, "NMIs in an NMI: one waits");
}

static void
test_timer(void)
{
	const uint32_t count = 0x10000;
	uint64_t begin;

	start_over();
	apic_put(LAPIC_LVTT, V_TIMER);
	apic_put(LAPIC_TDCR, 0xb);
	begin = rdtsc();
	apic_put(LAPIC_TICR, count);
	claim(wait_for(&seen[0][V_TIMER], 1), "timer: one shot");
	claim(rdtsc() - begin >= count, "timer: not early");
	apic_put(LAPIC_TICR, 0x999999);
	apic_put(LAPIC_LVTT, V_TIMER | 0x20000);
	expect(apic_get(LAPIC_TICR), 0x999999, "timer: the count survives a change of mode");
	while (apic_get(LAPIC_TCCR) > 0x999999 / 2)
		;
	apic_put(LAPIC_LVTT, V_TIMER);
	claim(apic_get(LAPIC_TCCR) && apic_get(LAPIC_TCCR) <= 0x999999 / 2,
	    "timer: goes on where it was");
	while (apic_get(LAPIC_TCCR))
		;
	asm volatile("pause");
	expect(apic_get(LAPIC_TCCR), 0, "timer: one shot stays at 0");
	apic_put(LAPIC_TICR, 0x9999);
	apic_put(LAPIC_LVTT, V_TIMER | 0x20000);
	start_over();
	claim(wait_for(&seen[0][V_TIMER], 1) && wait_for(&seen[0][V_TIMER], 2),
	    "timer: periodic");
	apic_put(LAPIC_TICR, 0);
	apic_put(LAPIC_LVTT, 0x10000);
	open_window();
	if (!has(HAS_DEADLINE))
		return;
	start_over();
	apic_put(LAPIC_LVTT, V_TIMER | 0x40000);
	wrmsr(MSR_DEADLINE, rdtsc());
	open_window();
	expect(seen[0][V_TIMER], 1, "deadline in the past");
	expect(rdmsr(MSR_DEADLINE), 0, "deadline is cleared");
	apic_put(LAPIC_LVTT, 0x10000);
}

/* --- several processors --- */

void
ap_main(void)
{
	wrmsr(MSR_GS_BASE, 1);
	lapic_write(LAPIC_SVR, 0x1ff);
	ap_up = 1;
	for (;;) {
		while (ap_job == ap_done)
			asm volatile("sti; pause; nop; cli" ::: "memory");
		ap_fn();
		ap_done = ap_job;
	}
}

static void
ap_begin(void (*fn)(void))
{
	ap_fn = fn;
	ap_job++;
}

static bool
ap_end_wait(void)
{
	uint64_t begin = rdtsc();

	while (ap_done != ap_job && rdtsc() - begin < 4000000000u)
		asm volatile("pause");
	return ap_done == ap_job;
}

static bool
start_ap(void)
{
	memcpy((void *)AP_LOW, ap_start, (size_t)(ap_end - ap_start));
	send(0xc500, 1);
	send(0x4600 | AP_LOW >> 12, 1);
	return wait_for(&ap_up, 1);
}

/* An NMI never comes between STI and the instruction behind it. */
static void
sti_loop(void)
{
	while (!stop)
		asm volatile("sti\n .globl after_sti\n after_sti: nop; nop; cli" ::: "memory");
}

static void
test_nmi_shadow(void)
{
	unsigned was;
	uint64_t begin;

	start_over();
	nmi_in_shadow = 0;
	stop = false;
	ap_begin(sti_loop);
	for (unsigned i = 0; i < 2000; i++) {
		was = seen[1][NMI];
		send(0x4400, 1);
		begin = rdtsc();
		while (seen[1][NMI] == was && rdtsc() - begin < 1000000000)
			;
	}
	stop = true;
	claim(ap_end_wait(), "STI loop ends");
	expect(seen[1][NMI], 2000, "NMIs to another processor");
	expect(nmi_in_shadow, 0, "no NMI in the shadow of STI");
}

static void
x2_both(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_X2);
	apic_put(LAPIC_SVR, 0x1ff);
}

static void
test_broadcast(const char *mode)
{
	start_over();
	send(0x4000 | V_IPI, x2 ? 0xffffffff : 0xff);
	claim(wait_for(&seen[0][V_IPI], 1) && wait_for(&seen[1][V_IPI], 1),
	    "%s: broadcast by destination", mode);
	send(0x84000 | V_IPI, 0);
	claim(wait_for(&seen[0][V_IPI], 2) && wait_for(&seen[1][V_IPI], 2),
	    "%s: to all including self", mode);
	send(0xc4000 | V_IPI, 0);
	claim(wait_for(&seen[1][V_IPI], 3), "%s: to all but self", mode);
	expect(seen[0][V_IPI], 2, "%s: not to self", mode);
}

static void
test_smp(void)
{
	claim(start_ap(), "a second processor starts");
	if (!ap_up)
		return;
	test_broadcast("xAPIC");
	test_nmi_shadow();
	if (has(HAS_X2APIC)) {		/* this one in x2APIC mode, the other not */
		set_mode(true);
		ap_begin(test_id);
		claim(ap_end_wait(), "the other's ID");
		ap_begin(x2_both);
		claim(ap_end_wait(), "x2APIC there too");
		test_broadcast("x2APIC");
		return;
	}
	ap_begin(test_id);
	claim(ap_end_wait(), "the other's ID");
}

int
main(void)
{
	unsigned cpus;

	wrmsr(MSR_GS_BASE, 0);
	trap_hook = interrupt;
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	lapic_write(LAPIC_SVR, 0x1ff);
	lapic_write(LAPIC_LINT0, 0x10000);
	cpus = test_fw_cfg();
	test_latches();
	test_memory();
	test_lines();
	test_disable();
	test_base();
	test_x2_states();
	test_id();
	lapic_write(LAPIC_LINT0, 0x10000);
	test_ipi();
	test_nmi();
	test_timer();
	if (cpus > 1)
		test_smp();
	if (has(HAS_X2APIC)) {
		set_mode(true);
		test_ipi();
		test_nmi();
		test_timer();
		test_lines();
	}
	return 0;
}
