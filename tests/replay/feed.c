/*
 * tests/replay/feed.c - characters at random times, as somebody types them
 *
 * feed SEED COUNT USEC: COUNT letters, each after up to USEC microseconds, then
 * a 'q'.  The same seed gives the same letters; when they arrive is the host's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t
next(uint64_t *s)
{
	*s = *s * 6364136223846793005u + 1442695040888963407u;
	return *s >> 33;
}

int
main(int argc, char **argv)
{
	uint64_t s = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 10;
	unsigned usec = argc > 3 ? (unsigned)atoi(argv[3]) : 10000;
	char c;

	while (count--) {
		usleep((useconds_t)(next(&s) % (usec + 1)));
		c = (char)('a' + next(&s) % 16);
		if (write(1, &c, 1) != 1)
			return 1;
	}
	c = 'q';
	return write(1, &c, 1) != 1;
}
