#include <libslirp.h>

int
main(void)
{
	return slirp_version_string() == 0;
}
