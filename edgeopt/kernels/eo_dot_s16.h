/* eo_dot_s16.h -- dot products of int16 columns with packed int8 weights, for convolutions and dense layers.
 *
 * Weights are packed offline (edgeopt/ops/int16/_weighted.py): a block of 2 or 4 output channels, its words
 * interleaved: word 0 of each channel, word 1 of each ... A word is weights 0, 2, 1, 3 of four, the first in the lowest
 * byte; rows end in zeros. Sums are modulo 2^32. */
#ifndef EO_DOT_S16_H
#define EO_DOT_S16_H

#include "eo_arch.h"

#if EO_HAS_DSP

/* acc[2 * channel + column] += two columns times two channels. `words` >= 1. */
static inline void eo_dot_s16_2x2(const int16_t *x0, const int16_t *x1, const uint32_t *w, int32_t words,
                                  int32_t acc[4]) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + 2 * words;
    do {
        const uint32_t word0 = w[0], word1 = w[1];
        uint32_t pair0 = eo_load_pair(x0), pair1 = eo_load_pair(x1);
        uint32_t lanes = eo_sxtb16(word0);
        acc0 = eo_smlad(lanes, pair0, acc0);
        acc1 = eo_smlad(lanes, pair1, acc1);
        lanes = eo_sxtb16(word1);
        acc2 = eo_smlad(lanes, pair0, acc2);
        acc3 = eo_smlad(lanes, pair1, acc3);
        eo_keep_order(); /* the second pairs take the registers of the first */
        pair0 = eo_load_pair(x0 + 2);
        pair1 = eo_load_pair(x1 + 2);
        lanes = eo_sxtb16_odd(word0);
        acc0 = eo_smlad(lanes, pair0, acc0);
        acc1 = eo_smlad(lanes, pair1, acc1);
        lanes = eo_sxtb16_odd(word1);
        acc2 = eo_smlad(lanes, pair0, acc2);
        acc3 = eo_smlad(lanes, pair1, acc3);
        x0 += 4;
        x1 += 4;
        w += 2;
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/* acc[channel] += `words` words of one input times four channels. `words` >= 1. */
static inline void eo_dot_s16_1x4(const int16_t *x, const uint32_t *w, int32_t words, int32_t acc[4]) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + 4 * words;
    do {
        const uint32_t low = eo_load_pair(x), high = eo_load_pair(x + 2);
        uint32_t word = w[0], next = w[1];
        acc0 = eo_smlad(eo_sxtb16_odd(word), high, eo_smlad(eo_sxtb16(word), low, acc0));
        acc1 = eo_smlad(eo_sxtb16_odd(next), high, eo_smlad(eo_sxtb16(next), low, acc1));
        eo_keep_order();
        word = w[2];
        next = w[3];
        acc2 = eo_smlad(eo_sxtb16_odd(word), high, eo_smlad(eo_sxtb16(word), low, acc2));
        acc3 = eo_smlad(eo_sxtb16_odd(next), high, eo_smlad(eo_sxtb16(next), low, acc3));
        x += 4;
        w += 4;
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

#else

/* acc[2 * channel + column] += one input of two columns times two channels. */
static inline void eo_mac_s16_2x2(int32_t x0, int32_t x1, int32_t w0, int32_t w1, int32_t acc[4]) {
    acc[0] = eo_opaque(eo_add_wrap(acc[0], w0 * x0));
    acc[1] = eo_opaque(eo_add_wrap(acc[1], w0 * x1));
    acc[2] = eo_opaque(eo_add_wrap(acc[2], w1 * x0));
    acc[3] = eo_opaque(eo_add_wrap(acc[3], w1 * x1));
    eo_keep_order();
}

/* acc[2 * channel + column] += two columns times two channels. `words` >= 1. */
static inline void eo_dot_s16_2x2(const int16_t *x0, const int16_t *x1, const uint32_t *w, int32_t words,
                                  int32_t acc[4]) {
    int32_t sum[4] = {acc[0], acc[1], acc[2], acc[3]};
    const uint32_t *const end = w + 2 * words;
    do {
        const uint32_t word0 = w[0], word1 = w[1];
        eo_mac_s16_2x2(x0[0], x1[0], eo_byte(word0, 0), eo_byte(word1, 0), sum);
        eo_mac_s16_2x2(x0[1], x1[1], eo_byte(word0, 2), eo_byte(word1, 2), sum);
        eo_mac_s16_2x2(x0[2], x1[2], eo_byte(word0, 1), eo_byte(word1, 1), sum);
        eo_mac_s16_2x2(x0[3], x1[3], eo_byte(word0, 3), eo_byte(word1, 3), sum);
        x0 += 4;
        x1 += 4;
        w += 2;
    } while (w != end);
    acc[0] = sum[0];
    acc[1] = sum[1];
    acc[2] = sum[2];
    acc[3] = sum[3];
}

/* acc + four inputs times the four weights in a word. */
static inline int32_t eo_mac_s16_x4(int32_t x0, int32_t x1, int32_t x2, int32_t x3, uint32_t weights, int32_t acc) {
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 0) * x0));
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 2) * x1));
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 1) * x2));
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 3) * x3));
    eo_keep_order();
    return acc;
}

/* acc[channel] += `words` words of one input times four channels. `words` >= 1. */
static inline void eo_dot_s16_1x4(const int16_t *x, const uint32_t *w, int32_t words, int32_t acc[4]) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + 4 * words;
    do {
        const int32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
        acc0 = eo_mac_s16_x4(x0, x1, x2, x3, w[0], acc0);
        acc1 = eo_mac_s16_x4(x0, x1, x2, x3, w[1], acc1);
        acc2 = eo_mac_s16_x4(x0, x1, x2, x3, w[2], acc2);
        acc3 = eo_mac_s16_x4(x0, x1, x2, x3, w[3], acc3);
        x += 4;
        w += 4;
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

#endif

#endif
