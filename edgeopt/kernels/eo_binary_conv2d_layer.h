/* eo_binary_conv2d_layer.h -- what binary convolutions to bits share: the loops. */
#ifndef EO_BINARY_CONV2D_LAYER_H
#define EO_BINARY_CONV2D_LAYER_H

#include "eo_bits_window.h"

/* eo_bits_fire where padding counts nothing, with two patches: see eo_bits_window.h. */
static EO_OUT_OF_LINE uint32_t eo_binary_fire_padded(const uint32_t *stream, const struct eo_bits_patch *patch,
                                                     int32_t channels, uint32_t odd) {
    const int32_t words = 3 * patch->triples + patch->singles;
    const struct eo_bits_patch other = {patch->words + words, patch->triples, patch->singles};
    uint32_t counts[64], bits = 0;
    eo_bits_count(stream, patch, channels, 1, counts);
    eo_bits_count(stream, &other, channels, 1, counts + 32);
    for (int32_t i = 0; i < channels; i++, stream += words + 1) {
        const uint32_t d = counts[i] + counts[32 + i];
        bits = 2 * bits + (d + ((odd >> (channels - 1 - i)) & 1u) >= 2 * stream[words]);
    }
    return bits;
}

/* The bits of the convolution's pixel whose first tap is at (y, x), into `out`, or pooled with what is there. */
EO_BODY void eo_binary_fire_pixel(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x,
                                  int is_first, uint32_t *out, uint32_t *scratch, int zeros) {
    const struct eo_bits_patch patch = {scratch, p->triples, p->singles};
    const int32_t step = 3 * p->triples + p->singles + 1;
    const int is_padded = eo_bits_read(p, image, y, x, scratch) && zeros;
    const uint32_t *stream = p->stream;
    int32_t word = 0, left = p->out_channels;
    do {
        const int32_t channels = left < 32 ? left : 32;
        uint32_t bits = is_padded ? eo_binary_fire_padded(stream, &patch, channels, p->odd[word])
                                  : eo_bits_fire(stream, &patch, channels);
        if (!is_first) {
            const uint32_t any = p->any_mask == NULL ? 0 : p->any_mask[word];
            bits = (out[word] & bits) | (any & (out[word] | bits));
        }
        out[word] = bits;
        stream += channels * step;
        word++;
        left -= 32;
    } while (left > 0);
}

/* The bits of the output's pixel (y, x). */
EO_BODY void eo_binary_pool_pixel(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x,
                                  uint32_t *out, uint32_t *scratch, int zeros) {
    const int32_t first = x * p->pool_width * p->stride_width - p->pad_left;
    int32_t top = y * p->pool_height * p->stride_height - p->pad_top;
    for (int32_t row = 0; row < p->pool_height; row++, top += p->stride_height) {
        int32_t left = first;
        for (int32_t col = 0; col < p->pool_width; col++, left += p->stride_width) {
            eo_binary_fire_pixel(p, image, top, left, (row | col) == 0, out, scratch, zeros);
        }
    }
}

/* `zeros`: whether there may be zero padding. */
EO_BODY void eo_binary_conv2d_layer(const struct eo_bits_window_params *p, const int32_t *in, int32_t *out,
                                    void *scratch, int zeros) {
    const uint32_t *const image = (const uint32_t *)in + p->in_first;
    uint32_t *pixel = (uint32_t *)out + p->out_first;
    int32_t y = 0;
    do {
        int32_t x = 0;
        do {
            eo_binary_pool_pixel(p, image, y, x, pixel, (uint32_t *)scratch, zeros);
            pixel += p->out_pitch;
        } while (++x < p->out_width);
    } while (++y < p->out_height);
}

#endif
