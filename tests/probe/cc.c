/* Does the compiler make programs at all, with the C we are written in? */
#include <stdint.h>

_Static_assert(sizeof(void *) == 8, "a 64-bit host");

int
main(void)
{
	unsigned __int128 wide = (unsigned __int128)1 << 64;

	return (int)(wide >> 65);
}
