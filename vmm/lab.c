/*
 * vmm/lab.c - labdev as a guest sees it
 */
#include "vmm/lab.h"

#include "vmm/common/lab.h"
#include "vmm/common/port.h"
#include "vmm/mmu.h"
#include "vmm/report.h"
#include "vmm/vm.h"

/* Registers of hw/labdev.h */
#define MARK		0x04
#define KEY		0x1c
#define VALUE_LO	0x20
#define VALUE_HI	0x24
#define CHAR		0x28

static uint64_t
lab_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	if (size == 1)
		return in_b((uint16_t)(LAB_PORT + off));
	return in_l((uint16_t)(LAB_PORT + off));
}

static void
put_char(struct vm *vm, uint8_t c)
{
	struct vm_text *t = &vm->text;

	if (vm->prefix && !t->len && c && c != '\n') {
		t->line[t->len++] = (char)('0' + vm->id);
		t->line[t->len++] = ':';
		t->line[t->len++] = ' ';
	}
	if (c && c != '\n')
		t->line[t->len++] = (char)c;
	if (t->len && (!c || c == '\n' || t->len == sizeof(t->line) - 1)) {
		t->line[t->len] = 0;
		lab_text(t->line, NULL);
		t->len = 0;
	}
}

static void
lab_write(void *dev, uint32_t off, uint64_t v, unsigned size)
{
	struct vm *vm = dev;

	if (off == MARK)
		mmu_verify(vm);
	if (!lab_present())
		return;
	if (off == MARK && v == LAB_MARK_START)
		vm->at_start = vm->count;
	switch (off) {
	case MARK:
		out_l(LAB_PORT + MARK, (uint32_t)v);
		if (v == LAB_MARK_END)
			report_work(vm);
		break;
	case KEY:
		vm->lab_key = (uint32_t)v;
		break;
	case VALUE_LO:
		vm->lab_low = (uint32_t)v;
		break;
	case VALUE_HI:
		lab_value(vm->lab_key, vm->lab_low | v << 32, NULL);
		break;
	case CHAR:
		put_char(vm, (uint8_t)v);
		break;
	default:
		if (size == 4)
			out_l((uint16_t)(LAB_PORT + off), (uint32_t)v);
	}
}

const struct io_ops vmm_lab_io = { lab_read, lab_write, 1 | 4 };
