/* eo_logistic_s16 -- sigmoid of int16, by lines between the nodes of a table (eo_sigmoid_s16.h).
 *
 *   out[i] = sigmoid(in[i] * multiplier / 2^right), Q15
 *   in    [count] int16
 *   out   [count] int16, may be `in` */
#ifndef EO_LOGISTIC_S16_H
#define EO_LOGISTIC_S16_H

#include "eo_sigmoid_s16.h"

struct eo_logistic_s16_params {
    int32_t count;
    int32_t multiplier;    /* 0..32767; brings the input to 12288 steps in 1 */
    int32_t half;          /* 2^(right - 1), or 0 */
    int32_t right;         /* 0..31 */
    const uint16_t *nodes; /* [256] */
};

void eo_logistic_s16(const struct eo_logistic_s16_params *p, const int16_t *in, int16_t *out);

#endif
