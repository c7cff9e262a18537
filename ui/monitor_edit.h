/*
 * ui/monitor_edit.h - a line that is edited on the terminal, by libedit
 *
 * The caller reads the terminal and feeds what was typed: nothing here waits.
 * Without libedit there is no editor, monitor_edit_new() returns NULL.
 */
#ifndef UI_MONITOR_EDIT_H
#define UI_MONITOR_EDIT_H

#include "ui/monitor.h"

struct monitor_edit;

struct monitor_edit *monitor_edit_new(struct monitor *mon);
void	monitor_edit_free(struct monitor_edit *e);

/* Shows the prompt and an empty line, or leaves it.  Both, and freeing, may
 * change the terminal's mode. */
void	monitor_edit_begin(struct monitor_edit *e);
void	monitor_edit_end(struct monitor_edit *e);
/*
 * Takes what was typed, up to the end of a line, and returns how many bytes.
 * *line is then the line, allocated for the caller, or NULL.
 */
size_t	monitor_edit_feed(struct monitor_edit *e, const uint8_t *typed, size_t n,
	    char **line);

#endif
