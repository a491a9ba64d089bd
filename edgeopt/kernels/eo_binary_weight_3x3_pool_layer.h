/* eo_binary_weight_3x3_pool_layer.h -- what eo_binary_weight_conv2d_3x3_pool and its form with padding are. */
#ifndef EO_BINARY_WEIGHT_3X3_POOL_LAYER_H
#define EO_BINARY_WEIGHT_3X3_POOL_LAYER_H

#include "eo_binary_weight_3x3_layer.h"

/* The AND of four pixels' bits joins those of channels before. */
static inline uint32_t eo_join(uint32_t bits, struct eo_two sum) {
    const uint32_t all = sum.first & sum.second;
    return (bits << 1) | ((all & (all << 16)) >> 31);
}

/* The AND of the bits of four pixels, for an even number of channels. */
static EO_OUT_OF_LINE uint32_t eo_patch_fire(const uint32_t *words, const uint32_t *tables, int32_t channels) {
    const uint32_t *const fives = eo_opaque_words(tables + EO_QUAD_TABLE);
    const uint32_t *const end = words + channels;
    uint32_t bits = 0;
    do {
#if EO_HAS_DSP
        bits = eo_join(bits, eo_patch_sum(*words++, tables, fives));
#endif
        bits = eo_join(bits, eo_patch_sum(*words++, tables, fives));
    } while (words != end);
    return bits;
}

EO_BODY void eo_binary_weight_3x3_pool_layer(const struct eo_binary_weight_3x3_layer_params *p, const int8_t *in,
                                             int32_t *out, uint32_t *tables, int padded) {
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < 2 * p->out_height; y += 2) {
            for (int32_t x = 0; x < 2 * p->out_width; x += 2) {
                int8_t bytes[16];
                struct eo_patch patch = {in + y * p->in_width + x, p->in_width};
                if (padded) {
                    patch = eo_patch_at(p, in, y - p->pad_top, x - p->pad_left, bytes);
                }
                eo_patch_tables(patch.first, patch.pitch, p->in_zero_point, tables);
                for (int32_t first = 0; first < p->out_channels; first += 32) {
                    const int32_t channels = (eo_smaller(p->out_channels - first, 32) + 1) / 2 * 2;
                    *out++ = (int32_t)(p->any_mask[first / 32] ^ eo_patch_fire(p->words + first, tables, channels));
                }
            }
        }
        in += p->in_height * p->in_width;
    }
}

#endif
