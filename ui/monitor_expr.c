/*
 * ui/monitor_expr.c - numbers as a person writes them
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/flags.h"
#include "ui/monitor_priv.h"

struct named_register {
	char		name[8];
	uint16_t	offset;		/* in struct cpu */
	uint8_t		size;
};

#define REG(name, field)	{ name, offsetof(struct cpu, field), 8 }
#define GPR(n, name) \
	REG("r" name, gpr[n]), { "e" name, offsetof(struct cpu, gpr[n]), 4 }

static const struct named_register registers[] = {
	GPR(0, "ax"), GPR(1, "cx"), GPR(2, "dx"), GPR(3, "bx"),
	GPR(4, "sp"), GPR(5, "bp"), GPR(6, "si"), GPR(7, "di"),
	REG("r8", gpr[8]), REG("r9", gpr[9]), REG("r10", gpr[10]), REG("r11", gpr[11]),
	REG("r12", gpr[12]), REG("r13", gpr[13]), REG("r14", gpr[14]), REG("r15", gpr[15]),
	REG("cr0", cr0), REG("cr2", cr2), REG("cr3", cr3), REG("cr4", cr4), REG("efer", efer),
	REG("es_base", seg[SEG_ES].base), REG("cs_base", seg[SEG_CS].base),
	REG("ss_base", seg[SEG_SS].base), REG("ds_base", seg[SEG_DS].base),
	REG("fs_base", seg[SEG_FS].base), REG("gs_base", seg[SEG_GS].base),
	REG("gdt", gdtr.base), REG("idt", idtr.base), REG("tr_base", tr.base),
};

const char *
monitor_register_name(unsigned i)
{
	static const char *const more[] = { "pc", "rip" };

	if (i < ARRAY_SIZE(more))
		return more[i];
	i -= ARRAY_SIZE(more);
	return i < ARRAY_SIZE(registers) ? registers[i].name : NULL;
}

/* As an address, the instruction pointer is where the next instruction is. */
static bool
program_counter(const char *name, size_t n)
{
	return (n == 2 && !strncmp(name, "pc", n)) ||
	    (n == 3 && (!strncmp(name, "rip", n) || !strncmp(name, "eip", n)));
}

static bool
find_register(const struct cpu *c, const char *name, size_t n, uint64_t *v)
{
	unsigned i;

	*v = c->mode & MK_64 ? c->rip : (uint32_t)(c->seg[SEG_CS].base + c->rip);
	if (program_counter(name, n))
		return true;
	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		const struct named_register *r = &registers[i];

		if (strlen(r->name) != n || memcmp(r->name, name, n))
			continue;
		memcpy(v, (const char *)c + r->offset, sizeof(*v));
		if (r->size == 4)
			*v = (uint32_t)*v;
		return true;
	}
	return false;
}

static bool
term(struct monitor_call *call, const char **p, uint64_t *v)
{
	const char *s = *p;
	char *end;
	size_t n;

	if (*s == '$') {
		n = strspn(++s, "abcdefghijklmnopqrstuvwxyz_0123456789");
		*p = s + n;
		if (find_register(monitor_cpu(call), s, n, v))
			return true;
		monitor_fail(call, "no register $%.*s", (int)n, s);
		return false;
	}
	errno = 0;
	*v = strtoull(s, &end, 0);
	if (*s < '0' || *s > '9' || errno) {
		monitor_fail(call, "not a number: %s", s);
		return false;
	}
	*p = end;
	return true;
}

static void
blanks(const char **p)
{
	*p += strspn(*p, " ");
}

bool
monitor_number(struct monitor_call *call, const char **p, uint64_t *v)
{
	uint64_t next;
	char sign;

	if (!term(call, p, v))
		return false;
	for (blanks(p); **p == '+' || **p == '-'; blanks(p)) {
		sign = *(*p)++;
		blanks(p);
		if (!term(call, p, &next))
			return false;
		*v = sign == '+' ? *v + next : *v - next;
	}
	return true;
}

bool
monitor_address(struct monitor_call *call, const char *p, uint64_t *v)
{
	if (!monitor_number(call, &p, v))
		return false;
	if (*p)
		monitor_fail(call, "not understood: %s", p);
	return !*p;
}
