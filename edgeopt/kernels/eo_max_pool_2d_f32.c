#include "eo_float.h"
#include "eo_max_pool_2d_f32.h"
#include "eo_pool.h"

static float largest_of(const struct eo_max_pool_2d_f32_params *p, const float *in, int32_t rows, int32_t columns) {
    float largest = -3.40282347e+38f; /* the lowest float: a window of infinities below gives it */
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < columns; x++) {
            const float value = in[(y * p->in_width + x) * p->channels];
            largest = value > largest ? value : largest;
        }
    }
    return largest;
}

void eo_max_pool_2d_f32(const struct eo_max_pool_2d_f32_params *p, const float *in, float *out) {
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_height * p->in_width * p->channels) {
        int32_t y = -p->pad_top;
        for (int32_t row = p->out_height; row > 0; row--, y += p->stride_height) {
            const struct eo_span rows = eo_window_span(y, p->kernel_height, p->in_height);
            int32_t x = -p->pad_left;
            for (int32_t col = p->out_width; col > 0; col--, x += p->stride_width) {
                const struct eo_span cols = eo_window_span(x, p->kernel_width, p->in_width);
                const float *const first = in + (rows.first * p->in_width + cols.first) * p->channels;
                for (int32_t channel = 0; channel < p->channels; channel++) {
                    *out++ = eo_limit_f32(largest_of(p, first + channel, rows.count, cols.count), p->low, p->high);
                }
            }
        }
    }
}
