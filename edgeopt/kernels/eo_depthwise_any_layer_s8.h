/* eo_depthwise_any_layer_s8.h -- what eo_depthwise_conv2d_any_s8 and its form with weights of 4 bits are: parameters
 * and loops. `bits` is a constant, 8 or 4. */
#ifndef EO_DEPTHWISE_ANY_LAYER_S8_H
#define EO_DEPTHWISE_ANY_LAYER_S8_H

#include "eo_requant.h"
#include "eo_taps.h"

struct eo_depthwise_any_layer_s8_params {
    const int8_t *weights;     /* [kernel_height][kernel_width][in_channels * depth_multiplier], of 4 bits two a byte */
    const int32_t *bias;       /* [in_channels * depth_multiplier] */
    const int32_t *multiplier; /* as many: eo_requant.h */
    const int8_t *shift;       /* as many codes: eo_requant.h */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t depth_multiplier;
    int32_t out_height;
    int32_t out_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

/* Weight `index`; two of 4 bits share a byte, the first in its low half. */
static inline int32_t eo_weight_at(const int8_t *weights, int32_t index, int bits) {
    return bits == 4 ? (int8_t)(uint8_t)((uint32_t)(uint8_t)weights[index / 2] << (index % 2 ? 0 : 4)) >> 4
                     : weights[index];
}

/* The taps of a pixel's window that are inside the image. */
struct eo_any_window {
    const int8_t *in; /* the first of them, channel 0 */
    int32_t weight;   /* its weights, channel 0 */
    int32_t rows;
    int32_t cols;
    int32_t in_step; /* from a tap to the next */
    int32_t in_rest; /* from behind the last one of a row to the next row */
    int32_t weight_step;
    int32_t weight_rest;
};

static inline struct eo_any_window eo_any_window_at(const struct eo_depthwise_any_layer_s8_params *p,
                                                    const int8_t *image, int32_t y, int32_t x) {
    const struct eo_tap_range rows = eo_taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
    const struct eo_tap_range cols = eo_taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    const int32_t in_row = y + rows.first * p->dilation_height, in_col = x + cols.first * p->dilation_width;
    struct eo_any_window w;
    w.rows = rows.end - rows.first;
    w.cols = cols.end - cols.first;
    w.in_step = p->dilation_width * p->in_channels;
    w.in_rest = p->dilation_height * p->in_width * p->in_channels - w.cols * w.in_step;
    w.weight_step = out_channels;
    w.weight_rest = (p->kernel_width - w.cols) * out_channels;
    w.in = w.rows > 0 && w.cols > 0 ? image + (in_row * p->in_width + in_col) * p->in_channels : image;
    w.weight = (rows.first * p->kernel_width + cols.first) * out_channels;
    return w;
}

/* The sum of one output: `in` is at its input channel, `weight` at its own one. */
static inline int32_t eo_any_one_sum(const struct eo_depthwise_any_layer_s8_params *p, const struct eo_any_window *w,
                                     const int8_t *in, int32_t weight, int bits) {
    const int32_t zero_point = p->in_zero_point;
    int32_t sum = 0;
    for (int32_t row = w->rows; row > 0; row--, in += w->in_rest, weight += w->weight_rest) {
        for (int32_t col = w->cols; col > 0; col--, in += w->in_step, weight += w->weight_step) {
            sum += (*in - zero_point) * eo_weight_at(p->weights, weight, bits);
        }
    }
    return sum;
}

/* All channels of one pixel. */
static inline void eo_any_one_pixel(const struct eo_depthwise_any_layer_s8_params *p, const struct eo_any_window *w,
                                    int8_t *out, int bits) {
    int32_t channel = 0;
    for (int32_t c = 0; c < p->in_channels; c++) {
        for (int32_t k = 0; k < p->depth_multiplier; k++, channel++) {
            const int32_t sum = eo_any_one_sum(p, w, w->in + c, w->weight + channel, bits);
            const int32_t acc = (int32_t)((uint32_t)sum + (uint32_t)p->bias[channel]);
            out[channel] = (int8_t)eo_requantize_any(acc, p->multiplier[channel], p->shift[channel], p->out_zero_point);
        }
    }
}

EO_BODY void eo_depthwise_any_layer_s8(const struct eo_depthwise_any_layer_s8_params *p, const int8_t *in, int8_t *out,
                                       int bits) {
    const int32_t in_size = p->in_height * p->in_width * p->in_channels;
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++, in += in_size) {
        for (int32_t out_y = 0; out_y < p->out_height; out_y++) {
            const int32_t y = out_y * p->stride_height - p->pad_top;
            for (int32_t out_x = 0; out_x < p->out_width; out_x++, to += out_channels) {
                const struct eo_any_window window = eo_any_window_at(p, in, y, out_x * p->stride_width - p->pad_left);
                eo_any_one_pixel(p, &window, to, bits);
            }
        }
    }
    eo_clamp_all(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
}

#endif
