/* eo_binary_dense_s16 -- fully connected layer of bits with bits, to int16.
 *   d[o] = 2 * (products of -1)
 *   out[o] = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift)
 *   in       [batches][words] words of bits: 1 is -1, 0 is +1 and behind the last feature
 *   out      [batches][out_channels] int16, may not overlap `in`
 *   scratch  4 * words bytes, aligned to 4. */
#ifndef EO_BINARY_DENSE_S16_H
#define EO_BINARY_DENSE_S16_H

#include "eo_binary_dense_scaled_layer.h"

#define eo_binary_dense_s16_params eo_binary_dense_scaled_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_dense_s16(const struct eo_binary_dense_s16_params *p, const int32_t *in, int16_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
