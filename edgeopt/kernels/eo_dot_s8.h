/* eo_dot_s8.h -- dot products of int8 columns with packed weights of 8 or 4 bits, for convolutions and dense layers.
 *
 * Weights are packed offline (edgeopt/ops/_requant.py): a block of 2 or 4 output channels, its words interleaved:
 * word 0 of each channel, word 1 of each ... A word is four int8, the first in the lowest byte; rows end in zeros.
 * Of int4 weights, two neighbouring words share one: the first in the low half of each byte, the second in the high
 * one. A shift and a mask make int8 of them that are 16 times too large, and so is the sum. With 65,536 weights, as
 * many as edgeopt/ops/_weights.py allows, 16 * 8 * 128 * 65,536 = 2^30 fits; eo_sum_of shifts it down.
 * Inputs are raw q: the bias holds -zero_point * sum(weights) already. Sums are modulo 2^32; the true sum fits.
 * `bits` is a constant wherever it is an argument, so that a kernel has the code of its own weights alone. */
#ifndef EO_DOT_S8_H
#define EO_DOT_S8_H

#include "eo_arch.h"

/* Words of weights in flash for `words` words of int8; a multiple of 2. */
EO_BODY int32_t eo_packed_words(int32_t words, int bits) {
    return bits == 4 ? words / 2 : words;
}

/* The first word of weights of a pair of channels. */
EO_BODY uint32_t eo_first_word(const uint32_t *w, int bits) {
    return bits == 4 ? (w[0] << 4) & 0xf0f0f0f0u : w[0];
}

EO_BODY uint32_t eo_second_word(const uint32_t *w, int bits) {
    return bits == 4 ? w[0] & 0xf0f0f0f0u : w[1];
}

/* The sum of products, of what the dot products below add up. */
EO_BODY int32_t eo_sum_of(int32_t acc, int bits) {
    return bits == 4 ? acc >> 4 : acc;
}

#if EO_HAS_DSP

/* Two columns as int16 lanes, a group of four words per four inputs: (x2, x0) (x3, x1) of each column. */
typedef const uint32_t *eo_columns;

static inline eo_columns eo_make_columns(uint32_t *scratch, const int8_t *x0, const int8_t *x1, int32_t words) {
    uint32_t *to = scratch;
    for (; words > 0; words--) {
        const uint32_t word0 = eo_load_word(x0);
        const uint32_t word1 = eo_load_word(x1);
        to[0] = eo_sxtb16(word0);
        to[1] = eo_sxtb16_odd(word0);
        to[2] = eo_sxtb16(word1);
        to[3] = eo_sxtb16_odd(word1);
        to += 4;
        x0 += 4;
        x1 += 4;
    }
    return scratch;
}

/* acc[2 * channel + column] += two columns times two channels. `words` >= 1. */
static inline void eo_dot_2x2(eo_columns x, const uint32_t *w, int32_t words, int32_t acc[4], int bits) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + eo_packed_words(2 * words, bits);
    do {
        const uint32_t even0 = x[0], odd0 = x[1], even1 = x[2], odd1 = x[3];
        const uint32_t word0 = eo_first_word(w, bits), word1 = eo_second_word(w, bits);
        uint32_t lanes = eo_sxtb16(word0);
        acc0 = eo_smlad(lanes, even0, acc0);
        acc1 = eo_smlad(lanes, even1, acc1);
        lanes = eo_sxtb16_odd(word0);
        acc0 = eo_smlad(lanes, odd0, acc0);
        acc1 = eo_smlad(lanes, odd1, acc1);
        lanes = eo_sxtb16(word1);
        acc2 = eo_smlad(lanes, even0, acc2);
        acc3 = eo_smlad(lanes, even1, acc3);
        lanes = eo_sxtb16_odd(word1);
        acc2 = eo_smlad(lanes, odd0, acc2);
        acc3 = eo_smlad(lanes, odd1, acc3);
        x += 4;
        w += eo_packed_words(2, bits);
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/* acc[channel] += `words` words of one input times four channels. `words` >= 1. */
static inline void eo_dot_1x4(const int8_t *x, const uint32_t *w, int32_t words, int32_t acc[4], int bits) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + eo_packed_words(4 * words, bits);
    do {
        const uint32_t inputs = eo_load_word(x);
        const uint32_t even = eo_sxtb16(inputs), odd = eo_sxtb16_odd(inputs);
        uint32_t word = eo_first_word(w, bits), next = eo_second_word(w, bits);
        acc0 = eo_smlad(eo_sxtb16_odd(word), odd, eo_smlad(eo_sxtb16(word), even, acc0));
        acc1 = eo_smlad(eo_sxtb16_odd(next), odd, eo_smlad(eo_sxtb16(next), even, acc1));
        eo_keep_order();
        word = eo_first_word(w + eo_packed_words(2, bits), bits);
        next = eo_second_word(w + eo_packed_words(2, bits), bits);
        acc2 = eo_smlad(eo_sxtb16_odd(word), odd, eo_smlad(eo_sxtb16(word), even, acc2));
        acc3 = eo_smlad(eo_sxtb16_odd(next), odd, eo_smlad(eo_sxtb16(next), even, acc3));
        x += 4;
        w += eo_packed_words(4, bits);
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

#else

/* Two columns as they are. */
typedef struct {
    const int8_t *x0;
    const int8_t *x1;
} eo_columns;

static inline eo_columns eo_make_columns(uint32_t *scratch, const int8_t *x0, const int8_t *x1, int32_t words) {
    const eo_columns columns = {x0, x1};
    (void)scratch;
    (void)words;
    return columns;
}

/* acc[2 * channel + column] += one input of two columns times two channels. */
static inline void eo_mac_2x2(int32_t x0, int32_t x1, int32_t w0, int32_t w1, int32_t acc[4]) {
    acc[0] = eo_opaque(eo_add_wrap(acc[0], w0 * x0));
    acc[1] = eo_opaque(eo_add_wrap(acc[1], w0 * x1));
    acc[2] = eo_opaque(eo_add_wrap(acc[2], w1 * x0));
    acc[3] = eo_opaque(eo_add_wrap(acc[3], w1 * x1));
    eo_keep_order();
}

/* acc[2 * channel + column] += two columns times two channels. `words` >= 1. */
static inline void eo_dot_2x2(eo_columns x, const uint32_t *w, int32_t words, int32_t acc[4], int bits) {
    int32_t sum[4] = {acc[0], acc[1], acc[2], acc[3]};
    const uint32_t *const end = w + eo_packed_words(2 * words, bits);
    do {
        const uint32_t word0 = eo_first_word(w, bits), word1 = eo_second_word(w, bits);
        eo_mac_2x2(x.x0[0], x.x1[0], eo_byte(word0, 0), eo_byte(word1, 0), sum);
        eo_mac_2x2(x.x0[1], x.x1[1], eo_byte(word0, 1), eo_byte(word1, 1), sum);
        eo_mac_2x2(x.x0[2], x.x1[2], eo_byte(word0, 2), eo_byte(word1, 2), sum);
        eo_mac_2x2(x.x0[3], x.x1[3], eo_byte(word0, 3), eo_byte(word1, 3), sum);
        x.x0 += 4;
        x.x1 += 4;
        w += eo_packed_words(2, bits);
    } while (w != end);
    acc[0] = sum[0];
    acc[1] = sum[1];
    acc[2] = sum[2];
    acc[3] = sum[3];
}

/* acc + four inputs times the four weights in a word. */
static inline int32_t eo_mac_x4(int32_t x0, int32_t x1, int32_t x2, int32_t x3, uint32_t weights, int32_t acc) {
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 0) * x0));
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 1) * x1));
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 2) * x2));
    acc = eo_opaque(eo_add_wrap(acc, eo_byte(weights, 3) * x3));
    eo_keep_order();
    return acc;
}

/* acc[channel] += `words` words of one input times four channels. `words` >= 1. */
static inline void eo_dot_1x4(const int8_t *x, const uint32_t *w, int32_t words, int32_t acc[4], int bits) {
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    const uint32_t *const end = w + eo_packed_words(4 * words, bits);
    do {
        const int32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
        const uint32_t *const second = w + eo_packed_words(2, bits);
        acc0 = eo_mac_x4(x0, x1, x2, x3, eo_first_word(w, bits), acc0);
        acc1 = eo_mac_x4(x0, x1, x2, x3, eo_second_word(w, bits), acc1);
        acc2 = eo_mac_x4(x0, x1, x2, x3, eo_first_word(second, bits), acc2);
        acc3 = eo_mac_x4(x0, x1, x2, x3, eo_second_word(second, bits), acc3);
        x += 4;
        w += eo_packed_words(4, bits);
    } while (w != end);
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

#endif

#endif
