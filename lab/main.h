/*
 * lab/main.h - the program "ringlab lab"
 */
#ifndef LAB_MAIN_H
#define LAB_MAIN_H

/* argv[0] is "lab".  The exit status: 0, 1 after a message, 2 when a claim came out
 * otherwise than it should, 8 when a result cannot be repeated. */
int	lab_main(int argc, char **argv);

#endif
