/*
 * hw/ps2.c - PS/2 keyboard and mouse
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Keyboard (101- and
 * 102-Key)" and "Mouse"; Microsoft "Intellimouse" extension (sample rates 200,
 * 100, 80 and 200, 200, 80 as a knock).
 *
 * Not modelled: key types of single keys in set 3 (FBh..FDh; all keys send
 * make and break codes and repeat), the mouse's 2:1 scaling (its bit reads
 * back), the power-on test's delay and its AAh.
 */
#include "hw/ps2.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "hw/ps2_keys.h"

#define PS2_ACK		0xfa
#define PS2_RESEND	0xfe
#define PS2_TEST_OK	0xaa

#define KBD_SET_LEDS	0xed
#define KBD_ECHO	0xee
#define KBD_SET_CODES	0xf0
#define KBD_READ_ID	0xf2
#define KBD_TYPEMATIC	0xf3
#define KBD_ENABLE	0xf4
#define KBD_DISABLE	0xf5
#define KBD_DEFAULTS	0xf6
#define KBD_RESEND	0xfe
#define KBD_RESET	0xff
#define TYPEMATIC_START	0x2b	/* 500 ms, 10.9 per second */

#define MOUSE_SCALE_1	0xe6
#define MOUSE_SCALE_2	0xe7
#define MOUSE_RES	0xe8
#define MOUSE_STATUS	0xe9
#define MOUSE_STREAM	0xea
#define MOUSE_READ	0xeb
#define MOUSE_UNWRAP	0xec
#define MOUSE_WRAP	0xee
#define MOUSE_REMOTE	0xf0
#define MOUSE_READ_ID	0xf2
#define MOUSE_RATE	0xf3
#define MOUSE_ENABLE	0xf4
#define MOUSE_DISABLE	0xf5
#define MOUSE_DEFAULTS	0xf6

#define MS		((uint64_t)VCLOCK_HZ / 1000)

static void
queue_clear(struct ps2_queue *q)
{
	memset(q, 0, sizeof(*q));
}

static void
queue_put(struct ps2_queue *q, uint8_t val)
{
	if (q->count == PS2_KEYS)
		return;
	q->data[(q->head + q->count) % PS2_KEYS] = val;
	q->count++;
}

static uint8_t
queue_get(struct ps2_queue *q)
{
	uint8_t v = q->data[q->head];

	q->head = (q->head + 1) % PS2_KEYS;
	q->count--;
	return v;
}

bool
ps2_pending(const struct ps2_port *p)
{
	return p->reply.count || p->report.count;
}

uint8_t
ps2_take(struct ps2_port *p)
{
	p->last = queue_get(p->reply.count ? &p->reply : &p->report);
	return p->last;
}

/* A new command ends the replies to the one before. */
static void
ps2_reply(struct ps2_port *p, const uint8_t *bytes, unsigned n)
{
	unsigned i;

	queue_clear(&p->reply);
	for (i = 0; i < n; i++)
		queue_put(&p->reply, bytes[i]);
	p->ready(p->arg);
}

static void
ps2_reply1(struct ps2_port *p, uint8_t v)
{
	ps2_reply(p, &v, 1);
}

/* All of a report or nothing. */
static bool
ps2_report(struct ps2_port *p, const uint8_t *bytes, unsigned n)
{
	unsigned i;

	if (p->report.count + n > PS2_KEYS)
		return false;
	for (i = 0; i < n; i++)
		queue_put(&p->report, bytes[i]);
	p->ready(p->arg);
	return true;
}

/* The next deadline of a period; a lost one is not made up for. */
static uint64_t
ps2_next(const struct ps2_port *p, uint64_t when, uint64_t period)
{
	uint64_t now = vclock_now(p->clock);

	return when + period > now ? when + period : now + period;
}

static void
ps2_port_reset(struct ps2_port *p)
{
	queue_clear(&p->reply);
	queue_clear(&p->report);
	p->last = 0;
	p->command = 0;
	p->enabled = false;
}

static int
ps2_port_restored(const struct ps2_port *p)
{
	if (p->reply.head >= PS2_KEYS || p->reply.count > PS2_KEYS ||
	    p->report.head >= PS2_KEYS || p->report.count > PS2_KEYS)
		return -EINVAL;
	return 0;
}

/* Keyboard */

static bool
kbd_is_down(const struct ps2_keyboard *k, unsigned usage)
{
	return k->down[usage / 8] >> (usage % 8) & 1;
}

static bool
kbd_shift(const struct ps2_keyboard *k)
{
	return kbd_is_down(k, HID_LEFT_SHIFT) || kbd_is_down(k, HID_RIGHT_SHIFT);
}

static bool
kbd_ctrl(const struct ps2_keyboard *k)
{
	return kbd_is_down(k, HID_LEFT_CTRL) || kbd_is_down(k, HID_RIGHT_CTRL);
}

static bool
kbd_alt(const struct ps2_keyboard *k)
{
	return kbd_is_down(k, HID_LEFT_ALT) || kbd_is_down(k, HID_RIGHT_ALT);
}

/* One code in set 1 or 2 with its prefixes; returns the bytes written. */
static unsigned
kbd_code(const struct ps2_keyboard *k, uint8_t *out, uint16_t code, bool down)
{
	unsigned n = 0;

	if (code & PS2_E0)
		out[n++] = 0xe0;
	if (k->set == 1) {
		out[n++] = ps2_translate((uint8_t)code) | (down ? 0 : 0x80);
		return n;
	}
	if (!down)
		out[n++] = 0xf0;
	out[n++] = (uint8_t)code;
	return n;
}

/* Pause has no break code; with Ctrl it is Break. */
static unsigned
kbd_pause(const struct ps2_keyboard *k, uint8_t *out, bool down)
{
	unsigned n = 0;
	uint16_t scroll = PS2_E0 | 0x7e;

	if (!down)
		return 0;
	if (kbd_ctrl(k)) {
		n += kbd_code(k, out + n, scroll, true);
		n += kbd_code(k, out + n, scroll, false);
		return n;
	}
	out[n++] = 0xe1;
	n += kbd_code(k, out + n, 0x14, true);
	n += kbd_code(k, out + n, 0x77, true);
	out[n++] = 0xe1;
	n += kbd_code(k, out + n, 0x14, false);
	n += kbd_code(k, out + n, 0x77, false);
	return n;
}

/* Print Screen carries a shift of its own, and is SysRq with Alt. */
static unsigned
kbd_print_screen(const struct ps2_keyboard *k, uint8_t *out, bool down)
{
	bool wrap = !kbd_shift(k) && !kbd_ctrl(k);
	unsigned n = 0;

	if (kbd_alt(k))
		return kbd_code(k, out, 0x84, down);
	if (wrap && down)
		n += kbd_code(k, out + n, PS2_E0 | 0x12, true);
	n += kbd_code(k, out + n, PS2_E0 | 0x7c, down);
	if (wrap && !down)
		n += kbd_code(k, out + n, PS2_E0 | 0x12, false);
	return n;
}

static unsigned
kbd_sequence(const struct ps2_keyboard *k, uint8_t *out, unsigned usage, bool down)
{
	uint16_t code;
	unsigned n = 0;

	if (k->set == 3) {
		code = ps2_set3_code(usage);
		if (code && !down)
			out[n++] = 0xf0;
		if (code)
			out[n++] = (uint8_t)code;
		return n;
	}
	if (usage == HID_PAUSE)
		return kbd_pause(k, out, down);
	if (usage == HID_PRINT_SCREEN)
		return kbd_print_screen(k, out, down);
	code = ps2_set2_code(usage);
	return code ? kbd_code(k, out, code, down) : 0;
}

static void
kbd_send(struct ps2_keyboard *k, unsigned usage, bool down)
{
	struct ps2_queue *q = &k->port.report;
	uint8_t bytes[16];
	unsigned n = kbd_sequence(k, bytes, usage, down);

	if (n == 0 || ps2_report(&k->port, bytes, n))
		return;
	/* "Keyboard buffer overrun": its code takes the place of the key. */
	if (q->count == PS2_KEYS)
		q->count--;
	queue_put(q, k->set == 1 ? 0xff : 0x00);
}

/* "Set Typematic Rate/Delay (F3)" */
static uint64_t
kbd_repeat_delay(const struct ps2_keyboard *k)
{
	return (((unsigned)k->typematic >> 5 & 3) + 1) * 250 * MS;
}

static uint64_t
kbd_repeat_period(const struct ps2_keyboard *k)
{
	unsigned a = k->typematic & 7, b = k->typematic >> 3 & 3;

	return (8 + a) * (MS * 25 / 6) << b;	/* 4.17 ms units */
}

static void
kbd_repeat(void *arg)
{
	struct ps2_keyboard *k = arg;

	if (k->repeat_key == 0)
		return;
	if (k->port.report.count == 0)
		kbd_send(k, k->repeat_key, true);
	k->repeat_when = ps2_next(&k->port, k->repeat_when, kbd_repeat_period(k));
	vtimer_arm(k->port.clock, &k->repeat, k->repeat_when);
}

static void
kbd_stop_repeat(struct ps2_keyboard *k)
{
	k->repeat_key = 0;
	vtimer_disarm(k->port.clock, &k->repeat);
}

static void
kbd_start_repeat(struct ps2_keyboard *k, unsigned usage)
{
	k->repeat_key = (uint8_t)usage;
	k->repeat_when = vclock_now(k->port.clock) + kbd_repeat_delay(k);
	vtimer_arm(k->port.clock, &k->repeat, k->repeat_when);
}

void
ps2_keyboard_key(struct ps2_keyboard *k, unsigned usage, bool down)
{
	if (usage == 0 || usage > 0xff || kbd_is_down(k, usage) == down)
		return;
	if (down)
		k->down[usage / 8] |= (uint8_t)(1u << usage % 8);
	else
		k->down[usage / 8] &= (uint8_t)~(1u << usage % 8);
	if (!k->port.enabled)
		return;
	kbd_send(k, usage, down);
	if (down && usage != HID_PAUSE)
		kbd_start_repeat(k, usage);
	else if (usage == k->repeat_key)
		kbd_stop_repeat(k);
}

static void
kbd_defaults(struct ps2_keyboard *k)
{
	queue_clear(&k->port.report);
	k->set = 2;
	k->typematic = TYPEMATIC_START;
	kbd_stop_repeat(k);
}

static void
kbd_set_codes(struct ps2_keyboard *k, uint8_t val)
{
	uint8_t now[2] = { PS2_ACK, k->set };

	if (val == 0) {
		ps2_reply(&k->port, now, 2);
		return;
	}
	if (val > 3) {
		ps2_reply1(&k->port, PS2_RESEND);
		return;
	}
	k->set = val;
	queue_clear(&k->port.report);
	ps2_reply1(&k->port, PS2_ACK);
}

static void
kbd_argument(struct ps2_keyboard *k, uint8_t val)
{
	uint8_t command = k->port.command;

	k->port.command = 0;
	if (command == KBD_SET_CODES) {
		kbd_set_codes(k, val);
		return;
	}
	if (command == KBD_SET_LEDS)
		k->leds = val & 7;
	else if (command == KBD_TYPEMATIC)
		k->typematic = val & 0x7f;
	ps2_reply1(&k->port, PS2_ACK);
}

static void
kbd_command(struct ps2_keyboard *k, uint8_t val)
{
	static const uint8_t id[3] = { PS2_ACK, 0xab, 0x83 };
	static const uint8_t tested[2] = { PS2_ACK, PS2_TEST_OK };
	struct ps2_port *p = &k->port;

	switch (val) {
	case KBD_SET_LEDS:
	case KBD_SET_CODES:
	case KBD_TYPEMATIC:
		p->command = val;
		break;
	case KBD_ECHO:
		ps2_reply1(p, KBD_ECHO);
		return;
	case KBD_READ_ID:
		ps2_reply(p, id, sizeof(id));
		return;
	case KBD_ENABLE:
		queue_clear(&p->report);
		p->enabled = true;
		break;
	case KBD_DISABLE:
	case KBD_DEFAULTS:
		kbd_defaults(k);
		p->enabled = val == KBD_DEFAULTS;
		break;
	case KBD_RESEND:
		ps2_reply1(p, p->last);
		return;
	case KBD_RESET:
		kbd_defaults(k);
		k->leds = 0;
		p->enabled = true;
		ps2_reply(p, tested, sizeof(tested));
		return;
	default:
		if (val < 0xf7 || val > 0xfd) {
			ps2_reply1(p, PS2_RESEND);
			return;
		}
		if (val >= 0xfb)
			log_unimp(p->log, "ps2.keytype",
			    "keyboard: command 0x%02x (type of a key)", val);
		break;
	}
	ps2_reply1(p, PS2_ACK);
}

void
ps2_keyboard_write(struct ps2_keyboard *k, uint8_t val)
{
	/* A command in place of an argument is a new command. */
	if (k->port.command && val < 0xed)
		kbd_argument(k, val);
	else {
		k->port.command = 0;
		kbd_command(k, val);
	}
}

void
ps2_keyboard_reset(struct ps2_keyboard *k)
{
	ps2_port_reset(&k->port);
	kbd_defaults(k);
	k->port.enabled = true;
	k->leds = 0;
	k->repeat_when = 0;
	memset(k->down, 0, sizeof(k->down));
}

int
ps2_keyboard_restored(struct ps2_keyboard *k)
{
	if (k->set < 1 || k->set > 3 || k->typematic > 0x7f || k->leds > 7 ||
	    k->repeat_when > vclock_now(k->port.clock) + VCLOCK_HZ)
		return -EINVAL;
	return ps2_port_restored(&k->port);
}

void
ps2_keyboard_init(struct ps2_keyboard *k, struct vclock *clock,
    void (*ready)(void *arg), void *arg, struct log *log)
{
	memset(k, 0, sizeof(*k));
	k->port.clock = clock;
	k->port.ready = ready;
	k->port.arg = arg;
	k->port.log = log;
	vtimer_init(&k->repeat, kbd_repeat, k);
	ps2_keyboard_reset(k);
}

/* Mouse */

static int
mouse_clamp(uint32_t v, int limit)
{
	int d = (int)v;

	if (d > limit)
		return limit;
	return d < -limit ? -limit : d;
}

static bool
mouse_changed(const struct ps2_mouse *m)
{
	return m->dx || m->dy || (m->id && m->dz) || m->buttons != m->sent_buttons;
}

/* "Mouse data report": what does not fit waits for the next one. */
static unsigned
mouse_packet(struct ps2_mouse *m, uint8_t *out)
{
	int dx = mouse_clamp(m->dx, 255), dy = mouse_clamp(m->dy, 255);
	int dz = mouse_clamp(m->dz, m->id == 4 ? 7 : 127);

	out[0] = (uint8_t)(0x08 | (m->buttons & 7) | (dx < 0 ? 0x10 : 0) |
	    (dy < 0 ? 0x20 : 0));
	out[1] = (uint8_t)dx;
	out[2] = (uint8_t)dy;
	out[3] = (uint8_t)dz;
	if (m->id == 4)
		out[3] = (uint8_t)((dz & 15) | (m->buttons & 0x18) << 1);
	m->dx -= (uint32_t)dx;
	m->dy -= (uint32_t)dy;
	m->dz -= (uint32_t)dz;
	m->sent_buttons = m->buttons;
	return m->id ? 4 : 3;
}

static void
mouse_stream(struct ps2_mouse *m)
{
	uint8_t packet[4];
	unsigned n;

	if (!m->port.enabled || m->remote || m->wrap || !mouse_changed(m) ||
	    vtimer_armed(&m->sample) || m->port.report.count)
		return;
	n = mouse_packet(m, packet);
	ps2_report(&m->port, packet, n);
	m->sample_when = vclock_now(m->port.clock) + VCLOCK_HZ / m->rate;
	vtimer_arm(m->port.clock, &m->sample, m->sample_when);
}

static void
mouse_sample(void *arg)
{
	struct ps2_mouse *m = arg;

	vtimer_disarm(m->port.clock, &m->sample);	/* "armed" means "wait" */
	/* The host has not read the last report: look again later. */
	if (m->port.report.count) {
		m->sample_when = ps2_next(&m->port, m->sample_when,
		    VCLOCK_HZ / m->rate);
		vtimer_arm(m->port.clock, &m->sample, m->sample_when);
		return;
	}
	mouse_stream(m);
}

/* Sums stay small enough for any later addition. */
static uint32_t
mouse_add(uint32_t sum, int d)
{
	const int limit = 1 << 20;

	if (d > limit)
		d = limit;
	if (d < -limit)
		d = -limit;
	return (uint32_t)mouse_clamp(sum + (uint32_t)d, limit);
}

void
ps2_mouse_move(struct ps2_mouse *m, int dx, int dy, int dz, uint8_t buttons)
{
	m->dx = mouse_add(m->dx, dx);
	m->dy = mouse_add(m->dy, dy < -0x100000 ? 0x100000 : -dy);
	m->dz = mouse_add(m->dz, dz);
	m->buttons = buttons & (m->id == 4 ? 0x1f : 0x07);
	mouse_stream(m);
}

static void
mouse_forget(struct ps2_mouse *m)
{
	queue_clear(&m->port.report);
	m->dx = m->dy = m->dz = 0;
}

static void
mouse_defaults(struct ps2_mouse *m)
{
	mouse_forget(m);
	m->rate = 100;
	m->resolution = 2;
	m->scaling = false;
	m->remote = false;
	m->wrap = false;
	m->port.enabled = false;
	vtimer_disarm(m->port.clock, &m->sample);
}

static void
mouse_set_rate(struct ps2_mouse *m, uint8_t val)
{
	m->rates[0] = m->rates[1];
	m->rates[1] = m->rates[2];
	m->rates[2] = val;
	m->rate = val ? val : 100;
	if (m->rates[0] == 200 && m->rates[1] == 100 && val == 80)
		m->id = 3;
	if (m->rates[0] == 200 && m->rates[1] == 200 && val == 80)
		m->id = 4;
}

static void
mouse_status(struct ps2_mouse *m)
{
	uint8_t s[4] = { PS2_ACK, 0, m->resolution, m->rate };

	s[1] = (uint8_t)((m->buttons & 1) << 2 | (m->buttons & 2) >> 1 |
	    (m->buttons & 4) >> 1 | (m->scaling ? 0x10 : 0) |
	    (m->port.enabled ? 0x20 : 0) | (m->remote ? 0x40 : 0));
	ps2_reply(&m->port, s, sizeof(s));
}

static void
mouse_read_data(struct ps2_mouse *m)
{
	uint8_t s[5] = { PS2_ACK };
	unsigned n = mouse_packet(m, s + 1);

	ps2_reply(&m->port, s, n + 1);
}

static void
mouse_argument(struct ps2_mouse *m, uint8_t val)
{
	uint8_t command = m->port.command;

	m->port.command = 0;
	if (command == MOUSE_RATE)
		mouse_set_rate(m, val);
	else
		m->resolution = val & 3;
	ps2_reply1(&m->port, PS2_ACK);
}

/* Commands that answer with more, or other, than an acknowledge. */
static bool
mouse_query(struct ps2_mouse *m, uint8_t val)
{
	static const uint8_t tested[3] = { PS2_ACK, PS2_TEST_OK, 0 };
	uint8_t id[2] = { PS2_ACK, m->id };

	switch (val) {
	case MOUSE_STATUS:
		mouse_status(m);
		return true;
	case MOUSE_READ:
		mouse_read_data(m);
		return true;
	case MOUSE_READ_ID:
		ps2_reply(&m->port, id, 2);
		return true;
	case KBD_RESEND:
		ps2_reply1(&m->port, m->port.last);
		return true;
	case KBD_RESET:
		mouse_defaults(m);
		m->id = 0;
		ps2_reply(&m->port, tested, 3);
		return true;
	default:
		return false;
	}
}

static void
mouse_command(struct ps2_mouse *m, uint8_t val)
{
	uint8_t answer = PS2_ACK;

	if (mouse_query(m, val))
		return;
	switch (val) {
	case MOUSE_SCALE_1:
	case MOUSE_SCALE_2:
		m->scaling = val == MOUSE_SCALE_2;
		break;
	case MOUSE_RES:
	case MOUSE_RATE:
		m->port.command = val;
		break;
	case MOUSE_STREAM:
	case MOUSE_REMOTE:
		m->remote = val == MOUSE_REMOTE;
		mouse_forget(m);
		break;
	case MOUSE_UNWRAP:
		break;
	case MOUSE_WRAP:
		m->wrap = true;
		break;
	case MOUSE_ENABLE:
	case MOUSE_DISABLE:
		m->port.enabled = val == MOUSE_ENABLE;
		mouse_forget(m);
		break;
	case MOUSE_DEFAULTS:
		mouse_defaults(m);
		break;
	default:
		answer = PS2_RESEND;
		break;
	}
	ps2_reply1(&m->port, answer);
}

void
ps2_mouse_write(struct ps2_mouse *m, uint8_t val)
{
	if (m->wrap) {		/* echo mode: all but two commands come back */
		if (val == KBD_RESET || val == MOUSE_UNWRAP)
			m->wrap = false;
		else {
			ps2_reply1(&m->port, val);
			return;
		}
	}
	if (m->port.command && val < MOUSE_SCALE_1)
		mouse_argument(m, val);
	else {
		m->port.command = 0;
		mouse_command(m, val);
	}
}

void
ps2_mouse_reset(struct ps2_mouse *m)
{
	ps2_port_reset(&m->port);
	mouse_defaults(m);
	m->id = 0;
	memset(m->rates, 0, sizeof(m->rates));
	m->buttons = m->sent_buttons = 0;
	m->sample_when = 0;
}

int
ps2_mouse_restored(struct ps2_mouse *m)
{
	if (m->rate == 0 || m->resolution > 3 || m->buttons > 0x1f ||
	    (m->id != 0 && m->id != 3 && m->id != 4) ||
	    m->sample_when > vclock_now(m->port.clock) + VCLOCK_HZ)
		return -EINVAL;
	return ps2_port_restored(&m->port);
}

void
ps2_mouse_init(struct ps2_mouse *m, struct vclock *clock,
    void (*ready)(void *arg), void *arg, struct log *log)
{
	memset(m, 0, sizeof(*m));
	m->port.clock = clock;
	m->port.ready = ready;
	m->port.arg = arg;
	m->port.log = log;
	vtimer_init(&m->sample, mouse_sample, m);
	ps2_mouse_reset(m);
}

/* State */

static const struct snap_field ps2_queue_fields[] = {
	SNAP_BYTES(struct ps2_queue, data),
	SNAP_U8(struct ps2_queue, head),
	SNAP_U8(struct ps2_queue, count),
	SNAP_END
};

static const struct snap_field ps2_port_fields[] = {
	SNAP_STRUCT_1(struct ps2_port, reply, ps2_queue_fields),
	SNAP_STRUCT_1(struct ps2_port, report, ps2_queue_fields),
	SNAP_U8(struct ps2_port, last),
	SNAP_U8(struct ps2_port, command),
	SNAP_BOOL(struct ps2_port, enabled),
	SNAP_END
};

const struct snap_field ps2_keyboard_fields[] = {
	SNAP_STRUCT_1(struct ps2_keyboard, port, ps2_port_fields),
	SNAP_U8(struct ps2_keyboard, leds),
	SNAP_U8(struct ps2_keyboard, set),
	SNAP_U8(struct ps2_keyboard, typematic),
	SNAP_U8(struct ps2_keyboard, repeat_key),
	SNAP_BYTES(struct ps2_keyboard, down),
	SNAP_U64(struct ps2_keyboard, repeat_when),
	SNAP_TIMER(struct ps2_keyboard, repeat),
	SNAP_END
};

const struct snap_field ps2_mouse_fields[] = {
	SNAP_STRUCT_1(struct ps2_mouse, port, ps2_port_fields),
	SNAP_U8(struct ps2_mouse, id),
	SNAP_ARRAY(struct ps2_mouse, rates),
	SNAP_U8(struct ps2_mouse, rate),
	SNAP_U8(struct ps2_mouse, resolution),
	SNAP_BOOL(struct ps2_mouse, scaling),
	SNAP_BOOL(struct ps2_mouse, remote),
	SNAP_BOOL(struct ps2_mouse, wrap),
	SNAP_U8(struct ps2_mouse, buttons),
	SNAP_U8(struct ps2_mouse, sent_buttons),
	SNAP_U32(struct ps2_mouse, dx),
	SNAP_U32(struct ps2_mouse, dy),
	SNAP_U32(struct ps2_mouse, dz),
	SNAP_U64(struct ps2_mouse, sample_when),
	SNAP_TIMER(struct ps2_mouse, sample),
	SNAP_END
};
