#include "eo_two_slopes_s16.h"
#include "eo_requant.h"

void eo_two_slopes_s16(const struct eo_two_slopes_s16_params *p, const int16_t *in, int16_t *out) {
    const struct eo_two_slopes_s16_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t x = *in++;
        const int32_t y = x >= 0 ? eo_requantize(x, q.multiplier, (int)q.shift)
                                 : eo_requantize(x * q.negative_sign, q.negative_multiplier, (int)q.negative_shift);
        *out++ = (int16_t)eo_clamp(y, q.low, q.high);
    }
}
