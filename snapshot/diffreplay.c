/*
 * snapshot/diffreplay.c - where do two recorded runs part?
 */
#include "snapshot/diffreplay.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "cpu/cpu.h"
#include "cpu/flags.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "snapshot/history.h"
#include "snapshot/player.h"

/* Each machine's checkpoints; only the last few are needed. */
#define HISTORY_BYTES	((uint64_t)512 << 20)
#define SHOWN		16u

struct side {
	const char		*name;
	struct player		*p;
	struct machine_config	cfg;
	struct machine		*m;
	struct history		*h;
	uint64_t		end;	/* last cycle of the journal */
};

struct both {
	struct side	side[2];
	FILE		*out;
	struct log	*log;
};

/* --- set-up --- */

static bool
side_machine(struct side *s)
{
	int here = open(".", O_RDONLY | O_CLOEXEC);
	bool ok = chdir(player_dir(s->p)) == 0;

	/* A directory that is gone: names may be absolute. */
	s->m = machine_new(&s->cfg);
	if (ok && (here < 0 || fchdir(here) != 0))
		log_error(s->cfg.log, "cannot go back to the directory I came from");
	if (here >= 0)
		close(here);
	return s->m && player_attach(s->p, s->m);
}

static bool
side_init(struct side *s, const char *name, struct log *log)
{
	struct history_config how = { .every = MACHINE_HASH_EVERY, .memory = HISTORY_BYTES };

	s->name = name;
	s->p = player_new(name, log);
	machine_config_init(&s->cfg);
	if (!s->p || !player_config(s->p, &s->cfg))
		return false;
	if (player_goes_back(s->p)) {
		log_error(log, "%s: the run went back on its way; --diff-replay follows one "
		    "line of events only", name);
		return false;
	}
	s->cfg.log = log;
	s->cfg.pace = PACE_MAX;
	s->end = player_last_cycle(s->p);
	if (!side_machine(s))
		return false;
	s->h = history_new(s->m, &how);
	if (!s->h)
		log_error(log, "no memory for a history");
	return s->h;
}

static void
side_fini(struct side *s)
{
	history_free(s->h);
	player_free(s->p);
	machine_free(s->m);
}

/* --- comparing --- */

static bool
same_machine(const struct both *b)
{
	char *x = machine_describe(&b->side[0].cfg), *y = machine_describe(&b->side[1].cfg);
	char why[256] = "no memory";
	bool same = x && y && !machine_describe_diff(x, y, why, sizeof(why));

	if (!same)
		log_error(b->log, "%s and %s are of different machines: %s", b->side[0].name,
		    b->side[1].name, why);
	free(x);
	free(y);
	return same;
}

static bool
same_state(const struct both *b)
{
	struct machine *x = b->side[0].m, *y = b->side[1].m;
	struct hash128 h, k;

	if (machine_cycles(x) != machine_cycles(y))
		return false;
	h = machine_state_hash(x);
	k = machine_state_hash(y);
	return h.lo == k.lo && h.hi == k.hi;
}

/* Forward to cycle; false when a machine ended before. */
static bool
advance(struct both *b, uint64_t cycle)
{
	unsigned i;
	bool there = true;

	for (i = 0; i < 2; i++) {
		machine_run_apart(b->side[i].m, cycle);
		there = there && machine_cycles(b->side[i].m) >= cycle;
	}
	return there;
}

static bool
go_to(struct both *b, uint64_t cycle)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (history_goto(b->side[i].h, cycle)) {
			log_error(b->log, "%s: cycle %" PRIu64 " cannot be reached again",
			    b->side[i].name, cycle);
			return false;
		}
	return true;
}

static uint64_t
lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The last hash point at which they are equal into *same, the first at which
 * they are not into *other; false when they are the same throughout. */
static bool
find_interval(struct both *b, uint64_t *same, uint64_t *other)
{
	uint64_t end = lesser(b->side[0].end, b->side[1].end), at = 0;

	*same = 0;
	while (at < end) {
		at = lesser(at + MACHINE_HASH_EVERY, end);
		if (!advance(b, at) || !same_state(b)) {
			*other = at;
			return true;
		}
		*same = machine_cycles(b->side[0].m);
	}
	return false;
}

/* Halves (*same, *other] until nothing is between them. */
static bool
find_instruction(struct both *b, uint64_t *same, uint64_t *other)
{
	uint64_t mid;

	while (*other - *same > 1) {
		mid = *same + (*other - *same) / 2;
		if (!go_to(b, mid))
			return false;
		if (!same_state(b))
			*other = mid;
		else if (machine_cycles(b->side[0].m) >= *other)
			*other = mid;	/* one instruction spans the rest */
		else
			*same = machine_cycles(b->side[0].m);
	}
	return true;
}

/* --- telling --- */

static void
tell_instruction(const struct both *b)
{
	struct machine *m = b->side[0].m;
	struct cpu *c = machine_cpu(m, machine_position_now(m).vcpu);
	char text[128] = "(not readable)";
	uint8_t bytes[15];
	struct insn in;
	size_t n = mmu_peek_bytes(&c->mmu, c->seg[SEG_CS].base + c->rip, bytes, sizeof(bytes));

	if (decode(bytes, (unsigned)n, mode_decode(c->mode), &c->features, &in) == DEC_OK)
		disasm(&in, mode_decode(c->mode), c->rip, text, sizeof(text));
	fprintf(b->out, "the same up to cycle %" PRIu64 "; next is %04x:%" PRIx64 "  %s\n",
	    machine_cycles(m), c->seg[SEG_CS].sel, c->rip, text);
}

static void
tell_value(const struct both *b, const char *name, uint64_t x, uint64_t y)
{
	fprintf(b->out, "%c %-8s %016" PRIx64 "  %016" PRIx64 "\n", x == y ? ' ' : '*', name,
	    x, y);
}

static uint64_t
flags_of(const struct cpu *c)
{
	return (c->rflags & ~(uint64_t)F_OSZAPC) | cc_flags(c);
}

static void
tell_registers(const struct both *b)
{
	static const char name[16][4] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi",
		"rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };
	const struct cpu *x = machine_cpu(b->side[0].m, 0), *y = machine_cpu(b->side[1].m, 0);
	unsigned i;

	fprintf(b->out, "after it:  %-16s  %s\n", b->side[0].name, b->side[1].name);
	tell_value(b, "cycle", x->cycles, y->cycles);
	tell_value(b, "rip", x->rip, y->rip);
	tell_value(b, "rflags", flags_of(x), flags_of(y));
	for (i = 0; i < 16; i++)
		tell_value(b, name[i], x->gpr[i], y->gpr[i]);
}

static bool
section_diff(const struct both *b, unsigned i, char *buf, size_t n)
{
	size_t size = machine_section(b->side[0].m, i).size;
	uint8_t *x = malloc(size + 1), *y = malloc(size + 1);
	bool differ = false;

	if (x && y) {
		machine_section_save(b->side[0].m, i, x);
		machine_section_save(b->side[1].m, i, y);
		differ = machine_section_diff(b->side[0].m, i, x, y, buf, n);
	}
	free(x);
	free(y);
	return differ;
}

/* The first difference of each section; 0 is the machine's own. */
static void
tell_sections(const struct both *b)
{
	unsigned i, shown = 0;
	char text[256];

	for (i = 1; i < machine_sections(b->side[0].m) && shown < SHOWN; i++)
		if (section_diff(b, i, text, sizeof(text))) {
			fprintf(b->out, "* %s\n", text);
			shown++;
		}
}

static void
tell_pages(const struct both *b)
{
	struct physmem *x = machine_memory(b->side[0].m), *y = machine_memory(b->side[1].m);
	unsigned shown = 0;
	uint32_t id;

	for (id = 0; id < physmem_pages(x) && shown < SHOWN; id++) {
		if ((physmem_blank(x, id) && physmem_blank(y, id)) ||
		    !memcmp(physmem_host(x, id), physmem_host(y, id), PAGE_SIZE))
			continue;
		fprintf(b->out, "* memory: page 0x%x\n", id);
		shown++;
	}
}

static bool
same_input(const struct player_input *x, const struct player_input *y)
{
	return x->cycle == y->cycle && x->source == y->source && x->n == y->n &&
	    !memcmp(x->payload, y->payload, x->n);
}

static void
tell_input(const struct both *b, const char *name, bool there, const struct player_input *in)
{
	static const char *const source[INPUT_SOURCES] = { [INPUT_SERIAL0] = "serial port 0",
		[INPUT_SERIAL1] = "serial port 1", [INPUT_KEY] = "keyboard",
		[INPUT_MOUSE] = "mouse", [INPUT_POWER] = "power button",
		[INPUT_RESET] = "reset button", [INPUT_NET0] = "network card 0",
		[INPUT_NET1] = "network card 1", [INPUT_NET2] = "network card 2",
		[INPUT_NET3] = "network card 3",
		[INPUT_BALLOON] = "balloon", [INPUT_CONSOLE] = "console" };
	size_t i;

	fprintf(b->out, "  %s: ", name);
	if (!there) {
		fprintf(b->out, "no more\n");
		return;
	}
	fprintf(b->out, "cycle %" PRIu64 ", %s:", in->cycle,
	    in->source < INPUT_SOURCES && source[in->source] ? source[in->source] : "?");
	for (i = 0; i < in->n && i < SHOWN; i++)
		fprintf(b->out, " %02x", in->payload[i]);
	fprintf(b->out, "%s\n", in->n > SHOWN ? " ..." : "");
}

/* The first input that is not the same in both journals, if it came by then. */
static void
tell_inputs(const struct both *b, uint64_t by)
{
	struct player_input x = { 0 }, y = { 0 };
	bool in_x = true, in_y = true;
	size_t i;

	for (i = 0; in_x && in_y; i++) {
		in_x = player_input(b->side[0].p, i, &x);
		in_y = player_input(b->side[1].p, i, &y);
		if (!in_x || !in_y || !same_input(&x, &y))
			break;
	}
	if ((!in_x || x.cycle > by) && (!in_y || y.cycle > by))
		return;
	fprintf(b->out, "input %zu is not the same:\n", i);
	tell_input(b, b->side[0].name, in_x, &x);
	tell_input(b, b->side[1].name, in_y, &y);
}

static bool
tell(struct both *b, uint64_t same, uint64_t other)
{
	if (!go_to(b, same))
		return false;
	tell_instruction(b);
	tell_inputs(b, other);
	if (!go_to(b, other))
		return false;
	tell_registers(b);
	tell_sections(b);
	tell_pages(b);
	return true;
}

/* --- all of it --- */

static enum diffreplay_verdict
compare(struct both *b)
{
	uint64_t same, other;

	if (!find_interval(b, &same, &other)) {
		if (b->side[0].end == b->side[1].end) {
			fprintf(b->out, "the same run: %" PRIu64 " cycles\n", b->side[0].end);
			return DIFFREPLAY_SAME;
		}
		fprintf(b->out, "the same up to cycle %" PRIu64 ", where the shorter journal "
		    "ends\n", lesser(b->side[0].end, b->side[1].end));
		return DIFFREPLAY_DIFFERENT;
	}
	if (!find_instruction(b, &same, &other) || !tell(b, same, other))
		return DIFFREPLAY_FAILED;
	return DIFFREPLAY_DIFFERENT;
}

enum diffreplay_verdict
diffreplay(const char *a, const char *b, FILE *out, struct log *log)
{
	struct both x = { .out = out, .log = log };
	enum diffreplay_verdict v = DIFFREPLAY_FAILED;

	if (side_init(&x.side[0], a, log) && side_init(&x.side[1], b, log) && same_machine(&x))
		v = compare(&x);
	side_fini(&x.side[1]);
	side_fini(&x.side[0]);
	return v;
}
