/* eo_dense_packed_s8 -- fully connected layer whose weights are packed; a row is unpacked as it is multiplied.
 *   out[b][o] = clamp(requant(bias[o] + sum_i weights[o][i] * (in[b][i] - in_zero_point)) + out_zero_point)
 *   in       [batches][in_channels] int8, raw q
 *   out      [batches][out_channels] int8, may not overlap `in`
 *   scratch  2 bytes an input, their number rounded up to 16, aligned to 4 */
#ifndef EO_DENSE_PACKED_S8_H
#define EO_DENSE_PACKED_S8_H

#include "eo_arch.h"

struct eo_dense_packed_s8_params {
    const uint16_t
        *stream; /* of each row: bias, then ceil(in_channels / 16) groups, zeros at the end: eo_packed_s8.h */
    const int32_t *multiplier; /* [out_channels], or [1] where channel_step is 0: eo_requant.h */
    const int8_t *shift;       /* as many codes: eo_requant.h */
    int32_t bias_halfwords;    /* 1 or 2, of a bias in the stream; the lower one first */
    int32_t channel_step;      /* 1: multiplier and shift for each channel; 0: one for all */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels;
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_packed_s8(const struct eo_dense_packed_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
