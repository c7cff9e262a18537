/*
 * lab/server.h - what lab/guest/server.c and the lab that talks to it agree on
 *
 * Requests and replies are the payload of UDP datagrams and of segments of TCP
 * connections that are taken for established: a segment has one message, what it
 * acknowledges is the one before, and nothing is lost but by going back.
 */
#ifndef LAB_SERVER_H
#define LAB_SERVER_H

#define SERVER_MAC	{ 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 }
#define SERVER_IP	0x0a000001u	/* 10.0.0.1 */
#define OUTSIDE_IP	0x0a000035u	/* 10.0.0.53: who is told of updates */
#define SERVER_PORT	80u
#define OUTSIDE_PORT	53u

#define MSG_MAGIC	0x4b4f4f42u	/* "BOOK" */

enum msg_op {
	MSG_BUY = 1,	/* one book, if there is one: answer 1 and what is left */
	MSG_PAY,	/* number cents; answer 1 and the balance */
	MSG_UPDATE,	/* a name: kept, and the outside server is told */
	MSG_TOLD,	/* ... by this */
	MSG_DUMP	/* everything that is remembered, through labdev */
};

/* Little-endian words. */
struct msg {
	unsigned	magic, op, client, serial, answer, number;
};

/* Keys of labdev's values. */
#define SERVER_KEY_REPLY	40u	/* op << 56 | client << 48 | serial << 32 |
    number << 1 | answer */
#define SERVER_KEY_NAME		41u	/* serial */
#define SERVER_KEY_WRITES	42u	/* pages written so far */

#endif
