/* Can 32-bit programs be made?  Guest tests and option ROMs need -m32. */
#include <stdio.h>

_Static_assert(sizeof(void *) == 4, "-m32");

int
main(void)
{
	return puts("32") < 0;
}
