/* eo_bent_affine_s16 -- two lines for each channel of int16 data, one below a pivot and one from there on.
 *   out[p][c] = clamp((x * multiplier[c] + bias[c]) >> shift), x = in[p][c],
 *               with below_multiplier[c] and below_bias[c] where x < pivot[c]
 *   in    [pixels][channels] int16
 *   out   [pixels][channels] int16, may be `in` */
#ifndef EO_BENT_AFFINE_S16_H
#define EO_BENT_AFFINE_S16_H

#include "eo_arch.h"

struct eo_bent_affine_s16_params {
    const int32_t *lines; /* [channels][5]: pivot, below_multiplier, below_bias, multiplier, bias; no product or sum
                             leaves int32 for any input of its line */
    int32_t pixels;
    int32_t channels;
    int32_t shift;     /* 0..31 */
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_bent_affine_s16(const struct eo_bent_affine_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
