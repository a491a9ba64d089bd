#include "eo_logistic_s16.h"

void eo_logistic_s16(const struct eo_logistic_s16_params *p, const int16_t *in, int16_t *out) {
    const struct eo_logistic_s16_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = q.count; i > 0; i--) {
        *out++ = (int16_t)eo_sigmoid_q15(q.nodes, (*in++ * q.multiplier + q.half) >> q.right);
    }
}
