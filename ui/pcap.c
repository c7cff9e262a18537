/*
 * ui/pcap.c - frames in a file for wireshark and its like
 *
 * draft-ietf-opsawg-pcap, with nanoseconds.
 */
#include "ui/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/frame_codec.h"
#include "ui/options.h"

#define PCAP_MAGIC	0xa1b23c4du
#define PCAP_ETHERNET	1u
#define NS_PER_S	1000000000u

struct pcap {
	FILE		*out;
	const char	*option, *path;
};

static void
pcap_header(FILE *out)
{
	uint8_t h[24] = { 0 };

	put_le32(h, PCAP_MAGIC);
	put_le16(h + 4, 2);
	put_le16(h + 6, 4);
	put_le32(h + 16, FRAME_MAX);
	put_le32(h + 20, PCAP_ETHERNET);
	fwrite(h, sizeof(h), 1, out);
}

struct pcap *
pcap_open(const char *option, const char *path)
{
	struct pcap *p = malloc(sizeof(*p));

	if (!p) {
		option_bad(option, path, strerror(ENOMEM));
		return NULL;
	}
	*p = (struct pcap){ fopen(path, "w"), option, path };
	if (!p->out) {
		option_bad(option, path, strerror(errno));
		free(p);
		return NULL;
	}
	pcap_header(p->out);
	return p;
}

void
pcap_frame(struct pcap *p, uint64_t ns, const uint8_t *frame, size_t len)
{
	uint8_t h[16];

	if (!p)
		return;
	put_le32(h, (uint32_t)(ns / NS_PER_S));
	put_le32(h + 4, (uint32_t)(ns % NS_PER_S));
	put_le32(h + 8, (uint32_t)len);
	put_le32(h + 12, (uint32_t)len);
	fwrite(h, sizeof(h), 1, p->out);
	fwrite(frame, len, 1, p->out);
}

bool
pcap_close(struct pcap *p)
{
	bool ok;

	if (!p)
		return true;
	ok = !ferror(p->out);
	ok = fclose(p->out) == 0 && ok;
	if (!ok)
		option_bad(p->option, p->path, "cannot write");
	free(p);
	return ok;
}
