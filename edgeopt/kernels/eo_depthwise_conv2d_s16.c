#include "eo_depthwise_conv2d_s16.h"
#include "eo_requant64.h"
#include "eo_taps.h"

/* A row of output pixels as its channels see it. */
struct row {
    const int16_t *in;     /* the image's row of the first tap that is inside, channel 0 */
    const int8_t *weights; /* of that row of taps, channel 0 */
    int32_t rows;          /* of taps inside */
    int16_t *out;          /* the first pixel, channel 0 */
};

/* Row `index` of the output, counted over all batches. */
static struct row row_of(const struct eo_depthwise_conv2d_s16_params *p, const int16_t *in, int16_t *out,
                         int32_t index) {
    const int32_t batch = index / p->out_height;
    const int32_t y = (index - batch * p->out_height) * p->stride_height - p->pad_top;
    const struct eo_tap_range taps = eo_taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    struct row row = {in, p->weights, taps.end - taps.first, out + index * p->out_width * out_channels};
    if (row.rows > 0) { /* else there is no such tap */
        const int32_t first = batch * p->in_height + y + taps.first * p->dilation_height;
        row.in += first * p->in_width * p->in_channels;
        row.weights += taps.first * p->kernel_width * out_channels;
    }
    return row;
}

/* Four channels, and what the loop over their pixels needs, worked out once. */
struct block {
    int32_t bias[4];
    int32_t multiplier[4];
    int32_t nudge[4];
    int32_t right[4];
    int32_t in_step; /* elements from a tap to the next */
    int32_t in_pitch;
    int32_t channels;
    int32_t kernel_width;
};

static void make_block(const struct eo_depthwise_conv2d_s16_params *p, int32_t channel, struct block *b) {
    for (int i = 0; i < 4; i++) {
        b->bias[i] = p->bias[channel + i];
        b->multiplier[i] = p->multiplier[channel + i];
        b->right[i] = -1 - p->shift[channel + i];
        b->nudge[i] = (int32_t)1 << (b->right[i] - 1);
    }
    b->in_step = p->dilation_width * p->in_channels;
    b->in_pitch = p->dilation_height * p->in_width * p->in_channels;
    b->channels = p->in_channels;
    b->kernel_width = p->kernel_width;
}

/* Sums of four channels. */
struct sums {
    int32_t of0;
    int32_t of1;
    int32_t of2;
    int32_t of3;
};

/* acc + in * weights. */
static inline struct sums add_tap(struct sums acc, const int16_t *in, const int8_t *weights) {
#if EO_HAS_DSP
    const uint32_t low = eo_load_pair(in), high = eo_load_pair(in + 2);
    const uint32_t word = eo_load_word(weights);
    const uint32_t even = eo_sxtb16(word), odd = eo_sxtb16_odd(word);
    acc.of0 = eo_smlabb(low, even, acc.of0);
    acc.of1 = eo_smlatb(low, odd, acc.of1);
    acc.of2 = eo_smlabt(high, even, acc.of2);
    acc.of3 = eo_smlatt(high, odd, acc.of3);
    eo_keep_order();
#else
    acc.of0 = eo_opaque(eo_add_wrap(acc.of0, in[0] * (int32_t)weights[0]));
    acc.of1 = eo_opaque(eo_add_wrap(acc.of1, in[1] * (int32_t)weights[1]));
    acc.of2 = eo_opaque(eo_add_wrap(acc.of2, in[2] * (int32_t)weights[2]));
    acc.of3 = eo_opaque(eo_add_wrap(acc.of3, in[3] * (int32_t)weights[3]));
#endif
    return acc;
}

/* acc + the sums over `rows` by `cols` taps, all inside the image; a constant 3 for `cols` needs no loop. */
static inline struct sums add_window(struct sums acc, const struct block *b, const int16_t *in, const int8_t *weights,
                                     int32_t rows, int32_t cols) {
    const int32_t in_step = b->in_step, channels = b->channels;
    const int32_t in_rest = b->in_pitch - cols * in_step, weights_rest = (b->kernel_width - cols) * channels;
    for (; rows > 0; rows--) {
        int32_t left = cols;
        if (EO_HAS_DSP && cols == 3) {
            acc = add_tap(acc, in, weights);
            acc = add_tap(acc, in + in_step, weights + channels);
            in += 2 * in_step;
            weights += 2 * channels;
            left = 1;
        }
        do {
            acc = add_tap(acc, in, weights);
            in += in_step;
            weights += channels;
        } while (--left > 0);
        in += in_rest;
        weights += weights_rest;
    }
    return acc;
}

static inline int16_t finish(const struct eo_depthwise_conv2d_s16_params *p, const struct block *b, int i,
                             int32_t sum) {
    const int32_t y = (eo_mul_q16(sum, b->multiplier[i]) + b->nudge[i]) >> b->right[i];
    return (int16_t)eo_clamp(y, p->clamp_low, p->clamp_high);
}

/* Four channels of a row; `in`, `weights` and `out` are at the first of them. */
static EO_OUT_OF_LINE void four_in_row(const struct eo_depthwise_conv2d_s16_params *p, const struct block *b,
                                       const int16_t *in, const int8_t *weights, int32_t rows, int16_t *out) {
    const struct eo_tap_range whole = {0, p->kernel_width};
    const int32_t last_whole = p->in_width - 1 - (p->kernel_width - 1) * p->dilation_width;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, out += p->in_channels) {
        struct sums acc = {b->bias[0], b->bias[1], b->bias[2], b->bias[3]};
        const struct eo_tap_range cols =
            x >= 0 && x <= last_whole ? whole : eo_taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
        const int32_t count = cols.end - cols.first;
        if (count > 0) {
            const int16_t *const first = in + (x + cols.first * p->dilation_width) * p->in_channels;
            const int8_t *const taps = weights + cols.first * p->in_channels;
            /* without DSP there are too few registers for taps side by side */
            acc = EO_HAS_DSP && count == 3 ? add_window(acc, b, first, taps, rows, 3)
                                           : add_window(acc, b, first, taps, rows, count);
        }
        out[0] = finish(p, b, 0, acc.of0);
        out[1] = finish(p, b, 1, acc.of1);
        out[2] = finish(p, b, 2, acc.of2);
        out[3] = finish(p, b, 3, acc.of3);
    }
}

/* One output of any channel: the sum in 64 bits, each product of which fits in 32. */
static int16_t one_output(const struct eo_depthwise_conv2d_s16_params *p, const struct row *row, int32_t channel,
                          int32_t x) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    const struct eo_tap_range cols = eo_taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
    int64_t sum = 0;
    for (int32_t i = 0; i < row->rows; i++) {
        const int16_t *const in = row->in + i * p->dilation_height * p->in_width * p->in_channels;
        const int8_t *const weights = row->weights + i * p->kernel_width * out_channels + channel;
        for (int32_t j = cols.first; j < cols.end; j++) {
            const int16_t value = in[(x + j * p->dilation_width) * p->in_channels + channel / p->depth_multiplier];
            sum += value * (int32_t)weights[j * out_channels];
        }
    }
    const int32_t multiplier = p->multiplier[channel];
    const int code = p->shift[channel];
    const int32_t y = p->wide_bias == NULL ? eo_requantize_by_code((int32_t)sum + p->bias[channel], multiplier, code)
                                           : eo_requantize64(sum + p->wide_bias[channel], multiplier, code - EO_LONG);
    return (int16_t)eo_clamp(y, p->clamp_low, p->clamp_high);
}

static void one_in_row(const struct eo_depthwise_conv2d_s16_params *p, const struct row *row, int32_t channel) {
    int16_t *out = row->out + channel;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width) {
        *out = one_output(p, row, channel, x);
        out += p->in_channels * p->depth_multiplier;
    }
}

/* Whether the four channels from `channel` on have the short cut of eo_requantize_q15. */
static int are_short(const struct eo_depthwise_conv2d_s16_params *p, int32_t channel) {
    const int8_t *const shift = p->shift + channel;
    return eo_is_q15(shift[0]) && eo_is_q15(shift[1]) && eo_is_q15(shift[2]) && eo_is_q15(shift[3]);
}

void eo_depthwise_conv2d_s16(const struct eo_depthwise_conv2d_s16_params *p, const int16_t *in, int16_t *out) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier, out_rows = p->batches * p->out_height;
    const int by_fours = p->depth_multiplier == 1 && out_channels >= 4 && p->wide_bias == NULL;
    for (int32_t channel = 0; channel < out_channels;) {
        /* the last four may overlap those before */
        const int32_t first = by_fours && channel + 4 > out_channels ? out_channels - 4 : channel;
        const int is_block = by_fours && are_short(p, first);
        struct block block;
        if (is_block) {
            make_block(p, first, &block);
        }
        for (int32_t index = 0; index < out_rows; index++) {
            const struct row row = row_of(p, in, out, index);
            if (is_block) {
                four_in_row(p, &block, row.in + first, row.weights + first, row.rows, row.out + first);
            } else {
                one_in_row(p, &row, channel);
            }
        }
        channel = is_block ? first + 4 : channel + 1;
    }
}
