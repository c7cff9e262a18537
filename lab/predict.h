/*
 * lab/predict.h - what a student expects, asked before the run
 */
#ifndef LAB_PREDICT_H
#define LAB_PREDICT_H

#include "lab/lab.h"

struct predictions {
	char	*answer[LAB_QUESTIONS];
};

/* On the terminal; false after a message: nobody answered. */
bool	predictions_ask(struct predictions *p, const struct lab *lab) MUST_CHECK;
/* Shows them again, beside the result, and writes DIR/NAME/predictions.txt. */
bool	predictions_keep(const struct predictions *p, const struct lab *lab, const char *dir);
void	predictions_free(struct predictions *p);

#endif
