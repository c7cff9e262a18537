/*
 * ui/trace.c - what the processor does, as lines in a file
 */
#include "ui/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/census.h"
#include "cpu/svm.h"
#include "cpu/trace.h"
#include "ui/options.h"

enum { EV_INSN = 1, EV_EXC = 2, EV_INT = 4, EV_IO = 8, EV_WALK = 16, EV_SVM = 32, EV_ALL = 63,
	EV_COUNT = 64 };

struct trace {
	struct machine		*m;
	FILE			*out;
	char			*file;
	struct cpu_trace	hooks;
	struct census		*census;	/* events=count, or NULL */
	unsigned		events;
};

static void
trace_at(struct trace *t, const struct cpu *c, const char *what)
{
	fprintf(t->out, "%" PRIu64 " %s", c->cycles, what);
}

static void
trace_rip(struct trace *t, const struct cpu *c)
{
	fprintf(t->out, " at %04x:%" PRIx64, c->seg[SEG_CS].sel, c->rip);
}

static void
trace_insn(void *arg, struct cpu *c, const struct insn *in)
{
	struct trace *t = arg;
	char text[128];

	disasm(in, mode_decode(c->mode), c->rip, text, sizeof(text));
	trace_at(t, c, "insn");
	fprintf(t->out, " %04x:%" PRIx64 " %s\n", c->seg[SEG_CS].sel, c->rip, text);
}

static void
trace_exception(void *arg, struct cpu *c, const struct cpu_fault *f)
{
	struct trace *t = arg;

	trace_at(t, c, "exc");
	fprintf(t->out, " %u", f->vector);
	if (f->has_error)
		fprintf(t->out, " error %x", f->error);
	trace_rip(t, c);
	if (f->vector == EXC_PF)
		fprintf(t->out, " cr2 %" PRIx64, f->cr2);
	fputc('\n', t->out);
}

/* With events=count. */
static void
count_insn(void *arg, struct cpu *c, const struct insn *in)
{
	struct trace *t = arg;
	struct cpu_trace *h = census_hooks(t->census);

	h->insn(h->arg, c, in);
	if (t->events & EV_INSN)
		trace_insn(t, c, in);
}

static void
count_exception(void *arg, struct cpu *c, const struct cpu_fault *f)
{
	struct trace *t = arg;
	struct cpu_trace *h = census_hooks(t->census);

	h->exception(h->arg, c, f);
	if (t->events & EV_EXC)
		trace_exception(t, c, f);
}

static void
print_line(void *arg, const char *text)
{
	fprintf(arg, "%s\n", text);
}

static void
trace_interrupt(void *arg, struct cpu *c, unsigned vector)
{
	struct trace *t = arg;

	trace_at(t, c, "int");
	fprintf(t->out, " %02x", vector);
	trace_rip(t, c);
	fputc('\n', t->out);
}

static void
trace_io(void *arg, struct cpu *c, uint16_t port, unsigned size, bool write,
    uint64_t v)
{
	struct trace *t = arg;

	trace_at(t, c, write ? "out" : "in");
	fprintf(t->out, " %03x %u %" PRIx64, port, size, v);
	trace_rip(t, c);
	fputc('\n', t->out);
}

static void
trace_walk(void *arg, const struct walk_req *req, const struct walk_res *res,
    const struct walk_fault *fault, const struct walk_refs *refs)
{
	struct trace *t = arg;
	unsigned i, n = 0;

	for (i = 0; i < 5; i++)
		n += refs->n[0][i] + refs->n[1][i];
	fprintf(t->out, "%" PRIu64 " walk %" PRIx64 " %c%c", machine_cycles(t->m),
	    req->va, req->acc & ACC_W ? 'w' : req->acc & ACC_X ? 'x' : 'r',
	    req->acc & ACC_USER ? 'u' : 's');
	if (res)
		fprintf(t->out, " -> %" PRIx64 " %uK refs %u\n", res->hpa,
		    1u << (res->page_shift - 10), n);
	else
		fprintf(t->out, " fault %x refs %u\n", fault->error_code, n);
}

/* World switches: where the guest begins, and where it stopped. */
static void
trace_vmrun(void *arg, struct cpu *c)
{
	struct trace *t = arg;

	trace_at(t, c, "vmrun");
	fprintf(t->out, " vmcb %" PRIx64 " asid %u%s", c->svm.vmcb_pa, c->svm.asid,
	    c->mmu.nested ? " nested" : "");
	trace_rip(t, c);
	fputc('\n', t->out);
}

static void
trace_vmexit(void *arg, struct cpu *c, uint64_t code)
{
	struct trace *t = arg;
	char name[SVM_NAME];

	trace_at(t, c, "vmexit");
	fprintf(t->out, " %s", svm_exit_name(code, name));
	if (code != EXIT_INVALID) {
		fprintf(t->out, " %" PRIx64 " %" PRIx64, c->svm.exit.info1, c->svm.exit.info2);
		if (c->svm.event)
			fprintf(t->out, " event %" PRIx64, c->svm.event);
	}
	trace_rip(t, c);
	fputc('\n', t->out);
}

/* --- set-up --- */

static bool
add_event(unsigned *events, const char *name)
{
	static const char *const known[] = {
		"insn", "exc", "int", "io", "walk", "svm", "all", "count", NULL
	};
	static const uint8_t bit[] = { EV_INSN, EV_EXC, EV_INT, EV_IO, EV_WALK, EV_SVM,
		EV_ALL, EV_COUNT };
	unsigned i;

	for (i = 0; known[i]; i++) {
		if (!strcmp(known[i], name)) {
			*events |= bit[i];
			return true;
		}
	}
	return option_unknown("trace event", name, known);
}

/* Names separated by a comma, plus or colon. */
static bool
parse_events(char *list, unsigned *events)
{
	char *save, *name;

	*events = 0;
	for (name = strtok_r(list, ",+:", &save); name;
	    name = strtok_r(NULL, ",+:", &save))
		if (!add_event(events, name))
			return false;
	return *events || option_bad("--trace", "events=", "no event is named");
}

static void
trace_install(struct trace *t, unsigned events)
{
	unsigned i;

	t->events = events;
	t->hooks = (struct cpu_trace){
		.arg = t,
		.insn = events & EV_INSN ? trace_insn : NULL,
		.exception = events & EV_EXC ? trace_exception : NULL,
		.interrupt = events & EV_INT ? trace_interrupt : NULL,
		.io = events & EV_IO ? trace_io : NULL,
		.vmrun = events & EV_SVM ? trace_vmrun : NULL,
		.vmexit = events & EV_SVM ? trace_vmexit : NULL,
	};
	if (t->census) {
		t->hooks.insn = count_insn;
		t->hooks.exception = count_exception;
	}
	machine_set_trace(t->m, &t->hooks);
	for (i = 0; i < machine_cpus(t->m) && (events & EV_WALK); i++) {
		machine_cpu(t->m, i)->mmu.on_walk = trace_walk;
		machine_cpu(t->m, i)->mmu.on_walk_arg = t;
	}
}

static void
trace_free(struct trace *t)
{
	census_free(t->census);
	free(t->file);
	free(t);
}

struct trace *
trace_open(struct machine *m, const char *spec)
{
	struct trace *t = calloc(1, sizeof(*t));
	unsigned events = EV_ALL;
	char *list;

	if (!t || !(t->file = strdup(spec))) {
		free(t);
		option_bad("--trace", spec, strerror(ENOMEM));
		return NULL;
	}
	t->m = m;
	list = strstr(t->file, ",events=");
	if (list) {
		*list = '\0';
		list += strlen(",events=");
	}
	if (list && !parse_events(list, &events)) {
		trace_free(t);
		return NULL;
	}
	t->out = events & EV_COUNT && !(t->census = census_new()) ? NULL : fopen(t->file, "w");
	if (!t->out) {
		option_bad("--trace", t->file, strerror(errno));
		trace_free(t);
		return NULL;
	}
	trace_install(t, events);
	return t;
}

bool
trace_close(struct trace *t)
{
	bool ok;

	if (!t)
		return true;
	machine_set_trace(t->m, NULL);
	if (t->census)
		census_print(t->census, print_line, t->out);
	ok = !ferror(t->out);
	if (fclose(t->out) != 0)
		ok = false;
	if (!ok)
		option_bad("--trace", t->file, "cannot write");
	trace_free(t);
	return ok;
}
