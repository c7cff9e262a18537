/*
 * ui/gdb_proto.c - packets of gdb's remote serial protocol
 */
#include "ui/gdb_proto.h"

#include <string.h>

#define INTERRUPT_BYTE	0x03
#define ESCAPE_BYTE	0x7d	/* } */
#define ESCAPE_FLIP	0x20

static const char hex_digits[] = "0123456789abcdef";

int
gdb_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
gdb_number(const char **p, uint64_t *v)
{
	const char *s = *p;
	int d;

	*v = 0;
	for (; (d = gdb_digit(*s)) >= 0; s++) {
		if (*v >> 60)
			return false;
		*v = *v << 4 | (unsigned)d;
	}
	if (s == *p)
		return false;
	*p = s;
	return true;
}

bool
gdb_bytes(const char **p, void *out, size_t n)
{
	uint8_t *to = out;
	int hi, lo;

	for (; n; n--, *p += 2) {
		hi = gdb_digit((*p)[0]);
		lo = hi < 0 ? -1 : gdb_digit((*p)[1]);
		if (lo < 0)
			return false;
		*to++ = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

/* --- receiving --- */

void
gdb_link_reset(struct gdb_link *l)
{
	l->state = LINK_IDLE;
	l->no_ack = false;
	l->too_long = false;
	l->in_len = l->out_len = l->sent = 0;
}

static void
link_acknowledge(struct gdb_link *l, const char *sign)
{
	if (!l->no_ack)
		l->send(l->arg, sign, 1);
}

static void
link_complete(struct gdb_link *l)
{
	l->state = LINK_IDLE;
	if (l->too_long || (!l->no_ack && l->sum != l->sum_sent)) {
		link_acknowledge(l, "-");
		return;
	}
	link_acknowledge(l, "+");
	l->in[l->in_len] = '\0';
	l->packet(l->arg, l->in, l->in_len);
}

/* Between packets: a start, an interrupt, an acknowledgement, or noise. */
static void
link_idle(struct gdb_link *l, uint8_t byte)
{
	if (byte == '$') {
		l->state = LINK_DATA;
		l->in_len = 0;
		l->sum = 0;
		l->too_long = false;
	} else if (byte == INTERRUPT_BYTE) {
		l->interrupt(l->arg);
	} else if (byte == '-' && l->sent && !l->no_ack) {
		l->send(l->arg, l->out, l->sent);
	}
}

static void
link_store(struct gdb_link *l, uint8_t byte)
{
	if (l->in_len < GDB_PACKET)
		l->in[l->in_len++] = (char)byte;
	else
		l->too_long = true;
}

static void
link_data(struct gdb_link *l, uint8_t byte)
{
	if (byte == '#' && l->state == LINK_DATA) {
		l->state = LINK_SUM1;
		return;
	}
	/* A '$' is never data: the rest of the last packet was lost. */
	if (byte == '$') {
		link_idle(l, byte);
		return;
	}
	l->sum = (uint8_t)(l->sum + byte);
	if (l->state == LINK_ESCAPE) {
		link_store(l, byte ^ ESCAPE_FLIP);
		l->state = LINK_DATA;
	} else if (byte == ESCAPE_BYTE) {
		l->state = LINK_ESCAPE;
	} else {
		link_store(l, byte);
	}
}

static void
link_byte(struct gdb_link *l, uint8_t byte)
{
	int d;

	switch (l->state) {
	case LINK_IDLE:
		link_idle(l, byte);
		break;
	case LINK_DATA:
	case LINK_ESCAPE:
		link_data(l, byte);
		break;
	case LINK_SUM1:
	case LINK_SUM2:
		d = gdb_digit((char)byte);
		if (d < 0)
			l->too_long = true;	/* refused */
		l->sum_sent = (uint8_t)(l->sum_sent << 4 | (d & 15));
		if (l->state == LINK_SUM1)
			l->state = LINK_SUM2;
		else
			link_complete(l);
		break;
	}
}

void
gdb_link_feed(struct gdb_link *l, const uint8_t *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		link_byte(l, buf[i]);
}

/* --- sending --- */

size_t
gdb_room(const struct gdb_link *l)
{
	return GDB_PACKET - l->out_len;
}

void
gdb_begin(struct gdb_link *l)
{
	l->out_len = 0;
}

static bool
link_put(struct gdb_link *l, char c)
{
	if (!gdb_room(l))
		return false;
	l->out[1 + l->out_len++] = c;
	return true;
}

void
gdb_put(struct gdb_link *l, const char *s)
{
	while (*s && link_put(l, *s))
		s++;
}

void
gdb_put_hex(struct gdb_link *l, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (; n && gdb_room(l) >= 2; n--, p++) {
		link_put(l, hex_digits[*p >> 4]);
		link_put(l, hex_digits[*p & 15]);
	}
}

void
gdb_put_num(struct gdb_link *l, uint64_t v)
{
	unsigned shift = 60;

	while (shift && !(v >> shift))
		shift -= 4;
	for (; shift; shift -= 4)
		link_put(l, hex_digits[v >> shift & 15]);
	link_put(l, hex_digits[v & 15]);
}

size_t
gdb_put_binary(struct gdb_link *l, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t i;

	for (i = 0; i < n; i++) {
		bool special = p[i] == '$' || p[i] == '#' || p[i] == '*' || p[i] == ESCAPE_BYTE;

		if (gdb_room(l) < 1u + special)
			break;
		if (special)
			link_put(l, ESCAPE_BYTE);
		link_put(l, (char)(special ? p[i] ^ ESCAPE_FLIP : p[i]));
	}
	return i;
}

void
gdb_end(struct gdb_link *l)
{
	uint8_t sum = 0;
	size_t i;

	for (i = 1; i <= l->out_len; i++)
		sum = (uint8_t)(sum + (uint8_t)l->out[i]);
	l->out[0] = '$';
	l->out[i++] = '#';
	l->out[i++] = hex_digits[sum >> 4];
	l->out[i++] = hex_digits[sum & 15];
	l->sent = i;
	l->send(l->arg, l->out, i);
}

void
gdb_say(struct gdb_link *l, const char *s)
{
	gdb_begin(l);
	gdb_put(l, s);
	gdb_end(l);
}

void
gdb_say_error(struct gdb_link *l, unsigned code)
{
	const uint8_t byte = (uint8_t)code;

	gdb_begin(l);
	gdb_put(l, "E");
	gdb_put_hex(l, &byte, 1);
	gdb_end(l);
}
