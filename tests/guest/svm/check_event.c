/*
 * Which events does VMRUN refuse to inject?
 *
 * Expected: types 1, 5, 6 and 7; an exception with a vector that is none: NMI's
 * and all above 31.  Without the valid bit nothing is looked at.
 * AMD APM vol 2, "Event Injection", "Canonicalization and Consistency Checks".
 */
#include "svm.h"

GUEST(asks, "vmmcall");

static uint64_t
with_event(uint64_t event)
{
	guest64(asks);
	vmcb->eventinj = event;
	return run();
}

int
main(void)
{
	static const uint8_t types[] = { 1, 5, 6, 7 };
	static const uint8_t vectors[] = { 2, 32, 33, 64, 128, 255 };

	svm_init();
	for (unsigned i = 0; i < COUNT(types); i++)
		expect_exit(with_event(EVENT(types[i], 0x20)), EXIT_INVALID, "type %u", types[i]);
	for (unsigned i = 0; i < COUNT(vectors); i++)
		expect_exit(with_event(EVENT(EV_EXC, vectors[i])), EXIT_INVALID,
		    "exception %u", vectors[i]);
	for (unsigned i = 0; i < 8; i++)
		expect_exit(with_event(EVENT(i, 2) & ~EV_VALID), EXIT_VMMCALL,
		    "type %u, not valid", i);
	return 0;
}
