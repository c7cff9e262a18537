/*
 * ui/trace.h - what the processor does, as lines in a file
 *
 *	CYCLE insn CS:RIP text
 *	CYCLE exc VECTOR error ERROR at CS:RIP cr2 ADDR
 *	CYCLE int VECTOR at CS:RIP
 *	CYCLE in|out PORT SIZE VALUE at CS:RIP
 *	with events=count: at the end, the table of cpu/census.h
 *	CYCLE walk ADDR ACCESS -> ADDR SIZE REFS | fault ERROR
 *
 * Tracing changes nothing the guest sees.
 */
#ifndef UI_TRACE_H
#define UI_TRACE_H

#include "hw/machine.h"

struct trace;

/* spec is FILE[,events=LIST]; spec is cut.  NULL after one message. */
struct trace *trace_open(struct machine *m, const char *spec);
/* False after a message when the file could not be written. */
bool	trace_close(struct trace *t);

#endif
