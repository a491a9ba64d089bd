#include "eo_bent_affine_s16.h"
#include "eo_requant.h"

void eo_bent_affine_s16(const struct eo_bent_affine_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t channels = p->channels, shift = p->shift, low = p->clamp_low, high = p->clamp_high;
    for (int32_t left = p->pixels; left > 0; left--) {
        const int32_t *line = p->lines;
        for (int32_t channel = channels; channel > 0; channel--, line += 5) {
            const int32_t x = *in++;
            const int32_t *const side = line + (x < line[0] ? 1 : 3);
            *out++ = (int16_t)eo_clamp((x * side[0] + side[1]) >> shift, low, high);
        }
    }
}
