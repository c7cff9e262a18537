/*
 * vmm/guest/user/work.h - the programs
 */
#ifndef GUEST_WORK_H
#define GUEST_WORK_H

#include "vmm/guest/user/user.h"

program work_compute;
program work_random;
program work_churn;
program work_fork;
program work_leaf;
program work_switch;
program work_syscall;
program work_nano;
program work_faults;
program work_swap;
program work_clock;
program work_quantum;
program work_deadline;
program work_alarm;
program work_image;
program work_translate;
program work_stale;
program work_reach;
program work_secret;
program work_roots;

#endif
