/* eo_dot_w16_s16.h -- dot products of int16 columns with packed int16 weights, and the choice between them and int8.
 *
 * Weights are packed offline (edgeopt/ops/int16/_wide_weights.py): a block of 2 or 4 output channels, its words
 * interleaved: word 0 of each channel, word 1 of each ... A word is two weights, the first in its low half; rows end in
 * zeros up to a multiple of four. `words` counts four inputs, as in eo_dot_s16.h: a channel has 2 * words of these.
 * Sums are modulo 2^32. */
#ifndef EO_DOT_W16_S16_H
#define EO_DOT_W16_S16_H

#include "eo_dot_s16.h"
#include "eo_pairs.h"

#if EO_HAS_DSP

/* acc[2 * channel + column] += two columns times two channels. `words` >= 1; all aligned to 4. */
static inline void eo_dot_w16_s16_2x2(const int16_t *x0, const int16_t *x1, const uint32_t *w, int32_t words,
                                      int32_t acc[4]) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const void *column0 = x0, *column1 = x1, *weights = w;
    const void *const end = w + 4 * words;
    do {
        uint32_t even0, odd0, even1, odd1, channel0, channel1; /* pairs of inputs, a pair of weights of each channel */
        column0 = eo_load_two(column0, &even0, &odd0);
        weights = eo_load_two(weights, &channel0, &channel1);
        acc0 = eo_smlad(channel0, even0, acc0);
        acc2 = eo_smlad(channel1, even0, acc2);
        column1 = eo_load_two(column1, &even1, &odd1);
        acc1 = eo_smlad(channel0, even1, acc1);
        acc3 = eo_smlad(channel1, even1, acc3);
        weights = eo_load_two(weights, &channel0, &channel1);
        acc0 = eo_smlad(channel0, odd0, acc0);
        acc1 = eo_smlad(channel0, odd1, acc1);
        acc2 = eo_smlad(channel1, odd0, acc2);
        acc3 = eo_smlad(channel1, odd1, acc3);
    } while (weights != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/* acc[channel] += `words` words of one input times four channels. `words` >= 1. */
static inline void eo_dot_w16_s16_1x4(const int16_t *x, const uint32_t *w, int32_t words, int32_t acc[4]) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const void *weights = w;
    const void *const end = w + 8 * words;
    do {
        const uint32_t low = eo_load_pair(x), high = eo_load_pair(x + 2);
        uint32_t channel0, channel1;
        x += 4;
        weights = eo_load_two(weights, &channel0, &channel1);
        acc0 = eo_smlad(channel0, low, acc0);
        acc1 = eo_smlad(channel1, low, acc1);
        weights = eo_load_two(weights, &channel0, &channel1);
        acc2 = eo_smlad(channel0, low, acc2);
        acc3 = eo_smlad(channel1, low, acc3);
        weights = eo_load_two(weights, &channel0, &channel1);
        acc0 = eo_smlad(channel0, high, acc0);
        acc1 = eo_smlad(channel1, high, acc1);
        weights = eo_load_two(weights, &channel0, &channel1);
        acc2 = eo_smlad(channel0, high, acc2);
        acc3 = eo_smlad(channel1, high, acc3);
    } while (weights != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

#else

#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#include "eo_dot_w16_v6m.h"
#else
/* acc[2 * channel + column] += two columns times two channels. `words` >= 1. */
static inline void eo_dot_w16_s16_2x2(const int16_t *x0, const int16_t *x1, const uint32_t *w, int32_t words,
                                      int32_t acc[4]) {
    int32_t sum[4] = {acc[0], acc[1], acc[2], acc[3]};
    const uint32_t *const end = w + 4 * words;
    do {
        const uint32_t word0 = w[0], word1 = w[1];
        eo_mac_s16_2x2(x0[0], x1[0], eo_low_half(word0), eo_low_half(word1), sum);
        eo_mac_s16_2x2(x0[1], x1[1], eo_high_half(word0), eo_high_half(word1), sum);
        x0 += 2;
        x1 += 2;
        w += 2;
    } while (w != end);
    acc[0] = sum[0];
    acc[1] = sum[1];
    acc[2] = sum[2];
    acc[3] = sum[3];
}
#endif

/* acc + two inputs times the two weights in a word. */
static inline int32_t eo_mac_w16_s16_x2(int32_t x0, int32_t x1, uint32_t weights, int32_t acc) {
    acc = eo_opaque(eo_add_wrap(acc, eo_low_half(weights) * x0));
    acc = eo_opaque(eo_add_wrap(acc, eo_high_half(weights) * x1));
    eo_keep_order();
    return acc;
}

/* acc[channel] += `words` words of one input times four channels. `words` >= 1. */
static inline void eo_dot_w16_s16_1x4(const int16_t *x, const uint32_t *w, int32_t words, int32_t acc[4]) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + 8 * words;
    do {
        const int32_t x0 = x[0], x1 = x[1];
        acc0 = eo_mac_w16_s16_x2(x0, x1, w[0], acc0);
        acc1 = eo_mac_w16_s16_x2(x0, x1, w[1], acc1);
        acc2 = eo_mac_w16_s16_x2(x0, x1, w[2], acc2);
        acc3 = eo_mac_w16_s16_x2(x0, x1, w[3], acc3);
        x += 2;
        w += 4;
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

#endif

/* Weights of `bits` 8 or 16, a constant: where the next are, and their products with columns. */
static inline int32_t eo_weight_words_s16(int32_t words, int bits) {
    return bits == 16 ? 2 * words : words;
}

EO_BODY void eo_dot_any_s16_2x2(const int16_t *x0, const int16_t *x1, const uint32_t *w, int32_t words, int32_t acc[4],
                                int bits) {
    if (bits == 16) {
        eo_dot_w16_s16_2x2(x0, x1, w, words, acc);
    } else {
        eo_dot_s16_2x2(x0, x1, w, words, acc);
    }
}

EO_BODY void eo_dot_any_s16_1x4(const int16_t *x, const uint32_t *w, int32_t words, int32_t acc[4], int bits) {
    if (bits == 16) {
        eo_dot_w16_s16_1x4(x, w, words, acc);
    } else {
        eo_dot_s16_1x4(x, w, words, acc);
    }
}

#endif
