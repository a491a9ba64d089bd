#include "eo_float.h"
#include "eo_depthwise_conv2d_f32.h"

/* One output channel at one pixel: `image` is at the input channel, `weights` at the output channel. */
static float sum_window(const struct eo_depthwise_conv2d_f32_params *p, const float *image, int32_t y, int32_t x,
                        const float *weights) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    float sum = 0.0f;
    for (int32_t i = 0; i < p->kernel_height; i++, y += p->dilation_height) {
        int32_t at = x;
        for (int32_t j = 0; j < p->kernel_width; j++, at += p->dilation_width, weights += out_channels) {
            if (y >= 0 && y < p->in_height && at >= 0 && at < p->in_width) {
                sum += image[(y * p->in_width + at) * p->in_channels] * *weights;
            }
        }
    }
    return sum;
}

void eo_depthwise_conv2d_f32(const struct eo_depthwise_conv2d_f32_params *p, const float *in, float *out) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_height * p->in_width * p->in_channels) {
        int32_t y = -p->pad_top;
        for (int32_t rows = p->out_height; rows > 0; rows--, y += p->stride_height) {
            int32_t x = -p->pad_left;
            for (int32_t cols = p->out_width; cols > 0; cols--, x += p->stride_width) {
                for (int32_t channel = 0; channel < out_channels; channel++) {
                    const float *const image = in + channel / p->depth_multiplier;
                    const float sum = sum_window(p, image, y, x, p->weights + channel);
                    *out++ = eo_limit_f32(sum + p->bias[channel], p->clamp_low, p->clamp_high);
                }
            }
        }
    }
}
