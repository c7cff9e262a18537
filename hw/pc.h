/*
 * hw/pc.h - the board: which chips there are and how they are wired
 *
 * An i440FX/PIIX3 PC as SeaBIOS and operating systems know it:
 *
 *	00:00.0	i440FX host bridge
 *	00:01.0	PIIX3 ISA bridge, .1 IDE, .3 PIIX4 power management
 *	00:02.0	VGA
 *	00:03.0	and on: network cards
 *	00:08.0	and on: virtio disks, balloon, console
 */
#ifndef HW_PC_H
#define HW_PC_H

#include "hw/machine_priv.h"
#include "hw/machine_state.h"

struct overlay;
struct overlay_file;
struct pc;

/* Builds everything into m (physmem, ports, processors, devices); false after a
 * message.  pc_free() is called in any case, after the devices were freed. */
bool	pc_build(struct machine *m) MUST_CHECK;
void	pc_free(struct pc *pc);

size_t	pc_input(struct pc *pc, enum machine_source source, const uint8_t *p, size_t n);
/* Suspended to RAM; and the end of that. */
bool	pc_asleep(const struct pc *pc);
void	pc_wake(struct pc *pc);
/* As machine_file(). */
int	pc_file_info(struct pc *pc, unsigned i, struct machine_file *out) MUST_CHECK;

/* hw/pc_disk.c: see hw/machine_state.h. */
struct overlay *pc_overlay(struct pc *pc, unsigned unit);
struct overlay_file *pc_overlay_file(struct pc *pc);
bool	pc_freeze_disks(struct pc *pc, const char *overlay_path) MUST_CHECK;

/* hw/pc_virtio.c: as machine_balloon(). */
bool	pc_balloon(const struct pc *pc, uint64_t *ram);

bool	pc_screen_text(struct pc *pc,
	    void (*row)(void *arg, unsigned y, const char *text), void *arg);

#endif
