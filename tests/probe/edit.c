#include <stdio.h>

#include <histedit.h>

int
main(void)
{
	History *h = history_init();

	history_end(h);
	return 0;
}
