#include "eo_max_pool_2d_s16.h"
#include "eo_pool.h"
#include "eo_requant64.h"

#if EO_HAS_DSP
static inline void larger_pair(int16_t *out, const int16_t *a, const int16_t *b) {
    eo_store_pair(out, eo_max_s16x2(eo_load_pair(a), eo_load_pair(b)));
}
#endif

/* out[i] = the larger of a[i] and b[i]; `out` may be `a`, and `a` may be `b`. */
static EO_OUT_OF_LINE void take_larger(int16_t *out, const int16_t *a, const int16_t *b, int32_t count) {
#if EO_HAS_DSP
    for (; count >= 8; count -= 8, out += 8, a += 8, b += 8) {
        larger_pair(out, a, b);
        larger_pair(out + 2, a + 2, b + 2);
        larger_pair(out + 4, a + 4, b + 4);
        larger_pair(out + 6, a + 6, b + 6);
    }
#endif
    for (; count > 0; count--, a++) {
        const int16_t y = *b++;
        *out++ = *a > y ? *a : y;
    }
}

/* One output position: `in` is the first element of the window, of which there is at least one. */
static void max_window(const struct eo_max_pool_2d_s16_params *p, const int16_t *in, int32_t rows, int32_t columns,
                       int16_t *out) {
    const int32_t channels = p->channels;
    take_larger(out, in, columns > 1 ? in + channels : in, channels);
    for (int32_t y = 0, x = 2; y < rows; y++, x = 0) {
        for (; x < columns; x++) {
            take_larger(out, out, in + x * channels, channels);
        }
        in += p->in_width * channels;
    }
}

void eo_max_pool_2d_s16(const struct eo_max_pool_2d_s16_params *p, const int16_t *in, int16_t *out) {
    int16_t *const first_out = out;
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
    eo_clamp_all_s16(first_out, (int32_t)(out - first_out), p->low, p->high);
}
