/*
 * vmm/exit_io.c - port accesses
 *
 * AMD APM vol 2 §15.10.2 "IN and OUT Behavior".  String accesses do a bounded
 * number of elements at a time; RIP stays at them until RCX is 0.
 */
#include "base/bits.h"
#include "vmm/breaks.h"
#include "vmm/chips.h"
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/exits.h"
#include "vmm/guestmem.h"
#include "vmm/inject.h"
#include "vmm/swap.h"
#include "vmm/vm.h"
#include "vmm/walk.h"

#define STRING_PORTION	256	/* words of a sector */
#define IDE_DATA	0x1f0
#define FLAG_DF		0x400u
#define CS_ATTR_D	0x400u

struct io {
	uint16_t	port;
	unsigned	size;		/* bytes */
	unsigned	addr_size;
	unsigned	seg;
	bool		in, string, rep;
};

/* For processors that do not say: what the code's mode means. */
static unsigned
default_size(const struct vm *vm)
{
	if (guest_is_64(vm))
		return 8;
	return vm->cpu.vmcb->s.cs.attr & CS_ATTR_D ? 4 : 2;
}

static struct io
read_info(const struct vm *vm)
{
	uint64_t i = vm->cpu.vmcb->c.exitinfo1;
	unsigned addr = 2 * (unsigned)bits_get(i, IOIO_ADDR_SHIFT, 3);

	return (struct io){
		.port = (uint16_t)(i >> IOIO_PORT_SHIFT),
		.size = (unsigned)bits_get(i, IOIO_SIZE_SHIFT, 3),
		.addr_size = addr ? addr : default_size(vm),
		.seg = (unsigned)bits_get(i, IOIO_SEG_SHIFT, 3),
		.in = i & IOIO_IN, .string = i & IOIO_STR, .rep = i & IOIO_REP,
	};
}

static void
done(struct vm *vm)
{
	struct vmcb *v = vm->cpu.vmcb;

	v->s.rip = v->c.exitinfo2;
	v->c.int_state &= ~(uint64_t)INT_STATE_SHADOW;
}

static void
simple(struct vm *vm, const struct io *io)
{
	static const struct insn no_rex = { .size = 4 };

	if (io->in)
		reg_write(vm, &no_rex, RAX, io->size, chips_in(vm, io->port, io->size));
	else
		chips_out(vm, io->port, (uint32_t)reg_read(vm, &no_rex, RAX, io->size),
		    io->size);
	done(vm);
}

/* AMD64's INS uses ES always; of OUTS decode assists tell the segment, other
 * processors say 0 and it is DS. */
static gva_t
linear(const struct vm *vm, const struct io *io, uint64_t offset)
{
	const struct vmcb_save *s = &vm->cpu.vmcb->s;
	unsigned seg = io->in ? 0 : io->seg ? io->seg : 3;

	offset &= LOW_BITS(8 * io->addr_size);
	if (guest_is_64(vm))
		return (seg >= 4 && seg <= 5 ? (&s->es)[seg].base : 0) + offset;
	return (uint32_t)((seg <= 5 ? (&s->es)[seg].base : 0) + offset);
}

static bool
element(struct vm *vm, const struct io *io)
{
	gva_t va = linear(vm, io, vm->cpu.gpr[io->in ? RDI : RSI]);
	uint64_t copied;
	uint32_t v = 0;

	if (io->in) {
		if (!guest_probe_write(vm, va, io->size))
			return false;
		v = chips_in(vm, io->port, io->size);
		return guest_store(vm, va, &v, io->size);
	}
	copied = vm->swap->copied;
	if (!guest_load(vm, va, &v, io->size))
		return false;
	/* The guest writes out what the VMM had written out before. */
	if (io->port == IDE_DATA)
		vm->count.swap_double += vm->swap->copied - copied;
	chips_out(vm, io->port, v, io->size);
	return true;
}

static void
step(struct vm *vm, unsigned reg, unsigned addr_size, int64_t by)
{
	static const struct insn none = { .size = 8, .rex = true };

	reg_write(vm, &none, reg, addr_size, vm->cpu.gpr[reg] + (uint64_t)by);
}

static void
string(struct vm *vm, const struct io *io)
{
	int64_t by = vm->cpu.vmcb->s.rflags & FLAG_DF ? -(int64_t)io->size : io->size;
	uint64_t mask = LOW_BITS(8 * io->addr_size);
	unsigned n;

	for (n = 0; n < STRING_PORTION; n++) {
		if (io->rep && !(vm->cpu.gpr[RCX] & mask))
			break;
		if (!element(vm, io))
			return;		/* a page fault: again when it is gone */
		step(vm, io->in ? RDI : RSI, io->addr_size, by);
		if (io->rep)
			step(vm, RCX, io->addr_size, -1);
		else
			break;
		if (vm->state == VM_ENDED)
			return;
	}
	if (!io->rep || !(vm->cpu.gpr[RCX] & mask))
		done(vm);
}

void
exit_io(struct vm *vm)
{
	struct io io = read_info(vm);

	if (io.string)
		string(vm, &io);
	else
		simple(vm, &io);
	if (vm->config.cpu != CPU_DEPRIVILEGED)
		breaks_io(vm, io.port, io.size);
}
