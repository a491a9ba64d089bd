/* eo_binary_conv2d_scaled_layer.h -- what eo_binary_conv2d_s16 and eo_binary_conv2d_s8 share: the loops. */
#ifndef EO_BINARY_CONV2D_SCALED_LAYER_H
#define EO_BINARY_CONV2D_SCALED_LAYER_H

#include "eo_bits_scale.h"
#include "eo_bits_window.h"

/* The numbers of the window whose first tap is at (y, x). */
EO_BODY void eo_binary_scale_pixel(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x,
                                   void *out, uint32_t *scratch, int bytes) {
    const struct eo_bits_patch patch = {scratch, p->triples, p->singles};
    const int32_t words = 3 * p->triples + p->singles;
    const struct eo_bits_patch padded = {scratch + words, p->triples, p->singles};
    const struct eo_bits_patch *const other = eo_bits_read(p, image, y, x, scratch) ? &padded : &patch;
    const uint32_t *stream = p->stream;
    int32_t left = p->out_channels;
    do {
        const int32_t channels = left < 32 ? left : 32;
        out = eo_bits_scaled(stream, &patch, other, channels, p->scale, out, bytes);
        stream += channels * (words + 2);
        left -= 32;
    } while (left > 0);
}

/* `bytes`: of a number of the output, 2 or 1. */
EO_BODY void eo_binary_conv2d_scaled_layer(const struct eo_bits_window_params *p, const int32_t *in, void *out,
                                           void *scratch, int bytes) {
    const uint32_t *const image = (const uint32_t *)in + p->in_first;
    int8_t *pixel = (int8_t *)out + p->out_first * bytes;
    int32_t y = -p->pad_top, rows = p->out_height;
    do {
        int32_t x = -p->pad_left, left = p->out_width;
        do {
            eo_binary_scale_pixel(p, image, y, x, pixel, (uint32_t *)scratch, bytes);
            pixel += p->out_pitch * bytes;
            x += p->stride_width;
        } while (--left > 0);
        y += p->stride_height;
    } while (--rows > 0);
}

#endif
