/*
 * vmm/guest/user/lib.c - what workloads share
 */
#include "vmm/guest/user/user.h"

uint64_t
option(const char *name, uint64_t otherwise)
{
	return sys(SYS_OPTION, (uint64_t)name, otherwise, 0);
}

bool
option_is(const char *name, const char *value)
{
	return sys(SYS_OPTION_IS, (uint64_t)name, (uint64_t)value, 0) == 1;
}

void
print(const char *text)
{
	sys(SYS_PRINT, (uint64_t)text, 0, 0);
}

void
report(uint32_t key, const char *name, uint64_t value)
{
	sys(SYS_REPORT, key, (uint64_t)name, value);
}

static char *
append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = 0;
	return to;
}

static char *
append_number(char *to, uint64_t n, unsigned base)
{
	char digits[24];
	unsigned i = 0;

	do
		digits[i++] = "0123456789abcdef"[n % base];
	while ((n /= base) != 0);
	while (i)
		*to++ = digits[--i];
	*to = 0;
	return to;
}

void
report_of(uint32_t key, const char *what, uint64_t n, const char *tail,
    uint64_t value)
{
	char name[40];

	append(append_number(append(name, what), n, 10), tail);
	report(key, name, value);
}

void
report_hex(const char *name, uint64_t value)
{
	char line[48];

	append(append_number(append(append(append(line, "hash "), name), " = "),
	    value, 16), "\n");
	print(line);
}

void
must(bool ok, const char *what)
{
	if (ok)
		return;
	print("failed: ");
	print(what);
	print("\n");
	sys(SYS_ABORT, 2, 0, 0);
}

void
map_pages(uint64_t pages)
{
	bool large = option("large", 0);
	uint64_t whole = large ? (pages + LARGE_PAGES - 1) & ~(LARGE_PAGES - 1ul) : pages;

	must(sys(SYS_MAP, USER_MAP, whole, large ? MAP_LARGE : 0) == 0,
	    "so many pages");
}

void
run_begin(struct run *run)
{
	unsigned i;

	for (i = 0; i < COUNTERS; i++)
		run->counters[i] = counter(i);
	sys(SYS_MARK, LAB_MARK_START, 0, 0);
	run->start = sys(SYS_CYCLES, 0, 0, 0);
}

/* How often between run_begin() and then */
static uint64_t
between(const struct run *run, const uint64_t *then, enum counter first, enum counter end)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = first; i < end; i++)
		sum += then[i] - run->counters[i];
	return sum;
}

/* To say something may fault, so all is looked at before. */
void
run_end(const struct run *run, uint64_t ops, uint64_t checksum)
{
	uint64_t cycles = sys(SYS_CYCLES, 0, 0, 0) - run->start, then[COUNTERS];
	unsigned i;

	sys(SYS_MARK, LAB_MARK_END, 0, 0);
	for (i = 0; i < COUNTERS; i++)
		then[i] = counter(i);
	report(LAB_KEY_CYCLES, "cycles", cycles);
	report(LAB_KEY_OPS, "ops", ops);
	report(LAB_KEY_CHECKSUM, "checksum", checksum);
	report(LAB_KEY_TICKS, "ticks", between(run, then, COUNT_TICKS, COUNT_TICKS + 1));
	report(LAB_KEY_MINOR, "minor", between(run, then, 0, COUNT_SWAP_IN));
	report(LAB_KEY_MAJOR, "major", between(run, then, COUNT_SWAP_IN, COUNT_FAULTS));
	report(LAB_KEY_EVICTIONS, "evictions",
	    between(run, then, COUNT_EVICTIONS, COUNT_EVICTIONS + 1));
	report(0, "roots", between(run, then, COUNT_ROOTS, COUNT_ROOTS + 1));
	if (!counter(COUNT_GIVEN))
		return;
	report(0, "balloon", counter(COUNT_BALLOON));
	report(0, "balloon.given", counter(COUNT_GIVEN));
	report(0, "balloon.taken", counter(COUNT_TAKEN));
}
