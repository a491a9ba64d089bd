#include "eo_affine_s16.h"
#include "eo_requant.h"

/* All pixels; `whole`: the clamp is the range of int16, to which some cores saturate in one instruction. */
EO_BODY void move_all(const struct eo_affine_s16_params *p, const int16_t *in, int16_t *out, int whole) {
    const int32_t *const end = p->lines + 2 * p->channels;
    const int32_t shift = p->shift, low = p->clamp_low, high = p->clamp_high;
    for (int32_t left = p->pixels; left > 0; left--) {
        const int32_t *line = p->lines;
        do {
            const int32_t multiplier = line[0], bias = line[1];
            const int32_t y = (*in++ * multiplier + bias) >> shift;
            *out++ = (int16_t)(whole ? eo_saturate_s16(y) : eo_clamp(y, low, high));
            line += 2;
        } while (line != end);
    }
}

void eo_affine_s16(const struct eo_affine_s16_params *p, const int16_t *in, int16_t *out) {
    if (p->channels > 0) {
        if (EO_HAS_SATURATE && p->clamp_low == -32768 && p->clamp_high == 32767) {
            move_all(p, in, out, 1);
        } else {
            move_all(p, in, out, 0);
        }
    }
}
