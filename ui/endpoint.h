/*
 * ui/endpoint.h - where a stream socket is: a path, or a host and a port
 */
#ifndef UI_ENDPOINT_H
#define UI_ENDPOINT_H

#include "base/types.h"

struct endpoint {
	const char	*path;		/* NULL: TCP */
	const char	*host;		/* "" or NULL: this one, and nobody else */
	const char	*port;
};

/* unix:PATH or tcp:[HOST]:PORT, which is cut.  NULL, or what is wrong with it. */
const char *endpoint_parse(struct endpoint *e, char *text);
/* [HOST]:PORT, the same. */
const char *endpoint_parse_tcp(struct endpoint *e, char *text);
/* How it is written in full. */
void	endpoint_print(const struct endpoint *e, char *buf, size_t n);

/*
 * A socket that does not block, or -1 and why.  A socket file that a dead process
 * left behind is replaced by one that listens.
 */
int	endpoint_listen(const struct endpoint *e, const char **why);
int	endpoint_connect(const struct endpoint *e, int timeout_ms, const char **why);
/* A connection, or -1. */
int	endpoint_accept(int fd);

#endif
