/* XXH3_128bits_withSeed is what the state hash is made of (0.8 or later). */
#include <xxhash.h>

int
main(void)
{
	return (int)XXH3_128bits_withSeed("", 0, 1).low64 & 1;
}
