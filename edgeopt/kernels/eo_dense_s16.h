/* eo_dense_s16 -- fully connected layer, int16 data and int8 weights.
 *   out[o] = clamp(requant(bias[o] + sum_i weights[o][i] * in[i]))
 *   in       [batches][in_channels] int16
 *   out      [batches][out_channels] int16, may not overlap `in`
 *   scratch  none. */
#ifndef EO_DENSE_S16_H
#define EO_DENSE_S16_H

#include "eo_arch.h"

struct eo_dense_s16_params {
    const uint32_t *weights;   /* packed, [ceil(out_channels / 4)][ceil(in_channels / 4)][4]: eo_dot_s16.h */
    const int32_t *bias;       /* [out_channels]; NULL where sums need more than 32 bits */
    const int64_t *wide_bias;  /* [out_channels] where they do, else NULL */
    const int32_t *multiplier; /* [out_channels]: eo_requant64.h */
    const int8_t *shift;       /* [out_channels] codes: eo_requant64.h */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels;
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_s16(const struct eo_dense_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
