#include <gmp.h>

int
main(void)
{
	mpz_t z;

	mpz_init(z);
	mpz_clear(z);
	return 0;
}
