/*
 * lab/predict.c - what a student expects, asked before the run
 */
#include "lab/predict.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
predictions_ask(struct predictions *p, const struct lab *lab)
{
	const char *const *question = lab->page.question;
	unsigned i;
	size_t room;

	for (i = 0; i < LAB_QUESTIONS && question[i]; i++) {
		printf("%u. %s\n> ", i + 1, question[i]);
		fflush(stdout);
		room = 0;
		if (getline(&p->answer[i], &room, stdin) < 0) {
			fprintf(stderr, "\nringlab: lab %s: --predict: question %u has no answer\n",
			    lab->name, i + 1);
			return false;
		}
		p->answer[i][strcspn(p->answer[i], "\n")] = '\0';
	}
	printf("\n");
	return true;
}

static void
put(const struct predictions *p, const struct lab *lab, FILE *out)
{
	unsigned i;

	for (i = 0; i < LAB_QUESTIONS && lab->page.question[i]; i++)
		fprintf(out, "%u. %s\n   %s\n", i + 1, lab->page.question[i], p->answer[i]);
}

bool
predictions_keep(const struct predictions *p, const struct lab *lab, const char *dir)
{
	char path[PATH_MAX];
	FILE *f;
	bool ok;

	printf("\nWhat you expected\n");
	put(p, lab, stdout);
	snprintf(path, sizeof(path), "%s/%s/predictions.txt", dir, lab->name);
	f = fopen(path, "w");
	if (f)
		put(p, lab, f);
	ok = f && !ferror(f);
	ok = f && fclose(f) == 0 && ok;
	if (!ok)
		fprintf(stderr, "ringlab: lab: %s: %s\n", path, strerror(errno));
	return ok;
}

void
predictions_free(struct predictions *p)
{
	unsigned i;

	for (i = 0; i < LAB_QUESTIONS; i++)
		free(p->answer[i]);
}
