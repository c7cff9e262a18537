/*
 * lab/shop.h - a bookshop in a guest that can be taken back, and the world it talks to
 *
 * The machine of lab/guest/server.c runs under checkpoints (snapshot/checkpoint.h).
 * Everything it sends is noted twice: when the guest made it and when it left.  What is
 * sent to it comes from a list of arrivals, at exact moments.
 */
#ifndef LAB_SHOP_H
#define LAB_SHOP_H

#include "lab/guests.h"
#include "lab/rig.h"
#include "lab/wire.h"
#include "snapshot/checkpoint.h"

enum sent_fate { SENT_WAITS, SENT_LEFT, SENT_LOST };

struct sent {
	uint64_t		made, left;	/* outside time */
	enum outbuf_class	class;
	enum sent_fate		fate;
	bool			early;		/* left before its epoch was committed */
	bool			retracted;	/* and its epoch never was */
	bool			has_msg;
	struct msg		msg;
	uint64_t		hash;		/* of all of it */
};

struct arrival {
	uint64_t	at;		/* outside time */
	uint64_t	cycle;		/* when it was taken */
	size_t		n;
	bool		taken;
	uint8_t		frame[WIRE_FRAME];
};

struct shop {
	struct rig		rig;
	char			kernel[GUEST_PATH];
	char			args[96];
	struct outbuf		*out;
	struct checkpoints	*c;		/* NULL: none */
	struct machine_nic	below;		/* the output buffer's ends */
	struct machine_out	below_serial;
	bool			making;		/* the guest is sending now */
	struct sent		*sent;
	struct arrival		*arrival;
	size_t			sents, sent_room, arrivals, arrival_room;
	size_t			committed;	/* sents before are of committed epochs */
	size_t			pending;	/* arrivals before are all taken */
	uint64_t		*commit;	/* moments */
	size_t			commits, commit_room;
	/* Told of each frame that left; may be NULL. */
	void			(*seen)(void *arg, struct shop *s, const struct sent *what);
	void			*arg;
};

struct shop_config {
	uint64_t		set, gap, stock;	/* lab/guest/server.c */
	uint64_t		every;			/* 0: no checkpoints */
	enum outbuf_hold	hold;
};

/* Boots the guest up to where it serves; checkpoints begin there.  False after a
 * message; shop_close() in any case. */
bool	shop_open(struct shop *s, const struct lab_run *r, const struct shop_config *how)
	    MUST_CHECK;
void	shop_close(struct shop *s);

static inline uint64_t
shop_now(const struct shop *s)
{
	return rig_now(&s->rig);
}

/* A frame arrives then; m: of UDP and TCP. */
void	shop_send(struct shop *s, uint64_t at, enum wire_kind kind, unsigned client,
	    const struct msg *m);
/* One that was taken before arrives again, at the cycle it was. */
void	shop_repeat(struct shop *s, const struct arrival *a);
bool	shop_run_to(struct shop *s, uint64_t moment) MUST_CHECK;
/* The machine dies here: back to the last checkpoint. */
bool	shop_crash(struct shop *s) MUST_CHECK;
/* The epoch ends here. */
bool	shop_commit(struct shop *s) MUST_CHECK;
/* The guest says through labdev what it remembers (rig.value). */
bool	shop_dump(struct shop *s) MUST_CHECK;
/* Whether the guest remembers the reply, and the name, after shop_dump(). */
bool	shop_remembers_reply(const struct shop *s, const struct msg *m);
bool	shop_remembers_name(const struct shop *s, uint32_t serial);

#endif
