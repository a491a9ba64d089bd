/* eo_winograd_4x4.h -- the transforms of Winograd's F(4x4, 3x3): tiles of 4x4 outputs from 6x6 inputs.
 *
 *   input    V = B' d B   d int8, so |V| <= 100 * 128        output   576 y = A' M A
 *            4  0 -5  0  1  0                                1  1  1  1  1  0
 *            0 -4 -4  1  1  0                                0  1 -1  2 -2  0
 *            0  4 -4 -1  1  0                                0  1  1  4  4  0
 *            0 -2 -1  2  1  0                                0  1 -1  8 -8  4
 *            0  2 -1 -2  1  0
 *            0  4  0 -5  0  1
 *
 * Where 576 y does not fit 32 bits 64 y may: modulo 2^32 the division by 9 is a multiplication.
 * Positions are kept line by line in the order 1, 2, 3, 4, 0, 5, and so are those within a line: with chains of two
 * (eo_winograd.h) the sums of a line are m1, m1 + m2, m3, m3 + m4, m0, m0 + m5. All outputs hold the first position as
 * it is, so the bias goes there. */
#ifndef EO_WINOGRAD_4X4_H
#define EO_WINOGRAD_4X4_H

#include "eo_winograd_layer.h"
#include "eo_winograd_4x4_v7m.h"

#define EO_WINOGRAD_4X4_NINTH 0x38e38e39u /* 9 times this is 1 modulo 2^32 */

#if !defined(EO_WINOGRAD_ASSEMBLER)

/* B' d of d[0], d[step].. to v[0], v[to].. in the order of positions. */
static inline void eo_winograd_4x4_transform(const uint32_t *d, int32_t step, uint32_t *v, int32_t to) {
    const uint32_t d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    const uint32_t twice_d1 = eo_sadd16(d1, d1), twice_d2 = eo_sadd16(d2, d2);
    const uint32_t even = eo_ssub16(d4, eo_sadd16(twice_d2, twice_d2));
    const uint32_t odd = eo_ssub16(d3, eo_sadd16(twice_d1, twice_d1));
    const uint32_t rise = eo_ssub16(d4, d2), slope = eo_sadd16(eo_ssub16(d3, d1), eo_ssub16(d3, d1));
    const uint32_t fall = eo_sadd16(eo_ssub16(d[0], d2), eo_ssub16(d[0], d2));
    v[0] = eo_sadd16(even, odd);
    v[to] = eo_ssub16(even, odd);
    v[2 * to] = eo_sadd16(rise, slope);
    v[3 * to] = eo_ssub16(rise, slope);
    v[4 * to] = eo_sadd16(eo_sadd16(fall, fall), rise);
    v[5 * to] = eo_ssub16(eo_ssub16(eo_ssub16(d[5 * step], d3), slope), slope);
}

static inline void eo_winograd_4x4_columns(const int8_t *const *rows, int32_t at, uint32_t *lines, int32_t stride,
                                           int32_t words) {
    for (; words > 0; words--, at += 4, lines += 2) {
        uint32_t even[6], odd[6];
        for (int i = 0; i < 6; i++) {
            const uint32_t word = eo_load_word(rows[i] + at);
            even[i] = eo_sxtb16(word);
            odd[i] = eo_sxtb16_odd(word);
        }
        eo_winograd_4x4_transform(even, 1, lines, stride);
        eo_winograd_4x4_transform(odd, 1, lines + 1, stride);
    }
}

static inline void eo_winograd_4x4_tile(const uint32_t *lines, uint32_t *tiles, int32_t stride, int32_t in_pairs) {
    const int32_t position = in_pairs * EO_WINOGRAD_TILES;
    for (int i = 0; i < 6; i++, lines += stride, tiles += 6 * position) {
        for (int32_t pair = 0; pair < in_pairs; pair++) {
            eo_winograd_4x4_transform(lines + pair, in_pairs, tiles + pair * EO_WINOGRAD_TILES, position);
        }
    }
}

/* A' m of m[0] to m[5], in the order 0 to 5. */
static inline void eo_winograd_4x4_back(const uint32_t *m, uint32_t *y, int32_t step) {
    const uint32_t a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
    y[0] = m[0] + a + c;
    y[step] = b + 2 * d;
    y[2 * step] = a + 4 * c;
    y[3 * step] = b + 8 * d + 4 * m[5];
}

/* 4x4 outputs of one channel of a tile, from its sums at the first position. */
static inline void eo_winograd_4x4_output(const struct eo_winograd_group *group, const int32_t *sums,
                                          const uint32_t *constants, int8_t *out) {
    static const int order[6] = {1, 2, 3, 4, 0, 5};
    uint32_t column[4][6];
    for (int i = 0; i < 6; i++, sums += 6 * 2 * EO_WINOGRAD_TILES) {
        uint32_t m[6];
        for (int j = 0; j < 6; j++) {
            const uint32_t chained = j % 2 ? (uint32_t)sums[(j - 1) * 2 * EO_WINOGRAD_TILES] : 0;
            m[order[j]] = (uint32_t)sums[j * 2 * EO_WINOGRAD_TILES] - chained;
        }
        eo_winograd_4x4_back(m, &column[0][order[i]], 6);
    }
    for (int32_t x = 0; x < 4; x++) {
        uint32_t y[4];
        eo_winograd_4x4_back(column[x], y, 1);
        for (int32_t i = 0; i < 4; i++) {
            const uint32_t acc = group->requant & EO_WINOGRAD_NINTH ? y[i] * EO_WINOGRAD_4X4_NINTH : y[i];
            out[i * group->row + x * group->pixel] = eo_winograd_requantize((int32_t)acc, constants);
        }
    }
}

static inline void eo_winograd_4x4_group(const struct eo_winograd_group *group) {
    eo_winograd_outputs(group, eo_winograd_4x4_output);
}

#endif

static const struct eo_winograd_form eo_winograd_4x4 = {
    4, 0, eo_winograd_4x4_columns, eo_winograd_4x4_tile, eo_winograd_4x4_group,
};

#endif
