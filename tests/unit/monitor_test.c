/*
 * tests/unit/monitor_test.c - what the monitor's commands answer
 *
 * One machine with two processors and page tables made by hand; each command's
 * answer is looked into, and none of those that look changes the state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/regs.h"
#include "hw/machine_priv.h"
#include "hw/machine_state.h"
#include "tests/runner/runner.h"
#include "ui/monitor.h"

#define P	0x001u
#define W	0x002u
#define U	0x004u
#define PS	0x080u
#define NX	BIT(63)

Suite	*monitor_commands_suite(void);

static struct monitor mon;
static char answer[1 << 20];
static size_t answered;

/* --- the machine --- */

static void
stop_at_once(void *arg, struct machine *m, uint64_t wait)
{
	(void)arg;
	(void)wait;
	machine_stop(m);
}

static void
setup(void)
{
	struct machine_config cfg;
	struct machine *m;

	machine_config_init(&cfg);
	cfg.ram = (uint64_t)8 << 20;
	cfg.cpus = 2;
	cfg.pace = PACE_MAX;
	cfg.host.poll = stop_at_once;
	m = machine_new(&cfg);
	ck_assert_ptr_nonnull(m);
	memset(&mon, 0, sizeof(mon));
	monitor_init(&mon, m);
	ck_assert_int_eq(machine_run(m), END_STOPPED);
}

static void
teardown(void)
{
	machine_free(mon.m);
}

static void
entry(hpa_t at, uint64_t value)
{
	phys_st64(mon.m->pm, at, value);
}

/* Tables at 10000h: 0 to 2 MiB one page of everybody; 400000h read-only to all,
 * 401000h the supervisor's and not to be executed, 402000h not there. */
static void
make_tables(void)
{
	struct cpu *c = machine_cpu(mon.m, 0);

	entry(0x10000, 0x11000 | P | W | U);
	entry(0x11000, 0x12000 | P | W | U);
	entry(0x12000, 0x00000 | P | W | U | PS);
	entry(0x12010, 0x13000 | P | W | U);
	entry(0x13000, 0x20000 | P | U);
	entry(0x13008, 0x21000 | P | W | NX);
	entry(0x13010, 0x22000 | W);
	entry(0x13018, 0x23000 | P | BIT(51));
	c->cr0 |= CR0_PG | CR0_PE | CR0_WP;
	c->mmu.pg = (struct paging){
		.cr0 = c->cr0, .cr3 = 0x10000, .cr4 = CR4_PAE, .efer = EFER_LME | EFER_LMA |
		    EFER_NXE, .phys_bits = 40, .gb_pages = true, .nx = true
	};
}

/* --- asking --- */

static void
take(void *arg, const char *text, size_t n)
{
	(void)arg;
	ck_assert_uint_lt(answered + n, sizeof(answer));
	memcpy(answer + answered, text, n);
	answered += n;
	answer[answered] = '\0';
}

static bool
run_command(const char *line)
{
	answered = 0;
	answer[0] = '\0';
	return monitor_command(&mon, VIA_MONITOR, line, take, NULL);
}

/* Each text is in the answer. */
static void
said(const char *line, const char *text)
{
	ck_assert_msg(strstr(answer, text) != NULL, "%s: no \"%s\" in:\n%s", line, text, answer);
}

#define ASK(line, ...) do { \
	static const char *const texts_[] = { __VA_ARGS__ }; \
	unsigned i_; \
	ck_assert_msg(run_command(line), "%s failed: %s", line, answer); \
	for (i_ = 0; i_ < ARRAY_SIZE(texts_); i_++) \
		said(line, texts_[i_]); \
} while (0)

#define FAILS(line, text) do { \
	ck_assert_msg(!run_command(line), "%s did not fail", line); \
	said(line, text); \
} while (0)

/* --- the tests --- */

START_TEST(every_info_answers_and_changes_nothing)
{
	static const char *const lines[] = {
		"info", "help", "info status", "info registers", "info registers -a", "info fpu",
		"info cpus", "info mem", "info tlb", "info walk 0x400000 w", "info exits",
		"info mtree",
		"info pci", "info block", "info pic", "info lapic", "info ioapic", "info devices",
		"info device rtc", "info stats", "info replay", "info version", "x/4i $pc",
		"xp/16xb 0xf0000", "x/2s $rsp"
	};
	struct hash128 before, after;
	unsigned i;

	before = machine_state_hash(mon.m);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		ck_assert_msg(run_command(lines[i]), "%s: %s", lines[i], answer);
		ck_assert_msg(answered > 0, "%s says nothing", lines[i]);
		ck_assert_int_eq(answer[answered - 1], '\n');
	}
	after = machine_state_hash(mon.m);
	ck_assert_mem_eq(&before, &after, sizeof(before));
}
END_TEST

START_TEST(processors_are_listed_and_chosen)
{
	ASK("info cpus", "* cpu 0: ", "  cpu 1: ", ", running, cycle ", ", waits for SIPI, cycle ",
	    " instructions\n");
	ASK("info registers -a", "cpu 0, ", "cpu 1, ", "gdtr ");
	ASK("cpu 1", "");
	ASK("info registers", "cpu 1, ", "cr0  ");
	ASK("info cpus", "* cpu 1: ");
	FAILS("cpu 2", "there is no processor 2: 0 to 1");
	FAILS("cpu x", "not a number");
	FAILS("info registers -b", "usage");
}
END_TEST

START_TEST(a_walk_names_each_entry)
{
	make_tables();
	ASK("info walk 0x123", "tables at cr3 000000010000, 3 references\n",
	    "level 4 at 000000010000: 0000000000011007 -> table 000000011000 P W U\n",
	    "level 2 at 000000012000: 0000000000000087 -> page 000000000000 P W U PS\n",
	    "0000000000000123 is at 000000000123, rwx user, page of 2048 KiB\n");
	ASK("info walk 0x400ffe", "level 1 at 000000013000: 0000000000020005 -> page 000000020000 P U\n",
	    "is at 000000020ffe, rx user, page of 4 KiB",
	    "write: denied by the entry of level 1 at 000000013000, W clear\n");
	ASK("info walk 0xffff00000000", "is not canonical");
}
END_TEST

START_TEST(a_walk_says_who_denies)
{
	make_tables();
	ASK("info walk 0x400000 w", "write at supervisor level: page fault: no right, "
	    "error code 0x3 (supervisor write)\n", "  write: denied by the entry of level 1 at");
	ASK("info walk 0x401000 wu", "write at user level: page fault: no right, "
	    "error code 0x7 (user write)\n",
	    "  user access: denied by the entry of level 1 at 000000013008, U clear\n");
	ASK("info walk 0x401000 x", "execute at supervisor level: page fault: no right",
	    "  execute: denied by the entry of level 1 at 000000013008, NX set\n");
	ASK("info walk 0x401000 ws", "write at supervisor level: allowed\n");
	ASK("info walk 0x402000", "page fault: not present, error code 0",
	    "the entry of level 1 at 000000013010 is not present\n");
	ASK("info walk 0x403000", "reserved bit set", "has bits set that must be zero\n");
	FAILS("info walk 0x400000 q", "is no access");
}
END_TEST

START_TEST(control_registers_deny_too)
{
	struct cpu *c = machine_cpu(mon.m, 0);

	make_tables();
	c->mmu.pg.cr4 |= CR4_SMEP | CR4_SMAP;
	ASK("info walk 0x100 xs", "page fault", "  CR4.SMEP: ");
	ASK("info walk 0x100 r", "page fault", "  CR4.SMAP: ");
	ASK("info walk 0x100 ru", "read at user level: allowed\n");
}
END_TEST

/* Nested tables at 30000h map everything onto itself, but 20000h read-only. */
START_TEST(a_walk_has_two_dimensions)
{
	struct cpu *c = machine_cpu(mon.m, 0);
	unsigned i;

	make_tables();
	entry(0x30000, 0x31000 | P | W | U);
	entry(0x31000, 0x32000 | P | W | U);
	entry(0x32000, 0x33000 | P | W | U);
	for (i = 0; i < 512; i++)
		entry(0x33000 + 8 * i, (uint64_t)i << 12 | P | (i == 0x20 ? 0 : W) | U);
	entry(0x13000, 0x20000 | P | W | U);
	c->mmu.npg = c->mmu.pg;
	c->mmu.npg.cr3 = 0x30000;
	c->mmu.nested = true;
	ASK("info walk 0x400000", "24 references\n",
	    "  nested level 1 at 000000033080: 0000000000010007 -> page 000000010000 P W U\n",
	    "level 1 at 000000013000: ",
	    "write: denied by the nested entry of level 1 at 000000033100, W clear\n");
	entry(0x33000 + 8 * 0x12, 0);
	ASK("info walk 0x400000", "nested fault at a guest's table: not present",
	    "the nested entry of level 1 at 000000033090 is not present\n");
}
END_TEST

START_TEST(memory_and_tlb_are_listed)
{
	ASK("info mem", "paging is off\n");
	make_tables();
	ASK("info mem", "0000000000000000-0000000000200000 0000000000200000 urwx\n",
	    "0000000000400000-0000000000401000 0000000000001000 ur-x\n",
	    "0000000000401000-0000000000402000 0000000000001000 -rw-\n");
}
END_TEST

START_TEST(chips_and_buses_are_listed)
{
	ASK("info pic", "i8259.pic[0].imr", "i8259.pic[1].imr");
	ASK("info lapic", "lapic0.", "lapic1.");
	ASK("info ioapic", "ioapic.");
	ASK("info pci", "8086:1237 i440fx", "piix-ide");
	ASK("info mtree", "memory\n", "ports\n", "rtc", "ioapic");
	ASK("info block", "no drives");
	ASK("info devices", "rtc ", "version ");
	FAILS("info device rtx", "did you mean 'rtc'?");
	ASK("info stats", "What it cost", "walk references");
	ASK("info replay", "neither recording nor replaying");
	FAILS("info snapshots", "not available");
	FAILS("info history", "not available");
	FAILS("savevm x", "not available");
}
END_TEST

START_TEST(what_is_wrong_fails)
{
	FAILS("nonsense", "unknown command 'nonsense'");
	FAILS("info nonsense", "unknown command 'info nonsense'");
	FAILS("savevm", "usage: savevm NAME");
	FAILS("stop now", "takes no argument");
	FAILS("x/4q 0", "'q' is no format");
	FAILS("xp 0xfffffff000000", "no memory at");
	FAILS("x $nothing", "no register $nothing");
	FAILS("sendkey ctrl-alt-delte", "did you mean 'delete'?");
	FAILS("mouse_button 9", "1 left");
	FAILS("screendump /no/such/place", "/no/such/place: ");
	FAILS("help nonsense", "unknown command");
	ASK("help info w", "info walk ADDR");
	ASK("stop", "");
	ASK("info status", "stopped, ");
	ASK("cont", "");
	ASK("info status", "running, ");
	ASK("", "");
}
END_TEST

/* --- completion --- */

static void
word(void *arg, const char *text)
{
	(void)arg;
	take(NULL, text, strlen(text));
	take(NULL, "\n", 1);
}

static void
completes(const char *line, size_t from, const char *expected)
{
	answered = 0;
	answer[0] = '\0';
	ck_assert_uint_eq(monitor_complete(&mon, line, strlen(line), word, NULL), from);
	ck_assert_msg(!strcmp(answer, expected), "%s: %s", line, answer);
}

START_TEST(words_are_completed)
{
	FILE *f = fopen("monitor_test.file", "w");

	ck_assert_ptr_nonnull(f);
	fclose(f);
	completes("syst", 0, "system_reset\nsystem_powerdown\n");
	completes("info reg", 5, "registers\n");
	completes("help info st", 10, "status\nstats\n");
	completes("x/4xg $rs", 6, "$rsp\n$rsi\n");
	completes("x $rsp+$es_", 7, "$es_base\n");
	completes("info walk $cr3", 10, "$cr3\n");
	completes("cpu ", 4, "0\n1\n");
	completes("info device rt", 12, "rtc\n");
	completes("sendkey ctrl-alt-del", 17, "delete\n");
	completes("screendump monitor_test.f", 11, "monitor_test.file\n");
	completes("screendump *", 11, "");
	ck_assert_int_eq(remove("monitor_test.file"), 0);
}
END_TEST

Suite *
monitor_commands_suite(void)
{
	Suite *s = suite_create("monitor_commands");
	TCase *tc = tcase_create("monitor_commands");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_info_answers_and_changes_nothing);
	tcase_add_test(tc, processors_are_listed_and_chosen);
	tcase_add_test(tc, a_walk_names_each_entry);
	tcase_add_test(tc, a_walk_says_who_denies);
	tcase_add_test(tc, control_registers_deny_too);
	tcase_add_test(tc, a_walk_has_two_dimensions);
	tcase_add_test(tc, memory_and_tlb_are_listed);
	tcase_add_test(tc, chips_and_buses_are_listed);
	tcase_add_test(tc, what_is_wrong_fails);
	tcase_add_test(tc, words_are_completed);
	suite_add_tcase(s, tc);
	return s;
}
