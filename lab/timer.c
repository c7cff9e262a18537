/*
 * lab/timer.c - the lab "timer": what becomes of ticks that are due while a VM is off
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/labs.h"
#include "lab/timer_priv.h"

static const struct lab_setting keys[] = {
	{ "off", KEY_TIME, "500ms", "200ms", 20 * MS, 5000 * MS, NULL, "D: how long the VM is "
	    "descheduled" },
	{ "before", KEY_TIME, "330ms", NULL, 100 * MS, 2000 * MS, NULL, "how long it runs "
	    "before that" },
	{ "window", KEY_TIME, "1s", "300ms", 50 * MS, 5000 * MS, NULL, "what is looked at after "
	    "the resume" },
	{ "slew", KEY_NUMBER, "2", NULL, 2, 10, NULL, "r: how many times nominal slew catches up" },
	{ "asleep", KEY_TIME, "43200s", "60s", 1000 * MS, 43200000 * MS, NULL,
	    "how long the VM sleeps with its lid closed" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "3d.1", VERDICT_HOLDS_IF },
	{ "3d.2", VERDICT_HOLDS },
	{ "3d.3", VERDICT_HOLDS_IF },
	{ "3d.4", VERDICT_HOLDS_IF },
	{ "3d.5", VERDICT_HOLDS },
	{ "3d.6", VERDICT_HOLDS_IF },
	{ "3d.7", VERDICT_HOLDS_IF },
	{ "3d.8", VERDICT_HOLDS_IF },
	{ NULL, VERDICT_HOLDS }
};

const char *
policy_name(enum policy p)
{
	static const char *const name[POLICIES] = { "merge", "batch", "drop", "slew", "delay" };

	return name[p];
}

bool
timer_run(struct lab_run *r, struct world *w, const struct timer *t, enum policy p, uint64_t off,
    const char *words)
{
	char vmm[128], all[128];
	int n = snprintf(vmm, sizeof(vmm), "vm.time=%s vm.slew=%" PRIu64, policy_name(p),
	    lab_number(r, "slew"));

	if (off)
		snprintf(vmm + n, sizeof(vmm) - (size_t)n, " vm.off_at=%" PRIu64 " "
		    "vm.off_for=%" PRIu64,
		    t->start + t->before, off);
	snprintf(all, sizeof(all), "%s hz=%u timer=on", words, HZ);
	return world_run(w, r, WORLD_NESTED, all, vmm);
}

static bool
run(struct lab_run *r)
{
	struct timer t = { .off = lab_number(r, "off"), .before = lab_number(r, "before") };

	if (!timer_clock(r, &t) || !timer_quanta(r, &t) || !timer_deadlines(r, &t) ||
	    !timer_alarm(r, &t) || !timer_asleep(r, &t))
		return false;
	timer_bunch(r, &t);
	timer_issues(r, &t);
	return true;
}

const struct lab lab_timer = {
	.name = "timer",
	.question = "A VM is descheduled and its timer is not: what becomes of the ticks, and "
	    "of those who count them?",
	.keys = keys,
	.claims = claims,
	.page = {
		.mechanism =
	"A guest that counts timer interrupts takes each for 10 ms. While the VM does not run, "
	"ticks are due and cannot be taken. What then happens is a policy of the "
	"VMM's:\n\nmerge: one pending bit, as an interrupt controller has it. n are due, one "
	"is delivered; the clock is behind by D less a tick for ever. batch: a counter. All "
	"come back to back on resume: the clock is right again at once, and time runs "
	"thousands of times too fast meanwhile. drop: what is due while it is off is lost; -D "
	"for ever. slew: a counter that is given out at most r times nominal; -D that heals "
	"within D/(r-1). delay: all of the VM's clocks stand still; it notices nothing, and is "
	"-D behind the world for ever.\n\nEach repairs one thing and breaks another: a clock "
	"that is right again is so because quanta and deadlines were charged time in which "
	"nobody ran.",
		.setup =
	"The guest kernel of vmm/guest under vmm/vmm.elf with nested paging, at 100 ticks a "
	"second. The VMM takes the processor away `before' after the beginning, for `off'. "
	"What the guest believes is compared with the world's clock, which labdev shows: "
	"cycles of the machine. Four workloads: a clock that is looked at, processes that take "
	"turns of 5 ticks, jobs of 67 ms that must be done in 10 ticks, and an alarm.",
		.question = {
	"Which policies have the guest's clock right again after a second, and which never?",
	"Two processes take turns of 50 ms while half a second of ticks is delivered back to "
	"back. What does a turn get?",
	"A job that was interrupted by the pause is late. Does the guest know?" },
		.vary =
	"`--set slew=4': when is the clock right again, and what does a turn get until then? "
	"`--set off=40ms': is there a pause short enough for no policy to matter? `--set "
	"asleep=43200s': 10:03 inside, 22:03 outside.",
		.misconception =
	"That lost ticks make a clock wrong and the cure is to deliver them all. Delivered all "
	"at once they make the clock right and everything else wrong. And that the pending bit "
	"of the interrupt controller could bunch ticks: one bit holds one, a counter is "
	"another mechanism." },
	.run = run,
};
