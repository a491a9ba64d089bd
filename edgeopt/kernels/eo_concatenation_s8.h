/* eo_concatenation_s8 -- copies one input of a concatenation to its place in the output.
 *
 *   out[r][first .. first + run - 1] = in[r][0 .. run - 1]
 *   in    [rows][run]    int8
 *   out   [rows][step]   int8; elements of other inputs are left alone
 * in and out must not overlap. */
#ifndef EO_CONCATENATION_S8_H
#define EO_CONCATENATION_S8_H

#include "eo_arch.h"

struct eo_concatenation_s8_params {
    int32_t rows;
    int32_t run;
    int32_t first;
    int32_t step;
};

void eo_concatenation_s8(const struct eo_concatenation_s8_params *p, const int8_t *in, int8_t *out);

#endif
