/*
 * Does an exception during the delivery of #DF shut the processor down?
 *
 * Set-up: an IDT of no entries, then UD2.
 * Expected: shutdown, which the board turns into a reset; with -no-reboot the
 * program leaves with its status for that.
 * AMD APM vol 2, "#DF-Double-Fault Exception (Vector 8)".
 */
#include "guest.h"

int
main(void)
{
	static struct pointer none;

	expect_reset();
	asm volatile("lidt %0\n ud2" :: "m"(none));
	claim(false, "an exception without an IDT resets");
	return 0;
}
