/* eo_dense_s8 -- fully connected layer, int8, quantized per tensor or per channel.
 *   out[o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[i]) + out_zero_point)
 *   in       [batches][in_channels] int8, raw q
 *   out      [batches][out_channels] int8, may not overlap `in`
 *   scratch  none. */
#ifndef EO_DENSE_S8_H
#define EO_DENSE_S8_H

#include "eo_arch.h"

struct eo_dense_s8_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 4)][ceil(in_channels / 4)][4]: eo_dot_s8.h */
    const int32_t *bias;       /* [out_channels], minus in_zero_point * sum(weights) */
    const int32_t *multiplier; /* [out_channels], or [1] where channel_step is 0: eo_requant.h */
    const int8_t *shift;       /* as many codes: eo_requant.h */
    int32_t channel_step;      /* 1: multiplier and shift for each channel; 0: one for all */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_s8(const struct eo_dense_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
