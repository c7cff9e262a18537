/*
 * vmm/vm.c - a virtual machine is made, and ends
 */
#include "vmm/vm.h"

#include "vmm/abi.h"
#include "vmm/bootinfo.h"
#include "vmm/chips.h"
#include "vmm/console.h"
#include "vmm/cpu.h"
#include "vmm/frames.h"
#include "vmm/loader.h"
#include "vmm/mmu.h"
#include "vmm/options.h"
#include "vmm/p2m.h"
#include "vmm/panic.h"
#include "vmm/svm.h"
#include "vmm/swap.h"

#define RAM_MIN		(2u << 20)
#define RAM_MAX		(1u << 30)
#define FRAMES_MIN	64u
#define FPU_CONTROL	0x37f		/* of FXSAVE's image, after FNINIT */
#define FPU_MXCSR	24		/* its offset */
#define MXCSR_RESET	0x1f80

static void
read_config(struct vm_config *c, const struct options *o, unsigned id)
{
	static const char *const cpu[] = { "svm", "deprivileged", "paravirt", NULL };
	static const char *const mem[] = { "shadow", "nested", "direct", NULL };
	static const char *const time[] = { "merge", "batch", "drop", "slew", "delay",
	    NULL };
	static const char *const victim[] = { "random", "clock", "lru", NULL };
	static const char *const sync[] = { "wp", "lazy", "off", NULL };
	static const char *const check[] = { "on", "off", NULL };
	uint64_t ram = option_number(o, "ram", 16u << 20);

	if (ram < RAM_MIN || ram > RAM_MAX)
		panic("ram is from 2M to 1G");
	c->cpu = option_choice(o, "cpu", cpu, CPU_SVM);
	c->mem = option_choice(o, "mem", mem, MEM_NESTED);
	c->time = option_choice(o, "time", time, TIME_MERGE);
	c->sync = option_choice(o, "sync", sync, SYNC_WP);
	c->ram = (uint32_t)(ram / PAGE_SIZE);
	c->frames = (uint32_t)(option_number(o, "frames", ram) / PAGE_SIZE);
	c->balloon = (uint32_t)(option_number(o, "balloon",
	    (uint64_t)(c->ram - c->frames) * PAGE_SIZE) / PAGE_SIZE);
	c->victim = option_choice(o, "victim", victim, VICTIM_CLOCK);
	c->share = (uint32_t)option_number(o, "share", 1);
	c->disk = (uint32_t)option_number(o, "disk", id);
	c->slew = (uint32_t)option_number(o, "slew", 2);
	c->large = option_number(o, "large", 0);
	c->verify = option_number(o, "verify", 0);
	c->watch = option_number(o, "watch", 0);
	c->trust = option_choice(o, "check", check, 0);
	c->off_at = option_number(o, "off_at", 0);
	c->off_for = option_number(o, "off_for", 0);
	if (!c->share || c->share > 1000 || !c->slew)
		panic("share is from 1 to 1000, slew at least 1");
}

static void
check_config(const struct vm *vm, const struct vm_make *make)
{
	const struct vm_config *c = &vm->config;

	if (!make->svm && c->cpu != CPU_DEPRIVILEGED)
		panic("this processor has no SVM (-cpu max, or +svm)");
	if (c->cpu == CPU_DEPRIVILEGED && c->mem != MEM_SHADOW)
		panic("VM %u: cpu=deprivileged wants mem=shadow", vm->id);
	if (c->mem == MEM_DIRECT && c->cpu != CPU_PARAVIRT)
		panic("VM %u: direct paging wants cpu=paravirt", vm->id);
	if (c->frames > c->ram || c->frames < FRAMES_MIN)
		panic("VM %u: frames is from %uK to ram", vm->id, FRAMES_MIN * 4);
	if (c->frames != c->ram && c->mem == MEM_DIRECT)
		panic("VM %u: with direct paging frames cannot be taken away: the "
		    "guest's tables name them", vm->id);
}

struct vm *
vm_new(unsigned id, struct vm_make *make, const struct boot_module *m,
    unsigned modules)
{
	struct vm *vm = frames_table(sizeof(*vm));
	struct options o = { m->line, make->line };
	uint32_t entry;

	vm->id = id;
	vm->line = m->line;
	vm->phys_bits = cpuid(0x80000008, 0).eax & 0xff;
	read_config(&vm->config, &o, id);
	check_config(vm, make);
	if (vm->config.trust)
		say("VM %u: ISOLATION IS OFF (check=off): all of this machine's memory is "
		    "within its reach", id);
	p2m_init(vm);
	swap_init(vm, make->swap, &make->swap_used);
	mmu_init(vm);
	vmclock_init(&vm->clock);
	chips_init(vm);
	entry = loader_load(vm, m, modules);
	svm_new_vmcb(vm, entry);
	mmu_mode_changed(vm);
	*(uint16_t *)vm->cpu.fpu = FPU_CONTROL;
	*(uint32_t *)(vm->cpu.fpu + FPU_MXCSR) = MXCSR_RESET;
	return vm;
}

uint32_t
vm_nowhere(struct vm *vm)
{
	if (!vm->nowhere)
		vm->nowhere = frames_alloc((uint8_t)vm->id, 1, 1);
	if (!vm->nowhere)
		panic("no frame is left for VM %u", vm->id);
	return vm->nowhere;
}

void
vm_end(struct vm *vm, uint64_t code, const char *reason)
{
	const struct vmcb *v = vm->cpu.vmcb;

	if (vm->state == VM_ENDED)
		return;
	vm->state = VM_ENDED;
	vm->exit_code = code;
	mmu_verify(vm);
	console_end(vm);
	if (reason)
		say("VM %u ends: %s (rip %lx, cr2 %lx)", vm->id, reason, v->s.rip,
		    v->s.cr2);
}
