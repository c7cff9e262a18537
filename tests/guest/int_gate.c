/*
 * What does INT n check, and what do gate types do to IF, TF, NT?
 *
 * Set-up: gates of every kind behind one vector, used at CPL 0 and 3.
 * Expected: as the table says.
 * AMD APM vol 2, "Privilege Checks"; "Legacy Protected-Mode Interrupt
 * Control Transfers".
 */
#include "guest.h"

#define V	0x45
#define CODE_NP	(FREESEL)
#define CODE_3	(FREESEL + 8)
#define CODE_C	(FREESEL + 16)

static void *stub;
static ulong flags_in;

static bool
note_flags(struct trap *t)
{
	if (t->vector == V)
		flags_in = read_flags();
	return false;
}

struct row {
	const char	*name;
	unsigned	sel, access;
	int		at0, at3;
	ulong		error0, error3;
};

static const struct row rows[] = {
	{ "interrupt gate of DPL 0", KCS, D_INTGATE, V, GP, 0, V * 8 + 2 },
	{ "interrupt gate of DPL 3", KCS, D_INTGATE | D_DPL3, V, V, 0, 0 },
	{ "trap gate of DPL 3", KCS, D_TRAPGATE | D_DPL3, V, V, 0, 0 },
	{ "gate with RPL 3", KCS | 3, D_INTGATE | D_DPL3, V, V, 0, 0 },
	{ "gate that is not present", KCS, (D_INTGATE | D_DPL3) & ~D_PRESENT, NP, NP, V * 8 + 2,
	    V * 8 + 2 },
	{ "gate not present, DPL 0", KCS, D_INTGATE & ~D_PRESENT, NP, GP, V * 8 + 2, V * 8 + 2 },
	{ "gate of type 0", KCS, 0x80 | D_DPL3, GP, GP, V * 8 + 2, V * 8 + 2 },
	{ "call gate in the IDT", KCS, D_CALLGATE | D_DPL3, GP, GP, V * 8 + 2, V * 8 + 2 },
	{ "null selector", 0, D_INTGATE | D_DPL3, GP, GP, 0, 0 },
	{ "data segment", UDS, D_INTGATE | D_DPL3, GP, GP, UDS & ~3u, UDS & ~3u },
	{ "code that is not present", CODE_NP, D_INTGATE | D_DPL3, NP, NP, CODE_NP, CODE_NP },
	{ "code of DPL 3", CODE_3, D_INTGATE | D_DPL3, GP, V, CODE_3, 0 },
	{ "conforming code of DPL 0", CODE_C, D_INTGATE | D_DPL3, V, V, 0, 0 },
	{ "selector beyond the GDT", 0x1000, D_INTGATE | D_DPL3, GP, GP, 0x1000, 0x1000 },
#ifdef __x86_64__
	{ "16-bit interrupt gate", KCS, D_INT16 | D_DPL3, GP, GP, V * 8 + 2, V * 8 + 2 },
	{ "task gate", TSSSEL, D_TASKGATE | D_DPL3, GP, GP, V * 8 + 2, V * 8 + 2 },
	{ "32-bit code", KCS32, D_INTGATE | D_DPL3, GP, GP, KCS32, KCS32 },
#endif
};

/* A handler at CPL 3 cannot use the common entry; this one ends the attempt. */
asm(".pushsection .text\nuser_handler: int $" XSTR(RETURN_VECTOR) "\n.popsection");
extern char user_handler[];

static void
run(const struct row *r)
{
	bool low = r->sel == CODE_3 || r->sel == CODE_C;
	int got;

	set_idt(V, low ? (void *)user_handler : stub, r->sel, r->access, 0);
	got = TRY("int $" XSTR(V));
	expect_trap(got == NONE ? V : got, r->at0, "%s", r->name);
	if (got == r->at0)
		expect(trap.error, r->error0, "%s: error code", r->name);
	if (low && r->at0 == V)
		expect(trap.cs & 3, 0, "%s: CPL of the handler", r->name);
	got = USER("int $" XSTR(V));
	expect_trap(got == NONE ? V : got, r->at3, "CPL 3: %s", r->name);
	if (got == r->at3)
		expect(trap.error, r->error3, "CPL 3: %s: error code", r->name);
	if (low && r->at3 == V)
		expect(trap.cs & 3, 3, "CPL 3: %s: CPL of the handler", r->name);
}

int
main(void)
{
	unsigned flags = sizeof(ulong) == 8 ? F_G | F_L : F_G | F_B;
	struct pointer cut = idt_pointer;

	stub = trap_stub(V);
	trap_hook = note_flags;
	set_gdt(CODE_NP, seg_desc(FLAT, D_CODE & ~D_PRESENT, flags));
	set_gdt(CODE_3, seg_desc(FLAT, D_CODE | D_DPL3, flags));
	set_gdt(CODE_C, seg_desc(FLAT, D_CONF, flags));
	for (unsigned i = 0; i < COUNT(rows); i++)
		run(&rows[i]);
	set_idt(V, stub, KCS, D_INTGATE | D_DPL3, 0);
	user_flags = 2 | FL_IF | FL_DF;
	USER("cld\n int $" XSTR(V));
	expect(flags_in & (FL_IF | FL_TF | FL_NT | FL_RF), 0, "an interrupt gate clears IF");
	set_idt(V, stub, KCS, D_TRAPGATE | D_DPL3, 0);
	USER("int $" XSTR(V));
	expect(flags_in & FL_IF, FL_IF, "a trap gate leaves IF");
	user_flags = 2 | FL_NT;
	USER("int $" XSTR(V));
	expect(flags_in & FL_NT, 0, "a gate clears NT");
	expect(trap.flags & FL_NT, FL_NT, "the image keeps NT");
	user_flags = 2;
	cut.limit = (V + 1) * 2 * sizeof(ulong) - 2;
	asm volatile("lidt %0" :: "m"(cut));
	expect_trap(TRY("int $" XSTR(V)), GP, "gate cut by the IDT limit");
	expect(trap.error, V * 8 + 2, "gate cut by the IDT limit: error code");
	asm volatile("lidt %0" :: "m"(idt_pointer));
	return 0;
}
