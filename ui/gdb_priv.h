/*
 * ui/gdb_priv.h - inside of the gdb stub
 *
 * struct gdb is one conversation about one machine, without sockets: bytes go
 * in through its link, and what they ask of the run is in it afterwards.
 */
#ifndef UI_GDB_PRIV_H
#define UI_GDB_PRIV_H

#include "cpu/trace.h"
#include "hw/machine.h"
#include "hw/machine_tape.h"
#include "ui/gdb_proto.h"

struct history;
struct monitor;

#define GDB_POINTS	256
#define GDB_CPUS	64

/* Types of the packets Z and z. */
enum gdb_point_type { POINT_SOFT, POINT_HARD, POINT_WRITE, POINT_READ, POINT_ACCESS };

struct gdb_point {
	enum gdb_point_type type;
	uint64_t	addr, len;
};

/* The last two: the past begins here, known ground ends here. */
enum gdb_stop {
	GDB_SIGNALLED, GDB_INTERRUPTED, GDB_STEPPED, GDB_BREAK, GDB_WATCH, GDB_BEGIN, GDB_END
};

enum gdb_reverse { REVERSE_NOT, REVERSE_STEP, REVERSE_CONTINUE };

/* A boundary of one processor, to know whether it has moved on. */
struct gdb_position {
	uint64_t	rip, insns, cycles;
};

/* Which description of the registers the client is served. */
enum gdb_description { DESC_AUTO, DESC_16, DESC_32, DESC_64 };

struct gdb {
	struct gdb_link	link;
	struct machine	*m;
	struct monitor	*monitor;	/* may be NULL */
	bool		running;	/* the machine may run */
	bool		resumed;	/* since this was cleared, the client let it run */
	bool		attached;	/* a packet came on this connection */
	bool		killed;		/* k */
	bool		says_swbreak, says_hwbreak;
	bool		physical;	/* memory by physical address */
	unsigned	cpu;		/* that g, m and so on are about */
	enum gdb_description description;

	struct history	*history;	/* NULL: no way back */
	enum gdb_reverse reverse;	/* what running means */
	bool		changed;	/* registers or memory, since it stopped */
	/* While it goes back: does the client want it to stop?  May be NULL. */
	bool		(*interrupted)(void *arg);
	void		*interrupted_arg;

	/* ui/gdb_break.c */
	struct gdb_point point[GDB_POINTS];
	unsigned	points;
	struct cpu_debugger debugger;
	uint64_t	stops[CPU_STOPS_WORDS];	/* as blocks were built */
	struct mmu_pages watched[GDB_POINTS];
	bool		stepping;
	unsigned	step_cpu;
	struct gdb_position stopped_at[GDB_CPUS], resumed_at[GDB_CPUS];

	enum gdb_stop	stop;		/* why it stopped last */
	unsigned	stop_cpu;
	struct gdb_point stop_point;	/* GDB_BREAK, GDB_WATCH */
};

static inline struct cpu *
gdb_cpu(struct gdb *g)
{
	return machine_cpu(g->m, g->cpu);
}

/* --- ui/gdb_cmd.c --- */

/* A conversation begins, ends. */
void	gdb_open(struct gdb *g);
void	gdb_close(struct gdb *g);
/* The machine stopped for the reason in g; the client waits for this. */
void	gdb_tell_stop(struct gdb *g);
void	gdb_packet(void *arg, char *payload, size_t n);
/* Memory as the client sees it; short counts. */
size_t	gdb_read(struct gdb *g, uint64_t at, void *buf, size_t n);
size_t	gdb_write(struct gdb *g, uint64_t at, const void *buf, size_t n);

/* --- ui/gdb_query.c --- */

void	gdb_query(struct gdb *g, const char *p);
void	gdb_set(struct gdb *g, const char *p);

/* --- ui/gdb_monitor.c --- */

/* The command of qRcmd, as digits. */
void	gdb_monitor(struct gdb *g, const char *hex);

/* --- ui/gdb_break.c --- */

/* 0 or an error number for the client. */
unsigned gdb_insert(struct gdb *g, const struct gdb_point *p);
void	gdb_remove(struct gdb *g, const struct gdb_point *p);
void	gdb_remove_all(struct gdb *g);
/* Before the machine runs. */
void	gdb_arm(struct gdb *g);
/* The machine has stopped. */
void	gdb_note_stop(struct gdb *g, enum gdb_stop why, unsigned cpu);
/* No client: the machine runs as if there were no stub. */
void	gdb_disarm(struct gdb *g);

/* For who looks at a run that is gone over again. */
struct gdb_position gdb_position_of(const struct cpu *c);
bool	gdb_is_at(const struct cpu *c, const struct gdb_position *p);
/* Breakpoints, watchpoints; NULL: none. */
const struct gdb_point *gdb_break_at(const struct gdb *g, const struct cpu *c);
const struct gdb_point *gdb_watch_at(const struct gdb *g, uint64_t va, unsigned size,
	    bool write);
/* What the client is told of an access at va. */
struct gdb_point gdb_watch_report(const struct gdb_point *p, uint64_t va);
/* The pages of all watchpoints, which the machine's debugger d is to see. */
void	gdb_watch_pages(struct gdb *g, struct cpu_debugger *d);
void	gdb_build_stops(const struct gdb *g, uint64_t stops[CPU_STOPS_WORDS]);

/* --- ui/gdb_reverse.c --- */

/* Goes to the last place before this one where step or continue could have
 * stopped; says why it did. */
enum gdb_stop gdb_go_back(struct gdb *g);
/* Before the machine moves: what the client changed is remembered. */
void	gdb_settle(struct gdb *g);

/* --- ui/gdb_regs.c --- */

#define GDB_REG_MAX	16		/* bytes of the widest register */

unsigned gdb_reg_count(struct gdb *g);
/* Target byte order; the size in bytes, 0: no such register. */
unsigned gdb_reg_size(struct gdb *g, unsigned i);
unsigned gdb_reg_get(struct gdb *g, unsigned i, uint8_t out[GDB_REG_MAX]);
/* false: no such register, or the processor forbids the value. */
bool	gdb_reg_set(struct gdb *g, unsigned i, const uint8_t in[GDB_REG_MAX]);
/* The target description, allocated; NULL without memory. */
char	*gdb_description(struct gdb *g);

#endif
