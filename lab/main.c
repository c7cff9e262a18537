/*
 * lab/main.c - the program "ringlab lab": its command line
 */
#include "lab/main.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "lab/claims.h"
#include "lab/predict.h"
#include "lab/verify.h"
#include "lab/write.h"

#define SETS_MAX	32u
#define LABS_MAX	32u
#define DEFAULT_OUT	"lab-results"

enum { LAB_OK = 0, LAB_ERROR = 1, LAB_SURPRISE = 2, LAB_DIFFERS = 8 };

struct command {
	const char	*word, *argument;	/* of it: a row, a file */
	const char	*set[SETS_MAX];
	unsigned	sets;
	const char	*broken, *out, *model;
	const char	*guest, *vmm;		/* the same as --set guest= and vmm= */
	uint64_t	seed;
	bool		brief, blank, predict, help;
};

static int
complain(const char *what, const char *why)
{
	fprintf(stderr, "ringlab: lab: %s: %s\n", what, why);
	return LAB_ERROR;
}

/* A line of the terminal that is written over and over; NULL text: it goes away. */
static void
show_progress(const char *lab, const char *text)
{
	if (text)
		fprintf(stderr, "\r\033[K%s: %s", lab, text);
	else
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
}

/* --- what there is --- */

static int
usage(FILE *out)
{
	fprintf(out, "usage: ringlab lab list | NAME [options] | claims [ROW] | verify "
	    "RESULT.json\n"
	    "Experiments with guests of ringlab in virtual time: tables, pictures, and claims "
	    "held\nagainst them.  The same command gives the same digits on any machine.\n  "
	    "list              the labs\n  NAME              runs one; --help: its settings\n  "
	    "claims [ROW]      the claims, or one; runs the lab that decides it\n  verify "
	    "FILE       runs a result.json again and compares every digit\n  --set KEY=VALUE   "
	    "a setting\n  --seed N          what is random (1)\n  --break MECHANISM turns one "
	    "mechanism off\n  --short           less of everything\n  --out DIR         where "
	    "DIR/NAME/index.html and the rest go (%s)\n  --predict         first asks what you "
	    "expect\n  --model EXPR      holds your formula against the points\n  "
	    "--guest linux, --vmm kvm: --set guest=linux, vmm=kvm, of the labs that have them\n  "
	    "--blank           pictures and tables without results\nExit status: 0; 1 usage or "
	    "an error; 2 a claim came out otherwise than a correct run\n"
	    "has it; 8 a result could not be repeated.\n", DEFAULT_OUT);
	return out == stdout ? LAB_OK : LAB_ERROR;
}

static int
list(void)
{
	const struct lab *const *l;

	for (l = lab_table; *l; l++)
		printf("%-18s %s\n", (*l)->name, (*l)->question);
	return LAB_OK;
}

static int
help_lab(const struct lab *lab)
{
	const struct lab_mechanism *m = lab->mechanisms;
	const struct lab_claim *c;
	const struct lab_setting *k;
	char range[160];

	printf("%s: %s\n\nSettings (--set KEY=VALUE):\n", lab->name, lab->question);
	for (k = lab->keys; k->name; k++) {
		lab_key_range(k, range, sizeof(range));
		printf("  %-12s %s (%s%s%s; %s)\n", k->name, k->help, k->value,
		    k->brief ? ", short: " : "", k->brief ? k->brief : "", range);
	}
	if (m && m->name)
		printf("\nMechanisms (--break NAME):\n");
	for (; m && m->name; m++)
		printf("  %-12s %s\n", m->name, m->help);
	printf("\nClaims:\n");
	for (c = lab->claims; c->row; c++)
		printf("  %-6s %s\n", c->row, claim_find(c->row)->text);
	return LAB_OK;
}

static const struct lab *
need_lab(const char *name)
{
	const char *names[LABS_MAX + 1] = { NULL };
	const struct lab *lab = lab_find(name);
	char why[128];
	unsigned n;

	if (lab)
		return lab;
	for (n = 0; n < LABS_MAX && lab_table[n]; n++)
		names[n] = lab_table[n]->name;
	snprintf(why, sizeof(why), "no such lab; did you mean %s?  (ringlab lab list)",
	    nearest_name(name, names));
	(void)complain(name, why);
	return NULL;
}

/* --- running one --- */

static const char *
find_mechanism(const struct lab *lab, const char *name)
{
	const char *names[LABS_MAX + 1] = { NULL };
	const struct lab_mechanism *m;
	char why[128];
	unsigned n = 0;

	for (m = lab->mechanisms; m && m->name; m++) {
		if (!strcmp(m->name, name))
			return m->name;
		if (n < LABS_MAX)
			names[n++] = m->name;
	}
	if (n)
		snprintf(why, sizeof(why), "no mechanism of %s; did you mean %s?", lab->name,
		    nearest_name(name, names));
	else
		snprintf(why, sizeof(why), "%s has no mechanism to turn off", lab->name);
	(void)complain(name, why);
	return NULL;
}

static bool
set(const struct lab *lab, struct lab_run *r, const char *setting)
{
	char error[LAB_ERROR_MAX];

	if (lab_values_set(&r->values, setting, error))
		return true;
	(void)complain(lab->name, error);
	return false;
}

/* --guest linux is --set guest=linux. */
static bool
set_named(const struct lab *lab, struct lab_run *r, const char *name, const char *value)
{
	char setting[LAB_NAME_MAX + LAB_VALUE_MAX];

	if (!value)
		return true;
	snprintf(setting, sizeof(setting), "%s=%s", name, value);
	return set(lab, r, setting);
}

static bool
prepare(const struct command *c, const struct lab *lab, struct lab_run *r)
{
	unsigned i;

	*r = (struct lab_run){ .lab = lab, .seed = c->seed, .brief = c->brief, .blank = c->blank,
		.model = c->model, .progress = isatty(2) ? show_progress : NULL };
	lab_values_init(&r->values, lab->keys, c->brief);
	for (i = 0; i < c->sets; i++)
		if (!set(lab, r, c->set[i]))
			return false;
	if (!set_named(lab, r, "guest", c->guest) || !set_named(lab, r, "vmm", c->vmm))
		return false;
	if (c->broken && !(r->broken = find_mechanism(lab, c->broken)))
		return false;
	return true;
}

/* Runs it and leaves the terminal's line empty. */
static bool
run(struct lab_run *r)
{
	bool ok = lab_run(r);

	if (r->progress)
		r->progress(r->lab->name, NULL);
	return ok;
}

static int
report(const struct command *c, const struct lab_run *r)
{
	unsigned n = lab_surprises(r);
	bool ok = write_files(r, c->out);

	if (r->progress)
		r->progress(r->lab->name, NULL);
	if (!ok)
		return LAB_ERROR;
	if (!c->blank)
		write_text(r, stdout);
	printf("\n%s/index.html\n", c->out);
	fflush(stdout);
	if (n)
		fprintf(stderr, "ringlab: lab %s: %u claim%s came out otherwise than a correct "
		    "run has "
		    "%s\n", r->lab->name, n, n == 1 ? "" : "s", n == 1 ? "it" : "them");
	return n ? LAB_SURPRISE : LAB_OK;
}

static int
run_lab(const struct command *c, const struct lab *lab)
{
	struct predictions p = { { NULL } };
	struct lab_run r;
	int status = LAB_ERROR;

	if (c->help)
		return help_lab(lab);
	if (!prepare(c, lab, &r) || !write_prepare(lab, c->out))
		return LAB_ERROR;
	if (c->predict && !predictions_ask(&p, lab))
		return LAB_ERROR;
	if (run(&r))
		status = report(c, &r);
	if (c->predict && status != LAB_ERROR && !predictions_keep(&p, lab, c->out))
		status = LAB_ERROR;
	predictions_free(&p);
	result_free(r.result);
	return status;
}

/* --- claims --- */

static void
list_claims(void)
{
	const struct lab *lab;
	const struct claim *c;

	for (c = claim_table; c->row; c++) {
		lab = lab_deciding(c->row);
		printf("%-6s %-26s %s\n", c->row, lab ? lab->name : "not decided by a lab yet",
		    c->text);
	}
}

static int
show_claim(const struct command *c, const char *row)
{
	const struct claim *claim = claim_find(row);
	const struct lab *lab;

	if (!claim)
		return complain(row, "no such claim; ringlab lab claims lists them");
	printf("%s  %s\n\nwhat is done: %s\nmeasured:     %s\nexpected:     %s\n", row, claim->text,
	    claim->does, claim->measured, claim->expected);
	if (claim->but)
		printf("but:          %s\n", claim->but);
	lab = lab_deciding(row);
	printf("decided by:   %s\n\n", lab ? lab->name : "not decided by a lab yet");
	return lab ? run_lab(c, lab) : LAB_OK;
}

static int
claims(const struct command *c)
{
	if (c->argument)
		return show_claim(c, c->argument);
	list_claims();
	return LAB_OK;
}

/* --- verify --- */

static int
verify(const struct command *c)
{
	struct lab_run r = { .progress = isatty(2) ? show_progress : NULL };
	int status = LAB_ERROR;
	struct verified v = { .text = NULL };
	char differs[512];

	if (!c->argument)
		return complain("verify", "needs a result.json");
	if (verify_read(&r, c->argument, &v) && run(&r)) {
		status = verify_differs(&r, v.text, differs, sizeof(differs)) ? LAB_DIFFERS :
		    LAB_OK;
		if (status == LAB_OK)
			printf("%s: the same digits\n", c->argument);
		else
			fprintf(stderr, "ringlab: lab verify: %s: not the same digits\n  %s\n",
			    c->argument, differs);
	}
	free(v.text);
	result_free(r.result);
	return status;
}

/* --- command line --- */

/* The argument of option name at argv[*i], also as --name=ARGUMENT; NULL: it is not that
 * option, or has none. */
static const char *
option_argument(int argc, char **argv, int *i, const char *name)
{
	size_t n = strlen(name);

	if (!strncmp(argv[*i], name, n) && argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (!strcmp(argv[*i], name) && *i + 1 < argc)
		return argv[++*i];
	return NULL;
}

static bool
parse_seed(struct command *c, const char *text)
{
	char *end;

	errno = 0;
	c->seed = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

static bool
parse_flag(struct command *c, const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		c->help = true;
	else if (!strcmp(word, "--short"))
		c->brief = true;
	else if (!strcmp(word, "--blank"))
		c->blank = true;
	else if (!strcmp(word, "--predict"))
		c->predict = true;
	else
		return false;
	return true;
}

/* NULL, or what is wrong with it. */
static const char *
parse_option(struct command *c, int argc, char **argv, int *i)
{
	const char *a;

	if (parse_flag(c, argv[*i]))
		return NULL;
	if ((a = option_argument(argc, argv, i, "--set"))) {
		if (c->sets == SETS_MAX)
			return "too many settings";
		c->set[c->sets++] = a;
	} else if ((a = option_argument(argc, argv, i, "--seed"))) {
		return parse_seed(c, a) ? NULL : "expected a number";
	} else if ((a = option_argument(argc, argv, i, "--break"))) {
		c->broken = a;
	} else if ((a = option_argument(argc, argv, i, "--guest"))) {
		c->guest = a;
	} else if ((a = option_argument(argc, argv, i, "--vmm"))) {
		c->vmm = a;
	} else if ((a = option_argument(argc, argv, i, "--out"))) {
		c->out = a;
	} else if ((a = option_argument(argc, argv, i, "--model"))) {
		c->model = a;
	} else {
		return "not understood; see ringlab lab --help";
	}
	return NULL;
}

/* False after a message. */
static bool
parse(struct command *c, int argc, char **argv)
{
	const char *why = NULL, *word;
	int i;

	for (i = 1; i < argc && !why; i++) {
		word = argv[i];
		if (*word == '-')
			why = parse_option(c, argc, argv, &i);
		else if (!c->word)
			c->word = word;
		else if (!c->argument)
			c->argument = word;
		else
			why = "one word too many";
		if (why)
			(void)complain(word, why);
	}
	return !why;
}

static int
dispatch(const struct command *c)
{
	const struct lab *lab;

	if (!c->word)
		return usage(c->help ? stdout : stderr);
	if (!strcmp(c->word, "verify"))
		return verify(c);
	if (!strcmp(c->word, "claims"))
		return claims(c);
	if (c->argument)
		return complain(c->argument, "one word too many");
	if (!strcmp(c->word, "list"))
		return list();
	lab = need_lab(c->word);
	return lab ? run_lab(c, lab) : LAB_ERROR;
}

int
lab_main(int argc, char **argv)
{
	struct command c = { .seed = 1, .out = DEFAULT_OUT };
	int status;

	if (!parse(&c, argc, argv))
		return LAB_ERROR;
	status = dispatch(&c);
	if (fflush(stdout) == 0)
		return status;
	return complain("standard output", strerror(errno));
}
