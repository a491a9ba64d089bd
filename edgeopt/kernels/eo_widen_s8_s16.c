#include "eo_widen_s8_s16.h"

void eo_widen_s8_s16(const struct eo_widen_s8_s16_params *p, const int8_t *in, int16_t *out) {
    const int32_t factor = (int32_t)1 << p->shift, offset = -p->zero_point * factor;
    const int16_t *const end = out + p->count;
    const int16_t *const end_of_fours = out + p->count / 4 * 4;
    while (out != end_of_fours) {
        const int32_t x0 = in[0], x1 = in[1], x2 = in[2], x3 = in[3];
        out[0] = (int16_t)(x0 * factor + offset);
        out[1] = (int16_t)(x1 * factor + offset);
        out[2] = (int16_t)(x2 * factor + offset);
        out[3] = (int16_t)(x3 * factor + offset);
        in += 4;
        out += 4;
    }
    while (out != end) {
        *out++ = (int16_t)(*in++ * factor + offset);
    }
}
