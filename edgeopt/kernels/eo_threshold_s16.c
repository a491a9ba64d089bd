#include "eo_threshold_s16.h"

#if EO_HAS_DSP
/* The bits of two values, the even one in the low half, join those of the values behind them. */
static inline uint32_t join(uint32_t bits, const int16_t *pair, uint32_t thresholds) {
    return (bits << 2) | eo_below_s16x2(eo_load_pair(pair), thresholds, 0x00020001u);
}

/* Bits of 16 values. */
EO_BODY uint32_t half_word(const int16_t *in, const int16_t *thresholds, int per_channel) {
    const uint32_t one = eo_load_pair(thresholds);
    uint32_t bits = 0;
    bits = join(bits, in + 14, per_channel ? eo_load_pair(thresholds + 14) : one);
    bits = join(bits, in + 12, per_channel ? eo_load_pair(thresholds + 12) : one);
    bits = join(bits, in + 10, per_channel ? eo_load_pair(thresholds + 10) : one);
    bits = join(bits, in + 8, per_channel ? eo_load_pair(thresholds + 8) : one);
    bits = join(bits, in + 6, per_channel ? eo_load_pair(thresholds + 6) : one);
    bits = join(bits, in + 4, per_channel ? eo_load_pair(thresholds + 4) : one);
    bits = join(bits, in + 2, per_channel ? eo_load_pair(thresholds + 2) : one);
    bits = join(bits, in, one);
    return (bits | (bits >> 16)) & 0xffffu;
}
#endif

/* Bits of up to 32 values. */
EO_BODY uint32_t word_of(const int16_t *in, const int16_t *thresholds, int per_channel, int32_t count) {
    uint32_t word = 0;
#if EO_HAS_DSP
    for (; count > 0 && count % 16 == 0; count -= 16) {
        word =
            (word << 16) | half_word(in + count - 16, per_channel ? thresholds + count - 16 : thresholds, per_channel);
    }
#endif
    while (count-- > 0) {
        const int32_t difference = (int32_t)in[count] - thresholds[per_channel ? count : 0];
        word = (word << 1) | ((uint32_t)difference >> 31);
    }
    return word;
}

static EO_OUT_OF_LINE uint32_t word_per_channel(const int16_t *in, const int16_t *thresholds, int32_t count) {
    return word_of(in, thresholds, 1, count);
}

static EO_OUT_OF_LINE uint32_t word_for_one(const int16_t *in, const int16_t *threshold, int32_t count) {
    return word_of(in, threshold, 0, count);
}

void eo_threshold_s16(const struct eo_threshold_s16_params *p, const int16_t *in, int32_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        const int16_t *thresholds = p->thresholds;
        const uint32_t *invert = p->invert;
        for (int32_t left = p->channels; left > 0; left -= 32) {
            const int32_t count = left < 32 ? left : 32;
            const uint32_t word =
                p->per_channel ? word_per_channel(in, thresholds, count) : word_for_one(in, thresholds, count);
            *out++ = (int32_t)(invert == NULL ? word : word ^ *invert++);
            thresholds += 32 * p->per_channel;
            in += count;
        }
    }
}
