/*
 * hw/labdev.h - labdev: how guest software talks to the laboratory
 *
 * Ours alone: marks phases of an experiment, reads exact virtual cycles and
 * the machine's counters, and reports results.  Registers of 32 bits, at port
 * 5A0h + offset on our board (other widths are ignored, but for CHAR):
 *
 *	00  ID		R   31424C52h, "RLB1"
 *	04  MARK	W   a phase begins; the number is the guest's
 *			R   the last number written
 *	08  CYCLE_LO	R   virtual cycles now, bits 0..31; latches the rest
 *	0c  CYCLE_HI	R   bits 32..63 of the last CYCLE_LO
 *	10  COUNTER	W   selects counter n and latches its value
 *			R   n
 *	14  COUNTER_LO	R   latched value; 0 when there is no such counter
 *	18  COUNTER_HI	R
 *	1c  KEY		RW  what the next reported value is
 *	20  VALUE_LO	RW  bits 0..31 of a value
 *	24  VALUE_HI	W   bits 32..63; reports (KEY, VALUE)
 *			R   the last written
 *	28  CHAR	W   one byte of a text (byte writes allowed, so REP OUTSB
 *			    works); 0 or a line feed ends and reports the text.
 *			    Texts over 255 bytes are reported in parts.
 *	2c  (reserved)	    reads 0
 */
#ifndef HW_LABDEV_H
#define HW_LABDEV_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"

#define LABDEV_ID	0x31424c52u
#define LABDEV_PORTS	0x30

struct labdev;
struct log;

/* Each may be NULL.  None may change guest-visible state. */
struct labdev_backend {
	void		(*mark)(void *arg, uint32_t phase);
	uint64_t	(*counter)(void *arg, uint32_t n);
	void		(*value)(void *arg, uint32_t key, uint64_t value);
	void		(*text)(void *arg, const char *text);	/* NUL-terminated */
	void		*arg;
};

/* NULL when memory is short. */
struct labdev *labdev_new(struct vclock *clock, struct labdev_backend backend,
	    struct log *log);

extern const struct io_ops labdev_io;
extern const struct device_class labdev_class;

#endif
