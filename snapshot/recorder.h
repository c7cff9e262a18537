/*
 * snapshot/recorder.h - writes down what a machine cannot know by itself
 *
 * A recorder is a tape (hw/machine_tape.h) that puts a machine's configuration,
 * the files it was made from, every input with its position and a digest every
 * MACHINE_HASH_EVERY cycles into a journal (snapshot/journal.h).  docs/replay.md
 * says why that is enough.
 */
#ifndef SNAPSHOT_RECORDER_H
#define SNAPSHOT_RECORDER_H

#include "hw/machine.h"

struct recorder;

/* Before the machine's first instruction.  cfg is what m was made of.  Sets the
 * tape.  NULL after a message on log; both must outlive the recorder. */
struct recorder *recorder_new(struct machine *m, const struct machine_config *cfg,
	    const char *path, struct log *log);
/* A snapshot was loaded, at cycle from; a new timeline begins. */
void	recorder_loaded(struct recorder *r, const char *path, uint64_t from);
/* The machine did not begin at power-on but is what the snapshot says, on the
 * timeline it is on: the first record.  False after a message. */
bool	recorder_begins(struct recorder *r, const char *path) MUST_CHECK;
/* The run is over.  false after a message if the journal is not whole. */
bool	recorder_end(struct recorder *r, enum machine_end end);
/* Without an end, the journal is that of a killed run. */
void	recorder_free(struct recorder *r);

#endif
