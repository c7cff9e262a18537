/*
 * cpu/io.c - IN, OUT, INS, OUTS
 *
 * A device sees the time at which the instruction (for REP: the iteration)
 * began.  AMD APM vol 2 §12.2.4 "TSS Descriptor", "I/O-Permission Bitmap".
 */
#include "cpu/exec_priv.h"
#include "cpu/svm.h"
#include "cpu/system_priv.h"

/*
 * CPL <= IOPL outside virtual-8086 mode is enough; else every bit of the
 * port's bytes in the TSS's bitmap must be clear.  The processor reads two
 * bytes, so the limit must cover both.
 */
bool
io_allowed(struct cpu *c, uint16_t port, unsigned size)
{
	uint64_t base, bits;

	if (!(c->mode & MK_PE) || (!(c->rflags & F_VM) && c->cpl <= iopl(c)))
		return true;
	if (SEG_UNUSABLE(&c->tr) || !(c->tr.attr & 8) || c->tr.limit < 103)
		return raise_gp0(c);
	if (!sys_ld_u(c, c->tr.base + 102, 2, &base))
		return false;
	if (base + port / 8 + 1 > c->tr.limit)
		return raise_gp0(c);
	if (!sys_ld_u(c, c->tr.base + base + port / 8, 2, &bits))
		return false;
	return !(bits >> (port % 8) & LOW_BITS(size)) || raise_gp0(c);
}

static uint64_t
port_read(struct cpu *c, uint16_t port, unsigned size)
{
	uint64_t v = LOW_BITS(size * 8);

	if (c->env.pio_read)
		v &= c->env.pio_read(c->env.arg, port, size);
	c->charge += c->costs->pio;
	c->stats.pio_reads++;
	if (cpu_debug_armed(c))
		cpu_debug_io(c, port, size);
	if (c->trace && c->trace->io)
		c->trace->io(c->trace->arg, c, port, size, false, v);
	return v;
}

static void
port_write(struct cpu *c, uint16_t port, unsigned size, uint64_t v)
{
	v &= LOW_BITS(size * 8);
	if (c->trace && c->trace->io)
		c->trace->io(c->trace->arg, c, port, size, true, v);
	if (c->env.pio_write)
		c->env.pio_write(c->env.arg, port, size, v);
	c->charge += c->costs->pio;
	c->stats.pio_writes++;
	if (cpu_debug_armed(c))
		cpu_debug_io(c, port, size);
}

bool
x_in(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t port = (uint16_t)v[1].u;
	unsigned size = in->o[0].size;

	if (!io_allowed(c, port, size) || !svm_port_ok(c, in, port, size))
		return false;
	v[0].u = port_read(c, port, size);
	return true;
}

bool
x_out(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t port = (uint16_t)v[0].u;
	unsigned size = in->o[1].size;

	if (!io_allowed(c, port, size) || !svm_port_ok(c, in, port, size))
		return false;
	port_write(c, port, size, v[1].u);
	return true;
}

/* ---- strings: whether the port is allowed comes before whether RCX is 0 ---- */

/* Element size: REX.W changes nothing. */
static unsigned
element(const struct insn *in)
{
	return in->opsize > 4 ? 4 : in->opsize;
}

static bool
string_allowed(struct cpu *c, const struct insn *in)
{
	uint16_t port = (uint16_t)c->gpr[RDX];

	return io_allowed(c, port, element(in)) && svm_port_ok(c, in, port, element(in));
}

static void
advance(struct cpu *c, const struct insn *in, unsigned reg)
{
	uint64_t step = element(in);

	gpr_write(c, reg, in->addrsize, c->gpr[reg] + (c->rflags & F_DF ? -step : step));
}

/* The destination is translated before the port is read, so that no input is
 * lost to a page fault. */
static bool
ins_one(struct cpu *c, const struct insn *in)
{
	uint16_t port = (uint16_t)c->gpr[RDX];
	unsigned size = element(in);
	struct span s;
	uint64_t v;

	if (!span_open(c, &s, SEG_ES, gpr_read(c, RDI, in->addrsize), size, ACC_W))
		return false;
	v = port_read(c, port, size);
	span_write(c, &s, &v);
	advance(c, in, RDI);
	return true;
}

static bool
outs_one(struct cpu *c, const struct insn *in)
{
	uint16_t port = (uint16_t)c->gpr[RDX];
	unsigned size = element(in);
	uint64_t v;

	if (!seg_ld_u(c, in->seg, gpr_read(c, RSI, in->addrsize), size, &v))
		return false;
	port_write(c, port, size, v);
	advance(c, in, RSI);
	return true;
}

bool
x_ins(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { ins_one, NULL, false };

	(void)v;
	return string_allowed(c, in) && string_repeat(c, in, &op);
}

bool
x_outs(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { outs_one, NULL, false };

	(void)v;
	return string_allowed(c, in) && string_repeat(c, in, &op);
}
