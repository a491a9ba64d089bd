/* eo_dense_s16 -- fully connected layer, int16 data and int8 weights.
 *   out[o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[i]))
 *   in       [batches][in_channels] int16
 *   out      [batches][out_channels] int16, may not overlap `in`
 *   scratch  none. */
#ifndef EO_DENSE_S16_H
#define EO_DENSE_S16_H

#include "eo_dense_layer_s16.h"

#define eo_dense_s16_params eo_dense_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_s16(const struct eo_dense_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
