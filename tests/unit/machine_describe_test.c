/*
 * tests/unit/machine_describe_test.c - configurations as text
 */
#include <stdlib.h>
#include <string.h>

#include "hw/machine_state.h"
#include "tests/runner/runner.h"

Suite	*machine_describe_suite(void);

static void
rich_config(struct machine_config *cfg)
{
	machine_config_init(cfg);
	cfg->ram = (uint64_t)5 << 30;
	cfg->cpu = "max,-avx";
	cfg->timing = TIMING_NONE;
	cfg->vga = VGA_NONE;
	cfg->append = "two\nlines \\ and = signs";
	cfg->rtc_base = -77;
	cfg->debug_exit = true;
	cfg->debug_exit_port = 0xf4;
	cfg->debug_exit_size = 4;
	cfg->serial[1].present = true;
	cfg->disk[3] = (struct machine_disk){ .file = "a disk.img", .present = true };
}

START_TEST(text_gives_the_same_configuration)
{
	struct machine_config a, b;
	const char *bad;
	char *text, *again;

	rich_config(&a);
	text = machine_describe(&a);
	ck_assert_ptr_nonnull(text);
	machine_config_init(&b);
	again = strdup(text);
	ck_assert_msg(machine_config_parse(&b, again, &bad), "%s", bad);
	ck_assert_str_eq(b.append, a.append);
	ck_assert_str_eq(b.disk[3].file, a.disk[3].file);
	ck_assert_int_eq(b.rtc_base, -77);
	ck_assert_ptr_null(b.kernel);
	free(again);
	free(text);
}
END_TEST

START_TEST(virtio_devices_are_said_where_there_are_some)
{
	struct machine_config a, b;
	const char *bad;
	char *text;

	rich_config(&a);
	text = machine_describe(&a);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_null(strstr(text, "disk4"));
	ck_assert_ptr_null(strstr(text, "balloon"));
	ck_assert_ptr_null(strstr(text, "console"));
	free(text);
	a.disk[MACHINE_DISKS - 1] = (struct machine_disk){ .file = "last.img", .present = true,
		.readonly = true };
	a.balloon = a.console.present = a.nic[1].present = true;
	a.nic[1].model = NIC_VIRTIO;
	text = machine_describe(&a);
	ck_assert_ptr_nonnull(text);
	machine_config_init(&b);
	ck_assert_msg(machine_config_parse(&b, text, &bad), "%s", bad);
	ck_assert(b.balloon && b.console.present && b.nic[1].present);
	ck_assert_int_eq(b.nic[1].model, NIC_VIRTIO);
	ck_assert(b.disk[MACHINE_DISKS - 1].present && b.disk[MACHINE_DISKS - 1].readonly);
	ck_assert_str_eq(b.disk[MACHINE_DISKS - 1].file, "last.img");
	ck_assert_ptr_null(machine_config_impossible(&b));
	free(text);
}
END_TEST

static const char *const bad_lines[] = {
	"ram\n", "ram=\n", "ram=-1\n", "ram=99999999999999999999\n", "ram=1", "rom=1\n",
	"nographic=2\n", "debug-exit-port=65536\n", "timing=flatter\n", "=\n", "\n"
};

START_TEST(bad_line_is_named)
{
	struct machine_config cfg;
	char text[128];
	const char *bad;

	machine_config_init(&cfg);
	snprintf(text, sizeof(text), "cpus=1\n%s", bad_lines[_i]);
	ck_assert(!machine_config_parse(&cfg, text, &bad));
	ck_assert_ptr_eq(bad, text + 7);
}
END_TEST

START_TEST(files_and_start_do_not_make_another_machine)
{
	struct machine_config a, b;
	char *x, *y, why[200];

	rich_config(&a);
	b = a;
	b.disk[3].file = "elsewhere.img";
	b.kernel = "vmlinuz";
	b.seed = 2;
	x = machine_describe(&a);
	y = machine_describe(&b);
	ck_assert(!machine_describe_diff(x, y, why, sizeof(why)));
	free(y);
	b.ram = 4096;
	y = machine_describe(&b);
	ck_assert(machine_describe_diff(x, y, why, sizeof(why)));
	ck_assert_str_eq(why, "ram=5368709120, not ram=4096");
	free(y);
	free(x);
}
END_TEST

Suite *
machine_describe_suite(void)
{
	Suite *s = suite_create("machine_describe");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, text_gives_the_same_configuration);
	tcase_add_test(tc, virtio_devices_are_said_where_there_are_some);
	tcase_add_loop_test(tc, bad_line_is_named, 0, ARRAY_SIZE(bad_lines));
	tcase_add_test(tc, files_and_start_do_not_make_another_machine);
	suite_add_tcase(s, tc);
	return s;
}
