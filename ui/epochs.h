/*
 * ui/epochs.h - checkpoints of a run of the program: what waits for them, who asks to
 * go back
 */
#ifndef UI_EPOCHS_H
#define UI_EPOCHS_H

#include "ui/ui.h"

/* --resume and --standby, before anything is connected: the machine is what the
 * directory or the primary says. */
bool	epochs_configure(struct ui *u);
const char *epochs_name(const struct ui *u);
/* The machine was made of that: loads it, and what waits, when it is time to. */
bool	epochs_load(struct ui *u);
/* How the run had ended that was resumed, END_NONE: it died; and whether that was for
 * good, and with which status of its own. */
enum machine_end epochs_resumed_end(const struct ui *u);
bool	epochs_over(const struct ui *u);
uint32_t epochs_exit_status(const struct ui *u);
/* Before the machine is made, when everything is connected: the output buffer. */
bool	epochs_connect(struct ui *u);
/* The machine is there, where it begins. */
bool	epochs_start(struct ui *u);
/* Often: a standby wants to hear of us. */
void	epochs_poll(struct ui *u);
/* Nothing leaves any more; the run should end. */
bool	epochs_failed(const struct ui *u);
/* A snapshot was loaded. */
void	epochs_moved(struct ui *u);
/* A key was pressed: the machine should stop for it. */
bool	epochs_wanted_back(const struct ui *u);
/* Goes back if somebody or something wants it; true: it did. */
bool	epochs_go_back(struct ui *u);
/* The run is over: what waits leaves.  False: it is not safe. */
bool	epochs_finish(struct ui *u, enum machine_end end);
void	epochs_free(struct ui *u);

#endif
