/* eo_affine_s16 -- a line for each channel of int16 data.
 *   out[p][c] = clamp((in[p][c] * multiplier[c] + bias[c]) >> shift)
 *   in    [pixels][channels] int16
 *   out   [pixels][channels] int16, may be `in` */
#ifndef EO_AFFINE_S16_H
#define EO_AFFINE_S16_H

#include "eo_arch.h"

struct eo_affine_s16_params {
    const int32_t *lines; /* [channels][2]: multiplier, bias; no product or sum leaves int32 for any input */
    int32_t pixels;
    int32_t channels;
    int32_t shift;     /* 0..31 */
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_affine_s16(const struct eo_affine_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
