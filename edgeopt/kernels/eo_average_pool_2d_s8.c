#include "eo_average_pool_2d_s8.h"
#include "eo_pool.h"
#include "eo_requant.h"

/* One window: its first element, and how its elements follow one another. */
struct window {
    const int8_t *in;
    int32_t rows, row_step;
    int32_t columns, column_step;
};

/* sum / n to nearest, halves away from zero, clamped. */
static inline int8_t mean_of(const struct eo_average_pool_2d_s8_params *p, int32_t sum, int32_t n) {
    return (int8_t)eo_clamp(eo_mean_of_sum(sum, n), p->low, p->high);
}

static int32_t sum_of_channel(const struct window *w, int32_t channel) {
    const int8_t *row = w->in + channel;
    int32_t sum = 0;
    for (int32_t y = w->rows; y > 0; y--) {
        const int8_t *x = row;
        for (int32_t i = w->columns; i > 0; i--) {
            sum += *x;
            x += w->column_step;
        }
        row += w->row_step;
    }
    return sum;
}

#if EO_HAS_DSP
/* Sums of four channels in 16 bits each, which 256 elements cannot leave. */
static void sums_of_four_channels(const struct window *w, int32_t channel, int32_t sums[4]) {
    const int8_t *row = w->in + channel;
    uint32_t even = 0, odd = 0;
    for (int32_t y = w->rows; y > 0; y--) {
        const int8_t *x = row;
        for (int32_t i = w->columns; i > 0; i--) {
            const uint32_t word = eo_load_word(x);
            even = eo_sxtab16(even, word);
            odd = eo_sxtab16_odd(odd, word);
            x += w->column_step;
        }
        row += w->row_step;
    }
    sums[0] = (int16_t)(uint16_t)even;
    sums[1] = (int16_t)(uint16_t)odd;
    sums[2] = (int16_t)(uint16_t)(even >> 16);
    sums[3] = (int16_t)(uint16_t)(odd >> 16);
}
#endif

static void average_window(const struct eo_average_pool_2d_s8_params *p, const struct window *w, int8_t *out) {
    const int32_t n = w->rows * w->columns;
    int32_t channel = 0;
#if EO_HAS_DSP
    for (; n <= 256 && channel + 4 <= p->channels; channel += 4) {
        int32_t sums[4];
        sums_of_four_channels(w, channel, sums);
        for (int i = 0; i < 4; i++) {
            out[channel + i] = mean_of(p, sums[i], n);
        }
    }
#endif
    for (; channel < p->channels; channel++) {
        out[channel] = mean_of(p, sum_of_channel(w, channel), n);
    }
}

void eo_average_pool_2d_s8(const struct eo_average_pool_2d_s8_params *p, const int8_t *in, int8_t *out) {
    const int32_t row_step = p->in_width * p->channels;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->out_height; y++) {
            const struct eo_span rows =
                eo_window_span(y * p->stride_height - p->pad_top, p->kernel_height, p->in_height);
            for (int32_t x = 0; x < p->out_width; x++) {
                const struct eo_span columns =
                    eo_window_span(x * p->stride_width - p->pad_left, p->kernel_width, p->in_width);
                const int8_t *first = in + rows.first * row_step + columns.first * p->channels;
                struct window w = {first, rows.count, row_step, columns.count, p->channels};
                if (w.columns == p->in_width) { /* whole rows are one run */
                    w.columns *= w.rows;
                    w.rows = 1;
                }
                average_window(p, &w, out);
                out += p->channels;
            }
        }
        in += p->in_height * row_step;
    }
}
