#include "eo_threshold_s8.h"

/* Bit i: whether byte i of q is below that of t, as int8. */
static inline uint32_t below(uint32_t q, uint32_t t) {
#if EO_HAS_DSP
    return eo_sum_u8x4(eo_below_s8x4(q, t, 0x08040201u));
#else
    /* the top bit of each byte: whether its low seven bits are no less than those of t; no byte borrows from another */
    const uint32_t no_less = (q | 0x80808080u) - (t & 0x7f7f7f7fu);
    /* below: q negative and t not, or signs alike and the low bits less */
    const uint32_t less = (q & ~t) | ((q | ~t) & ~no_less);
    /* bits 7, 15, 23, 31 go to 28..31; no two of the product's bits meet */
    return ((less & 0x80808080u) * (uint32_t)eo_opaque(0x00204081)) >> 28;
#endif
}

/* Bits of up to 32 values, four a word. */
static EO_OUT_OF_LINE uint32_t word_of_fours(const uint32_t *in, const uint32_t *thresholds, int32_t fours) {
    const uint32_t *four = in + fours;
    uint32_t word = 0;
    thresholds += fours;
    do {
        word = (word << 4) | below(*--four, *--thresholds);
    } while (four != in);
    return word;
}

static EO_OUT_OF_LINE uint32_t word_for_one_threshold(const uint32_t *in, uint32_t threshold, int32_t fours) {
    const uint32_t *four = in + fours;
    uint32_t word = 0;
    do {
        word = (word << 4) | below(*--four, threshold);
    } while (four != in);
    return word;
}

static EO_OUT_OF_LINE uint32_t word_of_bytes(const int8_t *in, const int8_t *thresholds, int32_t step, int32_t count) {
    uint32_t word = 0;
    while (count-- > 0) {
        word = (word << 1) | (uint32_t)(in[count] < thresholds[count * step]);
    }
    return word;
}

void eo_threshold_s8(const struct eo_threshold_s8_params *p, const int8_t *in, int32_t *out) {
    const int in_fours = p->channels % 4 == 0;
    for (int32_t row = 0; row < p->rows; row++) {
        const uint32_t *thresholds = p->thresholds, *invert = p->invert;
        for (int32_t left = p->channels; left > 0; left -= 32) {
            const int32_t count = left < 32 ? left : 32;
            uint32_t word;
            if (!in_fours) {
                word = word_of_bytes(in, (const int8_t *)thresholds, p->per_channel, count);
            } else if (p->per_channel) {
                word = word_of_fours((const uint32_t *)(const void *)in, thresholds, count / 4);
            } else {
                word = word_for_one_threshold((const uint32_t *)(const void *)in, *thresholds, count / 4);
            }
            *out++ = (int32_t)(word ^ *invert++);
            thresholds += p->per_channel ? 8 : 0;
            in += count;
        }
    }
}
