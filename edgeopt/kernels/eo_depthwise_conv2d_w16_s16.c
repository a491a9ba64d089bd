#include "eo_depthwise_conv2d_w16_s16.h"
#include "eo_depthwise_w16_s16.h"
#include "eo_requant64.h"
#include "eo_taps.h"

static inline int16_t finish(int32_t sum, uint32_t multiplier) {
    return (int16_t)eo_saturate_s16(eo_requantize_q32(sum, (int32_t)multiplier));
}

/* All channels of a pixel: `in` is at the first tap that is inside, tap number `tap`. `cols` is a constant 3, or any.
 */
EO_BODY void all_channels(const struct eo_depthwise_conv2d_w16_s16_params *p, const struct eo_w16_taps *t, int32_t cols,
                          const int16_t *in, int32_t tap, int16_t *out) {
    const int32_t block_words = 8 + 2 * p->kernel_height * p->kernel_width;
    const uint32_t *block = p->blocks;
    for (int32_t left = p->channels;;) {
        const uint32_t *const multiplier = block + block_words - 4;
        const struct eo_w16_sums start = {(int32_t)block[0], (int32_t)block[1], (int32_t)block[2], (int32_t)block[3]};
        const struct eo_w16_sums acc = eo_w16_add_taps(start, t, cols, in, block + 4 + 2 * tap);
        out[0] = finish(acc.of0, multiplier[0]);
        out[1] = finish(acc.of1, multiplier[1]);
        out[2] = finish(acc.of2, multiplier[2]);
        out[3] = finish(acc.of3, multiplier[3]);
        left -= 4;
        if (left <= 0) {
            return;
        }
        const int32_t step = left < 4 ? left : 4; /* to the last four, which may overlap those before */
        left = left < 4 ? 4 : left;
        in += step;
        out += step;
        block += block_words;
    }
}

static EO_OUT_OF_LINE void pixel_of_three_columns(const struct eo_depthwise_conv2d_w16_s16_params *p,
                                                  const struct eo_w16_taps *t, const int16_t *in, int32_t tap,
                                                  int16_t *out) {
    all_channels(p, t, 3, in, tap, out);
}

static EO_OUT_OF_LINE void pixel(const struct eo_depthwise_conv2d_w16_s16_params *p, const struct eo_w16_taps *t,
                                 const int16_t *in, int32_t tap, int16_t *out) {
    all_channels(p, t, t->cols, in, tap, out);
}

/* A row of the output; `in` is the image, `rows` are the rows of taps that are inside. */
static void output_row(const struct eo_depthwise_conv2d_w16_s16_params *p, const int16_t *in, int32_t y,
                       struct eo_tap_range rows, int16_t *out) {
    const int32_t channels = p->channels, step = p->dilation_width * channels;
    const int32_t pitch = p->dilation_height * p->in_width * channels;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, out += channels) {
        const struct eo_tap_range cols = eo_taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
        const int32_t count = cols.end - cols.first, tap = rows.first * p->kernel_width + cols.first;
        const struct eo_w16_taps taps = {count > 0 ? rows.end - rows.first : 0, count, step, pitch,
                                         2 * p->kernel_width};
        const int16_t *first = in; /* where no tap is inside */
        if (taps.rows > 0) {
            first += (y + rows.first * p->dilation_height) * p->in_width * channels +
                     (x + cols.first * p->dilation_width) * channels;
        }
        if (EO_HAS_DSP && count == 3) {
            pixel_of_three_columns(p, &taps, first, tap, out);
        } else {
            pixel(p, &taps, first, tap, out);
        }
    }
}

void eo_depthwise_conv2d_w16_s16(const struct eo_depthwise_conv2d_w16_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t row_size = p->out_width * p->channels;
    int16_t *to = out;
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_height * p->in_width * p->channels) {
        int32_t y = -p->pad_top;
        for (int32_t left = p->out_height; left > 0; left--, y += p->stride_height, to += row_size) {
            output_row(p, in, y, eo_taps_inside(y, p->dilation_height, p->kernel_height, p->in_height), to);
        }
    }
    eo_clamp_all_s16(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
}
