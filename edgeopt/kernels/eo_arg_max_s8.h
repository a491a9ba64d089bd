/* eo_arg_max_s8 -- where the largest or smallest value along one axis is; the first of equal ones.
 *
 *   out[o][i] = the first a with the largest in[o][a][i] ^ flip; all bits flipped, the order is reversed
 *   in    [outer][count][inner] int8
 *   out   [outer][inner] int32
 *
 * in and out must not overlap. */
#ifndef EO_ARG_MAX_S8_H
#define EO_ARG_MAX_S8_H

#include "eo_arch.h"

struct eo_arg_max_s8_params {
    int32_t outer;
    int32_t count; /* at least 1 */
    int32_t inner;
    int32_t flip; /* 0: maximum; -1: minimum */
};

void eo_arg_max_s8(const struct eo_arg_max_s8_params *p, const int8_t *in, int32_t *out);

#endif
