#include "eo_float.h"
#include "eo_conv2d_f32.h"
#include "eo_dot_f32.h"

/* acc += the window at (y, x) of the image times 4 rows of weights, or times one. */
static void sum_window(const struct eo_conv2d_f32_params *p, const float *image, int32_t y, int32_t x,
                       const float *weights, int32_t rows, float acc[4]) {
    const int32_t pixel = p->groups * p->group_in_channels;
    const int32_t row_size = p->kernel_height * p->kernel_width * p->group_in_channels;
    for (int32_t i = 0; i < p->kernel_height; i++, y += p->dilation_height) {
        int32_t at = x;
        for (int32_t j = 0; j < p->kernel_width; j++, at += p->dilation_width, weights += p->group_in_channels) {
            if (y < 0 || y >= p->in_height || at < 0 || at >= p->in_width) {
                continue;
            }
            const float *const tap = image + (y * p->in_width + at) * pixel;
            if (rows == 4) {
                eo_dot_f32(tap, weights, row_size, p->group_in_channels, acc);
            } else {
                eo_dot_one_f32(tap, weights, p->group_in_channels, acc);
            }
        }
    }
}

/* All output channels of one group at one pixel. */
static void one_pixel(const struct eo_conv2d_f32_params *p, const float *image, int32_t y, int32_t x, int32_t group,
                      float *out) {
    const int32_t row_size = p->kernel_height * p->kernel_width * p->group_in_channels;
    int32_t channel = group * p->group_out_channels;
    for (int32_t left = p->group_out_channels; left > 0;) {
        float acc[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        const int32_t rows = left < 4 ? 1 : 4;
        sum_window(p, image + group * p->group_in_channels, y, x, p->weights + channel * row_size, rows, acc);
        for (int32_t i = 0; i < rows; i++, channel++) {
            out[channel] = eo_limit_f32(acc[i] + p->bias[channel], p->clamp_low, p->clamp_high);
        }
        left -= rows;
    }
}

void eo_conv2d_f32(const struct eo_conv2d_f32_params *p, const float *in, float *out) {
    const int32_t image_size = p->in_height * p->in_width * p->groups * p->group_in_channels;
    for (int32_t batch = p->batches; batch > 0; batch--, in += image_size) {
        int32_t y = -p->pad_top;
        for (int32_t rows = p->out_height; rows > 0; rows--, y += p->stride_height) {
            int32_t x = -p->pad_left;
            for (int32_t cols = p->out_width; cols > 0; cols--, x += p->stride_width) {
                for (int32_t group = 0; group < p->groups; group++) {
                    one_pixel(p, in, y, x, group, out);
                }
                out += p->groups * p->group_out_channels;
            }
        }
    }
}
