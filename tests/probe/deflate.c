/* Reads and writes zlib streams (1.0 or later). */
#include <libdeflate.h>

int
main(void)
{
	return libdeflate_alloc_decompressor() == 0;
}
