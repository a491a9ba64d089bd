/* eo_binary_conv2d_scaled_layer.h -- what eo_binary_conv2d_s16 and eo_binary_conv2d_s8 are: parameters and the loops.
 */
#ifndef EO_BINARY_CONV2D_SCALED_LAYER_H
#define EO_BINARY_CONV2D_SCALED_LAYER_H

#include "eo_bits_scale.h"
#include "eo_bits_window.h"

struct eo_binary_conv2d_scaled_layer_params {
    const uint32_t *stream; /* [groups][group_out_channels][words, multiplier, bias]: eo_bits_scale.h */
    uint32_t pad_mask;      /* with zero padding the channels of a pixel's last word, else 0 */
    int32_t d_low;          /* 0..d_high */
    int32_t d_high;
    int32_t shift;     /* 0..31 */
    int32_t clamp_low; /* of the output's type */
    int32_t clamp_high;
    int32_t triples; /* words of a window: 3 * triples + singles, see eo_bits.h */
    int32_t singles;
    int32_t row_triples; /* of a kernel row: eo_bits_window.h */
    int32_t row_singles;
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t group_words; /* of a pixel */
    int32_t out_height;
    int32_t out_width;
    int32_t group_out_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
};

/* The numbers of the window whose first tap is at (y, x), from `image` on; what is behind them in `out`. */
EO_BODY void *eo_binary_scale_pixel(const struct eo_binary_conv2d_scaled_layer_params *p,
                                    const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x,
                                    void *out, uint32_t *scratch, int bytes) {
    const int32_t words = 3 * p->triples + p->singles;
    const struct eo_bits_scale scale = {p->d_low, p->d_high, p->shift, p->clamp_low, p->clamp_high, words + 2};
    const struct eo_bits_patch patch = {scratch, p->triples, p->singles};
    const struct eo_bits_patch padded = {scratch + words, p->triples, p->singles};
    const uint32_t *stream = p->stream;
    for (int32_t group = 0; group < p->groups; group++, image += p->group_words) {
        const struct eo_bits_patch *const other = eo_bits_read(window, image, y, x, scratch) ? &padded : &patch;
        for (int32_t left = p->group_out_channels; left > 0; left -= 32) {
            const int32_t channels = left < 32 ? left : 32;
            out = eo_bits_scaled(stream, &patch, other, channels, &scale, out, bytes);
            stream += channels * (words + 2);
        }
    }
    return out;
}

/* `bytes`: of a number of the output, 2 or 1. */
EO_BODY void eo_binary_conv2d_scaled_layer(const struct eo_binary_conv2d_scaled_layer_params *p, const int32_t *in,
                                           void *out, void *scratch, int bytes) {
    const int32_t pitch = p->group_words * p->groups;
    const struct eo_bits_window window = {p->triples,       p->singles,      p->row_triples,     p->row_singles,
                                          p->in_height,     p->in_width,     p->group_words,     pitch,
                                          p->kernel_height, p->kernel_width, p->dilation_height, p->dilation_width,
                                          p->pad_mask};
    const uint32_t *image = (const uint32_t *)in;
    for (int32_t batch = 0; batch < p->batches; batch++, image += p->in_height * p->in_width * pitch) {
        for (int32_t row = 0; row < p->out_height; row++) {
            const int32_t y = row * p->stride_height - p->pad_top;
            int32_t x = -p->pad_left;
            for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width) {
                out = eo_binary_scale_pixel(p, &window, image, y, x, out, (uint32_t *)scratch, bytes);
            }
        }
    }
}

#endif
