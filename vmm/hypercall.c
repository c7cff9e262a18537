/*
 * vmm/hypercall.c - what guests call (vmm/abi.h)
 */
#include "vmm/abi.h"
#include "vmm/console.h"
#include "vmm/direct.h"
#include "vmm/exits.h"
#include "vmm/host.h"
#include "vmm/p2m.h"
#include "vmm/swap.h"
#include "vmm/vm.h"

typedef int64_t hypercall(struct vm *vm, uint64_t a, uint64_t b);

static int64_t
hc_null(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)vm, (void)a, (void)b;
	return 0;
}

static int64_t
hc_console(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	console_put(vm, (char)a);
	return 0;
}

static int64_t
hc_yield(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)a, (void)b;
	vm->yields = true;
	return 0;
}

static int64_t
hc_halt(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	vm_end(vm, a, NULL);
	return 0;
}

static int64_t
hc_p2m(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	return p2m_is_ram(vm, a) ? (int64_t)p2m_frame(vm, a) : -VMM_EINVAL;
}

static int64_t
hc_time(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)vm, (void)a, (void)b;
	return (int64_t)host_now();
}

static int64_t
hc_stolen(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)a, (void)b;
	return (int64_t)vm->count.cycles_off;
}

static int64_t
hc_root(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	return direct_root(vm, a);
}

static int64_t
hc_unpin(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	return direct_unpin(vm, a);
}

static int64_t
hc_invlpg(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	return direct_invlpg(vm, a);
}

static int64_t
hc_balloon_target(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)a, (void)b;
	return swap_balloon_target(vm);
}

static int64_t
hc_balloon_give(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	return swap_balloon_give(vm, a);
}

static int64_t
hc_balloon_take(struct vm *vm, uint64_t a, uint64_t b)
{
	(void)b;
	return swap_balloon_take(vm, a);
}

static hypercall *const calls[HC_COUNT] = {
	[HC_NULL] = hc_null, [HC_CONSOLE] = hc_console, [HC_YIELD] = hc_yield,
	[HC_HALT] = hc_halt, [HC_P2M] = hc_p2m, [HC_TIME] = hc_time,
	[HC_STOLEN] = hc_stolen, [HC_MMU_UPDATE] = direct_update, [HC_MMU_ROOT] = hc_root,
	[HC_MMU_PIN] = direct_pin, [HC_MMU_UNPIN] = hc_unpin,
	[HC_MMU_INVLPG] = hc_invlpg, [HC_BALLOON_TARGET] = hc_balloon_target,
	[HC_BALLOON_GIVE] = hc_balloon_give, [HC_BALLOON_TAKE] = hc_balloon_take,
	[HC_FREE_FRAMES] = hc_null
};

void
exit_hypercall(struct vm *vm)
{
	uint64_t *g = vm->cpu.gpr, n = g[RAX];

	vm->count.hypercalls++;
	exit_skip(vm, vm->config.cpu == CPU_DEPRIVILEGED ? 2 : 3); /* INT, VMMCALL */
	if (vm->cpu.vmcb->s.cpl)	/* the kernel's affair */
		g[RAX] = (uint64_t)-VMM_EPERM;
	else if (n >= HC_COUNT || !calls[n])
		g[RAX] = (uint64_t)-VMM_ENOCALL;
	else {
		vm->calls[n]++;
		g[RAX] = (uint64_t)calls[n](vm, g[RDI], g[RSI]);
	}
}
