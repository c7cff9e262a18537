/*
 * snapshot/epoch_file.c - one epoch of a machine as a container
 */
#include "snapshot/epoch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/overlay.h"
#include "cpu/timing.h"
#include "mmu/physmem.h"

#define CHILD_NICE	5

const struct snap_field checkpoint_info_fields[] = {
	SNAP_U32(struct checkpoint_info, timing),
	SNAP_U32(struct checkpoint_info, whole),
	SNAP_ARRAY(struct checkpoint_info, run),
	SNAP_U64(struct checkpoint_info, number),
	SNAP_U64(struct checkpoint_info, cycle),
	SNAP_U64(struct checkpoint_info, outside),
	SNAP_U64(struct checkpoint_info, every),
	SNAP_U32(struct checkpoint_info, end),
	SNAP_U32(struct checkpoint_info, exit_status),
	SNAP_END
};

bool
checkpoint_info_decode(struct checkpoint_info *info, const uint8_t *in, size_t n)
{
	memset(info, 0, sizeof(*info));
	return snap_decode(checkpoint_info_fields, info, in, n) && info->whole <= 1 &&
	    info->end <= END_HOST_ERROR;
}

void
checkpoint_info_fill(struct checkpoint_info *info, struct machine *m, uint64_t number, bool whole,
    enum machine_end end)
{
	info->timing = TIMING_VERSION;
	info->whole = whole;
	info->number = number;
	info->cycle = machine_cycles(m);
	info->outside = machine_outside(m);
	info->end = end;
	if (machine_exit_status(m))
		info->exit_status = machine_exit_status(m);
}

bool
checkpoint_info_name(struct checkpoint_info *info, struct snapshot_error *e)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && read(fd, info->run, sizeof(info->run)) == (ssize_t)sizeof(info->run);

	if (fd >= 0)
		close(fd);
	return ok || snapshot_fail(e, "/dev/urandom: %s", strerror(errno));
}

bool
epoch_file_info(struct container *c, struct checkpoint_info *info, struct snapshot_error *e)
{
	struct container_section sec;

	if (!container_first(c, &sec, e))
		return false;
	if (strcmp(sec.name, SECTION_CHECKPOINT) || sec.version != CHECKPOINT_VERSION ||
	    !checkpoint_info_decode(info, sec.contents, sec.length))
		return container_bad(c, sec.offset, e, "this is no checkpoint");
	return true;
}

/* --- what changed --- */

static void
page_changed(void *arg, uint32_t id)
{
	struct snapshots *s = arg;

	page_set_add(&s->ram.set, id);
}

static void
cluster_changed(void *arg, unsigned disk, uint64_t cluster)
{
	struct snapshots *s = arg;

	page_set_add(&s->disk[disk].set, cluster);
}

void
epoch_writer_collect(struct epoch_writer *w, const struct undo *u)
{
	const struct undo_changes fn = { page_changed, cluster_changed, w->s };

	changes_forget(w->s);
	undo_each_change(u, &fn);
}

/* --- sections --- */

static bool
put_info(const struct checkpoint_info *info, struct container_writer *c,
    struct snapshot_error *e)
{
	uint8_t buf[2 * sizeof(*info)];

	snap_encode(checkpoint_info_fields, info, buf);
	return container_put(c, SECTION_CHECKPOINT, CHECKPOINT_VERSION, buf,
	    snap_size(checkpoint_info_fields), e);
}

/* In pieces: a section has a limit. */
static bool
put_output(struct epoch_writer *w, struct container_writer *c, struct snapshot_error *e)
{
	size_t n = outbuf_save_size(w->out), at, part;
	uint8_t *buf = malloc(n);
	bool ok = buf;

	if (!buf)
		return snapshot_fail(e, "%s: out of memory", w->what);
	outbuf_save(w->out, buf);
	for (at = 0; ok && at < n; at += part) {
		part = n - at < CONTAINER_SECTION_MAX ? n - at : CONTAINER_SECTION_MAX;
		ok = container_put(c, SECTION_OUTPUT, OUTPUT_VERSION, buf + at, part, e);
	}
	free(buf);
	return ok;
}

static bool
put_texts(struct epoch_writer *w, struct container_writer *c, struct snapshot_error *e)
{
	return container_put(c, SECTION_CWD, CWD_VERSION, w->cwd, strlen(w->cwd), e) &&
	    container_put(c, SECTION_CONFIG, CONFIG_VERSION, w->config, strlen(w->config), e) &&
	    container_put(c, SECTION_FILES, FILES_VERSION, w->names, strlen(w->names), e);
}

bool
epoch_writer_put(struct epoch_writer *w, const struct checkpoint_info *info,
    struct container_writer *c, struct snapshot_error *e)
{
	const struct snapshot_job job = { .path = w->what, .incremental = !info->whole,
		.level = w->level };

	if (!put_info(info, c, e))
		return false;
	if (info->whole && !put_texts(w, c, e))
		return false;
	return put_output(w, c, e) && snapshot_put_machine(w->s, &job, c, e);
}

/* --- beside the run --- */

bool
epoch_child_start(struct epoch_writer *w, bool (*write)(void *arg), void *arg)
{
	pid_t pid;

	snapshot_hold_disks(w->s, true);
	pid = fork();
	if (!pid) {
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpriority(PRIO_PROCESS, 0, CHILD_NICE);
		_exit(write(arg) ? 0 : 1);
	}
	if (pid < 0)
		snapshot_hold_disks(w->s, false);
	w->child = pid > 0 ? pid : 0;
	return w->child;
}

enum epoch_child
epoch_child_look(struct epoch_writer *w, bool wait)
{
	int status;

	if (!w->child)
		return EPOCH_CHILD_NONE;
	if (waitpid(w->child, &status, wait ? 0 : WNOHANG) != w->child)
		return EPOCH_CHILD_BUSY;
	w->child = 0;
	snapshot_hold_disks(w->s, false);
	return WIFEXITED(status) && !WEXITSTATUS(status) ? EPOCH_CHILD_DONE : EPOCH_CHILD_FAILED;
}

/* --- life --- */

static bool
init_sets(struct snapshots *s, struct machine *m)
{
	struct overlay *o;
	unsigned i;

	if (!page_set_init(&s->ram.set, physmem_pages(machine_memory(m))))
		return false;
	for (i = 0; i < MACHINE_DISKS; i++) {
		o = machine_overlay(m, i);
		if (o && !page_set_init(&s->disk[i].set, overlay_clusters(o)))
			return false;
	}
	return true;
}

bool
epoch_writer_init(struct epoch_writer *w, struct machine *m, const struct machine_config *cfg,
    struct outbuf *out, const char *what, struct snapshot_error *e)
{
	const struct snapshots_config none = { .compress = SNAPSHOT_PLAIN };

	*w = (struct epoch_writer){ .m = m, .out = out, .what = what };
	w->s = snapshots_new(m, cfg, &none);
	w->config = machine_describe(cfg);
	w->cwd = getcwd(NULL, 0);
	if (!w->s || !w->config || !w->cwd || !init_sets(w->s, m))
		return snapshot_fail(e, "%s: out of memory", what);
	w->names = snapshot_files(w->s, what, e);
	return w->names;
}

void
epoch_writer_fini(struct epoch_writer *w)
{
	snapshots_free(w->s);
	free(w->config);
	free(w->names);
	free(w->cwd);
}
