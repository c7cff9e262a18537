/*
 * ui/standby.h - a run that waits for another to die
 */
#ifndef UI_STANDBY_H
#define UI_STANDBY_H

#include "ui/ui.h"

/* Listens, and hears what machine it is; u->checkpoint_dir has it.  False after a
 * message. */
bool	standby_begin(struct ui *u);
/* The machine is there and connected: keeps silent until it is time to go on.  False:
 * it never will be (u->standby_over, if the primary's run just ended), or after a
 * message. */
bool	standby_hold(struct ui *u);
/* It is loaded, and goes on: the network hears of it. */
bool	standby_end(struct ui *u);

#endif
