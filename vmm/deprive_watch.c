/*
 * vmm/deprive_watch.c - which instruction should have trapped
 *
 * watch=1: a deprivileged guest is executed instruction by instruction until one
 * that is sensitive has run in ring 3 without a trap.  From there on the guest
 * knows something, or has done something, that the VMM cannot mend.
 */
#include "vmm/cpu.h"
#include "vmm/decode.h"
#include "vmm/deprive.h"
#include "vmm/panic.h"
#include "vmm/vm.h"

/* Opcodes, of groups with ModRM.reg; what becomes visible or is lost. */
static const struct sensitive {
	unsigned	opcode;
	int		reg;			/* -1: any */
	const char	*name, *why;
} sensitive[] = {
	{ 0x8c, -1, "MOV from a segment register", "it shows ring 3's selector" },
	{ 0x8e, -1, "MOV to a segment register", "it reads the VMM's descriptor table" },
	{ 0x9c, -1, "PUSHF", "it shows the machine's IF, not the guest's" },
	{ 0x9d, -1, "POPF", "it leaves IF alone without a word" },
	{ 0xcb, -1, "RETF", "it goes by the VMM's descriptor table" },
	{ 0xcf, -1, "IRET", "it stays in ring 3 and leaves IF alone" },
	{ 0xea, -1, "far JMP", "it goes by the VMM's descriptor table" },
	{ 0xfa0, -1, "PUSH FS", "it shows the machine's selector" },
	{ 0xfa1, -1, "POP FS", "it reads the VMM's descriptor table" },
	{ 0xfa8, -1, "PUSH GS", "it shows the machine's selector" },
	{ 0xfa9, -1, "POP GS", "it reads the VMM's descriptor table" },
	{ 0xf00, 0, "SLDT", "it shows the VMM's register" },
	{ 0xf00, 1, "STR", "it shows the VMM's register" },
	{ 0xf00, 4, "VERR", "it looks at the VMM's descriptor table" },
	{ 0xf00, 5, "VERW", "it looks at the VMM's descriptor table" },
	{ 0xf01, 0, "SGDT", "it shows the VMM's register" },
	{ 0xf01, 1, "SIDT", "it shows the VMM's register" },
	{ 0xf01, 4, "SMSW", "it shows the machine's CR0" },
	{ 0xf31, -1, "RDTSC", "it shows the machine's time" },
	{ 0xfa2, -1, "CPUID", "it shows the machine's processor" }
};

bool
deprive_watch(struct vm *vm)
{
	struct insn i;
	unsigned n;

	if (!vm->config.watch || vm->watch_done || vm->cpu.vmcb->s.rflags & FLAG_TF)
		return false;
	vm->watch_rip = vm->cpu.vmcb->s.rip;
	vm->watch_name = NULL;
	if (!decode(vm, &i))
		return true;
	for (n = 0; n < sizeof(sensitive) / sizeof(sensitive[0]); n++)
		if (sensitive[n].opcode == i.opcode && (sensitive[n].reg < 0 ||
		    sensitive[n].reg == (int)(i.reg & 7))) {
			vm->watch_name = sensitive[n].name;
			vm->watch_why = sensitive[n].why;
		}
	return true;
}

void
deprive_watched(struct vm *vm)
{
	if (!vm->watch_name)
		return;
	vm->watch_done = true;
	vm->count.untrapped++;
	say("VM %u: %s at %lx did not trap in ring 3: %s", vm->id, vm->watch_name,
	    vm->watch_rip, vm->watch_why);
}
