/*
 * lab/model.h - a student's formula held against the points: --model EXPR
 *
 * Numbers, names, + - * / ^, parentheses, min(a,b), max(a,b), sqrt(a).  Names are the
 * columns of the figure's table and the lab's numeric settings.  Arithmetic is IEEE
 * double with the operations that every machine rounds the same.
 */
#ifndef LAB_MODEL_H
#define LAB_MODEL_H

#include "lab/lab.h"

/* What a name stands for; false: nothing. */
struct model_names {
	bool		(*value)(const void *arg, const char *name, double *v);
	const void	*arg;
};

/* NULL, or what is wrong with the expression. */
const char *model_eval(const char *expr, const struct model_names *names, double *v);

/* For r->model: adds a table with residuals, and a line to the lab's picture; false
 * after a message. */
bool	model_add(struct lab_run *r) MUST_CHECK;

#endif
