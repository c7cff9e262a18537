/*
 * tests/unit/pg_test.c - -cpu pg, the search for sensitive instructions, the count
 *
 * tests/insn/pg looks at every row; here are the words' meanings.
 */
#include "cpu/census.h"
#include "cpu/pg.h"
#include "tests/unit/cpu_box.h"

/* The first row of an operation. */
static unsigned
row_of(unsigned opr)
{
	unsigned row = 1;

	while (row < insn_table_rows && insn_table[row].opr != opr)
		row++;
	ck_assert_uint_lt(row, insn_table_rows);
	return row;
}

static unsigned
flags_of(const char *cpu, unsigned opr)
{
	struct pg_search *s = pg_search_new(cpu, NULL);
	struct pg_entry e;

	ck_assert_ptr_nonnull(s);
	pg_search_row(s, row_of(opr), &e);
	pg_search_free(s);
	return e.flags;
}

START_TEST(smsw_is_critical_and_umip_mends_it)
{
	unsigned f = flags_of("ringlab64", OPR_smsw);

	ck_assert_int_eq(pg_kind(f), PG_K_CRITICAL);
	ck_assert(f & PG_REGISTERS);
	ck_assert(f & PG_UMIP);
	ck_assert(f & PG_SILENT);
}
END_TEST

START_TEST(popf_ignores_what_it_may_not_change)
{
	unsigned f = flags_of("ringlab64", OPR_popf);

	ck_assert_int_eq(pg_kind(f), PG_K_CRITICAL);
	ck_assert(f & PG_MODE);
	ck_assert(!(f & PG_UMIP));
}
END_TEST

START_TEST(lgdt_is_sensitive_and_privileged)
{
	unsigned f = flags_of("ringlab64", OPR_lgdt);

	ck_assert_int_eq(pg_kind(f), PG_K_PRIVILEGED);
	ck_assert(f & PG_CONTROL);
	ck_assert(f & PG_GP);
	ck_assert(!(f & PG_SILENT));
}
END_TEST

START_TEST(add_is_innocuous_on_both)
{
	ck_assert_int_eq(pg_kind(flags_of("ringlab64", OPR_add)), PG_K_INNOCUOUS);
	ck_assert_int_eq(pg_kind(flags_of("pg", OPR_add)), PG_K_INNOCUOUS);
}
END_TEST

START_TEST(sensitive_ones_trap_on_pg)
{
	static const uint16_t some[] = {
		OPR_sgdt, OPR_smsw, OPR_pushf, OPR_popf, OPR_lar, OPR_mov_sreg, OPR_int,
		OPR_cli, OPR_in, OPR_cpuid, OPR_syscall, OPR_fxsave
	};

	for (unsigned i = 0; i < ARRAY_SIZE(some); i++) {
		unsigned f = flags_of("pg", some[i]);

		ck_assert_int_eq(pg_kind(f), PG_K_PRIVILEGED);
		ck_assert(f & PG_GP);
	}
}
END_TEST

START_TEST(x87_shows_the_level_by_its_selectors)
{
	unsigned f = flags_of("ringlab64", OPR_fld1);

	ck_assert_int_eq(pg_kind(f), PG_K_CRITICAL);
	ck_assert(f & PG_MODE);
	ck_assert_int_eq(pg_kind(flags_of("ringlab64,+zero-fcs-fds", OPR_fld1)), PG_K_INNOCUOUS);
}
END_TEST

START_TEST(trap_is_gp_with_rip_at_the_instruction)
{
	struct box *b = box_new("pg");

	box_long(b);
	box_user(b);
	EXEC(b, 0x0f, 0x01, 0xe0);		/* smsw eax */
	ASSERT_FAULT(b, EXC_GP, 0);
	ck_assert_uint_eq(box_stack(b, 1, 8), BOX_CODE);
	box_free(b);
}
END_TEST

START_TEST(level_0_does_not_trap)
{
	struct box *b = box_new("pg");

	box_long(b);
	EXEC(b, 0x0f, 0x01, 0xe0);
	ASSERT_RETIRED(b, 3);
	box_free(b);
}
END_TEST

START_TEST(census_counts_executions_and_traps)
{
	struct box *b = box_new("pg");
	struct census *s = census_new();
	struct census_count sum[CENSUS_RINGS];
	struct census_row r;

	ck_assert_ptr_nonnull(s);
	box_long(b);
	b->c->trace = census_hooks(s);
	EXEC(b, 0x0f, 0x01, 0xe0);
	b->c->rip = BOX_CODE;
	box_user(b);
	EXEC(b, 0x90);
	EXEC(b, 0x0f, 0x01, 0xe0);
	census_get(s, row_of(OPR_smsw), &r);
	ck_assert_str_eq(r.name, "smsw");
	ck_assert(r.sensitive);
	ck_assert_uint_eq(r.ring[CENSUS_CPL0].runs, 1);
	ck_assert_uint_eq(r.ring[CENSUS_CPL0].gp0, 0);
	ck_assert_uint_eq(r.ring[CENSUS_OUTSIDE].runs, 1);
	ck_assert_uint_eq(r.ring[CENSUS_OUTSIDE].gp0, 1);
	census_sum(s, false, sum);
	ck_assert_uint_eq(sum[CENSUS_OUTSIDE].runs, 1);
	ck_assert_uint_eq(sum[CENSUS_OUTSIDE].gp0, 0);
	b->c->trace = NULL;
	census_free(s);
	box_free(b);
}
END_TEST

/* A fault of fetching is no instruction's. */
START_TEST(census_leaves_fetch_faults_out)
{
	struct box *b = box_new("pg");
	struct census *s = census_new();
	struct census_count sum[CENSUS_RINGS];

	ck_assert_ptr_nonnull(s);
	box_long(b);
	b->c->trace = census_hooks(s);
	EXEC(b, 0x90);
	b->c->rip = 0x900000;
	(void)cpu_step(b->c);
	census_sum(s, false, sum);
	ck_assert_uint_eq(sum[CENSUS_CPL0].runs, 1);
	ck_assert_uint_eq(sum[CENSUS_CPL0].page_faults, 0);
	b->c->trace = NULL;
	census_free(s);
	box_free(b);
}
END_TEST

Suite *pg_suite(void);

Suite *
pg_suite(void)
{
	Suite *s = suite_create("pg");
	TCase *t = tcase_create("pg");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, smsw_is_critical_and_umip_mends_it);
	tcase_add_test(t, popf_ignores_what_it_may_not_change);
	tcase_add_test(t, lgdt_is_sensitive_and_privileged);
	tcase_add_test(t, add_is_innocuous_on_both);
	tcase_add_test(t, sensitive_ones_trap_on_pg);
	tcase_add_test(t, x87_shows_the_level_by_its_selectors);
	tcase_add_test(t, trap_is_gp_with_rip_at_the_instruction);
	tcase_add_test(t, level_0_does_not_trap);
	tcase_add_test(t, census_counts_executions_and_traps);
	tcase_add_test(t, census_leaves_fetch_faults_out);
	suite_add_tcase(s, t);
	return s;
}
