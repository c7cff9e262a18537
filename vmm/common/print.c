/*
 * vmm/common/print.c - text from a format
 */
#include "vmm/common/print.h"

#include <stdbool.h>
#include <stdint.h>

struct out {
	print_sink	*sink;
	void		*arg;
};

/* What is between '%' and the letter */
struct spec {
	bool	left, zero;
	int	width, longs;
};

static void
pad(const struct out *o, char c, int n)
{
	while (n-- > 0)
		o->sink(o->arg, c);
}

static void
put_text(const struct out *o, const struct spec *s, const char *text)
{
	int n = 0;

	if (!text)
		text = "(null)";
	while (text[n])
		n++;
	pad(o, ' ', s->left ? 0 : s->width - n);
	while (*text)
		o->sink(o->arg, *text++);
	pad(o, ' ', s->left ? s->width - n : 0);
}

static void
put_number(const struct out *o, const struct spec *s, uint64_t v, unsigned base,
    bool minus)
{
	char digits[24];
	int n = 0, len;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	len = n + minus;
	if (!s->left && !s->zero)
		pad(o, ' ', s->width - len);
	if (minus)
		o->sink(o->arg, '-');
	if (!s->left && s->zero)
		pad(o, '0', s->width - len);
	while (n)
		o->sink(o->arg, digits[--n]);
	if (s->left)
		pad(o, ' ', s->width - len);
}

static const char *
read_spec(const char *f, struct spec *s)
{
	*s = (struct spec){ 0 };
	for (; *f == '-' || *f == '0'; f++)
		*(*f == '-' ? &s->left : &s->zero) = true;
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + *f - '0';
	for (; *f == 'l' || *f == 'z'; f++)
		s->longs++;
	return f;
}

/* A va_list in a struct can be passed on by address. */
struct args {
	va_list	ap;
};

static uint64_t
next_number(struct args *a, const struct spec *s, bool is_signed)
{
	if (s->longs)
		return va_arg(a->ap, uint64_t);
	if (is_signed)
		return (uint64_t)(int64_t)va_arg(a->ap, int);
	return va_arg(a->ap, unsigned);
}

static void
put_spec(const struct out *o, const struct spec *s, char letter, struct args *a)
{
	int64_t v;

	switch (letter) {
	case 'c':
		o->sink(o->arg, (char)va_arg(a->ap, int));
		break;
	case 's':
		put_text(o, s, va_arg(a->ap, const char *));
		break;
	case 'd':
	case 'i':
		v = (int64_t)next_number(a, s, true);
		put_number(o, s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0);
		break;
	case 'u':
		put_number(o, s, next_number(a, s, false), 10, false);
		break;
	case 'x':
		put_number(o, s, next_number(a, s, false), 16, false);
		break;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(a->ap, void *), 16, false);
		break;
	default:
		o->sink(o->arg, letter);
	}
}

void
print_to(print_sink *sink, void *arg, const char *f, va_list ap)
{
	struct out o = { sink, arg };
	struct spec s;
	struct args a;

	va_copy(a.ap, ap);
	while (*f) {
		if (*f != '%') {
			sink(arg, *f++);
			continue;
		}
		f = read_spec(f + 1, &s);
		if (!*f)
			break;
		put_spec(&o, &s, *f++, &a);
	}
	va_end(a.ap);
}

struct room {
	char	*p, *end;
};

static void
into(void *arg, char c)
{
	struct room *r = arg;

	if (r->p < r->end)
		*r->p++ = c;
}

void
print_into(char *buf, size_t n, const char *format, ...)
{
	struct room r = { buf, buf + n - 1 };
	va_list ap;

	va_start(ap, format);
	print_to(into, &r, format, ap);
	va_end(ap);
	*r.p = 0;
}
