/* eo_binary_conv2d_x4_scaled_layer.h -- what eo_binary_conv2d_x4_s16 and eo_binary_conv2d_x4_s8 are: the loops. */
#ifndef EO_BINARY_CONV2D_X4_SCALED_LAYER_H
#define EO_BINARY_CONV2D_X4_SCALED_LAYER_H

#include "eo_binary_conv2d_scaled_layer.h"
#include "eo_bits_x4_window.h"

/* The numbers of the window whose first tap is at (y, x), from `image` on; what is behind them in `out`. */
EO_BODY int8_t *eo_binary_scale_pixel_x4(const struct eo_binary_conv2d_scaled_layer_params *p,
                                         const struct eo_bits_window *window, const uint32_t *image, int32_t y,
                                         int32_t x, int8_t *out, uint32_t *sums, int bytes) {
    const struct eo_bits_x4_scale scale = {p->d_low, p->d_high, p->shift, p->clamp_low, p->clamp_high};
    const int32_t words = 3 * p->triples + p->singles, vectors = (p->group_out_channels + 3) / 4;
    uint32_t *const patches = sums + 4 * vectors;
    const uint32_t *stream = p->stream;
    for (int32_t group = 0; group < p->groups; group++, image += p->group_words) {
        struct eo_bits_patch patch = {patches, p->triples, p->singles};
        const int is_padded = eo_bits_x4_read(window, image, y, x, patches);
        eo_bits_x4_clear(sums, vectors);
        eo_bits_x4_sum(stream + 8 * vectors, &patch, vectors, is_padded ? 1 : 2, sums, sums);
        if (is_padded) {
            patch.words += 4 * words;
            eo_bits_x4_sum(stream + 8 * vectors, &patch, vectors, 1, sums, sums);
        }
        eo_bits_x4_scaled(sums, stream, p->group_out_channels, &scale, out, bytes);
        out += p->group_out_channels * bytes;
        stream += 4 * vectors * (words + 2);
    }
    return out;
}

/* `bytes`: of a number of the output, 2 or 1. */
EO_BODY void eo_binary_conv2d_x4_scaled_layer(const struct eo_binary_conv2d_scaled_layer_params *p, const int32_t *in,
                                              void *out, void *scratch, int bytes) {
    const int32_t pitch = p->group_words * p->groups;
    const struct eo_bits_window window = {p->triples,       p->singles,      p->row_triples,     p->row_singles,
                                          p->in_height,     p->in_width,     p->group_words,     pitch,
                                          p->kernel_height, p->kernel_width, p->dilation_height, p->dilation_width,
                                          p->pad_mask};
    const uint32_t *image = (const uint32_t *)in;
    int8_t *to = (int8_t *)out;
    for (int32_t batch = 0; batch < p->batches; batch++, image += p->in_height * p->in_width * pitch) {
        for (int32_t row = 0; row < p->out_height; row++) {
            const int32_t y = row * p->stride_height - p->pad_top;
            int32_t x = -p->pad_left;
            for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width) {
                to = eo_binary_scale_pixel_x4(p, &window, image, y, x, to, (uint32_t *)scratch, bytes);
            }
        }
    }
}

#endif
