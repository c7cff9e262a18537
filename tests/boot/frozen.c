/*
 * tests/boot/frozen.c - frozen IMAGE OVERLAY USER - a machine whose disk is frozen
 *
 * Runs IMAGE as the first disk until isa-debug-exit at port F4h; what it writes
 * goes to OVERLAY, which names USER as something that needs IMAGE as it is.
 * Exits with the machine's status.
 */
#include <stdio.h>

#include "base/overlay.h"
#include "hw/machine_state.h"

static void
no_input(void *arg, struct machine *m, uint64_t wait)
{
	(void)arg;
	(void)m;
	(void)wait;
}

static int
run(struct machine *m, const char *overlay, const char *user)
{
	if (!m || !machine_freeze_disks(m, overlay))
		return 1;
	if (overlay_file_add_user(machine_overlay_file(m), user))
		return 1;
	if (machine_run(m) != END_DEBUG_EXIT)
		return 1;
	return (int)(machine_exit_status(m) & 0xff);
}

int
main(int argc, char **argv)
{
	struct log *log = log_new(NULL, LOG_WARN);
	struct machine_config cfg;
	struct machine *m;
	int status;

	if (argc != 4 || !log) {
		fprintf(stderr, "usage: frozen IMAGE OVERLAY USER\n");
		return 1;
	}
	machine_config_init(&cfg);
	cfg.log = log;
	cfg.pace = PACE_MAX;
	cfg.timeout_ms = 60000;
	cfg.host.poll = no_input;
	cfg.disks_frozen = true;
	cfg.disk[0] = (struct machine_disk){ .file = argv[1], .present = true };
	cfg.debug_exit = true;
	cfg.debug_exit_port = 0xf4;
	cfg.debug_exit_size = 4;
	m = machine_new(&cfg);
	status = run(m, argv[2], argv[3]);
	machine_free(m);
	log_free(log);
	return status;
}
