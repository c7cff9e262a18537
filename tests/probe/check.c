#include <check.h>

int
main(void)
{
	SRunner *sr = srunner_create(suite_create("probe"));

	srunner_free(sr);
	return 0;
}
