/*
 * tests/unit/lab_test.c - what all labs share: settings, numbers, writers, formulas
 */
#include <stdlib.h>
#include <string.h>

#include "lab/claims.h"
#include "lab/cpio.h"
#include "lab/model.h"
#include "lab/verify.h"
#include "lab/write.h"
#include "tests/runner/runner.h"

Suite	*lab_parts_suite(void);

#define WRITTEN_MAX	65536u

/* --- settings --- */

static const struct lab_setting keys[] = {
	{ "every", KEY_TIME, "25ms", "5ms", 1000000, 1000000000, NULL, "an epoch" },
	{ "frames", KEY_NUMBER, "64", NULL, 1, 100, NULL, "frames" },
	{ "ram", KEY_BYTES, "16M", NULL, 1 << 20, 1 << 30, NULL, "memory" },
	{ "order", KEY_CHOICE, "lru", NULL, 0, 0, "lru|random|clock", "victims" },
	{ .name = NULL }
};

START_TEST(settings_have_units_and_defaults)
{
	struct lab_values v;
	char error[LAB_ERROR_MAX];

	lab_values_init(&v, keys, false);
	ck_assert_uint_eq(v.number[0], 25000000);
	ck_assert_uint_eq(v.number[2], 16u << 20);
	ck_assert_uint_eq(v.number[3], 0);
	lab_values_init(&v, keys, true);
	ck_assert_uint_eq(v.number[0], 5000000);
	ck_assert(lab_values_set(&v, "every=2s", error) == false);
	ck_assert(lab_values_set(&v, "every=1s", error));
	ck_assert_uint_eq(v.number[0], 1000000000);
	ck_assert(lab_values_set(&v, "every=1500us", error));
	ck_assert_uint_eq(v.number[0], 1500000);
	ck_assert(lab_values_set(&v, "order=clock", error));
	ck_assert_uint_eq(v.number[3], 2);
	ck_assert_str_eq(v.text[3], "clock");
}
END_TEST

START_TEST(settings_that_are_none_are_refused_with_a_reason)
{
	static const char *const bad[] = {
		"frames=0", "frames=101", "frames=", "frames", "frames=-1", "frames=1K",
		    "frames=1 ",
		"ram=1T", "ram=18446744073709551615G", "order=lr", "order=",
		    "order=lru|random", "every=1m"
	};
	struct lab_values v;
	char error[LAB_ERROR_MAX];
	unsigned i;

	lab_values_init(&v, keys, false);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(!lab_values_set(&v, bad[i], error), "%s was taken", bad[i]);
		ck_assert_ptr_nonnull(strstr(error, "expected "));
	}
	ck_assert_uint_eq(v.number[1], 64);
	ck_assert(!lab_values_set(&v, "fraems=3", error));
	ck_assert_str_eq(error, "no setting fraems; did you mean frames?");
}
END_TEST

START_TEST(paths_are_kept_as_json_can_hold_them)
{
	static const struct lab_setting path[] = {
		{ "kernel", KEY_PATH, "debian", NULL, 0, 0, "debian|FILE", "a kernel" },
		{ .name = NULL }
	};
	static const char *const bad[] = { "kernel=", "kernel=a\"b", "kernel=a\\b", "kernel=a\n" };
	char error[LAB_ERROR_MAX], much[LAB_VALUE_MAX + 16];
	struct lab_values v;
	unsigned i;

	lab_values_init(&v, path, false);
	ck_assert_str_eq(v.text[0], "debian");
	ck_assert(lab_values_set(&v, "kernel=/boot/vmlinuz 6.1", error));
	ck_assert_str_eq(v.text[0], "/boot/vmlinuz 6.1");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(!lab_values_set(&v, bad[i], error), "%s was taken", bad[i]);
		ck_assert_ptr_nonnull(strstr(error, "expected debian|FILE"));
	}
	memset(much, 'x', sizeof(much));
	memcpy(much, "kernel=", 7);
	much[sizeof(much) - 1] = '\0';
	ck_assert(!lab_values_set(&v, much, error));
}
END_TEST

START_TEST(ranges_are_shown_in_the_largest_unit)
{
	char buf[64];

	lab_key_range(&keys[0], buf, sizeof(buf));
	ck_assert_str_eq(buf, "1ms to 1s");
	lab_key_range(&keys[2], buf, sizeof(buf));
	ck_assert_str_eq(buf, "1M to 1G");
	lab_key_range(&keys[3], buf, sizeof(buf));
	ck_assert_str_eq(buf, "lru|random|clock");
}
END_TEST

/* --- numbers --- */

static const char *
printed(int64_t v, unsigned decimals)
{
	static char buf[NUMBER_MAX];

	number_print(buf, v, decimals);
	return buf;
}

START_TEST(numbers_are_printed_to_their_last_digit)
{
	ck_assert_str_eq(printed(-1250, 2), "-12.50");
	ck_assert_str_eq(printed(-5, 2), "-0.05");
	ck_assert_str_eq(printed(7, 0), "7");
	ck_assert_str_eq(printed(1000, 3), "1.000");
	ck_assert_str_eq(printed(INT64_MIN, 1), "-922337203685477580.8");
	ck_assert_int_eq(scaled(1, 1, 2), 1);
	ck_assert_int_eq(scaled(-1, 1, 2), -1);
	ck_assert_int_eq(scaled(10, 1000, 3), 3333);
	ck_assert_int_eq(scaled((int64_t)1 << 60, 8, (int64_t)1 << 60), 8);
}
END_TEST

START_TEST(seeds_lead_to_streams_that_repeat_and_differ)
{
	struct lab_random a, b, c;
	unsigned i, same = 0;

	lab_random_init(&a, 1);
	lab_random_init(&b, 1);
	lab_random_init(&c, 2);
	for (i = 0; i < 1000; i++) {
		uint64_t v = lab_random(&a, 10);

		ck_assert_uint_lt(v, 10);
		ck_assert_uint_eq(v, lab_random(&b, 10));
		same += v == lab_random(&c, 10);
	}
	ck_assert_uint_lt(same, 200);
}
END_TEST

/* --- writers --- */

static const struct column columns[] = { { "name", NULL, 0 }, { "share", "%", 1 } };
static const struct lab_claim claims[] = { { "1g.1", VERDICT_HOLDS }, { NULL, VERDICT_HOLDS } };

static bool
nothing(struct lab_run *r)
{
	return r->result;
}

static const struct lab fake = {
	.name = "fake", .question = "Is it <so>?", .keys = keys, .claims = claims,
	.page = { .mechanism = "One & two.\n\nThree.", .question = { "What?" } }, .run = nothing,
};

static void
make(struct lab_run *r)
{
	struct table *t;

	*r = (struct lab_run){ .lab = &fake, .seed = 7, .result = result_new() };
	lab_values_init(&r->values, keys, false);
	t = result_table(r->result, "shares", "Shares", columns, 2);
	table_text(t, "a, \"b\"");
	table_number(t, 125);
	table_text(t, "<c>");
	table_none(t);
	result_finding(r->result, "1g.1", VERDICT_FAILS, "the \"other\" run", "%d of %d", 3, 4);
	r->result->finding[0].expect = VERDICT_HOLDS;
	result_guest(r->result, "x.elf", (struct hash128){ 1, 2 });
	ck_assert(result_ok(r->result));
}

static char *
written(const struct lab_run *r, void (*fn)(const struct lab_run *r, FILE *out))
{
	char *text = malloc(WRITTEN_MAX);
	FILE *f = text ? fmemopen(text, WRITTEN_MAX, "w") : NULL;

	ck_assert_ptr_nonnull(f);
	fn(r, f);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

static void
write_page(const struct lab_run *r, FILE *out)
{
	write_html(r, NULL, out);
}

/* Text of one form has all of these. */
static void
check_has(void (*fn)(const struct lab_run *r, FILE *out), const char *const *want)
{
	struct lab_run r;
	char *text;

	make(&r);
	text = written(&r, fn);
	for (; *want; want++)
		ck_assert_msg(strstr(text, *want), "no %s in\n%s", *want, text);
	free(text);
	result_free(r.result);
}

START_TEST(text_has_aligned_tables_and_verdicts)
{
	static const char *const want[] = {
		"fake: Is it <so>?\nseed 7\n  every=25ms frames=64 ram=16M order=lru\n",
		"  guest x.elf 00000000000000020000000000000001\n",
		"Shares\n  name    share\n              %\n  a, \"b\"   12.5\n  <c>         -\n",
		"1g.1  fails here: the \"other\" run\n", "measured  3 of 4", "EXPECTED  holds", NULL
	};

	check_has(write_text, want);
}
END_TEST

START_TEST(csv_has_a_line_per_cell)
{
	static const char *const want[] = {
		"table,row,column,unit,value\nshares,0,name,,\"a, "
		"\"\"b\"\"\"\nshares,0,share,%,12.5\n"
		"shares,1,name,,<c>\n", NULL
	};

	check_has(write_csv, want);
}
END_TEST

START_TEST(json_is_quoted_and_says_what_was_unexpected)
{
	static const char *const want[] = {
		"\t\"schema\": \"" RESULT_SCHEMA "\",\n\t\"lab\": \"fake\",\n\t\"seed\": "
		"7,\n\t\"short\": false,\n"
		"\t\"break\": null,\n\t\"model\": null,\n",
		"\t\t\"order\": \"lru\"\n\t},\n", "[\"a, \\\"b\\\"\", 12.5],\n", "[\"<c>\", "
		"null]\n",
		"\"condition\": \"the \\\"other\\\" run\"", "\"as_expected\": false", NULL
	};

	check_has(write_json, want);
}
END_TEST

START_TEST(page_is_escaped_and_has_nothing_from_outside)
{
	static const char *const want[] = {
		"Is it &lt;so&gt;?", "<p>One &amp; two.</p>\n<p>Three.</p>", "a, "
		"&quot;b&quot;", "&lt;c&gt;",
		"<th>share<br>%</th>", "prefers-color-scheme:dark", NULL
	};
	struct lab_run r;
	char *text;

	check_has(write_page, want);
	make(&r);
	text = written(&r, write_page);
	ck_assert_ptr_null(strstr(text, "src="));
	ck_assert_ptr_null(strstr(text, "http"));
	ck_assert_ptr_null(strstr(text, "@import"));
	free(text);
	result_free(r.result);
}
END_TEST

START_TEST(gnuplot_gets_quoted_words_and_no_points_when_blank)
{
	static const struct figure f = { .name = "f", .xlabel = "it's", .ylabel = "y",
	    .xdecimals = 1 };
	struct lab_run r;
	struct drawn *d;
	struct series *s;
	char *text = NULL;
	size_t n;
	FILE *out;

	make(&r);
	d = result_figure(r.result, &f);
	s = figure_series(r.result, d, SERIES_LINE, "a 'b'");
	series_point(s, 15, 3, "x\"y");
	out = open_memstream(&text, &n);
	write_gnuplot(&r, d, SVG_WIDE, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "1.5 3 \"x y\"\n"));
	ck_assert_ptr_nonnull(strstr(text, "set xlabel 'it''s'"));
	ck_assert_ptr_nonnull(strstr(text, "title 'a ''b'''"));
	free(text);
	r.blank = true;
	out = open_memstream(&text, &n);
	write_gnuplot(&r, d, SVG_WIDE, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "plot NaN notitle"));
	free(text);
	result_free(r.result);
}
END_TEST

START_TEST(a_digit_that_differs_is_found)
{
	struct lab_run r;
	char *text, *digit, buf[512];

	make(&r);
	text = written(&r, write_json);
	ck_assert(!verify_differs(&r, text, buf, sizeof(buf)));
	digit = strstr(text, "12.5");
	ck_assert_ptr_nonnull(digit);
	*digit = '9';
	ck_assert(verify_differs(&r, text, buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "92.5"));
	free(text);
	result_free(r.result);
}
END_TEST

/* --- an initramfs --- */

START_TEST(an_initramfs_has_headers_and_ends)
{
	static const char text[] = "hello";
	struct cpio c = { .files = 0 };

	cpio_file(&c, "init", 0755, text, 5);
	ck_assert(cpio_end(&c));
	ck_assert_uint_eq(c.data.len, 110 + 6 + 8 + 110 + 10 + 4);
	ck_assert(!memcmp(c.data.p, "07070100000000000081ed", 22));
	ck_assert(!memcmp(c.data.p + 54, "00000005", 8));
	ck_assert(!memcmp(c.data.p + 94, "00000005", 8));
	ck_assert(!memcmp(c.data.p + 110, "init\0\0hello\0\0\0" "070701", 20));
	ck_assert(!memcmp(c.data.p + 124 + 110, "TRAILER!!!", 11));
	blob_fini(&c.data);
}
END_TEST

/* --- formulas --- */

static bool
named(const void *arg, const char *name, double *v)
{
	(void)arg;
	*v = 4;
	return !strcmp(name, "T");
}

START_TEST(formulas_follow_the_rules_of_arithmetic)
{
	static const struct {
		const char	*text;
		double		is;
	} right[] = {
		{ "1+2*3", 7 }, { "(1+2)*3", 9 }, { "2^3*T", 32 }, { "-T^2", 16 },
		{ "10/4-1", 1.5 },
		{ "sqrt(T)", 2 }, { "min(T, 3) + max(1,2)", 5 }, { " 2 ^ -1 ", 0.5 },
		{ "1-1-1", -1 },
		{ ".5*T", 2 }
	};
	static const char *const wrong[] = {
		"", "1+", "(1", "1)", "U", "sqrt(0-1)", "1/0", "2^0.5", "min(1)", "f(1)",
		    "1e30*1e30", "2^65",
		"((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1"
	};
	struct model_names names = { named, NULL };
	unsigned i;
	double v;

	for (i = 0; i < ARRAY_SIZE(right); i++) {
		ck_assert_ptr_null(model_eval(right[i].text, &names, &v));
		ck_assert_double_eq(v, right[i].is);
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_ptr_nonnull(model_eval(wrong[i], &names, &v));
}
END_TEST

/* --- the labs there are --- */

START_TEST(claims_have_numbers_of_their_own)
{
	const struct claim *c;
	unsigned n = 0;

	for (c = claim_table; c->row; c++, n++)
		ck_assert_ptr_eq(claim_find(c->row), c);
	ck_assert_uint_eq(n, 64);
	ck_assert_ptr_null(claim_find("9z.9"));
}
END_TEST

static void
check_lab(const struct lab *lab)
{
	const struct lab_setting *k;
	const struct lab_claim *c;
	uint64_t v;

	for (c = lab->claims; c->row; c++) {
		ck_assert_msg(claim_find(c->row), "%s: no claim %s", lab->name, c->row);
		ck_assert_ptr_nonnull(lab_deciding(c->row));
	}
	for (k = lab->keys; k->name; k++) {
		ck_assert_msg(lab_key_parse(k, k->value, &v), "%s: %s", lab->name, k->name);
		ck_assert_msg(!k->brief || lab_key_parse(k, k->brief, &v), "%s: %s", lab->name,
		    k->name);
		ck_assert_uint_lt(k - lab->keys, LAB_KEYS_MAX);
	}
	ck_assert_ptr_nonnull(lab->page.mechanism);
	ck_assert_ptr_nonnull(lab->page.setup);
	ck_assert_ptr_nonnull(lab->page.question[LAB_QUESTIONS - 1]);
	ck_assert_ptr_nonnull(lab->page.vary);
	ck_assert_ptr_nonnull(lab->page.misconception);
}

START_TEST(labs_have_claims_settings_and_a_page)
{
	const struct lab *const *l;

	for (l = lab_table; *l; l++) {
		ck_assert_ptr_eq(lab_find((*l)->name), *l);
		check_lab(*l);
	}
}
END_TEST

Suite *
lab_parts_suite(void)
{
	Suite *s = suite_create("lab_parts");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, settings_have_units_and_defaults);
	tcase_add_test(tc, settings_that_are_none_are_refused_with_a_reason);
	tcase_add_test(tc, paths_are_kept_as_json_can_hold_them);
	tcase_add_test(tc, an_initramfs_has_headers_and_ends);
	tcase_add_test(tc, ranges_are_shown_in_the_largest_unit);
	tcase_add_test(tc, numbers_are_printed_to_their_last_digit);
	tcase_add_test(tc, seeds_lead_to_streams_that_repeat_and_differ);
	tcase_add_test(tc, text_has_aligned_tables_and_verdicts);
	tcase_add_test(tc, csv_has_a_line_per_cell);
	tcase_add_test(tc, json_is_quoted_and_says_what_was_unexpected);
	tcase_add_test(tc, page_is_escaped_and_has_nothing_from_outside);
	tcase_add_test(tc, gnuplot_gets_quoted_words_and_no_points_when_blank);
	tcase_add_test(tc, a_digit_that_differs_is_found);
	tcase_add_test(tc, formulas_follow_the_rules_of_arithmetic);
	tcase_add_test(tc, claims_have_numbers_of_their_own);
	tcase_add_test(tc, labs_have_claims_settings_and_a_page);
	suite_add_tcase(s, tc);
	return s;
}
