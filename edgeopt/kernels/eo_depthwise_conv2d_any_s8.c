#include "eo_depthwise_conv2d_any_s8.h"
#include "eo_requant.h"

/* The sum of one output: `in` is at the input channel, `weights` at the output channel, (y, x) the window's corner. */
static int32_t one_sum(const struct eo_depthwise_conv2d_any_s8_params *p, const int8_t *in, const int8_t *weights,
                       int32_t y, int32_t x) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    int32_t sum = 0;
    for (int32_t i = 0; i < p->kernel_height; i++) {
        const int32_t row = y + i * p->dilation_height;
        for (int32_t j = 0; j < p->kernel_width; j++, weights += out_channels) {
            const int32_t col = x + j * p->dilation_width;
            if (row >= 0 && row < p->in_height && col >= 0 && col < p->in_width) {
                sum += (in[(row * p->in_width + col) * p->in_channels] - p->in_zero_point) * *weights;
            }
        }
    }
    return sum;
}

/* All channels of one pixel. */
static void one_pixel(const struct eo_depthwise_conv2d_any_s8_params *p, const int8_t *image, int32_t y, int32_t x,
                      int8_t *out) {
    int32_t channel = 0;
    for (int32_t c = 0; c < p->in_channels; c++) {
        for (int32_t k = 0; k < p->depth_multiplier; k++, channel++) {
            const int32_t sum = one_sum(p, image + c, p->weights + channel, y, x);
            const int32_t acc = (int32_t)((uint32_t)sum + (uint32_t)p->bias[channel]);
            out[channel] = (int8_t)eo_requantize_any(acc, p->multiplier[channel], p->shift[channel], p->out_zero_point);
        }
    }
}

void eo_depthwise_conv2d_any_s8(const struct eo_depthwise_conv2d_any_s8_params *p, const int8_t *in, int8_t *out) {
    const int32_t in_size = p->in_height * p->in_width * p->in_channels;
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++, in += in_size) {
        for (int32_t out_y = 0; out_y < p->out_height; out_y++) {
            const int32_t y = out_y * p->stride_height - p->pad_top;
            for (int32_t out_x = 0; out_x < p->out_width; out_x++, to += out_channels) {
                one_pixel(p, in, y, out_x * p->stride_width - p->pad_left, to);
            }
        }
    }
    eo_clamp_all(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
}
