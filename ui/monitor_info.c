/*
 * ui/monitor_info.c - what there is to know about a machine
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cpu/cpuid.h"
#include "cpu/flags.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "snapshot/history.h"
#include "snapshot/snapshots.h"
#include "ui/monitor_priv.h"
#include "ui/stats.h"

#include "config.h"

/* --- processors --- */

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
say_segment(struct monitor_call *call, const char *name, const struct seg *s)
{
	monitor_say(call, "%-4s %04x base %016" PRIx64 " limit %08x attr %03x", name, s->sel,
	    s->base, s->limit, s->attr);
}

static void
say_segments(struct monitor_call *call, const struct cpu *c)
{
	static const char *const seg[] = { "es", "cs", "ss", "ds", "fs", "gs" };
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(seg); i++)
		say_segment(call, seg[i], &c->seg[i]);
	say_segment(call, "ldtr", &c->ldtr);
	say_segment(call, "tr", &c->tr);
	monitor_say(call, "gdtr %016" PRIx64 " limit %04x  idtr %016" PRIx64 " limit %04x",
	    c->gdtr.base, c->gdtr.limit, c->idtr.base, c->idtr.limit);
}

static const char *
activity_name(const struct cpu *c)
{
	static const char *const name[] = {
		[ACT_RUN] = ", running", [ACT_HALT] = ", halted", [ACT_WAIT_SIPI] = ", waits for SIPI",
		[ACT_SHUTDOWN] = ", shut down"
	};

	return c->activity < ARRAY_SIZE(name) ? name[c->activity] : "";
}

static void
say_registers(struct monitor_call *call, const struct cpu *c)
{
	static const char *const gpr[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi",
		"rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };
	unsigned i;

	monitor_say(call, "cpu %u, %s mode, CPL %u%s", c->index, mode_name(c), c->cpl,
	    activity_name(c));
	for (i = 0; i < 16; i += 2)
		monitor_say(call, "%-4s %016" PRIx64 "  %-4s %016" PRIx64, gpr[i], c->gpr[i],
		    gpr[i + 1], c->gpr[i + 1]);
	monitor_say(call, "rip  %016" PRIx64 "  rflags %08" PRIx64, c->rip, rflags_get(c));
	say_segments(call, c);
	monitor_say(call, "cr0  %016" PRIx64 "  cr2  %016" PRIx64, c->cr0, c->cr2);
	monitor_say(call, "cr3  %016" PRIx64 "  cr4  %016" PRIx64, c->cr3, c->cr4);
	monitor_say(call, "efer %016" PRIx64 "  kernel_gs_base %016" PRIx64, c->efer,
	    c->kernel_gs_base);
	monitor_say(call, "dr0-3 %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " dr6 %" PRIx64
	    " dr7 %" PRIx64, c->dr[0], c->dr[1], c->dr[2], c->dr[3], c->dr[6], c->dr[7]);
}

void
monitor_do_info_registers(struct monitor_call *call)
{
	struct machine *m = call->mon->m;
	unsigned i;

	if (!*call->args)
		say_registers(call, monitor_cpu(call));
	else if (strcmp(call->args, "-a"))
		monitor_fail(call, "usage: info registers [-a]");
	else
		for (i = 0; i < machine_cpus(m); i++)
			say_registers(call, machine_cpu(m, i));
}

/* Near enough to read. */
static double
approximately(struct f80 f)
{
	double v = ldexp((double)f.mant, (f.se & 0x7fff) - 16383 - 63);

	return f.se & 0x8000 ? -v : v;
}

void
monitor_do_info_fpu(struct monitor_call *call)
{
	const struct cpu *c = monitor_cpu(call);
	unsigned i, top = c->x87.fsw >> 11 & 7;

	monitor_say(call, "fcw %04x fsw %04x ftw %04x  mxcsr %08x", c->x87.fcw, c->x87.fsw,
	    c->x87.ftw, c->mxcsr);
	for (i = 0; i < 8; i++) {
		struct f80 f = c->x87.reg[(top + i) & 7];

		monitor_say(call, "st%u   %04x %016" PRIx64 "  %.16g", i, f.se, f.mant,
		    approximately(f));
	}
	for (i = 0; i < 16; i++)
		monitor_say(call, "xmm%-2u %016" PRIx64 "%016" PRIx64, i, c->xmm[i].q[1],
		    c->xmm[i].q[0]);
}

void
monitor_do_info_cpus(struct monitor_call *call)
{
	const struct cpu *c;
	unsigned i;

	for (i = 0; i < machine_cpus(call->mon->m); i++) {
		c = machine_cpu(call->mon->m, i);
		monitor_say(call, "%c cpu %u: %s, %04x:%016" PRIx64 ", %s mode, CPL %u%s, cycle %"
		    PRIu64 " (idle %" PRIu64 "), %" PRIu64 " instructions",
		    i == call->mon->cpu ? '*' : ' ', i, c->model->name, c->seg[SEG_CS].sel, c->rip,
		    mode_name(c), c->cpl, activity_name(c), c->cycles, c->stats.halt_cycles,
		    c->insns);
	}
}

void
monitor_do_cpu(struct monitor_call *call)
{
	uint64_t n;

	if (!monitor_address(call, call->args, &n))
		return;
	if (n < machine_cpus(call->mon->m))
		call->mon->cpu = (unsigned)n;
	else
		monitor_fail(call, "there is no processor %" PRIu64 ": 0 to %u", n,
		    machine_cpus(call->mon->m) - 1);
}

/* --- devices --- */

/* Those whose names are name, or name and a number; how many. */
static unsigned
print_sections(struct monitor_call *call, const char *name)
{
	struct machine *m = call->mon->m;
	size_t len = strlen(name);
	unsigned i, n = 0;

	for (i = 0; i < machine_sections(m); i++) {
		const char *s = machine_section(m, i).name;

		if (strncmp(s, name, len) || s[len + strspn(s + len, "0123456789")])
			continue;
		machine_section_print(m, i, monitor_line, call);
		n++;
	}
	return n;
}

void
monitor_do_info_pic(struct monitor_call *call)
{
	machine_print_pic(call->mon->m, monitor_line, call);
}

void
monitor_do_info_lapic(struct monitor_call *call)
{
	unsigned i;

	for (i = 0; i < machine_cpus(call->mon->m); i++)
		machine_print_lapic(call->mon->m, i, monitor_line, call);
}

void
monitor_do_info_ioapic(struct monitor_call *call)
{
	machine_print_ioapic(call->mon->m, monitor_line, call);
}

void
monitor_do_info_devices(struct monitor_call *call)
{
	struct machine_section s;
	unsigned i;

	for (i = 0; i < machine_sections(call->mon->m); i++) {
		s = machine_section(call->mon->m, i);
		monitor_say(call, "%-16s version %u, %zu bytes", s.name, s.version, s.size);
	}
}

void
monitor_do_info_device(struct monitor_call *call)
{
	struct machine *m = call->mon->m;
	unsigned n = machine_sections(m), i;
	const char **names;

	if (print_sections(call, call->args))
		return;
	names = calloc(n + 1, sizeof(*names));
	for (i = 0; names && i < n; i++)
		names[i] = machine_section(m, i).name;
	monitor_fail(call, "unknown device '%s'%s%s%s", call->args,
	    names ? "; did you mean '" : "", names ? nearest_name(call->args, names) : "",
	    names ? "'?" : "");
	free(names);
}

void
monitor_do_info_mtree(struct monitor_call *call)
{
	machine_print_mtree(call->mon->m, monitor_line, call);
}

void
monitor_do_info_pci(struct monitor_call *call)
{
	machine_print_pci(call->mon->m, monitor_line, call);
}

void
monitor_do_info_block(struct monitor_call *call)
{
	machine_print_block(call->mon->m, monitor_line, call);
}

/* --- the run --- */

void
monitor_do_info_status(struct monitor_call *call)
{
	const struct monitor *mon = call->mon;
	const struct cpu *c = machine_cpu(mon->m, 0);
	const struct machine_tape *t = machine_tape(mon->m);
	const char *state = "running";

	if (mon->held && mon->held(mon->held_arg))
		state = "stopped by the debugger";
	else if (mon->stopped)
		state = "stopped";
	monitor_say(call, "%s%s, cycle %" PRIu64 ", %" PRIu64 " instructions", state,
	    mon->history && history_in_past(mon->history) ? ", in the past" :
	    t && t->playing ? ", replaying" : "", c->cycles, c->insns);
}

void
monitor_do_info_stats(struct monitor_call *call)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out) {
		monitor_fail(call, "out of memory");
		return;
	}
	stats_print(call->mon->m, monitor_seconds(call->mon), out);
	if (fclose(out) == 0)
		call->put(call->put_arg, text, n);
	free(text);
}

void
monitor_do_info_replay(struct monitor_call *call)
{
	const struct monitor *mon = call->mon;
	const struct machine_tape *t = machine_tape(mon->m);
	uint64_t next = mon->replay && t && t->playing ? t->next(t->arg) : ~(uint64_t)0;

	if (mon->record)
		monitor_say(call, "recording to %s", mon->record);
	else if (!mon->replay)
		monitor_say(call, "neither recording nor replaying");
	else if (next == ~(uint64_t)0)
		monitor_say(call, "replaying %s", mon->replay);
	else
		monitor_say(call, "replaying %s, the next input is of cycle %" PRIu64, mon->replay,
		    next);
}

static void
screen_line(void *arg, unsigned y, const char *text)
{
	(void)y;
	monitor_line(arg, text);
}

void
monitor_do_info_screen(struct monitor_call *call)
{
	if (!machine_screen_text(call->mon->m, screen_line, call))
		monitor_say(call, "no text: screendump FILE shows the picture");
}

void
monitor_do_info_history(struct monitor_call *call)
{
	const struct history *h = call->mon->history;

	if (!h) {
		monitor_fail(call, "history is not available");
		return;
	}
	monitor_say(call, "cycles %" PRIu64 " to %" PRIu64 ", now at %" PRIu64 "%s",
	    history_oldest(h), history_live(h), machine_cycles(call->mon->m),
	    history_in_past(h) ? ", in the past" : "");
}

void
monitor_do_info_snapshots(struct monitor_call *call)
{
	if (call->mon->snapshots)
		snapshots_list(call->mon->snapshots, monitor_line, call);
	else
		monitor_fail(call, "snapshots are not available");
}

void
monitor_do_info_version(struct monitor_call *call)
{
	monitor_say(call, "ringlab " RINGLAB_VERSION);
}
