#include <SDL.h>

int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return SDL_Init(SDL_INIT_VIDEO);
}
