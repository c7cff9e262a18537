/*
 * tests/guest/lib/pg.h - claims about a processor on which sensitive
 * instructions trap (-cpu pg of ringlab); no other has it
 */
#ifndef GUEST_PG_H
#define GUEST_PG_H

#include "guest.h"

ulong pg_first;		/* address of the instruction */

/* Runs text at a level.  Nothing may return from there by INT: UD2 does. */
#define PG_AT(cs, ss, text, ...) \
	TRYX("mov $96f, %%" PG_RAX "\n mov %%" PG_RAX ", pg_first\n" \
	    AT_LEVEL(cs, ss) text "\n ud2", , OPERANDS(__VA_ARGS__), PG_RAX, "ecx", "edx")
#define PG_USER(text, ...)	PG_AT(UCS, UDS, text, __VA_ARGS__)

#ifdef __x86_64__
#define PG_RAX	"rax"
#else
#define PG_RAX	"eax"
#endif

/* The brand string's end. */
static void
pg_needed(void)
{
	uint32_t text[12], *p = text;
	const char *s = (const char *)text;
	struct cpuid c;

	for (uint32_t leaf = 0x80000002; leaf <= 0x80000004; leaf++) {
		c = cpuid(leaf, 0);
		*p++ = c.a;
		*p++ = c.b;
		*p++ = c.c;
		*p++ = c.d;
	}
	for (unsigned i = 0; i + 4 <= sizeof(text); i++)
		if (!memcmp(s + i, "(pg)", 4))
			return;
	skip("the processor is not -cpu pg");
}

/* #GP(0), rip at the instruction. */
static void __attribute__((unused))
sensitive(int vector, const char *name)
{
	expect_trap(vector, GP, "%s", name);
	expect(trap.error, 0, "%s: error code", name);
	expect(trap.ip, pg_first, "%s: rip", name);
}

/* It ran: the UD2 behind it trapped. */
static void __attribute__((unused))
innocuous(int vector, const char *name)
{
	expect_trap(vector, UD, "%s", name);
	claim(trap.ip > pg_first, "%s: is passed", name);
}

#endif
