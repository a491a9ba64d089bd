#include "eo_max_pool_2d_s16.h"
#include "eo_pool.h"
#include "eo_requant.h"

/* out[i] = the larger of out[i] and in[i] */
static void take_larger(int16_t *out, const int16_t *in, int32_t count) {
#if EO_HAS_DSP
    for (; count >= 2; count -= 2) {
        eo_store_pair(out, eo_max_s16x2(eo_load_pair(out), eo_load_pair(in)));
        out += 2;
        in += 2;
    }
#endif
    for (; count > 0; count--) {
        if (*in > *out) {
            *out = *in;
        }
        out++;
        in++;
    }
}

/* One output position: `in` is the first element of the window. */
static void max_window(const struct eo_max_pool_2d_s16_params *p, const int16_t *in, int32_t rows, int32_t columns,
                       int16_t *out) {
    const int32_t channels = p->channels;
    for (int32_t channel = 0; channel < channels; channel++) {
        out[channel] = (int16_t)p->low;
    }
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < columns; x++) {
            take_larger(out, in + x * channels, channels);
        }
        in += p->in_width * channels;
    }
    if (p->high < 32767) {
        for (int32_t channel = 0; channel < channels; channel++) {
            out[channel] = (int16_t)(out[channel] > p->high ? p->high : out[channel]);
        }
    }
}

void eo_max_pool_2d_s16(const struct eo_max_pool_2d_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t row_step = p->in_width * p->channels;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->out_height; y++) {
            const struct eo_span rows =
                eo_window_span(y * p->stride_height - p->pad_top, p->kernel_height, p->in_height);
            for (int32_t x = 0; x < p->out_width; x++) {
                const struct eo_span columns =
                    eo_window_span(x * p->stride_width - p->pad_left, p->kernel_width, p->in_width);
                const int16_t *first = in + rows.first * row_step + columns.first * p->channels;
                max_window(p, first, rows.count, columns.count, out);
                out += p->channels;
            }
        }
        in += p->in_height * row_step;
    }
}
