/*
 * vmm/swap.h - fewer machine frames than a guest has memory
 *
 * A VM gets vm.frames of them.  When it touches a guest frame that has none, and
 * they are used up, another one is written to the swap disk.  Victims are taken
 *
 *	random	by chance
 *	clock	in turn, but not those accessed since the last time round
 *	lru	the one not accessed for longest, by its last eight samples
 */
#ifndef VMM_SWAP_H
#define VMM_SWAP_H

#include <stdbool.h>
#include <stdint.h>

struct vm;
struct blockdev;

enum swap_victim { VICTIM_RANDOM, VICTIM_CLOCK, VICTIM_LRU };

/* What is with a frame of the guest. */
enum swap_state { SWAP_NEVER, SWAP_IN, SWAP_OUT, SWAP_BALLOON };

#define SWAP_PINS	8u

struct swap {
	const struct blockdev	*disk;
	uint64_t		base;		/* sector of the VM's frame 0 */
	uint8_t			*state;		/* by guest frame */
	uint8_t			*age;		/* accessed: the last eight samples */
	bool			*clean;		/* the disk has it, too */
	uint32_t		*list;		/* those that have frames, ... */
	uint32_t		*place;		/* ... and where in it each is */
	uint32_t		resident;
	uint32_t		hand;
	uint32_t		random;
	uint32_t		ballooned;
	uint64_t		copied;		/* frames read to copy from them */
	uint32_t		pin[SWAP_PINS];	/* not to be taken now */
	unsigned		pins;
};

/* disk NULL: there is none, and the VM must have all its frames.  base moves
 * behind the VM's part of the disk. */
void	swap_init(struct vm *vm, const struct blockdev *disk, uint64_t *base);

/* The guest frame has a machine frame now; false: it is ballooned. */
bool	swap_want(struct vm *vm, uint32_t gfn);

/* It has one, and keeps it until the next exit.  So does what is pinned with it. */
void	swap_pin(struct vm *vm, uint64_t gfn);
void	swap_unpin(struct vm *vm);

/* Hypercalls: >= 0 or -VMM_E. */
int64_t	swap_balloon_target(const struct vm *vm);
int64_t	swap_balloon_give(struct vm *vm, uint64_t gfn);
int64_t	swap_balloon_take(struct vm *vm, uint64_t gfn);

#endif
