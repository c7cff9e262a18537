/*
 * ui/hub_main.h - the program "ringlab hub"
 */
#ifndef UI_HUB_MAIN_H
#define UI_HUB_MAIN_H

/* argv[0] is "hub".  The exit status. */
int	hub_main(int argc, char **argv);

#endif
