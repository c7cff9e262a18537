/*
 * ui/gdb_regs.c - registers and target descriptions
 *
 * A processor with long mode is described as i386:x86-64 whatever mode it is
 * in: gdb asks for the description once, when it connects.  Registers come in
 * the order of the table, which is their numbering.  "Debugging with GDB",
 * appendix G "Target Descriptions", section G.5.6 "i386 Features".  The bases
 * of segments are there because gdb has no notion of them: in 16-bit code the
 * instruction is at $cs_base + $eip.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/flags.h"
#include "cpu/regs.h"
#include "cpu/system.h"
#include "cpu/x87.h"
#include "ui/gdb_priv.h"

enum reg_kind {
	R_GPR, R_IP, R_FLAGS, R_SEL, R_ST, R_FCTRL, R_FSTAT, R_FTAG, R_FISEG, R_FIOFF,
	R_FOSEG, R_FOOFF, R_FOP, R_XMM, R_MXCSR, R_BASE, R_KERNEL_GS, R_CR, R_EFER
};

struct reg {
	const char	*name;
	uint8_t		bits;
	uint8_t		kind;
	uint8_t		index;
	const char	*type;
	const char	*group;		/* NULL: general */
	const char	*feature;	/* the first register of one */
};

#define CORE	"org.gnu.gdb.i386.core"
#define SSE	"org.gnu.gdb.i386.sse"
#define SEGS	"org.gnu.gdb.i386.segments"
#define SYSTEM	"org.ringlab.i386.system"

#define GPR64(n, i)	{ n, 64, R_GPR, i, "int64", NULL, NULL }
#define PTR64(n, i)	{ n, 64, R_GPR, i, "data_ptr", NULL, NULL }
#define GPR32(n, i)	{ n, 32, R_GPR, i, "int32", NULL, NULL }
#define PTR32(n, i)	{ n, 32, R_GPR, i, "data_ptr", NULL, NULL }
#define SEL(n, i)	{ n, 32, R_SEL, i, "int32", NULL, NULL }
#define ST(n, i)	{ n, 80, R_ST, i, "i387_ext", NULL, NULL }
#define FPC(n, k)	{ n, 32, k, 0, "int", "float", NULL }
#define XMM(n, i)	{ n, 128, R_XMM, i, "vec128", NULL, NULL }
#define BASE(n, w, i)	{ n, w, R_BASE, i, "uint" #w, "system", NULL }
#define CR(n, w, i, t)	{ n, w, R_CR, i, t, "system", NULL }

#define SELECTORS \
	SEL("cs", SEG_CS), SEL("ss", SEG_SS), SEL("ds", SEG_DS), SEL("es", SEG_ES), \
	SEL("fs", SEG_FS), SEL("gs", SEG_GS)
#define X87_REGS \
	ST("st0", 0), ST("st1", 1), ST("st2", 2), ST("st3", 3), ST("st4", 4), ST("st5", 5), \
	ST("st6", 6), ST("st7", 7), FPC("fctrl", R_FCTRL), FPC("fstat", R_FSTAT), \
	FPC("ftag", R_FTAG), FPC("fiseg", R_FISEG), FPC("fioff", R_FIOFF), \
	FPC("foseg", R_FOSEG), FPC("fooff", R_FOOFF), FPC("fop", R_FOP)
#define XMM_LOW \
	{ "xmm0", 128, R_XMM, 0, "vec128", NULL, SSE }, XMM("xmm1", 1), XMM("xmm2", 2), \
	XMM("xmm3", 3), XMM("xmm4", 4), XMM("xmm5", 5), XMM("xmm6", 6), XMM("xmm7", 7)
#define MXCSR	{ "mxcsr", 32, R_MXCSR, 0, "i386_mxcsr", "vector", NULL }

static const struct reg regs64[] = {
	{ "rax", 64, R_GPR, RAX, "int64", NULL, CORE },
	GPR64("rbx", RBX), GPR64("rcx", RCX), GPR64("rdx", RDX), GPR64("rsi", RSI),
	GPR64("rdi", RDI), PTR64("rbp", RBP), PTR64("rsp", RSP), GPR64("r8", 8),
	GPR64("r9", 9), GPR64("r10", 10), GPR64("r11", 11), GPR64("r12", 12),
	GPR64("r13", 13), GPR64("r14", 14), GPR64("r15", 15),
	{ "rip", 64, R_IP, 0, "code_ptr", NULL, NULL },
	{ "eflags", 32, R_FLAGS, 0, "i386_eflags", NULL, NULL },
	SELECTORS, X87_REGS, XMM_LOW,
	XMM("xmm8", 8), XMM("xmm9", 9), XMM("xmm10", 10), XMM("xmm11", 11), XMM("xmm12", 12),
	XMM("xmm13", 13), XMM("xmm14", 14), XMM("xmm15", 15), MXCSR,
	{ "fs_base", 64, R_BASE, SEG_FS, "int64", NULL, SEGS },
	{ "gs_base", 64, R_BASE, SEG_GS, "int64", NULL, NULL },
	{ "k_gs_base", 64, R_KERNEL_GS, 0, "int64", "system", SYSTEM },
	CR("cr0", 64, 0, "cr0_bits"), CR("cr2", 64, 2, "int64"), CR("cr3", 64, 3, "int64"),
	CR("cr4", 64, 4, "cr4_bits"), CR("cr8", 64, 8, "int64"),
	{ "efer", 64, R_EFER, 0, "efer_bits", "system", NULL },
	BASE("cs_base", 64, SEG_CS), BASE("ss_base", 64, SEG_SS), BASE("ds_base", 64, SEG_DS),
	BASE("es_base", 64, SEG_ES),
};

static const struct reg regs32[] = {
	{ "eax", 32, R_GPR, RAX, "int32", NULL, CORE },
	GPR32("ecx", RCX), GPR32("edx", RDX), GPR32("ebx", RBX), PTR32("esp", RSP),
	PTR32("ebp", RBP), GPR32("esi", RSI), GPR32("edi", RDI),
	{ "eip", 32, R_IP, 0, "code_ptr", NULL, NULL },
	{ "eflags", 32, R_FLAGS, 0, "i386_eflags", NULL, NULL },
	SELECTORS, X87_REGS, XMM_LOW, MXCSR,
	{ "cr0", 32, R_CR, 0, "cr0_bits", "system", SYSTEM },
	CR("cr2", 32, 2, "int32"), CR("cr3", 32, 3, "int32"), CR("cr4", 32, 4, "cr4_bits"),
	BASE("cs_base", 32, SEG_CS), BASE("ss_base", 32, SEG_SS), BASE("ds_base", 32, SEG_DS),
	BASE("es_base", 32, SEG_ES), BASE("fs_base", 32, SEG_FS), BASE("gs_base", 32, SEG_GS),
};

static enum gdb_description
description_of(struct gdb *g)
{
	if (g->description != DESC_AUTO)
		return g->description;
	return feat_has(&gdb_cpu(g)->features, FEAT_LM) ? DESC_64 : DESC_32;
}

static const struct reg *
table_of(struct gdb *g, unsigned *n)
{
	bool wide = description_of(g) == DESC_64;

	*n = wide ? ARRAY_SIZE(regs64) : ARRAY_SIZE(regs32);
	return wide ? regs64 : regs32;
}

static const struct reg *
reg_of(struct gdb *g, unsigned i)
{
	unsigned n;
	const struct reg *table = table_of(g, &n);

	return i < n ? &table[i] : NULL;
}

unsigned
gdb_reg_count(struct gdb *g)
{
	unsigned n;

	(void)table_of(g, &n);
	return n;
}

unsigned
gdb_reg_size(struct gdb *g, unsigned i)
{
	const struct reg *r = reg_of(g, i);

	return r ? r->bits / 8u : 0;
}

/* --- reading --- */

static uint64_t
x87_value(const struct x87 *x, enum reg_kind kind)
{
	switch (kind) {
	case R_FCTRL: return x->fcw;
	case R_FSTAT: return x->fsw;
	case R_FTAG: return x87_full_tags(x);
	case R_FISEG: return x->fcs;
	case R_FIOFF: return x->fip;
	case R_FOSEG: return x->fds;
	case R_FOOFF: return x->fdp;
	default: return x->fop;
	}
}

static uint64_t
cr_value(struct cpu *c, unsigned cr)
{
	struct cpu_fault saved = c->fault;
	uint64_t v = 0;

	if (!cr_read(c, cr, &v))
		c->fault = saved;
	return v;
}

static uint64_t
reg_value(struct cpu *c, const struct reg *r)
{
	switch ((enum reg_kind)r->kind) {
	case R_GPR: return c->gpr[r->index];
	case R_IP: return c->rip;
	case R_FLAGS: return rflags_get(c);
	case R_SEL: return c->seg[r->index].sel;
	case R_MXCSR: return c->mxcsr;
	case R_BASE: return c->seg[r->index].base;
	case R_KERNEL_GS: return c->kernel_gs_base;
	case R_CR: return cr_value(c, r->index);
	case R_EFER: return c->efer;
	default: return x87_value(&c->x87, r->kind);
	}
}

unsigned
gdb_reg_get(struct gdb *g, unsigned i, uint8_t out[GDB_REG_MAX])
{
	const struct reg *r = reg_of(g, i);
	struct cpu *c = gdb_cpu(g);
	struct f80 st;

	if (!r)
		return 0;
	memset(out, 0, GDB_REG_MAX);
	if (r->kind == R_XMM) {
		memcpy(out, c->xmm[r->index].b, 16);
	} else if (r->kind == R_ST) {
		st = x87_get(&c->x87, r->index);
		put_le64(out, st.mant);
		put_le16(out + 8, st.se);
	} else {
		put_le64(out, reg_value(c, r));
	}
	return r->bits / 8u;
}

/* --- writing --- */

#define FLAGS_SETTABLE	0x3d7fd5u	/* neither VM nor the fixed bits */

/* A processor asleep would never come to where the client sends it. */
static bool
set_ip(struct cpu *c, uint64_t v, unsigned bits)
{
	if (bits == 64 && !is_canonical(v))
		return false;
	if (v == c->rip)
		return true;
	c->rip = v;
	c->rep_active = false;
	if (c->activity == ACT_HALT)
		c->activity = ACT_RUN;
	return true;
}

/* In protected mode the code segment only moves by a transfer. */
static bool
set_selector(struct cpu *c, unsigned seg, uint64_t sel)
{
	if (sel == c->seg[seg].sel)
		return true;
	if (sel > 0xffff)
		return false;
	if (!(c->cr0 & CR0_PE) || (c->rflags & F_VM)) {
		seg_load_real(c, seg, (uint16_t)sel);
		cpu_mode_update(c);
		return true;
	}
	return seg != SEG_CS && seg_load(c, seg, (uint16_t)sel);
}

static bool
set_base(struct cpu *c, unsigned seg, uint64_t v)
{
	if (!is_canonical(v))
		return false;
	c->seg[seg].base = v;
	cpu_mode_update(c);
	return true;
}

static bool
set_mxcsr(struct cpu *c, uint64_t v)
{
	if (v & ~(uint64_t)0xffff)
		return false;
	c->mxcsr = (uint32_t)v;
	return true;
}

static bool
set_x87(struct cpu *c, enum reg_kind kind, uint64_t v)
{
	struct x87 *x = &c->x87;

	switch (kind) {
	case R_FCTRL: x->fcw = x87_fcw_legal((uint16_t)v); break;
	case R_FSTAT: x->fsw = (uint16_t)v; break;
	case R_FTAG: x87_set_tags(x, (uint16_t)v); break;
	case R_FISEG: x->fcs = (uint16_t)v; break;
	case R_FIOFF: x->fip = v; break;
	case R_FOSEG: x->fds = (uint16_t)v; break;
	case R_FOOFF: x->fdp = v; break;
	default: x->fop = v & 0x7ff; break;
	}
	x87_update_es(c);
	return true;
}

static bool
reg_store(struct cpu *c, const struct reg *r, uint64_t v)
{
	switch ((enum reg_kind)r->kind) {
	case R_GPR: c->gpr[r->index] = v; return true;
	case R_IP: return set_ip(c, v, r->bits);
	case R_FLAGS:
		rflags_set(c, (rflags_get(c) & ~(uint64_t)FLAGS_SETTABLE) | (v & FLAGS_SETTABLE));
		return true;
	case R_SEL: return set_selector(c, r->index, v);
	case R_MXCSR: return set_mxcsr(c, v);
	case R_BASE: return set_base(c, r->index, v);
	case R_KERNEL_GS:
		c->kernel_gs_base = v;
		return is_canonical(v);
	case R_CR: return v == cr_value(c, r->index) || cr_write(c, r->index, v);
	case R_EFER: return efer_write(c, v);
	default: return set_x87(c, r->kind, v);
	}
}

/* What the processor refuses raises no exception in the guest, and nothing the
 * client does takes time. */
bool
gdb_reg_set(struct gdb *g, unsigned i, const uint8_t in[GDB_REG_MAX])
{
	const struct reg *r = reg_of(g, i);
	struct cpu *c = gdb_cpu(g);
	struct cpu_fault fault = c->fault;
	uint64_t charge = c->charge, walks = c->mmu.charge, v = 0;
	bool ok;

	if (!r || machine_sealed(g->m))
		return false;
	if (r->kind == R_XMM) {
		memcpy(c->xmm[r->index].b, in, 16);
		return true;
	}
	if (r->kind == R_ST) {
		c->x87.reg[x87_phys(&c->x87, r->index)] =
		    (struct f80){ .mant = get_le64(in), .se = get_le16(in + 8) };
		return true;
	}
	memcpy(&v, in, r->bits / 8u);
	ok = reg_store(c, r, v);
	c->fault = fault;
	c->charge = charge;
	c->mmu.charge = walks;
	return ok;
}

/* --- descriptions --- */

struct bit_name {
	const char	*name;
	uint8_t		bit;
};

static const struct bit_name eflags_bits[] = {
	{ "CF", 0 }, { "", 1 }, { "PF", 2 }, { "AF", 4 }, { "ZF", 6 }, { "SF", 7 }, { "TF", 8 },
	{ "IF", 9 }, { "DF", 10 }, { "OF", 11 }, { "NT", 14 }, { "RF", 16 }, { "VM", 17 },
	{ "AC", 18 }, { "VIF", 19 }, { "VIP", 20 }, { "ID", 21 }, { NULL, 0 }
};
static const struct bit_name mxcsr_bits[] = {
	{ "IE", 0 }, { "DE", 1 }, { "ZE", 2 }, { "OE", 3 }, { "UE", 4 }, { "PE", 5 },
	{ "DAZ", 6 }, { "IM", 7 }, { "DM", 8 }, { "ZM", 9 }, { "OM", 10 }, { "UM", 11 },
	{ "PM", 12 }, { "FZ", 15 }, { NULL, 0 }
};
static const struct bit_name cr0_bits[] = {
	{ "PE", 0 }, { "MP", 1 }, { "EM", 2 }, { "TS", 3 }, { "ET", 4 }, { "NE", 5 },
	{ "WP", 16 }, { "AM", 18 }, { "NW", 29 }, { "CD", 30 }, { "PG", 31 }, { NULL, 0 }
};
static const struct bit_name cr4_bits[] = {
	{ "VME", 0 }, { "PVI", 1 }, { "TSD", 2 }, { "DE", 3 }, { "PSE", 4 }, { "PAE", 5 },
	{ "MCE", 6 }, { "PGE", 7 }, { "PCE", 8 }, { "OSFXSR", 9 }, { "OSXMMEXCPT", 10 },
	{ "UMIP", 11 }, { "FSGSBASE", 16 }, { "PCIDE", 17 }, { "OSXSAVE", 18 },
	{ "SMEP", 20 }, { "SMAP", 21 }, { NULL, 0 }
};
static const struct bit_name efer_bits[] = {
	{ "SCE", 0 }, { "LME", 8 }, { "LMA", 10 }, { "NXE", 11 }, { "SVME", 12 },
	{ "FFXSR", 14 }, { NULL, 0 }
};

static void
put_flags(FILE *out, const char *id, unsigned size, const struct bit_name *b)
{
	fprintf(out, "<flags id=\"%s\" size=\"%u\">", id, size);
	for (; b->name; b++)
		fprintf(out, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>", b->name, b->bit,
		    b->bit);
	fprintf(out, "</flags>");
}

static void
put_vectors(FILE *out)
{
	static const struct {
		const char	*id, *type;
		unsigned	count;
	} v[] = {
		{ "v4_float", "ieee_single", 4 }, { "v2_double", "ieee_double", 2 },
		{ "v16_int8", "int8", 16 }, { "v8_int16", "int16", 8 },
		{ "v4_int32", "int32", 4 }, { "v2_int64", "int64", 2 },
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		fprintf(out, "<vector id=\"%s\" type=\"%s\" count=\"%u\"/>", v[i].id, v[i].type,
		    v[i].count);
	fprintf(out, "<union id=\"vec128\">");
	for (i = 0; i < ARRAY_SIZE(v); i++)
		fprintf(out, "<field name=\"%s\" type=\"%s\"/>", v[i].id, v[i].id);
	fprintf(out, "<field name=\"uint128\" type=\"uint128\"/></union>");
}

static void
put_types(FILE *out, const char *feature, unsigned word)
{
	if (!strcmp(feature, CORE)) {
		put_flags(out, "i386_eflags", 4, eflags_bits);
	} else if (!strcmp(feature, SSE)) {
		put_vectors(out);
		put_flags(out, "i386_mxcsr", 4, mxcsr_bits);
	} else if (!strcmp(feature, SYSTEM)) {
		put_flags(out, "cr0_bits", word, cr0_bits);
		put_flags(out, "cr4_bits", word, cr4_bits);
		put_flags(out, "efer_bits", word, efer_bits);
	}
}

static void
put_description(struct gdb *g, FILE *out)
{
	static const char *const architecture[] = {
		[DESC_16] = "i8086", [DESC_32] = "i386", [DESC_64] = "i386:x86-64"
	};
	enum gdb_description d = description_of(g);
	unsigned i, n, word = d == DESC_64 ? 8 : 4;
	const struct reg *r = table_of(g, &n);

	fprintf(out, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
	    "<target version=\"1.0\"><architecture>%s</architecture>", architecture[d]);
	for (i = 0; i < n; i++, r++) {
		if (r->feature) {
			fprintf(out, "%s<feature name=\"%s\">", i ? "</feature>" : "", r->feature);
			put_types(out, r->feature, word);
		}
		fprintf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"", r->name, r->bits,
		    r->type);
		if (r->group)
			fprintf(out, " group=\"%s\"", r->group);
		fprintf(out, " regnum=\"%u\"/>", i);
	}
	fprintf(out, "</feature></target>");
}

char *
gdb_description(struct gdb *g)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_description(g, out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
