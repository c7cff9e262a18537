/*
 * tests/fuzz/standby.c - fuzz target: a primary that is hostile
 *
 * The input is a sequence of steps: messages with right heads and any contents, some
 * of them a real container that is edited, or bytes as they are.
 */
#define _GNU_SOURCE		/* memfd_create() */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/snap.h"
#include "cpu/timing.h"
#include "snapshot/epoch_file.h"
#include "snapshot/replica_wire.h"
#include "snapshot/standby.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEP	4u
#define CHUNK	64u
#define FILE_ROOM	4096u

struct primary {
	int			fd;
	struct standby		*s;
	struct checkpoint_dir	*d;
	uint64_t		number;
	uint64_t		epoch;
};

static void
put(struct primary *p, const void *at, size_t n)
{
	if (n)
		(void)!send(p->fd, at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
say(struct primary *p, uint32_t type, const uint8_t *contents, size_t n)
{
	struct replica_head h = { type, ++p->number, n };
	uint8_t head[REPLICA_HEAD];

	replica_head_encode(&h, head);
	put(p, head, sizeof(head));
	put(p, contents, n);
}

/* An epoch that is right but for one byte, or right: its size. */
static size_t
make_epoch(struct primary *p, uint8_t *to, const uint8_t *edit)
{
	struct checkpoint_info info = { .timing = TIMING_VERSION, .whole = edit[1] & 1,
		.number = p->epoch + (edit[1] >> 1 & 1), .every = 1, .run = { 1, 2 } };
	int fd = memfd_create("epoch", MFD_CLOEXEC);
	struct container_writer *w = container_create_fd(fd, "epoch", NULL);
	struct hash128 id;
	uint8_t buf[2 * sizeof(info)];
	ssize_t n;

	snap_encode(checkpoint_info_fields, &info, buf);
	if (!container_put(w, SECTION_CHECKPOINT, CHECKPOINT_VERSION, buf,
	    snap_size(checkpoint_info_fields), NULL) || !container_finish(w, &id, NULL))
		abort();
	p->epoch = info.number;
	n = pread(fd, to, FILE_ROOM, 0);
	close(fd);
	if (edit[2])
		to[edit[3] % (unsigned)n] ^= edit[2];
	return (size_t)n;
}

static void
step(struct primary *p, const uint8_t *in, const uint8_t *more, size_t n)
{
	uint8_t file[FILE_ROOM];

	switch (in[0] % 8) {
	case 0:
		put(p, more, n);
		break;
	case 1:
		say(p, in[1], more, n);
		break;
	case 2:
		say(p, REPLICA_PART, more, n);
		break;
	case 3:
		say(p, REPLICA_PIECE, more, n);
		break;
	case 4:
		say(p, REPLICA_WHOLE, NULL, 0);
		break;
	case 5:
		n = make_epoch(p, file, in);
		say(p, in[0] & 8 ? REPLICA_PIECE : REPLICA_PART, file, n);
		say(p, in[0] & 8 ? REPLICA_WHOLE : REPLICA_EPOCH, NULL, 0);
		break;
	case 6:
		say(p, REPLICA_EPOCH, NULL, 0);
		break;
	default:
		say(p, REPLICA_ALIVE, NULL, 0);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t hello[REPLICA_HELLO_BYTES] = { REPLICA_VERSION }, answers[4096];
	struct primary p = { .number = 0 };
	struct snapshot_error e;
	int pair[2];
	size_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		abort();
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	p.fd = pair[0];
	p.d = checkpoint_dir_in_memory("fuzz", &e);
	p.s = standby_new(pair[1], p.d);
	put_le64(hello + 8, STANDBY_LEASE_MAX);
	say(&p, REPLICA_HELLO, hello, sizeof(hello));
	while (size >= STEP) {
		n = size - STEP < CHUNK ? size - STEP : CHUNK;
		step(&p, data, data + STEP, n);
		data += STEP + n;
		size -= STEP + n;
		if (standby_poll(p.s, &e) == STANDBY_FAILED)
			break;
		(void)!recv(p.fd, answers, sizeof(answers), MSG_DONTWAIT);
	}
	standby_free(p.s);
	checkpoint_dir_free(p.d);
	close(p.fd);
	return 0;
}
