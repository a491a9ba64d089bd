/* eo_two_slopes_s16 -- RELU, RELU6 and LEAKY_RELU of int16: a multiplier for each sign of x, and a clamp.
 *
 *   out[i] = clamp(requantize(in[i]))
 *   in    [count] int16
 *   out   [count] int16, may be `in` */
#ifndef EO_TWO_SLOPES_S16_H
#define EO_TWO_SLOPES_S16_H

#include "eo_arch.h"

struct eo_two_slopes_s16_params {
    int32_t count;
    int32_t multiplier;          /* of x >= 0, Q31 */
    int32_t shift;               /* -31..15, to the left where above 0 */
    int32_t negative_sign;       /* of x < 0: 1 or -1 */
    int32_t negative_multiplier; /* Q31, not below 0 */
    int32_t negative_shift;      /* -31..15 */
    int32_t low, high;           /* clamp, in -32768..32767 */
};

void eo_two_slopes_s16(const struct eo_two_slopes_s16_params *p, const int16_t *in, int16_t *out);

#endif
