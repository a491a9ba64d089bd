/* eo_binary_conv2d_x4_scaled_layer.h -- what eo_binary_conv2d_x4_s16 and eo_binary_conv2d_x4_s8 share: the loops. */
#ifndef EO_BINARY_CONV2D_X4_SCALED_LAYER_H
#define EO_BINARY_CONV2D_X4_SCALED_LAYER_H

#include "eo_bits_x4_window.h"

/* The numbers of the window whose first tap is at (y, x). */
static inline void eo_binary_scale_pixel_x4(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y,
                                            int32_t x, void *out, uint32_t *scratch, int bytes) {
    const int32_t vectors = (p->out_channels + 3) / 4;
    const uint32_t *const weights = p->stream + 8 * vectors;
    struct eo_bits_patch patch = {scratch + 4 * vectors, p->triples, p->singles};
    const int is_padded = eo_bits_x4_read(p, image, y, x, scratch + 4 * vectors);
    eo_bits_x4_clear(scratch, vectors);
    eo_bits_x4_sum(weights, &patch, vectors, is_padded ? 1 : 2, scratch, scratch);
    if (is_padded) {
        patch.words += 4 * (3 * p->triples + p->singles);
        eo_bits_x4_sum(weights, &patch, vectors, 1, scratch, scratch);
    }
    eo_bits_x4_scaled(scratch, p->stream, p->out_channels, p->scale, out, bytes);
}

/* `bytes`: of a number of the output, 2 or 1. */
EO_BODY void eo_binary_conv2d_x4_scaled_layer(const struct eo_bits_window_params *p, const int32_t *in, void *out,
                                              void *scratch, int bytes) {
    const uint32_t *const image = (const uint32_t *)in + p->in_first;
    int8_t *pixel = (int8_t *)out + p->out_first * bytes;
    int32_t y = -p->pad_top;
    for (int32_t rows = p->out_height; rows > 0; rows--, y += p->stride_height) {
        int32_t x = -p->pad_left;
        for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, pixel += p->out_pitch * bytes) {
            eo_binary_scale_pixel_x4(p, image, y, x, pixel, (uint32_t *)scratch, bytes);
        }
    }
}

#endif
