/*
 * hw/machine_state.c - sections, their loading, and one number for all of it
 *
 * Order: the machine's own fields, then registers and model TLB of each
 * processor, then the devices as they were added.  Host settings and caches are
 * in none of them.
 */
#include "hw/machine_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu_state.h"
#include "cpu/cpuid.h"
#include "cpu/engine.h"
#include "cpu/svm.h"
#include "hw/machine_priv.h"
#include "hw/machine_slice.h"
#include "hw/pc.h"

#define OWN_SECTIONS	1u		/* "machine" */

/* "cpuN", "tlbN" and, of processors that have it, "svmN"; "monitorN" with both. */
static unsigned
cpu_sections(const struct machine *m)
{
	const struct feat_set *f = &m->cpu[0]->features;

	return !feat_has(f, FEAT_SVM) ? 2 : !feat_has(f, FEAT_MONITOR) ? 3 : 4;
}

static const struct snap_field own_fields[] = {
	SNAP_U64(struct machine, timeline),
	SNAP_U64(struct machine, heap.next_seq),
	SNAP_U64(struct machine, resets),
	SNAP_END
};

enum section_kind {
	SECTION_OWN, SECTION_CPU, SECTION_TLB, SECTION_SVM, SECTION_MONITOR, SECTION_DEVICE
};

/* Which processor or device section i is of. */
static enum section_kind
section_kind(const struct machine *m, unsigned i, unsigned *which)
{
	unsigned per_cpu = cpu_sections(m);

	*which = 0;
	if (i < OWN_SECTIONS)
		return SECTION_OWN;
	i -= OWN_SECTIONS;
	*which = i / per_cpu;
	if (i < m->cpus * per_cpu)
		return (enum section_kind)(SECTION_CPU + i % per_cpu);
	*which = i - m->cpus * per_cpu;
	return SECTION_DEVICE;
}

/* What a section is made of; the model TLB has no field table. */
static const struct snap_field *
section_fields(const struct machine *m, unsigned i, void **object)
{
	unsigned which;

	switch (section_kind(m, i, &which)) {
	case SECTION_OWN:
		*object = (void *)m;
		return own_fields;
	case SECTION_CPU:
		*object = m->cpu[which];
		return cpu_fields;
	case SECTION_TLB:
		*object = &m->cpu[which]->mmu;
		return NULL;
	case SECTION_SVM:
		*object = m->cpu[which];
		return cpu_svm_fields;
	case SECTION_MONITOR:
		*object = m->cpu[which];
		return cpu_monitor_fields;
	default:
		*object = m->dev[which].dev;
		return m->dev[which].class->fields;
	}
}

unsigned
machine_sections(const struct machine *m)
{
	return OWN_SECTIONS + m->cpus * cpu_sections(m) + m->devs;
}

static struct machine_section
make_section(const struct machine *m, unsigned i)
{
	static const char cpu_name[MACHINE_CPUS][8] = {
		"cpu0", "cpu1", "cpu2", "cpu3", "cpu4", "cpu5", "cpu6", "cpu7"
	};
	static const char tlb_name[MACHINE_CPUS][8] = {
		"tlb0", "tlb1", "tlb2", "tlb3", "tlb4", "tlb5", "tlb6", "tlb7"
	};
	static const char svm_name[MACHINE_CPUS][8] = {
		"svm0", "svm1", "svm2", "svm3", "svm4", "svm5", "svm6", "svm7"
	};
	static const char monitor_name[MACHINE_CPUS][12] = {
		"monitor0", "monitor1", "monitor2", "monitor3", "monitor4", "monitor5",
		"monitor6", "monitor7"
	};
	unsigned which;
	void *object;

	switch (section_kind(m, i, &which)) {
	case SECTION_OWN:
		return (struct machine_section){ "machine", MACHINE_STATE_VERSION,
			snap_size(own_fields) };
	case SECTION_CPU:
		return (struct machine_section){ cpu_name[which], CPU_STATE_VERSION,
			snap_size(cpu_fields) };
	case SECTION_TLB:
		return (struct machine_section){ tlb_name[which], TLB_STATE_VERSION,
			mmu_model_size(&m->cpu[which]->mmu) };
	case SECTION_SVM:
		return (struct machine_section){ svm_name[which], SVM_STATE_VERSION,
			snap_size(cpu_svm_fields) };
	case SECTION_MONITOR:
		return (struct machine_section){ monitor_name[which], MONITOR_STATE_VERSION,
			snap_size(cpu_monitor_fields) };
	default:
		return (struct machine_section){ m->dev[which].name,
			m->dev[which].class->version,
			snap_size(section_fields(m, i, &object)) };
	}
}

struct machine_section
machine_section(const struct machine *m, unsigned i)
{
	return m->section ? m->section[i] : make_section(m, i);
}

/* Going over all field tables for each question takes long. */
bool
machine_sections_init(struct machine *m)
{
	unsigned i, n = machine_sections(m);
	struct machine_section *section = calloc(n, sizeof(*section));

	for (i = 0; section && i < n; i++)
		section[i] = make_section(m, i);
	m->section = section;
	if (!section)
		log_error(m->log, "out of memory for a machine");
	return section;
}

void
machine_section_save(struct machine *m, unsigned i, uint8_t *out)
{
	unsigned which;
	void *object;
	const struct snap_field *fields = section_fields(m, i, &object);

	switch (section_kind(m, i, &which)) {
	case SECTION_CPU:
		cpu_state_save(m->cpu[which], out);
		break;
	case SECTION_TLB:
		mmu_model_encode(&m->cpu[which]->mmu, out);
		break;
	default:
		snap_encode(fields, object, out);
		break;
	}
}

bool
machine_section_default(const struct machine *m, unsigned i, uint8_t *out)
{
	unsigned which;
	enum section_kind kind = section_kind(m, i, &which);
	struct cpu *c;

	if (kind != SECTION_SVM && kind != SECTION_MONITOR)
		return false;
	c = calloc(1, sizeof(*c));
	if (!c)
		return false;
	svm_reset(c, false);
	snap_encode(kind == SECTION_SVM ? cpu_svm_fields : cpu_monitor_fields, c, out);
	free(c);
	return true;
}

static bool
bytes_diff(const char *name, const uint8_t *a, const uint8_t *b, size_t size, char *buf,
    size_t n)
{
	size_t at;

	for (at = 0; at < size && a[at] == b[at]; at++)
		;
	if (at == size)
		return false;
	snprintf(buf, n, "%s, byte %zu of its encoding: 0x%02x, 0x%02x", name, at, a[at], b[at]);
	return true;
}

bool
machine_section_diff(const struct machine *m, unsigned i, const uint8_t *a,
    const uint8_t *b, char *buf, size_t n)
{
	struct machine_section s = machine_section(m, i);
	const struct snap_field *fields;
	char where[160];
	void *object;

	fields = section_fields(m, i, &object);
	if (!fields)
		return bytes_diff(s.name, a, b, s.size, buf, n);
	if (!snap_diff(fields, a, b, where, sizeof(where)))
		return false;
	snprintf(buf, n, "%s.%s", s.name, where);
	return true;
}

void
machine_section_print(struct machine *m, unsigned i,
    void (*line)(void *arg, const char *text), void *arg)
{
	void *object;
	const struct snap_field *fields = section_fields(m, i, &object);
	unsigned which;

	if (section_kind(m, i, &which) == SECTION_CPU)
		cpu_state_prepare(m->cpu[which]);
	if (fields)
		snap_print(fields, object, machine_section(m, i).name, line, arg);
	else
		mmu_print(&m->cpu[which]->mmu, line, arg);
}

/* --- loading --- */

void
machine_load_begin(struct machine *m)
{
	evheap_clear(&m->heap);
	if (m->slices)
		slices_clear(m->slices);
	m->requests &= REQ_STOP;
}

int
machine_section_load(struct machine *m, unsigned i, const uint8_t *in, size_t n)
{
	unsigned which;
	void *object;
	const struct snap_field *fields = section_fields(m, i, &object);
	bool ok;

	if (section_kind(m, i, &which) == SECTION_TLB)
		ok = mmu_model_decode(&m->cpu[which]->mmu, in, n);
	else
		ok = snap_decode(fields, object, in, n);
	return ok ? 0 : -EINVAL;
}

static void
queue_timer(void *arg, struct vtimer *t)
{
	evheap_restore(arg, t);
}

static int
restore_devices(struct machine *m)
{
	const struct machine_device *d;
	unsigned i;
	int err;

	for (i = 0; i < m->devs; i++) {
		d = &m->dev[i];
		err = d->class->restored ? d->class->restored(d->dev) : 0;
		if (err)
			return err;
	}
	return 0;
}

static int
restore_cpus(struct machine *m)
{
	unsigned i;
	int err;

	for (i = 0; i < m->cpus; i++) {
		err = cpu_state_restored(m->cpu[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Devices that map themselves again empty the fetch registers, which are state. */
static int
restore_all(struct machine *m)
{
	uint64_t fetch_page[MACHINE_CPUS];
	unsigned i;
	int err;

	for (i = 0; i < m->cpus; i++)
		fetch_page[i] = m->cpu[i]->mmu.fetch_page;
	err = restore_cpus(m);
	if (!err)
		err = restore_devices(m);
	for (i = 0; i < m->cpus; i++)
		m->cpu[i]->mmu.fetch_page = fetch_page[i];
	return err;
}

/* Pending events keep their order: what restored() drives must not renumber. */
int
machine_load_end(struct machine *m)
{
	uint64_t seq = m->heap.next_seq;
	unsigned i;
	int err;

	for (i = 0; i < m->devs; i++)
		snap_each_timer(m->dev[i].class->fields, m->dev[i].dev, queue_timer,
		    m->dev[i].heap);
	err = restore_all(m);
	if (err)
		return err;
	m->heap.next_seq = seq;
	m->heap.now = machine_cycles(m);
	if (m->codes)
		codecache_flush(m->codes);
	machine_moved(m);
	return 0;
}

struct physmem *
machine_memory(struct machine *m)
{
	return m->pm;
}

bool
machine_has_nic(const struct machine *m, unsigned i)
{
	return i < MACHINE_NICS && m->cfg.nic[i].present;
}

bool
machine_has_console(const struct machine *m)
{
	return m->cfg.console.present;
}

int
machine_file(struct machine *m, unsigned i, struct machine_file *out)
{
	return pc_file_info(m->pc, i, out);
}

struct overlay *
machine_overlay(struct machine *m, unsigned unit)
{
	return pc_overlay(m->pc, unit);
}

struct overlay_file *
machine_overlay_file(struct machine *m)
{
	return pc_overlay_file(m->pc);
}

bool
machine_freeze_disks(struct machine *m, const char *overlay_path)
{
	return pc_freeze_disks(m->pc, overlay_path);
}

struct machine_position
machine_position_now(const struct machine *m)
{
	return (struct machine_position){ .timeline = m->timeline,
		.vcpu = m->cur->index, .cycle = machine_cycles(m) };
}
