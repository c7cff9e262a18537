/*
 * vmm/guest/report.c - results, and the end of the run
 *
 * Printing takes time and exits, so nothing is said before the end.
 */
#include "vmm/common/lab.h"
#include "vmm/common/port.h"
#include "vmm/common/power.h"
#include "vmm/common/print.h"
#include "vmm/guest/kernel.h"
#include "vmm/guest/pv.h"
#include "vmm/guest/x86.h"

#define LAB_CYCLE_LO	(LAB_PORT + 0x08)
#define LAB_CYCLE_HI	(LAB_PORT + 0x0c)
#define DEBUG_EXIT	0xf4
#define LINES		1024

struct result {
	uint32_t	key;		/* enum lab_key, or 0 */
	char		name[20];
	uint64_t	value;
};

static bool lab NOT_HASHED;
static struct result results[LINES] NOT_HASHED;
static unsigned count NOT_HASHED;

void
report_init(void)
{
	lab = lab_present();
}

void
mark(uint32_t phase)
{
	if (lab)
		lab_mark(phase, NULL);
}

uint64_t
cycles(void)
{
	uint64_t lo;

	if (!lab)
		return rdtsc();
	lo = in_l(LAB_CYCLE_LO);
	return (uint64_t)in_l(LAB_CYCLE_HI) << 32 | lo;
}

void
report(uint32_t key, const char *name, uint64_t value)
{
	struct result *r = &results[count];

	if (count == LINES)
		return;
	count++;
	r->key = key;
	r->value = value;
	print_into(r->name, sizeof(r->name), "%s", name);
}

static void
tell(const struct result *r)
{
	char line[48];

	print_into(line, sizeof(line), "%s=%lu", r->name, r->value);
	print("# %s\n", line);
	if (!lab)
		return;
	if (r->key)
		lab_value(r->key, r->value, NULL);
	lab_text(line, NULL);
}

void
finish(int code)
{
	unsigned i;

	for (i = 0; i < count; i++)
		tell(&results[i]);
	print("end %d\n", code);
	if (option_word("exit"))
		out_b(DEBUG_EXIT, (uint8_t)code);
	pv_halt(code);
}
