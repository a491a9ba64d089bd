/* eo_depthwise_layer_s16.h -- what eo_depthwise_conv2d_s16 and eo_depthwise_conv2d_w16_s16 are. */
#ifndef EO_DEPTHWISE_LAYER_S16_H
#define EO_DEPTHWISE_LAYER_S16_H

#include "eo_requant64.h"

struct eo_depthwise_layer_s16_params {
    const void *weights;       /* int8 or int16 [kernel_height][kernel_width][in_channels * depth_multiplier] */
    const int32_t *bias;       /* [in_channels * depth_multiplier]; NULL where sums need more than 32 bits */
    const int64_t *wide_bias;  /* as many where they do, else NULL */
    const int32_t *multiplier; /* as many: eo_requant64.h */
    const int8_t *shift;       /* as many codes: eo_requant64.h; NULL where the multipliers are Q32 */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t depth_multiplier;
    int32_t out_height;
    int32_t out_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t clamp_low; /* -32768..32767 */
    int32_t clamp_high;
};

/* The taps first..end-1 of a kernel axis that are inside the image, for a window that starts at `start`. */
struct eo_tap_range_s16 {
    int32_t first;
    int32_t end;
};

static inline struct eo_tap_range_s16 eo_taps_inside_s16(int32_t start, int32_t dilation, int32_t kernel,
                                                         int32_t size) {
    struct eo_tap_range_s16 range = {0, kernel};
    while (range.first < kernel && start + range.first * dilation < 0) {
        range.first++;
    }
    while (range.end > range.first && start + (range.end - 1) * dilation >= size) {
        range.end--;
    }
    return range;
}

/* A row of output pixels as its channels see it. */
struct eo_row_s16 {
    const int16_t *in;     /* the image's row of the first tap that is inside, channel 0 */
    const int8_t *weights; /* the bytes of those of that row of taps, channel 0 */
    int32_t rows;          /* of taps inside */
    int16_t *out;          /* the first pixel, channel 0 */
};

/* Row `index` of the output, counted over all batches. */
static inline struct eo_row_s16 eo_row_of_s16(const struct eo_depthwise_layer_s16_params *p, const int16_t *in,
                                              int16_t *out, int32_t index, int bits) {
    const int32_t batch = index / p->out_height;
    const int32_t y = (index - batch * p->out_height) * p->stride_height - p->pad_top;
    const struct eo_tap_range_s16 taps = eo_taps_inside_s16(y, p->dilation_height, p->kernel_height, p->in_height);
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    struct eo_row_s16 row = {in, (const int8_t *)p->weights, taps.end - taps.first,
                             out + index * p->out_width * out_channels};
    if (row.rows > 0) { /* else there is no such tap */
        const int32_t first = batch * p->in_height + y + taps.first * p->dilation_height;
        row.in += first * p->in_width * p->in_channels;
        row.weights += taps.first * p->kernel_width * out_channels * (bits / 8);
    }
    return row;
}

/* Four channels, and what the loop over their pixels needs, worked out once. */
struct eo_block_s16 {
    int32_t bias[4];
    int32_t multiplier[4];
    int32_t nudge[4]; /* of int8 weights, whose multipliers have 15 bits */
    int32_t right[4];
    int32_t in_step; /* elements from a tap to the next */
    int32_t in_pitch;
    int32_t weights_step; /* bytes */
    int32_t kernel_width;
};

static inline void eo_make_block_s16(const struct eo_depthwise_layer_s16_params *p, int32_t channel,
                                     struct eo_block_s16 *b, int bits) {
    for (int i = 0; i < 4; i++) {
        b->bias[i] = p->bias[channel + i];
        b->multiplier[i] = p->multiplier[channel + i];
        b->right[i] = bits == 8 ? -1 - p->shift[channel + i] : 1;
        b->nudge[i] = (int32_t)1 << (b->right[i] - 1);
    }
    b->in_step = p->dilation_width * p->in_channels;
    b->in_pitch = p->dilation_height * p->in_width * p->in_channels;
    b->weights_step = p->in_channels * (bits / 8);
    b->kernel_width = p->kernel_width;
}

/* Sums of four channels. */
struct eo_sums_s16 {
    int32_t of0;
    int32_t of1;
    int32_t of2;
    int32_t of3;
};

/* Weight `index` of those of `bits`, 8 or 16, a constant. */
static inline int32_t eo_tap_weight_s16(const int8_t *weights, int32_t index, int bits) {
    int16_t wide;
    if (bits == 8) {
        return weights[index];
    }
    __builtin_memcpy(&wide, __builtin_assume_aligned(weights + 2 * index, 2), sizeof wide);
    return wide;
}

/* acc + in * weights. */
static inline struct eo_sums_s16 eo_add_tap_s16(struct eo_sums_s16 acc, const int16_t *in, const int8_t *weights,
                                                int bits) {
#if EO_HAS_DSP
    const uint32_t low = eo_load_pair(in), high = eo_load_pair(in + 2);
    const uint32_t word = eo_load_word(weights);
    if (bits == 16) {
        const uint32_t next = eo_load_word(weights + 4);
        acc.of0 = eo_smlabb(low, word, acc.of0);
        acc.of1 = eo_smlatt(low, word, acc.of1);
        acc.of2 = eo_smlabb(high, next, acc.of2);
        acc.of3 = eo_smlatt(high, next, acc.of3);
    } else {
        const uint32_t even = eo_sxtb16(word), odd = eo_sxtb16_odd(word);
        acc.of0 = eo_smlabb(low, even, acc.of0);
        acc.of1 = eo_smlatb(low, odd, acc.of1);
        acc.of2 = eo_smlabt(high, even, acc.of2);
        acc.of3 = eo_smlatt(high, odd, acc.of3);
    }
    eo_keep_order();
#else
    acc.of0 = eo_opaque(eo_add_wrap(acc.of0, in[0] * eo_tap_weight_s16(weights, 0, bits)));
    acc.of1 = eo_opaque(eo_add_wrap(acc.of1, in[1] * eo_tap_weight_s16(weights, 1, bits)));
    acc.of2 = eo_opaque(eo_add_wrap(acc.of2, in[2] * eo_tap_weight_s16(weights, 2, bits)));
    acc.of3 = eo_opaque(eo_add_wrap(acc.of3, in[3] * eo_tap_weight_s16(weights, 3, bits)));
#endif
    return acc;
}

/* acc + the sums over `rows` by `cols` taps, all inside the image; a constant 3 for `cols` needs no loop. */
static inline struct eo_sums_s16 eo_add_window_s16(struct eo_sums_s16 acc, const struct eo_block_s16 *b,
                                                   const int16_t *in, const int8_t *weights, int32_t rows, int32_t cols,
                                                   int bits) {
    const int32_t in_step = b->in_step, step = b->weights_step;
    const int32_t in_rest = b->in_pitch - cols * in_step, weights_rest = (b->kernel_width - cols) * step;
    for (; rows > 0; rows--) {
        int32_t left = cols;
        if (EO_HAS_DSP && cols == 3) {
            acc = eo_add_tap_s16(acc, in, weights, bits);
            acc = eo_add_tap_s16(acc, in + in_step, weights + step, bits);
            in += 2 * in_step;
            weights += 2 * step;
            left = 1;
        }
        do {
            acc = eo_add_tap_s16(acc, in, weights, bits);
            in += in_step;
            weights += step;
        } while (--left > 0);
        in += in_rest;
        weights += weights_rest;
    }
    return acc;
}

/* Weights of 16 bits: clamped to int16 only. */
static inline int16_t eo_finish_s16(const struct eo_depthwise_layer_s16_params *p, const struct eo_block_s16 *b, int i,
                                    int32_t sum, int bits) {
    if (bits == 16) {
        return (int16_t)eo_saturate_s16(eo_requantize_q32(sum, b->multiplier[i]));
    }
    const int32_t y = (eo_mul_q16(sum, b->multiplier[i]) + b->nudge[i]) >> b->right[i];
    return (int16_t)eo_clamp(y, p->clamp_low, p->clamp_high);
}

/* Four channels of a row; `in`, `weights` and `out` are at the first of them. */
static EO_OUT_OF_LINE void eo_four_in_row_s16(const struct eo_depthwise_layer_s16_params *p,
                                              const struct eo_block_s16 *b, const int16_t *in, const int8_t *weights,
                                              int32_t rows, int16_t *out, int bits) {
    const struct eo_tap_range_s16 whole = {0, p->kernel_width};
    const int32_t last_whole = p->in_width - 1 - (p->kernel_width - 1) * p->dilation_width;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, out += p->in_channels) {
        struct eo_sums_s16 acc = {b->bias[0], b->bias[1], b->bias[2], b->bias[3]};
        const struct eo_tap_range_s16 cols =
            x >= 0 && x <= last_whole ? whole : eo_taps_inside_s16(x, p->dilation_width, p->kernel_width, p->in_width);
        const int32_t count = cols.end - cols.first;
        if (count > 0) {
            const int16_t *const first = in + (x + cols.first * p->dilation_width) * p->in_channels;
            const int8_t *const taps = weights + cols.first * b->weights_step;
            /* without DSP there are too few registers for taps side by side */
            acc = EO_HAS_DSP && count == 3 ? eo_add_window_s16(acc, b, first, taps, rows, 3, bits)
                                           : eo_add_window_s16(acc, b, first, taps, rows, count, bits);
        }
        out[0] = eo_finish_s16(p, b, 0, acc.of0, bits);
        out[1] = eo_finish_s16(p, b, 1, acc.of1, bits);
        out[2] = eo_finish_s16(p, b, 2, acc.of2, bits);
        out[3] = eo_finish_s16(p, b, 3, acc.of3, bits);
    }
}

/* One output of any channel: the sum in 64 bits, each product of which fits in 32. */
static inline int16_t eo_one_output_s16(const struct eo_depthwise_layer_s16_params *p, const struct eo_row_s16 *row,
                                        int32_t channel, int32_t x, int bits) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier;
    const struct eo_tap_range_s16 cols = eo_taps_inside_s16(x, p->dilation_width, p->kernel_width, p->in_width);
    int64_t sum = 0;
    for (int32_t i = 0; i < row->rows; i++) {
        const int16_t *const in = row->in + i * p->dilation_height * p->in_width * p->in_channels;
        const int8_t *const weights = row->weights + i * p->kernel_width * out_channels * (bits / 8);
        for (int32_t j = cols.first; j < cols.end; j++) {
            const int16_t value = in[(x + j * p->dilation_width) * p->in_channels + channel / p->depth_multiplier];
            sum += value * eo_tap_weight_s16(weights, j * out_channels + channel, bits);
        }
    }
    const int32_t multiplier = p->multiplier[channel];
    if (bits == 16 && p->wide_bias == NULL) {
        return (int16_t)eo_saturate_s16(eo_requantize_q32((int32_t)sum + p->bias[channel], multiplier));
    }
    const int code = p->shift[channel];
    const int32_t y = p->wide_bias == NULL ? eo_requantize_by_code((int32_t)sum + p->bias[channel], multiplier, code)
                                           : eo_requantize64(sum + p->wide_bias[channel], multiplier, code - EO_LONG);
    return (int16_t)eo_clamp(y, p->clamp_low, p->clamp_high);
}

static inline void eo_one_in_row_s16(const struct eo_depthwise_layer_s16_params *p, const struct eo_row_s16 *row,
                                     int32_t channel, int bits) {
    int16_t *out = row->out + channel;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width) {
        *out = eo_one_output_s16(p, row, channel, x, bits);
        out += p->in_channels * p->depth_multiplier;
    }
}

/* Whether the four channels from `channel` on have the short cut of eo_requantize_q15. */
static inline int eo_are_short_s16(const struct eo_depthwise_layer_s16_params *p, int32_t channel) {
    const int8_t *const shift = p->shift + channel;
    return eo_is_q15(shift[0]) && eo_is_q15(shift[1]) && eo_is_q15(shift[2]) && eo_is_q15(shift[3]);
}

EO_BODY void eo_depthwise_layer_s16(const struct eo_depthwise_layer_s16_params *p, const int16_t *in, int16_t *out,
                                    int bits) {
    const int32_t out_channels = p->in_channels * p->depth_multiplier, out_rows = p->batches * p->out_height;
    const int by_fours = p->depth_multiplier == 1 && out_channels >= 4 && p->wide_bias == NULL;
    for (int32_t channel = 0; channel < out_channels;) {
        /* the last four may overlap those before */
        const int32_t first = by_fours && channel + 4 > out_channels ? out_channels - 4 : channel;
        const int is_block = by_fours && (bits == 16 || eo_are_short_s16(p, first));
        struct eo_block_s16 block;
        if (is_block) {
            eo_make_block_s16(p, first, &block, bits);
        }
        for (int32_t index = 0; index < out_rows; index++) {
            const struct eo_row_s16 row = eo_row_of_s16(p, in, out, index, bits);
            if (is_block) {
                const int8_t *const weights = row.weights + first * (bits / 8);
                eo_four_in_row_s16(p, &block, row.in + first, weights, row.rows, row.out + first, bits);
            } else {
                eo_one_in_row_s16(p, &row, channel, bits);
            }
        }
        channel = is_block ? first + 4 : channel + 1;
    }
    if (bits == 16) {
        eo_clamp_all_s16(out, out_rows * p->out_width * out_channels, p->clamp_low, p->clamp_high);
    }
}

#endif
