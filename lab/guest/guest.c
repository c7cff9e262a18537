/*
 * lab/guest/guest.c - what the labs' own small guests have in common
 */
#include "lab/guest/guest.h"

void	*memcpy(void *to, const void *from, uint32_t n);
void	*memset(void *to, int c, uint32_t n);

#define MBI_CMDLINE	4u	/* flag: there is one; Multiboot 0.6.96, 3.3 */

const char *
boot_line(const uint32_t *mbi)
{
	return mbi[0] & MBI_CMDLINE ? (const char *)mbi[4] : "";
}

uint32_t
arg_number(const char *line, const char *name, uint32_t otherwise)
{
	uint32_t v = 0, i;

	for (; *line; line++) {
		for (i = 0; name[i] && line[i] == name[i]; i++)
			;
		if (name[i] || line[i] != '=')
			continue;
		for (line += i + 1; *line >= '0' && *line <= '9'; line++)
			v = v * 10 + (uint32_t)(*line - '0');
		return v;
	}
	return otherwise;
}

/* --- what the compiler calls --- */

void *
memcpy(void *to, const void *from, uint32_t n)
{
	void *at = to;

	asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *
memset(void *to, int c, uint32_t n)
{
	void *at = to;

	asm volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
	return to;
}
