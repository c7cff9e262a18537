/*
 * lab/write.h - a result as files
 */
#ifndef LAB_WRITE_H
#define LAB_WRITE_H

#include <stdio.h>

#include "lab/lab.h"

#define RESULT_SCHEMA	"ringlab-lab-result-1"

/* Tables and verdicts for a terminal. */
void	write_text(const struct lab_run *r, FILE *out);
/* table,row,column,unit,value: a line per cell. */
void	write_csv(const struct lab_run *r, FILE *out);
/* Lines in a fixed order: the same run gives the same bytes. */
void	write_json(const struct lab_run *r, FILE *out);
/* One page without anything from outside.  svg has the pictures in both shapes, each
 * NULL where there is none. */
struct picture {
	char	*wide, *narrow;
};
void	write_html(const struct lab_run *r, const struct picture *svg, FILE *out);
/* s with what HTML and SVG take for markup written otherwise. */
void	write_escaped(FILE *out, const char *s);

/* Shape of a picture. */
enum svg_shape { SVG_WIDE, SVG_NARROW };
/* gnuplot's commands for a figure. */
void	write_gnuplot(const struct lab_run *r, const struct drawn *d, enum svg_shape shape,
	    FILE *out);
/* Lets gnuplot draw; allocated, the caller frees.  NULL: there is no gnuplot (after a
 * message at the first time *missing is found false), or it failed, after a message. */
char	*svg_draw(const struct lab_run *r, const struct drawn *d, enum svg_shape shape,
	    bool *missing);

/* Makes dir and what is below it, so that a run is not in vain.  False after a message. */
bool	write_prepare(const struct lab *lab, const char *dir) MUST_CHECK;
/* All files of a run below dir, and the index of dir.  False after a message. */
bool	write_files(const struct lab_run *r, const char *dir);

#endif
