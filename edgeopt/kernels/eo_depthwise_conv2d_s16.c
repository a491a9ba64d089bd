#include "eo_depthwise_conv2d_s16.h"
#include "eo_requant64.h"

/* The taps of one output pixel that are inside the image. */
struct window {
    const int16_t *in;     /* the first tap, channel 0 */
    const int8_t *weights; /* of that tap */
    int32_t rows;
    int32_t cols;
    int32_t in_step; /* elements from a tap to the next */
    int32_t in_pitch;
    int32_t weights_step;
    int32_t weights_pitch;
};

/* The taps first..end-1 of a kernel axis that are inside the image, for a window that starts at `start`. */
struct tap_range {
    int32_t first;
    int32_t end;
};

static inline struct tap_range taps_inside(int32_t start, int32_t dilation, int32_t kernel, int32_t size) {
    struct tap_range range = {0, kernel};
    while (range.first < kernel && start + range.first * dilation < 0) {
        range.first++;
    }
    while (range.end > range.first && start + (range.end - 1) * dilation >= size) {
        range.end--;
    }
    return range;
}

/* acc + in * weights for four channels. */
static inline void add_tap(const int16_t *in, const int8_t *weights, int32_t acc[4]) {
#if EO_HAS_DSP
    const uint32_t low = eo_load_pair(in), high = eo_load_pair(in + 2);
    const uint32_t word = eo_load_word(weights);
    const uint32_t even = eo_sxtb16(word), odd = eo_sxtb16_odd(word);
    acc[0] = eo_smlabb(low, even, acc[0]);
    acc[1] = eo_smlatb(low, odd, acc[1]);
    acc[2] = eo_smlabt(high, even, acc[2]);
    acc[3] = eo_smlatt(high, odd, acc[3]);
#else
    for (int i = 0; i < 4; i++) {
        acc[i] = eo_add_wrap(acc[i], in[i] * (int32_t)weights[i]);
    }
#endif
}

/* acc[0..3] += the sums of four channels from `channel` on. */
static EO_OUT_OF_LINE void four_sums(const struct window *w, int32_t channel, int32_t acc[4]) {
    const int16_t *in_row = w->in + channel;
    const int8_t *weights_row = w->weights + channel;
    int32_t sums[4] = {acc[0], acc[1], acc[2], acc[3]};
    const int32_t in_step = w->in_step, weights_step = w->weights_step;
    for (int32_t row = w->rows; row > 0; row--, in_row += w->in_pitch, weights_row += w->weights_pitch) {
        const int16_t *in = in_row;
        const int8_t *weights = weights_row;
        for (int32_t col = w->cols; col > 0; col--) {
            add_tap(in, weights, sums);
            in += in_step;
            weights += weights_step;
        }
    }
    acc[0] = sums[0];
    acc[1] = sums[1];
    acc[2] = sums[2];
    acc[3] = sums[3];
}

/* The sum of one output channel, in 64 bits: each product fits in 32. */
static EO_OUT_OF_LINE int64_t one_sum(const struct window *w, int32_t in_channel, int32_t out_channel) {
    const int16_t *in_row = w->in + in_channel;
    const int8_t *weights_row = w->weights + out_channel;
    int64_t sum = 0;
    for (int32_t row = w->rows; row > 0; row--, in_row += w->in_pitch, weights_row += w->weights_pitch) {
        const int16_t *in = in_row;
        const int8_t *weights = weights_row;
        for (int32_t col = w->cols; col > 0; col--) {
            sum += *in * (int32_t)*weights;
            in += w->in_step;
            weights += w->weights_step;
        }
    }
    return sum;
}

static inline int16_t clamped(const struct eo_depthwise_conv2d_s16_params *p, int32_t y) {
    return (int16_t)eo_clamp(y, p->clamp_low, p->clamp_high);
}

static void one_channel(const struct eo_depthwise_conv2d_s16_params *p, const struct window *w, int32_t in_channel,
                        int32_t channel, int16_t *out) {
    const int64_t sum = one_sum(w, in_channel, channel);
    const int32_t multiplier = p->multiplier[channel];
    const int code = p->shift[channel];
    const int32_t y = p->wide_bias == NULL ? eo_requantize_by_code((int32_t)sum + p->bias[channel], multiplier, code)
                                           : eo_requantize64(sum + p->wide_bias[channel], multiplier, code - EO_LONG);
    out[channel] = clamped(p, y);
}

static void four_channels(const struct eo_depthwise_conv2d_s16_params *p, const struct window *w, int32_t channel,
                          int16_t *out) {
    int32_t acc[4] = {p->bias[channel], p->bias[channel + 1], p->bias[channel + 2], p->bias[channel + 3]};
    four_sums(w, channel, acc);
    for (int i = 0; i < 4; i++) {
        out[channel + i] = clamped(p, eo_requantize_by_code(acc[i], p->multiplier[channel + i], p->shift[channel + i]));
    }
}

/* All channels of one pixel. */
static void one_pixel(const struct eo_depthwise_conv2d_s16_params *p, const struct window *w, int16_t *out) {
    if (p->depth_multiplier == 1 && p->in_channels >= 4 && p->wide_bias == NULL) {
        for (int32_t channel = 0; channel < p->in_channels; channel += 4) {
            /* the last four may overlap those before */
            four_channels(p, w, channel + 4 > p->in_channels ? p->in_channels - 4 : channel, out);
        }
        return;
    }
    int32_t channel = 0;
    for (int32_t c = 0; c < p->in_channels; c++) {
        for (int32_t k = 0; k < p->depth_multiplier; k++, channel++) {
            one_channel(p, w, c, channel, out);
        }
    }
}

void eo_depthwise_conv2d_s16(const struct eo_depthwise_conv2d_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t channels = p->in_channels, out_channels = channels * p->depth_multiplier;
    struct window w = {NULL, NULL, 0, 0, 0, 0, 0, 0};
    w.in_step = p->dilation_width * channels;
    w.in_pitch = p->dilation_height * p->in_width * channels;
    w.weights_step = out_channels;
    w.weights_pitch = p->kernel_width * out_channels;
    for (int32_t batch = 0; batch < p->batches; batch++, in += p->in_height * p->in_width * channels) {
        for (int32_t out_y = 0; out_y < p->out_height; out_y++) {
            const int32_t y = out_y * p->stride_height - p->pad_top;
            const struct tap_range rows = taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
            for (int32_t out_x = 0; out_x < p->out_width; out_x++, out += out_channels) {
                const int32_t x = out_x * p->stride_width - p->pad_left;
                const struct tap_range cols = taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
                const int32_t row = y + rows.first * p->dilation_height, col = x + cols.first * p->dilation_width;
                const int is_empty = rows.first == rows.end || cols.first == cols.end; /* then there is no such tap */
                w.rows = is_empty ? 0 : rows.end - rows.first;
                w.cols = is_empty ? 0 : cols.end - cols.first;
                w.in = is_empty ? in : in + (row * p->in_width + col) * channels;
                w.weights =
                    is_empty ? p->weights : p->weights + (rows.first * p->kernel_width + cols.first) * out_channels;
                one_pixel(p, &w, out);
            }
        }
    }
}
