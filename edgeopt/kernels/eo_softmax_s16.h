/* eo_softmax_s16 -- softmax of rows of int16, by tables of exponentials and reciprocals.
 *
 *   out[r][i] = exp(in[r][i] - largest) / sum of the row's exponentials, Q15
 *   in    [rows][depth] int16
 *   out   [rows][depth] int16, may be `in`; holds the exponentials for a while */
#ifndef EO_SOFTMAX_S16_H
#define EO_SOFTMAX_S16_H

#include "eo_arch.h"

struct eo_softmax_s16_params {
    int32_t rows;
    int32_t depth;               /* 1..65536 */
    int32_t multiplier;          /* Q31, from steps of the input to 10 / 65535 */
    int32_t shift;               /* -31..15, to the left where above 0 */
    const int16_t *exponentials; /* [513], exp(-10 .. 0): eo_lines_s16.h */
    const int16_t *reciprocals;  /* [513], 1 / (1 + 0 .. 1) */
};

void eo_softmax_s16(const struct eo_softmax_s16_params *p, const int16_t *in, int16_t *out);

#endif
