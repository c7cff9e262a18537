/*
 * vmm/guest/nano.c - single privileged operations, many times
 *
 * After Adams and Agesen, "A comparison of software and hardware techniques
 * for x86 virtualization" (ASPLOS 2006), section 6.3.
 */
#include "vmm/guest/nano.h"

#include "vmm/common/port.h"
#include "vmm/guest/hypercall.h"
#include "vmm/guest/kernel.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/sys.h"
#include "vmm/guest/trap.h"
#include "vmm/guest/x86.h"

#define PORT		0x80		/* nobody's: BIOS codes */
#define NOWHERE		(DIRECT_BASE + RAM_MAX)	/* not mapped */
#define PTE_NOTHING	0x800		/* a bit that means nothing */

/* probe.S: what they do faults, and they return. */
void	probe_read(uint64_t at);
void	probe_divide(void);
void	probe_resume(void);

static pte_t *entry;			/* of a page of the program's */

static void
empty(void)
{
	__asm__ volatile("");
}

static void
in(void)
{
	in_b(PORT);
}

static void
cr8(void)
{
	write_cr8(0);
}

static void
pte(void)
{
	pmap_store(entry, *entry ^ PTE_NOTHING);
	pmap_flush();
}

static void
fault(void)
{
	probe_read(NOWHERE);
}

static void
vm_call(void)
{
	hypercall(HC_NULL, 0, 0, 0);
}

static void
root(void)
{
	pmap_invalidate_all(current->space.root);
}

static const struct {
	void	(*run)(void);
	int	vector;			/* it causes, or -1 */
} operations[NANOS] = {
	[NANO_EMPTY] = { empty, -1 },
	[NANO_IN] = { in, -1 },
	[NANO_CR8] = { cr8, -1 },
	[NANO_PTE] = { pte, -1 },
	[NANO_FAULT] = { fault, EXC_PF },
	[NANO_DIVIDE] = { probe_divide, EXC_DE },
	[NANO_CALL] = { vm_call, -1 },
	[NANO_ROOT] = { root, -1 },
};

static bool
possible(uint64_t what)
{
	entry = pmap_find(current->space.root, USER_MAP);
	return what < NANOS && (what != NANO_CALL || hypercall_present()) &&
	    (what != NANO_PTE || (entry && (*entry & PTE_P)));
}

uint64_t
nano(uint64_t what, uint64_t n)
{
	uint64_t start;

	if (!possible(what))
		return (uint64_t)-1;
	if (operations[what].vector >= 0)
		trap_expect((unsigned)operations[what].vector, (uint64_t)probe_resume);
	start = cycles();
	for (; n; n--)
		operations[what].run();
	start = cycles() - start;
	trap_expect(0, 0);
	return start;
}
