/*
 * lab/labs.h - the labs, each in its file
 */
#ifndef LAB_LABS_H
#define LAB_LABS_H

#include "lab/lab.h"

extern const struct lab lab_checkpoint;
extern const struct lab lab_cr3;
extern const struct lab lab_double;
extern const struct lab lab_faults;
extern const struct lab lab_paging;
extern const struct lab lab_paravirt;
extern const struct lab lab_pg;
extern const struct lab lab_timer;
extern const struct lab lab_translate;

#endif
