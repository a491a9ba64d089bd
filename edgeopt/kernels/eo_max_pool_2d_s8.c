#include "eo_max_pool_2d_s8.h"
#include "eo_pool.h"
#include "eo_requant.h"

/* One output position: `in` is the first element of the window, [rows][columns][channels] of rows `row_step` apart. */
static void max_window(const struct eo_max_pool_2d_s8_params *p, const int8_t *in, int32_t rows, int32_t columns,
                       int8_t *out) {
    const int32_t row_step = p->in_width * p->channels;
    for (int32_t channel = 0; channel < p->channels; channel++) {
        const int8_t *row = in + channel;
        int32_t largest = -128;
        for (int32_t y = rows; y > 0; y--) {
            const int8_t *x = row;
            for (int32_t i = columns; i > 0; i--) {
                largest = *x > largest ? *x : largest;
                x += p->channels;
            }
            row += row_step;
        }
        out[channel] = (int8_t)eo_clamp(largest, p->low, p->high);
    }
}

void eo_max_pool_2d_s8(const struct eo_max_pool_2d_s8_params *p, const int8_t *in, int8_t *out) {
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->out_height; y++) {
            const struct eo_span rows =
                eo_window_span(y * p->stride_height - p->pad_top, p->kernel_height, p->in_height);
            for (int32_t x = 0; x < p->out_width; x++) {
                const struct eo_span columns =
                    eo_window_span(x * p->stride_width - p->pad_left, p->kernel_width, p->in_width);
                const int8_t *first = in + (rows.first * p->in_width + columns.first) * p->channels;
                max_window(p, first, rows.count, columns.count, out);
                out += p->channels;
            }
        }
        in += p->in_height * p->in_width * p->channels;
    }
}
