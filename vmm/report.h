/*
 * vmm/report.h - the counters, when all has ended
 */
#ifndef VMM_REPORT_H
#define VMM_REPORT_H

struct vm;
struct sched;

/* What was counted since LAB_MARK_START, as "vmN.work.NAME=VALUE", to labdev. */
void	report_work(const struct vm *vm);

void	report(const struct sched *s);

#endif
