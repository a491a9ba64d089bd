#include "eo_mean_of_sums_s8.h"
#include "eo_requant.h"

void eo_mean_of_sums_s8(const struct eo_mean_of_sums_s8_params *p, const int32_t *in, int8_t *out) {
    for (int32_t i = p->channels; i > 0; i--) {
        const int32_t mean = eo_requantize(*in++ + p->bias, p->multiplier, (int)p->shift);
        *out++ = (int8_t)eo_saturate_s8(eo_clamp(mean, -1024, 1024) + p->offset);
    }
}
