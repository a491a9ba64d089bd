#include "eo_threshold_s16.h"

#if EO_HAS_DSP
/* Bits of up to 16 values, an even number. */
static inline uint32_t half_word(const int16_t *in, const int16_t *thresholds, int32_t per_channel, int32_t count) {
    uint32_t even_and_odd = 0; /* bits of the even values in the low half, of the odd ones in the high half */
    while ((count -= 2) >= 0) {
        const uint32_t pair = eo_load_pair(thresholds + (per_channel ? count : 0));
        even_and_odd = (even_and_odd << 2) | eo_below_s16x2(eo_load_pair(in + count), pair, 0x00020001u);
    }
    return (even_and_odd | (even_and_odd >> 16)) & 0xffffu;
}
#endif

/* Bits of up to 32 values. */
static uint32_t word_of(const int16_t *in, const int16_t *thresholds, int32_t per_channel, int32_t count) {
    uint32_t word = 0;
#if EO_HAS_DSP
    if (count % 2 == 0) {
        if (count > 16) {
            word = half_word(in + 16, thresholds + (per_channel ? 16 : 0), per_channel, count - 16) << 16;
            count = 16;
        }
        return word | half_word(in, thresholds, per_channel, count);
    }
#endif
    while (count-- > 0) {
        const int32_t difference = (int32_t)in[count] - thresholds[per_channel ? count : 0];
        word = (word << 1) | ((uint32_t)difference >> 31);
    }
    return word;
}

void eo_threshold_s16(const struct eo_threshold_s16_params *p, const int16_t *in, int32_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        const int16_t *thresholds = p->thresholds;
        const uint32_t *invert = p->invert;
        for (int32_t left = p->channels; left > 0; left -= 32) {
            const int32_t count = left < 32 ? left : 32;
            const uint32_t word =
                p->per_channel ? word_of(in, thresholds, 1, count) : word_of(in, thresholds, 0, count);
            *out++ = (int32_t)(invert == NULL ? word : word ^ *invert++);
            thresholds += p->per_channel ? 32 : 0;
            in += count;
        }
    }
}
