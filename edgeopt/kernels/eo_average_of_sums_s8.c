#include "eo_average_of_sums_s8.h"
#include "eo_pool.h"
#include "eo_requant.h"

void eo_average_of_sums_s8(const struct eo_average_of_sums_s8_params *p, const int32_t *in, int8_t *out) {
    for (int32_t i = p->channels; i > 0; i--) {
        *out++ = (int8_t)eo_clamp(eo_mean_of_sum(*in++, p->count), p->low, p->high);
    }
}
