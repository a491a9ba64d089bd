/* eo_winograd.h -- what all exact integer Winograd convolutions are: four tiles, their products, their constants.
 *
 * A tile of the input (signed bytes) is transformed to int16, multiplied position by position with transformed weights,
 * summed over the channels in int32, and the sums are transformed to a tile of the output. All that is integer, and
 * what may leave 32 bits on the way does so modulo 2^32; only the result, a known multiple of the accumulator, must
 * fit. So it is exact. A pair is two input channels as lanes of a word: of each four channels 0 and 2, then 1 and 3.
 *
 * The stream of a layer, in the order of reading, for each two output channels (a, b):
 *     bias a, bias b
 *     [positions][in_pairs][2]   transformed weights of a and b
 *     tie, multiplier, addend, shift of a, then of b
 * Positions come in chains of two: the second one's sums go on top of the first's, and both are kept. The bias is where
 * the first chain begins. Requantization with one rounding: edgeopt/ops/_one_rounding.py. */
#ifndef EO_WINOGRAD_H
#define EO_WINOGRAD_H

#include "eo_arch.h"
#if !EO_HAS_DSP
#include "eo_dsp.h"
#endif

#define EO_WINOGRAD_TILES 4
#define EO_WINOGRAD_SHIFT 12
#define EO_WINOGRAD_ALIGN 128 /* of the sums */

/* How a layer requantizes: every shift is EO_WINOGRAD_SHIFT and no tie counts; every shift is that; any. And whether
 * sums are multiplied by the inverse of 9 before, modulo 2^32: only eo_winograd_4x4.h has multiples of 9. */
enum { EO_WINOGRAD_PLAIN, EO_WINOGRAD_TIES, EO_WINOGRAD_ANY, EO_WINOGRAD_NINTH = 4 };

/* The assembler knows where each field lies. */
struct eo_winograd_group {
    const uint32_t *tiles;          /* [positions][in_pairs][EO_WINOGRAD_TILES] transformed inputs */
    const uint32_t *stream;         /* of the layer */
    int32_t *sums;                  /* [positions][EO_WINOGRAD_TILES][2], aligned to EO_WINOGRAD_ALIGN */
    int32_t *sums_end;              /* behind them */
    int32_t in_pairs;               /* 2 at least */
    int32_t out_pairs;              /* two output channels each */
    int32_t pixel;                  /* bytes from an output pixel to the next */
    int32_t row;                    /* bytes from an output row to the next */
    int32_t requant;                /* EO_WINOGRAD_PLAIN.. */
    int8_t *out[EO_WINOGRAD_TILES]; /* the first pixel of each tile */
};

/* int8 of an accumulator as `constants` (tie, multiplier, addend, shift) say. */
static inline int8_t eo_winograd_requantize(int32_t acc, const uint32_t *constants) {
    const int32_t tie = acc < 0 ? (int32_t)constants[0] : 0;
    const int32_t high = (int32_t)(((int64_t)acc * (int32_t)constants[1]) >> 32);
    return (int8_t)eo_saturate_s8((high + (int32_t)constants[2] - tie) >> constants[3]);
}

/* The sums of two output channels at all positions; returns the stream behind the weights. */
static inline const uint32_t *eo_winograd_products(const struct eo_winograd_group *group, const uint32_t *stream) {
    const uint32_t *tiles = group->tiles;
    int32_t sum[2 * EO_WINOGRAD_TILES];
    for (int i = 0; i < 2 * EO_WINOGRAD_TILES; i++) {
        sum[i] = (int32_t)stream[i % 2];
    }
    stream += 2;
    int ends_chain = 0;
    for (int32_t *to = group->sums; to != group->sums_end; to += 2 * EO_WINOGRAD_TILES, ends_chain = !ends_chain) {
        for (int32_t pair = 0; pair < group->in_pairs; pair++, tiles += EO_WINOGRAD_TILES, stream += 2) {
            for (int i = 0; i < 2 * EO_WINOGRAD_TILES; i++) {
                sum[i] = eo_smlad(tiles[i / 2], stream[i % 2], sum[i]);
            }
        }
        for (int i = 0; i < 2 * EO_WINOGRAD_TILES; i++) {
            to[i] = sum[i];
            sum[i] = ends_chain ? 0 : sum[i];
        }
    }
    return stream;
}

/* All output channels of four tiles; `output` makes one of a tile of its sums at the first position. */
static inline void eo_winograd_outputs(const struct eo_winograd_group *group,
                                       void (*output)(const struct eo_winograd_group *group, const int32_t *sums,
                                                      const uint32_t *constants, int8_t *out)) {
    const uint32_t *stream = group->stream;
    for (int32_t pair = 0; pair < group->out_pairs; pair++, stream += 8) {
        stream = eo_winograd_products(group, stream);
        for (int i = 0; i < 2 * EO_WINOGRAD_TILES; i++) {
            output(group, group->sums + i, stream + 4 * (i % 2), group->out[i / 2] + 2 * pair + i % 2);
        }
    }
}

#endif
