/*
 * ui/gdb_monitor.c - gdb's command "monitor"
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cpu/flags.h"
#include "snapshot/history.h"
#include "ui/gdb_priv.h"

/* A line for the person: packets O before the final OK. */
static void PRINTF(2, 3)
say(struct gdb *g, const char *fmt, ...)
{
	char line[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	strcat(line, "\n");
	gdb_begin(&g->link);
	gdb_put(&g->link, "O");
	gdb_put_hex(&g->link, line, strlen(line));
	gdb_end(&g->link);
}

static void
monitor_help(struct gdb *g, const char *arg)
{
	(void)arg;
	say(g, "help                      this list");
	say(g, "registers                 all that is known of the processor");
	say(g, "position                  virtual time, instructions retired");
	say(g, "phys [on|off]             memory by physical address");
	say(g, "description [auto|16|32|64]  what the next target description is;");
	say(g, "                          \"unset tdesc filename\" has gdb fetch it");
}

static const char *
mode_name(const struct cpu *c)
{
	if (c->mode & MK_64)
		return "64-bit";
	if (c->mode & MK_VM)
		return "virtual-8086";
	if (!(c->mode & MK_PE))
		return "real";
	return c->mode & MK_32 ? "32-bit" : "16-bit protected";
}

static void
say_segment(struct gdb *g, const char *name, const struct seg *s)
{
	say(g, "%-4s %04x base %016" PRIx64 " limit %08x attr %03x", name, s->sel, s->base,
	    s->limit, s->attr);
}

static void
monitor_registers(struct gdb *g, const char *arg)
{
	static const char *const gpr[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi",
		"rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };
	static const char *const seg[] = { "es", "cs", "ss", "ds", "fs", "gs" };
	const struct cpu *c = gdb_cpu(g);
	unsigned i;

	(void)arg;
	say(g, "cpu %u, %s mode, CPL %u%s", c->index, mode_name(c), c->cpl,
	    c->activity == ACT_HALT ? ", halted" : "");
	for (i = 0; i < 16; i += 2)
		say(g, "%-4s %016" PRIx64 "  %-4s %016" PRIx64, gpr[i], c->gpr[i], gpr[i + 1],
		    c->gpr[i + 1]);
	say(g, "rip  %016" PRIx64 "  rflags %08" PRIx64, c->rip, rflags_get(c));
	for (i = 0; i < ARRAY_SIZE(seg); i++)
		say_segment(g, seg[i], &c->seg[i]);
	say_segment(g, "ldtr", &c->ldtr);
	say_segment(g, "tr", &c->tr);
	say(g, "gdtr %016" PRIx64 " limit %04x  idtr %016" PRIx64 " limit %04x", c->gdtr.base,
	    c->gdtr.limit, c->idtr.base, c->idtr.limit);
	say(g, "cr0  %016" PRIx64 "  cr2  %016" PRIx64, c->cr0, c->cr2);
	say(g, "cr3  %016" PRIx64 "  cr4  %016" PRIx64, c->cr3, c->cr4);
	say(g, "efer %016" PRIx64 "  kernel_gs_base %016" PRIx64, c->efer, c->kernel_gs_base);
	say(g, "dr0-3 %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " dr6 %" PRIx64 " dr7 %"
	    PRIx64, c->dr[0], c->dr[1], c->dr[2], c->dr[3], c->dr[6], c->dr[7]);
}

static void
monitor_position(struct gdb *g, const char *arg)
{
	const struct cpu *c = gdb_cpu(g);

	(void)arg;
	say(g, "cycle %" PRIu64 ", %" PRIu64 " instructions", c->cycles, c->insns);
	if (g->history)
		say(g, "history from cycle %" PRIu64 " to %" PRIu64 "%s",
		    history_oldest(g->history), history_live(g->history),
		    history_in_past(g->history) ? ", this is the past" : "");
}

static void
monitor_phys(struct gdb *g, const char *arg)
{
	if (!strcmp(arg, "on"))
		g->physical = true;
	else if (!strcmp(arg, "off"))
		g->physical = false;
	else if (*arg)
		say(g, "phys takes on or off");
	say(g, "memory by %s address", g->physical ? "physical" : "virtual");
}

static void
monitor_description(struct gdb *g, const char *arg)
{
	static const char *const name[] = {
		[DESC_AUTO] = "auto", [DESC_16] = "16", [DESC_32] = "32", [DESC_64] = "64"
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(name); i++)
		if (!strcmp(arg, name[i]))
			break;
	if (i < ARRAY_SIZE(name))
		g->description = (enum gdb_description)i;
	else if (*arg)
		say(g, "description takes auto, 16, 32 or 64");
	say(g, "description: %s", name[g->description]);
}

static const struct {
	const char	*name;
	void		(*run)(struct gdb *g, const char *arg);
} commands[] = {
	{ "help", monitor_help },
	{ "registers", monitor_registers },
	{ "info registers", monitor_registers },
	{ "position", monitor_position },
	{ "phys", monitor_phys },
	{ "description", monitor_description },
};

/* The command's argument, behind blanks; NULL: another command. */
static const char *
argument(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) || (line[n] && line[n] != ' '))
		return NULL;
	return line + n + strspn(line + n, " ");
}

static void
run_command(struct gdb *g, const char *line)
{
	const char *arg;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		arg = argument(line, commands[i].name);
		if (arg) {
			commands[i].run(g, arg);
			return;
		}
	}
	say(g, "unknown command; \"monitor help\" lists them");
}

void
gdb_monitor(struct gdb *g, const char *hex)
{
	char line[64];
	size_t n = strlen(hex) / 2;

	if (n >= sizeof(line) || !gdb_bytes(&hex, line, n) || *hex) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	line[n] = '\0';
	while (n && line[n - 1] == ' ')
		line[--n] = '\0';
	run_command(g, line + strspn(line, " "));
	gdb_say(&g->link, "OK");
}
