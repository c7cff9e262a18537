/*
 * vmm/guest/balloon.h - memory that is given to the VMM, and taken back
 */
#ifndef GUEST_BALLOON_H
#define GUEST_BALLOON_H

#include <stdbool.h>

void	balloon_init(void);
/* Each tick, and once before the first process runs. */
void	balloon_poll(void);
/* Memory is short: true if some was taken back. */
bool	balloon_return(void);

#endif
