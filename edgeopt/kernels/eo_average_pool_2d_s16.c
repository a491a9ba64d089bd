#include "eo_average_pool_2d_s16.h"
#include "eo_pool.h"
#include "eo_requant.h"

/* The sum of one channel of a window: `in` is its first element. */
static int32_t sum_of_channel(const struct eo_average_pool_2d_s16_params *p, const int16_t *in, int32_t rows,
                              int32_t columns) {
    const int32_t channels = p->channels, row_step = p->in_width * channels;
    int32_t sum = 0; /* at most 65,535 * 2^15 */
    for (; rows > 0; rows--) {
        const int16_t *x = in;
        for (int32_t i = columns; i > 0; i--) {
            sum += *x;
            x += channels;
        }
        in += row_step;
    }
    return sum;
}

/* One output position: `in` is the first element of the window. */
static void average_window(const struct eo_average_pool_2d_s16_params *p, const int16_t *in, int32_t rows,
                           int32_t columns, int16_t *out) {
    const int32_t n = rows * columns;
    for (int32_t channel = 0; channel < p->channels; channel++) {
        const int32_t sum = sum_of_channel(p, in + channel, rows, columns);
        const int32_t mean = (sum > 0 ? sum + n / 2 : sum - n / 2) / n;
        out[channel] = (int16_t)eo_clamp(mean, p->low, p->high);
    }
}

void eo_average_pool_2d_s16(const struct eo_average_pool_2d_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t row_step = p->in_width * p->channels;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->out_height; y++) {
            const struct eo_span rows =
                eo_window_span(y * p->stride_height - p->pad_top, p->kernel_height, p->in_height);
            for (int32_t x = 0; x < p->out_width; x++) {
                const struct eo_span columns =
                    eo_window_span(x * p->stride_width - p->pad_left, p->kernel_width, p->in_width);
                const int16_t *first = in + rows.first * row_step + columns.first * p->channels;
                average_window(p, first, rows.count, columns.count, out);
                out += p->channels;
            }
        }
        in += p->in_height * row_step;
    }
}
