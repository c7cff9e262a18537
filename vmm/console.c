/*
 * vmm/console.c - what guests print
 */
#include "vmm/console.h"

#include "vmm/common/serial.h"
#include "vmm/vm.h"

static void
put_line(struct vm *vm)
{
	struct vm_text *t = &vm->out;
	unsigned i;

	serial_raw((char)('0' + vm->id));
	serial_raw(':');
	serial_raw(' ');
	for (i = 0; i < t->len; i++)
		serial_raw(t->line[i]);
	serial_raw('\r');
	serial_raw('\n');
	t->len = 0;
}

void
console_put(struct vm *vm, char c)
{
	struct vm_text *t = &vm->out;

	if (!vm->prefix) {
		serial_raw(c);
		return;
	}
	if (c == '\r')
		return;
	if (c != '\n')
		t->line[t->len++] = c;
	if (c == '\n' || t->len == sizeof(t->line))
		put_line(vm);
}

void
console_end(struct vm *vm)
{
	if (vm->out.len)
		put_line(vm);
}
