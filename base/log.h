/*
 * base/log.h - messages
 *
 * A struct log belongs to one machine (or to the command line).  Four kinds:
 *
 *   log_error   the host failed; one message where it happened
 *   log_warn    the user should know
 *   log_guest   the guest did something undefined or forbidden
 *   log_unimp   the guest used something we do not model
 *
 * log_guest and log_unimp are called with a key, a short constant string, and
 * print each key once (then count); they prefix vCPU and rip when the machine
 * has installed a position callback.  Nothing here changes guest-visible
 * state.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdio.h>

#include "base/types.h"

enum log_level { LOG_QUIET, LOG_ERROR, LOG_WARN, LOG_GUEST, LOG_DEBUG };

struct log;

/* out is not owned; NULL means stderr.  Messages above level are dropped. */
struct log *log_new(FILE *out, enum log_level level);
void	log_free(struct log *l);

/* fn writes "vcpu0 rip=..." into buf; called for guest and unimp messages. */
void	log_set_position(struct log *l, void (*fn)(void *arg, char *buf, size_t n),
	    void *arg);

/* l may be NULL everywhere below: the message is then dropped. */
void	log_error(struct log *l, const char *fmt, ...) PRINTF(2, 3);
void	log_warn(struct log *l, const char *fmt, ...) PRINTF(2, 3);
void	log_debug(struct log *l, const char *fmt, ...) PRINTF(2, 3);
void	log_guest(struct log *l, const char *key, const char *fmt, ...) PRINTF(3, 4);
void	log_unimp(struct log *l, const char *key, const char *fmt, ...) PRINTF(3, 4);

#endif
