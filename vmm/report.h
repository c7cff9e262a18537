/*
 * vmm/report.h - the counters, when all has ended
 */
#ifndef VMM_REPORT_H
#define VMM_REPORT_H

struct vm;
struct sched;

void	report(const struct sched *s);

#endif
