/*
 * vmm/guest/user/work.h - the programs
 */
#ifndef GUEST_WORK_H
#define GUEST_WORK_H

#include "vmm/guest/user/user.h"

program work_compute;

#endif
