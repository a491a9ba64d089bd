/* eo_binary_weight_3x3_layer.h -- what eo_binary_weight_conv2d_3x3 and its form with pooling are: the windows of two by
 * two pixels are a patch of four by four, and two tables, of four and of five taps, make each sum with two look-ups. */
#ifndef EO_BINARY_WEIGHT_3X3_LAYER_H
#define EO_BINARY_WEIGHT_3X3_LAYER_H

#include "eo_quad_signs.h"

struct eo_binary_weight_3x3_layer_params {
    const uint32_t *words;    /* as the kernel says */
    const uint32_t *any_mask; /* [ceil(out_channels / 32)] channels with OR for AND; NULL without pooling */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_zero_point;
    int32_t out_height; /* after pooling */
    int32_t out_width;
    int32_t out_channels;
    int32_t pad_top;
    int32_t pad_left;
};

/* Four by four pixels in memory. */
struct eo_patch {
    const int8_t *first;
    int32_t pitch;
};

/* The patch from (y, x) of the image on, in `bytes`, [16], where it is not all inside; outside is the zero point. */
static EO_OUT_OF_LINE struct eo_patch eo_patch_at(const struct eo_binary_weight_3x3_layer_params *p,
                                                  const int8_t *image, int32_t y, int32_t x, int8_t *bytes) {
    struct eo_patch patch = {bytes, 4};
    if (y >= 0 && x >= 0 && y + 4 <= p->in_height && x + 4 <= p->in_width) {
        patch.first = image + y * p->in_width + x;
        patch.pitch = p->in_width;
        return patch;
    }
    for (int32_t i = 0; i < 16; i++) {
        const int32_t row = y + i / 4, column = x + i % 4;
        const int inside = row >= 0 && row < p->in_height && column >= 0 && column < p->in_width;
        bytes[i] = (int8_t)(inside ? image[row * p->in_width + column] : p->in_zero_point);
    }
    return patch;
}

/* Fills the tables from a patch. */
static EO_OUT_OF_LINE void eo_patch_tables(const int8_t *row, int32_t pitch, int32_t zero_point, uint32_t *tables) {
    const uint32_t zero_points = eo_both_lanes(zero_point);
    uint32_t space[32];
    /* [9][2], and before and behind them what the patch's first row is not for the lower two windows, and its last not
     * for the upper two */
    uint32_t *const words = space + 6;
    for (uint32_t *to = words; to < words + 24; to += 6) {
        to[0] = to[-5] = eo_quad_lanes(row[0], row[1], zero_points);
        to[2] = to[-3] = eo_quad_lanes(row[1], row[2], zero_points);
        to[4] = to[-1] = eo_quad_lanes(row[2], row[3], zero_points);
        row += pitch;
    }
    eo_quad_make_table(tables + EO_QUAD_TABLE, words + 8, words + 16);
    space[0] = 0u - words[16];
    space[1] = 0u - words[17];
    eo_quad_make_table(tables + 2 * EO_QUAD_TABLE, words + 8, space);
    space[0] = 0;
    space[1] = 0;
    eo_quad_make_table(tables, words, space);
}

/* The upper half of `word` in both halves. */
static inline uint32_t eo_both_upper(uint32_t word) {
#if EO_HAS_DSP && defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("pkhtb %0, %1, %1, asr #16" : "=r"(result) : "r"(word));
    return result;
#else
    return (word >> 16) | (word & 0xffff0000u);
#endif
}

/* The table's entry at as many bytes as byte 0 of `word` says, or byte 1. */
static inline const uint32_t *eo_entry(const uint32_t *table, uint32_t word, int byte) {
#if EO_HAS_DSP && defined(__ARM_FEATURE_DSP)
    const uint32_t *result;
    if (byte == 0) {
        __asm__("uxtab %0, %1, %2" : "=r"(result) : "r"(table), "r"(word));
    } else {
        __asm__("uxtab %0, %1, %2, ror #8" : "=r"(result) : "r"(table), "r"(word));
    }
    return result;
#elif defined(__thumb__)
    uint32_t offset;
    __asm__("uxtb %0, %1" : "=l"(offset) : "l"(word >> (8 * byte)));
    return (const uint32_t *)(const void *)((const char *)table + offset);
#else
    return (const uint32_t *)(const void *)((const char *)table + ((word >> (8 * byte)) & 0xffu));
#endif
}

/* The sums of four pixels, with `word` for the weights and the start. */
static inline struct eo_two eo_patch_sum(uint32_t word, const uint32_t *fours, const uint32_t *fives) {
    const uint32_t *const four = eo_entry(fours, word, 0), start = eo_both_upper(word);
    struct eo_two sum = {start, start}, products;
    EO_TWO_LOAD(products, four, 0);
    sum = eo_two_sum(sum, products);
#if !EO_HAS_DSP
    /* in this order, or the registers of a Cortex-M0+ do not suffice */
    sum.first = (uint32_t)eo_opaque((int32_t)sum.first);
    sum.second = (uint32_t)eo_opaque((int32_t)sum.second);
#endif
    const uint32_t *const five = eo_entry(fives, word, 1);
    EO_TWO_LOAD(products, five, 0);
    return eo_two_sum(sum, products);
}

#endif
