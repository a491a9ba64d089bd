/* eo_binary_weight_scaled_layer.h -- what eo_binary_weight_conv2d_s16 and _s8 are, but for the type of their outputs.
 */
#ifndef EO_BINARY_WEIGHT_SCALED_LAYER_H
#define EO_BINARY_WEIGHT_SCALED_LAYER_H

#include "eo_quad_sums.h"

struct eo_binary_weight_scaled_layer_params {
    const uint16_t *codes;     /* eo_quad_sums.h */
    const int32_t *multiplier; /* [out_channels] */
    const int32_t *bias;       /* [out_channels] */
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t in_zero_point;
    int32_t out_height;
    int32_t out_width;
    int32_t out_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t low; /* limits of a sum; times any multiplier, and plus the bias, they stay in 32 bits */
    int32_t high;
    int32_t shift;     /* 0..31 */
    int32_t clamp_low; /* limits of an output, within its type */
    int32_t clamp_high;
};

static inline int32_t eo_limit(int32_t x, int32_t low, int32_t high) {
    return x < low ? low : (x > high ? high : x);
}

static inline void eo_store_output(void *out, int32_t index, int32_t value, int bytes) {
    if (bytes == 1) {
        ((int8_t *)out)[index] = (int8_t)value;
    } else {
        ((int16_t *)out)[index] = (int16_t)value;
    }
}

/* The outputs of a quad from element `first` on; those of its pixels are `right` and `below` elements apart. */
EO_BODY void eo_quad_scale(const struct eo_binary_weight_scaled_layer_params *p, const int32_t *sums, void *out,
                           int32_t first, int32_t right, int32_t below, int bytes) {
    const int32_t offsets[4] = {first, first + right, first + below, first + below + right};
    for (int32_t channel = 0; channel < p->out_channels; channel++) {
        const int32_t multiplier = p->multiplier[channel], bias = p->bias[channel];
        for (int pixel = 0; pixel < 4; pixel++) {
            const int32_t sum = eo_limit(*sums++, p->low, p->high);
            const int32_t value = eo_limit((sum * multiplier + bias) >> p->shift, p->clamp_low, p->clamp_high);
            eo_store_output(out, offsets[pixel] + channel, value, bytes);
        }
    }
}

EO_BODY void eo_binary_weight_scaled_layer(const struct eo_binary_weight_scaled_layer_params *p, const int8_t *in,
                                           void *out, void *scratch, int bytes) {
    const struct eo_quad_window window = {
        p->in_height,     p->in_width,     p->in_channels,     p->in_channels / p->groups,
        p->kernel_height, p->kernel_width, p->dilation_height, p->dilation_width,
        p->in_zero_point};
    const int32_t pitch = p->out_width * p->out_channels;
    for (int32_t row = 0; row < p->batches * p->out_height; row += p->out_height) {
        for (int32_t y = 0; y < p->out_height; y += 2) {
            const int32_t first_y = y * p->stride_height - p->pad_top, down = y + 1 < p->out_height;
            for (int32_t x = 0; x < p->out_width; x += 2) {
                const int32_t first_x = x * p->stride_width - p->pad_left, right = x + 1 < p->out_width;
                const struct eo_quad quad = {{first_y, first_y + down * p->stride_height},
                                             {first_x, first_x + right * p->stride_width}};
                eo_quad_sums(&window, in, &quad, p->codes, p->groups, p->out_channels, (int32_t *)scratch);
                eo_quad_scale(p, (const int32_t *)scratch, out, (row + y) * pitch + x * p->out_channels,
                              right * p->out_channels, down * pitch, bytes);
            }
        }
        in += p->in_height * p->in_width * p->in_channels;
    }
}

#endif
