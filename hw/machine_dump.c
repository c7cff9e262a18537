/*
 * hw/machine_dump.c - registers and position as JSON
 *
 * {version, position{timeline, cycle, vcpu}, cpus[...], ram_hash}.  Values of 64
 * bits and more are strings, "0x...".  Reading flags makes them explicit but
 * changes nothing.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cpu/flags.h"
#include "hw/machine_priv.h"

#define DUMP_VERSION	1

static void
dump_u64(FILE *out, const char *name, uint64_t v)
{
	fprintf(out, "\"%s\": \"0x%" PRIx64 "\", ", name, v);
}

static void
dump_gprs(FILE *out, const struct cpu *c)
{
	static const char *const name[16] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
	};
	unsigned i;

	fprintf(out, "\n      ");
	dump_u64(out, "rip", c->rip);
	for (i = 0; i < 16; i++)
		dump_u64(out, name[i], c->gpr[i]);
	dump_u64(out, "rflags", (c->rflags & ~(uint64_t)F_OSZAPC) | cc_flags(c));
}

static void
dump_controls(FILE *out, struct cpu *c)
{
	fprintf(out, "\n      ");
	dump_u64(out, "cr0", c->cr0);
	dump_u64(out, "cr2", c->cr2);
	dump_u64(out, "cr3", c->cr3);
	dump_u64(out, "cr4", c->cr4);
	dump_u64(out, "cr8", c->env.tpr_get ? c->env.tpr_get(c->env.arg) : 0);
	dump_u64(out, "efer", c->efer);
}

static void
dump_seg(FILE *out, const char *name, const struct seg *s, const char *end)
{
	fprintf(out, "\n        \"%s\": {\"sel\": %u, \"base\": \"0x%" PRIx64 "\", "
	    "\"limit\": %u, \"attr\": %u}%s", name, s->sel, s->base, s->limit,
	    s->attr, end);
}

static void
dump_segs(FILE *out, const struct cpu *c)
{
	static const char *const name[SEG_COUNT] = {
		"es", "cs", "ss", "ds", "fs", "gs"
	};
	unsigned i;

	fprintf(out, "\n      \"segs\": {");
	for (i = 0; i < SEG_COUNT; i++)
		dump_seg(out, name[i], &c->seg[i], ",");
	dump_seg(out, "ldtr", &c->ldtr, ",");
	dump_seg(out, "tr", &c->tr, ",");
	fprintf(out, "\n        \"gdtr\": {\"base\": \"0x%" PRIx64 "\", \"limit\": "
	    "%u},", c->gdtr.base, c->gdtr.limit);
	fprintf(out, "\n        \"idtr\": {\"base\": \"0x%" PRIx64 "\", \"limit\": "
	    "%u}\n      },", c->idtr.base, c->idtr.limit);
}

static void
dump_fpu(FILE *out, const struct cpu *c)
{
	unsigned i, top = c->x87.fsw >> 11 & 7;

	fprintf(out, "\n      \"fcw\": %u, \"fsw\": %u, \"ftw\": %u,\n      \"st\": [",
	    c->x87.fcw, c->x87.fsw, c->x87.ftw);
	for (i = 0; i < 8; i++) {
		const struct f80 *f = &c->x87.reg[(top + i) & 7];

		fprintf(out, "%s\"0x%04x%016" PRIx64 "\"", i ? ", " : "", f->se, f->mant);
	}
	fprintf(out, "],\n      \"mxcsr\": %u,\n      \"xmm\": [", c->mxcsr);
	for (i = 0; i < 16; i++)
		fprintf(out, "%s\"0x%016" PRIx64 "%016" PRIx64 "\"", i ? ", " : "",
		    c->xmm[i].q[1], c->xmm[i].q[0]);
	fprintf(out, "]\n    }");
}

bool
machine_dump_state(struct machine *m, FILE *out)
{
	char ram[33];
	unsigned i;

	hash_hex(physmem_hash(m->pm), ram);
	fprintf(out, "{\n  \"version\": %d,\n  \"position\": {\"timeline\": %" PRIu64
	    ", \"cycle\": \"0x%" PRIx64 "\", \"vcpu\": %u},\n  \"cpus\": [",
	    DUMP_VERSION, m->timeline, machine_cycles(m), m->cur->index);
	for (i = 0; i < m->cpus; i++) {
		fprintf(out, "%s\n    {", i ? "," : "");
		dump_gprs(out, m->cpu[i]);
		dump_controls(out, m->cpu[i]);
		dump_segs(out, m->cpu[i]);
		dump_fpu(out, m->cpu[i]);
	}
	fprintf(out, "\n  ],\n  \"ram_hash\": \"0x%s\"\n}\n", ram);
	return !ferror(out);
}
