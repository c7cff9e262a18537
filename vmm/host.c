/*
 * vmm/host.c - the processor the VMM runs on: its traps, its time, its timer
 *
 * Time is the time stamp counter's, the alarm is the local APIC's timer; their
 * frequencies are measured with the 8254.
 */
#include "vmm/host.h"

#include "base/bits.h"
#include "base/vclock.h"
#include "vmm/common/port.h"
#include "vmm/cpu.h"
#include "vmm/frames.h"
#include "vmm/panic.h"

#define GATE_INTERRUPT	0x8e00u
#define SEL_CODE	8u		/* vmm/common/enter64.inc */

/* Local APIC: AMD APM vol 2 §16.3.2 "APIC Registers" */
#define APIC_BASE	0xfee00000u
#define APIC_SPURIOUS	0x0f0
#define   APIC_ENABLE	0x100
#define APIC_LVT_TIMER	0x320
#define   LVT_DEADLINE	0x40000
#define   LVT_MASKED	0x10000
#define APIC_INITIAL	0x380
#define APIC_CURRENT	0x390
#define APIC_DIVIDE	0x3e0
#define   DIVIDE_BY_1	0xb

#define PIT_HZ		1193182u
#define PIT_MEASURE	11932u		/* counts: 10 ms */
#define GHZ		1000000000u
/* An alarm is not set closer than this, whatever a guest does. */
#define ALARM_MIN	1000u

struct gate {
	uint16_t	offset0, selector, type, offset1;
	uint32_t	offset2, reserved;
};

struct table_pointer {
	uint16_t	limit;
	uint64_t	base;
} __attribute__((packed));

static struct {
	struct gate	idt[256];
	uint64_t	gdt[HOST_TSS / 8 + 2];
	uint64_t	tsc_hz, timer_hz;
	bool		deadline;	/* the timer compares with the TSC */
	uint64_t	alarm;		/* set for; VTIMER_IDLE: not */
} host;

/* rsp0 is set by deprive_enter(). */
struct host_tss {
	uint32_t	reserved;
	uint64_t	rsp0;
	uint32_t	rest[22];
	uint16_t	reserved2, io_map;
} __attribute__((packed));

struct host_tss host_tss;

extern const uint64_t host_vectors[256];	/* vmm/host_trap.S */
void	host_exception(const struct host_trap *t);

void
host_exception(const struct host_trap *t)
{
	panic("exception %lu, error %lx, at %lx, cr2 %lx, rsp %lx", t->vector,
	    t->error, t->rip, read_cr2(), t->rsp);
}

static uint32_t
apic_read(unsigned reg)
{
	return *(volatile uint32_t *)phys(APIC_BASE + reg);
}

static void
apic_write(unsigned reg, uint32_t v)
{
	*(volatile uint32_t *)phys(APIC_BASE + reg) = v;
}

static void
load_idt(void)
{
	struct table_pointer p = { sizeof(host.idt) - 1,
	    (uint64_t)(uintptr_t)host.idt };
	unsigned i;

	for (i = 0; i < 256; i++)
		host.idt[i] = (struct gate){ (uint16_t)host_vectors[i], SEL_CODE,
		    GATE_INTERRUPT, (uint16_t)(host_vectors[i] >> 16),
		    (uint32_t)(host_vectors[i] >> 32), 0 };
	__asm__ volatile("lidt %0" : : "m"(p));
}

/* AMD APM vol 2 §4.8 "Long-Mode Segment Descriptors", §12.2.5 "64-Bit Task State
 * Segment": ring 3 for guests without SVM, and the way back. */
static void
load_gdt(void)
{
	uint64_t tss = (uint64_t)(uintptr_t)&host_tss;
	struct table_pointer p = { sizeof(host.gdt) - 1,
	    (uint64_t)(uintptr_t)host.gdt };

	host.gdt[1] = 0x00af9b000000ffff;
	host.gdt[2] = 0x00cf93000000ffff;
	host.gdt[HOST_UCODE32 / 8] = 0x00cffb000000ffff;
	host.gdt[HOST_UDATA / 8] = 0x00cff3000000ffff;
	host.gdt[HOST_UCODE64 / 8] = 0x00affb000000ffff;
	host.gdt[HOST_TSS / 8] = (sizeof(host_tss) - 1) | bits_get(tss, 0, 24) << 16 |
	    0x89ull << 40 | bits_get(tss, 24, 8) << 56;
	host.gdt[HOST_TSS / 8 + 1] = tss >> 32;
	host_tss.io_map = sizeof(host_tss);
	__asm__ volatile("lgdt %0; ltr %w1" : : "m"(p), "r"(HOST_TSS));
	/* What 32-bit guests need, and 64-bit code does not look at */
	__asm__ volatile("movl %0, %%ds; movl %0, %%es" : : "r"(HOST_UDATA));
}

static void
mask_pics(void)
{
	out_b(0x21, 0xff);
	out_b(0xa1, 0xff);
}

/* Counter 2 of the 8254 runs down once; the others go on. */
static void
measure(uint64_t *tsc, uint64_t *timer)
{
	uint64_t begin;
	uint32_t left;

	out_b(0x61, (in_b(0x61) & ~2) | 1);
	out_b(0x43, 0xb0);		/* counter 2, mode 0 */
	out_b(0x42, PIT_MEASURE & 0xff);
	out_b(0x42, PIT_MEASURE >> 8);
	apic_write(APIC_INITIAL, ~0u);
	begin = rdtsc();
	while (!(in_b(0x61) & 0x20))
		;
	left = apic_read(APIC_CURRENT);
	*tsc = muldiv64(rdtsc() - begin, PIT_HZ, PIT_MEASURE);
	*timer = muldiv64(~0u - left, PIT_HZ, PIT_MEASURE);
	apic_write(APIC_INITIAL, 0);
}

/* What is measured is not exact; ringlab and qemu have frequencies of 1 GHz. */
static uint64_t
near_ghz(uint64_t hz)
{
	return hz > GHZ / 1000 * 998 && hz < GHZ / 1000 * 1002 ? GHZ : hz;
}

static void
find_frequencies(void)
{
	uint64_t tsc, timer;

	measure(&tsc, &timer);
	host.tsc_hz = near_ghz(tsc);
	host.timer_hz = near_ghz(timer);
}

void
host_init(void)
{
	load_gdt();
	load_idt();
	mask_pics();
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 0x800);
	apic_write(APIC_SPURIOUS, APIC_ENABLE | HOST_SPURIOUS);
	apic_write(APIC_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	find_frequencies();
	host.deadline = cpuid(1, 0).ecx & BIT(24);
	apic_write(APIC_LVT_TIMER, HOST_TIMER | (host.deadline ? LVT_DEADLINE : 0));
	host.alarm = VTIMER_IDLE;
}

uint64_t
host_now(void)
{
	uint64_t t = rdtsc();

	return host.tsc_hz == GHZ ? t : muldiv64(t, GHZ, host.tsc_hz);
}

uint64_t
host_ticks(uint64_t ns)
{
	return host.tsc_hz == GHZ ? ns : muldiv64(ns, host.tsc_hz, GHZ);
}

static void
set_deadline(uint64_t when)
{
	wrmsr(MSR_TSC_DEADLINE, when == VTIMER_IDLE ? 0 : host_ticks(when));
}

static void
set_countdown(uint64_t when)
{
	uint64_t now = host_now(), count = 0;

	if (when != VTIMER_IDLE) {
		count = when > now + ALARM_MIN ? when - now : ALARM_MIN;
		count = muldiv64(count, host.timer_hz, GHZ);
	}
	apic_write(APIC_INITIAL, count > ~0u ? ~0u : (uint32_t)count);
}

void
host_alarm(uint64_t when)
{
	if (when == host.alarm)
		return;
	host.alarm = when;
	if (host.deadline)
		set_deadline(when);
	else
		set_countdown(when);
}

void
host_alarm_gone(void)
{
	host.alarm = VTIMER_IDLE;
}
