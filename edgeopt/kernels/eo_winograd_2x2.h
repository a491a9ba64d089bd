/* eo_winograd_2x2.h -- the transforms of Winograd's F(2x2, 3x3): tiles of 2x2 outputs from 4x4 inputs.
 *
 *   input    V = B' d B      B' = 1  0 -1  0     d int8, so |V| <= 512
 *                                 0  1  1  0
 *                                 0 -1  1  0
 *                                 0  1  0 -1
 *   output   y = A' M A      A' = 1  1  1  0
 *                                 0  1 -1 -1
 *
 * Positions are kept column by column in the order 1, 0, 2, 3, and so are the rows within a column: with chains of two
 * (eo_winograd.h) that makes the output's columns m1 + m0, plus m2, and m1 minus m2 + m3. All four outputs hold the
 * first position as it is, so the bias goes there. */
#ifndef EO_WINOGRAD_2X2_H
#define EO_WINOGRAD_2X2_H

#include "eo_winograd_layer.h"
#include "eo_winograd_2x2_v7m.h"

/* B' d of `words` words from `at` on of four rows: lines[words][2][4]. */
static inline void eo_winograd_2x2_columns(const int8_t *const *rows, int32_t at, uint32_t *lines, int32_t stride,
                                           int32_t words) {
    const int8_t *x0 = rows[0] + at, *x1 = rows[1] + at, *x2 = rows[2] + at, *x3 = rows[3] + at;
    (void)stride;
    for (; words > 0; words--, x0 += 4, x1 += 4, x2 += 4, x3 += 4, lines += 8) {
        const uint32_t w0 = eo_load_word(x0), w1 = eo_load_word(x1), w2 = eo_load_word(x2), w3 = eo_load_word(x3);
        const uint32_t d1 = eo_sxtb16(w1), d2 = eo_sxtb16(w2);
        const uint32_t e1 = eo_sxtb16_odd(w1), e2 = eo_sxtb16_odd(w2);
        lines[0] = eo_ssub16(eo_sxtb16(w0), d2);
        lines[1] = eo_sadd16(d1, d2);
        lines[2] = eo_ssub16(d2, d1);
        lines[3] = eo_ssub16(d1, eo_sxtb16(w3));
        lines[4] = eo_ssub16(eo_sxtb16_odd(w0), e2);
        lines[5] = eo_sadd16(e1, e2);
        lines[6] = eo_ssub16(e2, e1);
        lines[7] = eo_ssub16(e1, eo_sxtb16_odd(w3));
    }
}

#if !defined(EO_WINOGRAD_ASSEMBLER)

/* V of one tile. */
static inline void eo_winograd_2x2_tile(const uint32_t *lines, uint32_t *tiles, int32_t stride, int32_t in_pairs) {
    const int32_t words = 4 * in_pairs; /* of a column of lines, and of a position of tiles */
    (void)stride;
    for (int32_t at = 0; at < words; at += 4) {
        for (int i = 0; i < 4; i++) {
            const uint32_t *const d = lines + at + i;
            uint32_t *const v = tiles + at + (i < 2 ? 1 - i : i) * words;
            v[4 * words] = eo_ssub16(d[0], d[2 * words]);
            v[0] = eo_sadd16(d[words], d[2 * words]);
            v[8 * words] = eo_ssub16(d[2 * words], d[words]);
            v[12 * words] = eo_ssub16(d[words], d[3 * words]);
        }
    }
}

/* 2x2 outputs of one channel of a tile, from its sums at the first position. */
static inline void eo_winograd_2x2_output(const struct eo_winograd_group *group, const int32_t *sums,
                                          const uint32_t *constants, int8_t *out) {
    static const int place[4] = {1, 0, 2, 3};
    uint32_t upper[4], lower[4];
    for (int j = 0; j < 4; j++) {
        const int32_t *const m = sums + 32 * place[j];
        upper[j] = (uint32_t)m[8] + (uint32_t)m[16];
        lower[j] = (uint32_t)m[0] - (uint32_t)m[24];
    }
    out[0] = eo_winograd_requantize((int32_t)(upper[0] + upper[1] + upper[2]), constants);
    out[group->pixel] = eo_winograd_requantize((int32_t)(upper[1] - upper[2] - upper[3]), constants);
    out += group->row;
    out[0] = eo_winograd_requantize((int32_t)(lower[0] + lower[1] + lower[2]), constants);
    out[group->pixel] = eo_winograd_requantize((int32_t)(lower[1] - lower[2] - lower[3]), constants);
}

/* All output channels of four tiles. */
static inline void eo_winograd_2x2_group(const struct eo_winograd_group *group) {
    eo_winograd_outputs(group, eo_winograd_2x2_output);
}

#endif

static const struct eo_winograd_form eo_winograd_2x2 = {
    2, 1, eo_winograd_2x2_columns, eo_winograd_2x2_tile, eo_winograd_2x2_group,
};

#endif
