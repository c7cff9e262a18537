/*
 * ui/gdb_query.c - the general query packets q and Q
 *
 * "Debugging with GDB", appendix E.4 "General Query Packets".  The packets
 * qqemu.PhyMemMode and Qqemu.PhyMemMode choose the kind of address memory is
 * read by, as in qemu.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ui/gdb_priv.h"

static bool
starts(const char **p, const char *with)
{
	size_t n = strlen(with);

	if (strncmp(*p, with, n))
		return false;
	*p += n;
	return true;
}

static void
query_supported(struct gdb *g, const char *p)
{
	g->says_swbreak = strstr(p, "swbreak+") != NULL;
	g->says_hwbreak = strstr(p, "hwbreak+") != NULL;
	gdb_begin(&g->link);
	gdb_put(&g->link, "PacketSize=");
	gdb_put_num(&g->link, GDB_PACKET);
	gdb_put(&g->link, ";qXfer:features:read+;vContSupported+;swbreak+;hwbreak+;"
	    "QStartNoAckMode+;binary-upload+");
	if (g->history && machine_cpus(g->m) == 1)
		gdb_put(&g->link, ";ReverseStep+;ReverseContinue+");
	gdb_end(&g->link);
}

/* ANNEX:OFFSET,LENGTH */
static void
query_features(struct gdb *g, const char *p)
{
	uint64_t off, len;
	size_t size, n;
	char *text;

	if (!starts(&p, "target.xml:")) {
		gdb_say_error(&g->link, 0);
		return;
	}
	text = gdb_description(g);
	size = text ? strlen(text) : 0;
	if (!text || !gdb_number(&p, &off) || *p++ != ',' || !gdb_number(&p, &len) || *p ||
	    off > size) {
		gdb_say_error(&g->link, text ? EINVAL : ENOMEM);
		free(text);
		return;
	}
	n = len < size - off ? len : size - off;
	/* Room for every byte escaped. */
	if (n > GDB_PACKET / 2 - 1)
		n = GDB_PACKET / 2 - 1;
	gdb_begin(&g->link);
	gdb_put(&g->link, off + n < size ? "m" : "l");
	(void)gdb_put_binary(&g->link, text + off, n);
	gdb_end(&g->link);
	free(text);
}

static void
query_threads(struct gdb *g)
{
	unsigned i, n = machine_cpus(g->m);

	gdb_begin(&g->link);
	for (i = 0; i < n; i++) {
		gdb_put(&g->link, i ? "," : "m");
		gdb_put_num(&g->link, i + 1);
	}
	gdb_end(&g->link);
}

static void
query_thread_info(struct gdb *g, const char *p)
{
	static const char *const activity[] = {
		[ACT_RUN] = "runs", [ACT_HALT] = "halted", [ACT_WAIT_SIPI] = "waits for SIPI",
		[ACT_SHUTDOWN] = "shut down"
	};
	const char *text;
	uint64_t v;

	if (!gdb_number(&p, &v) || !v || v > machine_cpus(g->m)) {
		gdb_say_error(&g->link, EINVAL);
		return;
	}
	text = activity[machine_cpu(g->m, (unsigned)v - 1)->activity & 3];
	gdb_begin(&g->link);
	gdb_put_hex(&g->link, text, strlen(text));
	gdb_end(&g->link);
}

static void
query_current(struct gdb *g)
{
	gdb_begin(&g->link);
	gdb_put(&g->link, "QC");
	gdb_put_num(&g->link, g->cpu + 1);
	gdb_end(&g->link);
}

void
gdb_query(struct gdb *g, const char *p)
{
	if (starts(&p, "Supported"))
		query_supported(g, p);
	else if (starts(&p, "Xfer:features:read:"))
		query_features(g, p);
	else if (starts(&p, "Rcmd,"))
		gdb_monitor(g, p);
	else if (!strcmp(p, "fThreadInfo"))
		query_threads(g);
	else if (!strcmp(p, "sThreadInfo"))
		gdb_say(&g->link, "l");
	else if (starts(&p, "ThreadExtraInfo,"))
		query_thread_info(g, p);
	else if (!strcmp(p, "C"))
		query_current(g);
	else if (!strncmp(p, "Attached", 8))
		gdb_say(&g->link, "1");
	else if (!strcmp(p, "qemu.PhyMemMode"))
		gdb_say(&g->link, g->physical ? "1" : "0");
	else
		gdb_say(&g->link, "");
}

void
gdb_set(struct gdb *g, const char *p)
{
	if (!strcmp(p, "StartNoAckMode")) {
		gdb_say(&g->link, "OK");
		g->link.no_ack = true;
	} else if (starts(&p, "qemu.PhyMemMode:") && (*p == '0' || *p == '1') && !p[1]) {
		g->physical = *p == '1';
		gdb_say(&g->link, "OK");
	} else {
		gdb_say(&g->link, "");
	}
}
