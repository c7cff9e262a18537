/*
 * vmm/common/lab.c - what is reported to labdev, or else on COM1
 */
#include "vmm/common/lab.h"

#include "hw/labdev.h"
#include "vmm/common/port.h"
#include "vmm/common/print.h"

#define MARK		(LAB_PORT + 0x04)
#define KEY		(LAB_PORT + 0x1c)
#define VALUE_LO	(LAB_PORT + 0x20)
#define VALUE_HI	(LAB_PORT + 0x24)
#define CHAR		(LAB_PORT + 0x28)

bool
lab_present(void)
{
	return in_l(LAB_PORT) == LABDEV_ID;
}

static void
say(const char *text, void (*put)(char c))
{
	put('#');
	put(' ');
	while (*text)
		put(*text++);
	put('\n');
}

void
lab_mark(uint32_t phase, void (*put)(char c))
{
	char line[32];

	if (lab_present()) {
		out_l(MARK, phase);
		return;
	}
	print_into(line, sizeof(line), "mark %u", phase);
	say(line, put);
}

void
lab_value(uint32_t key, uint64_t value, void (*put)(char c))
{
	char line[48];

	if (lab_present()) {
		out_l(KEY, key);
		out_l(VALUE_LO, (uint32_t)value);
		out_l(VALUE_HI, (uint32_t)(value >> 32));
		return;
	}
	print_into(line, sizeof(line), "value %u %lu", key, value);
	say(line, put);
}

void
lab_text(const char *text, void (*put)(char c))
{
	if (!lab_present()) {
		say(text, put);
		return;
	}
	while (*text)
		out_b(CHAR, (uint8_t)*text++);
	out_b(CHAR, 0);
}
