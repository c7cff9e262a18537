/*
 * ui/gdb_cmd.c - what gdb's packets do
 *
 * "Debugging with GDB", appendix E.2 "Packets", E.3 "Stop Reply Packets".
 * Numbers in packets are hexadecimal.  A thread is a processor, numbered from
 * one.  Memory is read and written behind the machine's back: no accessed bits,
 * no TLB entries, no devices, no time.
 */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/regs.h"
#include "ui/gdb_priv.h"

#define SIGNAL_INT	2
#define SIGNAL_TRAP	5

/* --- memory --- */

static uint64_t
linear(struct gdb *g, uint64_t at)
{
	return gdb_cpu(g)->efer & EFER_LMA ? at : (uint32_t)at;
}

size_t
gdb_read(struct gdb *g, uint64_t at, void *buf, size_t n)
{
	struct cpu *c = gdb_cpu(g);

	if (g->physical)
		return phys_peek(c->pm, at, buf, n);
	return mmu_peek_bytes(&c->mmu, linear(g, at), buf, n);
}

size_t
gdb_write(struct gdb *g, uint64_t at, const void *buf, size_t n)
{
	struct cpu *c = gdb_cpu(g);
	const uint8_t *from = buf;
	size_t done, part, got;
	hpa_t hpa;

	if (machine_sealed(g->m))
		return 0;
	if (g->physical)
		return phys_poke(c->pm, at, buf, n);
	for (done = 0; done < n; done += got) {
		part = PAGE_SIZE - (at + done) % PAGE_SIZE;
		if (part > n - done)
			part = n - done;
		if (!mmu_peek(&c->mmu, linear(g, at + done), ACC_R | ACC_AC, &hpa))
			break;
		got = phys_poke(c->pm, hpa, from + done, part);
		if (got < part)
			return done + got;
	}
	return done;
}

/* ADDR,LENGTH at *p. */
static bool
range(const char **p, uint64_t *at, uint64_t *n)
{
	return gdb_number(p, at) && *(*p)++ == ',' && gdb_number(p, n);
}

static void
memory_read(struct gdb *g, const char *p, bool binary)
{
	uint8_t buf[GDB_PACKET / 2];
	uint64_t at, n;
	size_t got;

	if (!range(&p, &at, &n) || *p) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	if (n > sizeof(buf))
		n = sizeof(buf);
	got = gdb_read(g, at, buf, n);
	if (!got && n) {
		gdb_say_error(&g->link, EFAULT);
		return;
	}
	gdb_begin(&g->link);
	if (binary) {
		gdb_put(&g->link, "b");
		(void)gdb_put_binary(&g->link, buf, got);
	} else {
		gdb_put_hex(&g->link, buf, got);
	}
	gdb_end(&g->link);
}

static void
reply_ok(struct gdb *g, bool ok, unsigned error)
{
	if (ok)
		gdb_say(&g->link, "OK");
	else
		gdb_say_error(&g->link, error);
}

static void
memory_write(struct gdb *g, const char *p)
{
	uint8_t buf[GDB_PACKET / 2];
	uint64_t at, n;

	if (!range(&p, &at, &n) || *p++ != ':' || n > sizeof(buf) ||
	    !gdb_bytes(&p, buf, n) || *p) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	g->changed = true;
	reply_ok(g, gdb_write(g, at, buf, n) == n, EFAULT);
}

static void
memory_write_binary(struct gdb *g, const char *p, const char *end)
{
	uint64_t at, n;

	if (!range(&p, &at, &n) || *p++ != ':' || n != (uint64_t)(end - p)) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	g->changed = true;
	reply_ok(g, gdb_write(g, at, p, n) == n, EFAULT);
}

/* --- registers --- */

static void
registers_read(struct gdb *g)
{
	uint8_t v[GDB_REG_MAX];
	unsigned i, n = gdb_reg_count(g);

	gdb_begin(&g->link);
	for (i = 0; i < n; i++)
		gdb_put_hex(&g->link, v, gdb_reg_get(g, i, v));
	gdb_end(&g->link);
}

/* All that the text has; those the processor refuses stay. */
static void
registers_write(struct gdb *g, const char *p)
{
	uint8_t v[GDB_REG_MAX], old[GDB_REG_MAX];
	unsigned i, size;

	for (i = 0; *p && (size = gdb_reg_size(g, i)); i++) {
		if (!gdb_bytes(&p, v, size)) {
			gdb_say_error(&g->link, EINVAL);
			return;
		}
		(void)gdb_reg_get(g, i, old);
		if (memcmp(v, old, size) != 0 && gdb_reg_set(g, i, v))
			g->changed = true;
	}
	gdb_say(&g->link, "OK");
}

static void
register_read(struct gdb *g, const char *p)
{
	uint8_t v[GDB_REG_MAX];
	unsigned size = 0;
	uint64_t i;

	if (gdb_number(&p, &i) && !*p && i < gdb_reg_count(g))
		size = gdb_reg_get(g, (unsigned)i, v);
	if (!size) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	gdb_begin(&g->link);
	gdb_put_hex(&g->link, v, size);
	gdb_end(&g->link);
}

static void
register_write(struct gdb *g, const char *p)
{
	uint8_t v[GDB_REG_MAX] = { 0 };
	uint64_t i;

	if (!gdb_number(&p, &i) || *p++ != '=' || i >= gdb_reg_count(g) ||
	    !gdb_bytes(&p, v, gdb_reg_size(g, (unsigned)i)) || *p) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	g->changed = true;
	reply_ok(g, gdb_reg_set(g, (unsigned)i, v), EINVAL);
}

/* --- breakpoints: TYPE,ADDR,LENGTH --- */

static void
point_packet(struct gdb *g, const char *p, bool insert)
{
	struct gdb_point point;
	unsigned error = EINVAL;

	if (*p < '0' || *p > '4') {
		gdb_say(&g->link, "");
		return;
	}
	point.type = (enum gdb_point_type)(*p++ - '0');
	if (*p++ == ',' && range(&p, &point.addr, &point.len) && !*p) {
		error = 0;
		if (insert)
			error = gdb_insert(g, &point);
		else
			gdb_remove(g, &point);
	}
	reply_ok(g, !error, error);
}

/* --- running --- */

static void
put_cpu(struct gdb *g, unsigned cpu)
{
	gdb_put_num(&g->link, cpu + 1);
}

static void
put_stop_reason(struct gdb *g)
{
	static const char *const watch[] = {
		[POINT_WRITE] = "watch:", [POINT_READ] = "rwatch:", [POINT_ACCESS] = "awatch:"
	};

	if (g->stop == GDB_WATCH) {
		gdb_put(&g->link, watch[g->stop_point.type]);
		gdb_put_num(&g->link, g->stop_point.addr);
		gdb_put(&g->link, ";");
	} else if (g->stop == GDB_BREAK && g->stop_point.type == POINT_SOFT && g->says_swbreak) {
		gdb_put(&g->link, "swbreak:;");
	} else if (g->stop == GDB_BREAK && g->stop_point.type == POINT_HARD && g->says_hwbreak) {
		gdb_put(&g->link, "hwbreak:;");
	} else if (g->stop == GDB_BEGIN || g->stop == GDB_END) {
		gdb_put(&g->link, g->stop == GDB_BEGIN ? "replaylog:begin;" : "replaylog:end;");
	}
}

void
gdb_tell_stop(struct gdb *g)
{
	const uint8_t signal = g->stop == GDB_INTERRUPTED ? SIGNAL_INT : SIGNAL_TRAP;

	gdb_begin(&g->link);
	gdb_put(&g->link, "T");
	gdb_put_hex(&g->link, &signal, 1);
	put_stop_reason(g);
	gdb_put(&g->link, "thread:");
	put_cpu(g, g->stop_cpu);
	gdb_put(&g->link, ";");
	gdb_end(&g->link);
}

static void
resume(struct gdb *g, bool step, unsigned cpu)
{
	g->resumed = true;
	g->stepping = step;
	g->step_cpu = cpu;
	g->running = true;
}

/* c, s, C, S: [SIGNAL[;]][ADDR].  The signal means nothing to a machine. */
static void
resume_packet(struct gdb *g, const char *p, bool step, bool signal)
{
	uint8_t rip[GDB_REG_MAX] = { 0 };
	uint64_t v;

	if (signal && gdb_number(&p, &v) && *p == ';')
		p++;
	if (*p) {
		if (!gdb_number(&p, &v) || *p) {
			gdb_say_error(&g->link, EINVAL);
			return;
		}
		put_le64(rip, v);
		g->changed = true;
		if (!gdb_reg_set(g, g->description == DESC_64 || gdb_reg_size(g, 0) == 8 ?
		    16 : 8, rip)) {
			gdb_say_error(&g->link, EFAULT);
			return;
		}
	}
	resume(g, step, g->cpu);
}

/* bs, bc */
static void
back_packet(struct gdb *g, const char *p)
{
	if ((*p != 's' && *p != 'c') || p[1]) {
		gdb_say(&g->link, "");
	} else if (!g->history) {
		gdb_say(&g->link, "E.no history is kept: start ringlab with --history");
	} else if (machine_cpus(g->m) > 1) {
		gdb_say(&g->link, "E.gdb goes backwards on a machine with one processor only");
	} else {
		g->reverse = *p == 's' ? REVERSE_STEP : REVERSE_CONTINUE;
		g->running = true;
	}
}

/* 0 any, -1 all, or a number from one: as an index, or -1 for any; false: no
 * such thread. */
static bool
thread(struct gdb *g, const char **p, int *cpu)
{
	uint64_t v;

	*cpu = -1;
	if (**p == '-') {
		(*p)++;
		return gdb_number(p, &v) && v == 1;
	}
	if (!gdb_number(p, &v) || v > machine_cpus(g->m))
		return false;
	*cpu = (int)v - 1;
	return true;
}

/*
 * vCont;ACTION[:THREAD]...: for each processor the first action that names it.
 * All run together: if one of them steps, the others run while it does.
 */
static void
vcont(struct gdb *g, const char *p)
{
	bool decided[GDB_CPUS] = { false }, any = false, step = false;
	unsigned i, step_cpu = 0, n = machine_cpus(g->m);
	uint64_t signal;

	while (*p == ';') {
		char action = p[1];
		int cpu = -1;

		if (!action || !strchr("cCsS", action))
			break;
		p += 2;
		if ((action == 'C' || action == 'S') && !gdb_number(&p, &signal))
			break;
		if (*p == ':' && (p++, !thread(g, &p, &cpu)))
			break;
		for (i = 0; i < n && i < GDB_CPUS; i++) {
			if (decided[i] || (cpu >= 0 && (unsigned)cpu != i))
				continue;
			decided[i] = any = true;
			if ((action == 's' || action == 'S') && !step) {
				step = true;
				step_cpu = i;
			}
		}
	}
	if (*p || !any)
		gdb_say_error(&g->link, EINVAL);
	else
		resume(g, step, step_cpu);
}

static void
v_packet(struct gdb *g, const char *p)
{
	if (!strcmp(p, "Cont?")) {
		gdb_say(&g->link, "vCont;c;C;s;S");
	} else if (!strncmp(p, "Cont", 4)) {
		vcont(g, p + 4);
	} else if (!strncmp(p, "Kill;", 5)) {
		gdb_say(&g->link, "OK");
		g->killed = true;
	} else {
		gdb_say(&g->link, "");
	}
}

static void
thread_packet(struct gdb *g, const char *p, bool select)
{
	int cpu;

	if (!thread(g, &p, &cpu) || *p) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	if (select && cpu >= 0)
		g->cpu = (unsigned)cpu;
	gdb_say(&g->link, "OK");
}

static void
detach(struct gdb *g)
{
	gdb_remove_all(g);
	g->attached = false;
	gdb_say(&g->link, "OK");
	resume(g, false, 0);
}

/* --- a conversation --- */

void
gdb_open(struct gdb *g)
{
	gdb_link_reset(&g->link);
	g->attached = false;
	g->says_swbreak = g->says_hwbreak = false;
	g->physical = false;
	g->description = DESC_AUTO;
	g->cpu = 0;
}

/* Without its client the machine goes on. */
void
gdb_close(struct gdb *g)
{
	if (g->attached) {
		g->attached = false;
		g->running = true;
	}
	gdb_disarm(g);
}

void
gdb_packet(void *arg, char *payload, size_t n)
{
	struct gdb *g = arg;
	const char *p = payload + 1;

	g->attached = true;
	switch (n ? payload[0] : '\0') {
	case '?': gdb_tell_stop(g); break;
	case 'g': registers_read(g); break;
	case 'G': registers_write(g, p); break;
	case 'p': register_read(g, p); break;
	case 'P': register_write(g, p); break;
	case 'm': memory_read(g, p, false); break;
	case 'x': memory_read(g, p, true); break;
	case 'M': memory_write(g, p); break;
	case 'X': memory_write_binary(g, p, payload + n); break;
	case 'Z': point_packet(g, p, true); break;
	case 'z': point_packet(g, p, false); break;
	case 'c': resume_packet(g, p, false, false); break;
	case 's': resume_packet(g, p, true, false); break;
	case 'C': resume_packet(g, p, false, true); break;
	case 'S': resume_packet(g, p, true, true); break;
	case 'b': back_packet(g, p); break;
	case 'v': v_packet(g, p); break;
	case 'H': thread_packet(g, n > 1 ? p + 1 : p, n > 1 && *p == 'g'); break;
	case 'T': thread_packet(g, p, false); break;
	case 'D': detach(g); break;
	case 'k': g->killed = true; break;
	case 'q': gdb_query(g, p); break;
	case 'Q': gdb_set(g, p); break;
	default: gdb_say(&g->link, ""); break;
	}
}
