/* eo_dense_s8 -- fully connected layer, int8, quantized per tensor or per channel.
 *   out[o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[i]) + out_zero_point)
 *   in       [batches][in_channels] int8, raw q
 *   out      [batches][out_channels] int8, may not overlap `in`
 *   scratch  none. */
#ifndef EO_DENSE_S8_H
#define EO_DENSE_S8_H

#include "eo_dense_layer_s8.h"

#define eo_dense_s8_params eo_dense_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_s8(const struct eo_dense_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
