/*
 * hw/machine_stats.h - who was used how much: processors, devices, drives, cards
 *
 * Counters of the run since the machine was made.  They are no state: in no hash
 * and no snapshot, and going back in a history does not take them back.
 */
#ifndef HW_MACHINE_STATS_H
#define HW_MACHINE_STATS_H

#include "base/io.h"
#include "hw/blockcount.h"
#include "hw/machine.h"

/* By the name of the register block, "info mtree" has them. */
struct machine_io {
	const char	*name;
	struct io_count	port, mmio;
};
#define MACHINE_IO_MAX	96u

struct nic_stats {
	uint64_t	frames_in, bytes_in;	/* that the card took */
	uint64_t	frames_out, bytes_out;
};

/* As machine_get_stats(), of one processor. */
void	machine_cpu_stats(const struct machine *m, unsigned cpu, struct machine_stats *s);
/* At most room of them, in an order that does not change; how many. */
unsigned machine_io_stats(const struct machine *m, struct machine_io *io, unsigned room);
/* False: there is no such drive or card. */
bool	machine_disk_stats(const struct machine *m, unsigned unit, struct block_stats *s);
bool	machine_nic_stats(const struct machine *m, unsigned nic, struct nic_stats *s);

#endif
