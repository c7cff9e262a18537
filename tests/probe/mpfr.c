#include <mpfr.h>

int
main(void)
{
	mpfr_t x;

	mpfr_init2(x, 64);
	mpfr_sin(x, x, MPFR_RNDN);
	mpfr_clear(x);
	return 0;
}
