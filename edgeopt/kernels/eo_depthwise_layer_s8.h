/* eo_depthwise_layer_s8.h -- what eo_depthwise_conv2d_s8 and eo_depthwise_conv2d_w4_s8 are: parameters and loops.
 * `bits` is a constant, 8 or 4, so that a kernel has the code of its own weights alone. */
#ifndef EO_DEPTHWISE_LAYER_S8_H
#define EO_DEPTHWISE_LAYER_S8_H

#include "eo_requant.h"
#include "eo_taps.h"

struct eo_depthwise_layer_s8_params {
    const int8_t *weights;     /* [taps][channels], taps = kernel_height * kernel_width; of 4 bits: eo_first_weights */
    const int32_t *bias;       /* [channels] */
    const int32_t *multiplier; /* [channels]: eo_requant.h */
    const int8_t *shift;       /* [channels] codes: eo_requant.h */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t channels;
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
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

/* Sums of four channels. */
struct eo_sums {
    int32_t of0;
    int32_t of1;
    int32_t of2;
    int32_t of3;
};

/* Where the weights of the four channels from `channel` begin. Those of 4 bits are [ceil(channels / 4)][taps][2] bytes,
 * of the last four channels in the last block; a tap is four nibbles, the first channel's in the lowest. */
static inline const int8_t *eo_first_weights(const struct eo_depthwise_layer_s8_params *p, int32_t channel, int bits) {
    return p->weights + (bits == 4 ? (channel + 3) / 4 * 2 * p->kernel_height * p->kernel_width : channel);
}

/* The weights of four channels of one tap as a word of int8. */
static inline uint32_t eo_four_weights(const int8_t *from, int bits) {
    if (bits == 8) {
        return eo_load_word(from);
    }
    const uint32_t first = (uint8_t)from[0], second = (uint8_t)from[1];
    const uint32_t word = ((first | second << 16) & 0x000f000fu) | ((first << 4 | second << 20) & 0x0f000f00u);
    return word | (word & 0x08080808u) * 0x1eu; /* a negative nibble gets ones in front */
}

/* From a tap's int8 weights to the next tap's, where the kernel reads them. */
static inline int32_t eo_weight_step(const struct eo_depthwise_layer_s8_params *p, int bits) {
    return bits == 4 ? 4 : p->channels;
}

#if EO_HAS_DSP
/* Weights of four channels as int16 lanes, two words a tap: (w2, w0) (w3, w1). */
typedef const uint32_t *eo_tap_weights;

static inline eo_tap_weights eo_make_weights(const struct eo_depthwise_layer_s8_params *p, int32_t channel,
                                             void *scratch, int bits) {
    const int8_t *from = eo_first_weights(p, channel, bits);
    const int32_t step = bits == 4 ? 2 : p->channels;
    uint32_t *to = (uint32_t *)scratch;
    for (int32_t taps = p->kernel_height * p->kernel_width; taps > 0; taps--, from += step, to += 2) {
        const uint32_t word = eo_four_weights(from, bits);
        to[0] = eo_sxtb16(word);
        to[1] = eo_sxtb16_odd(word);
    }
    return (eo_tap_weights)scratch;
}

/* The weights `taps` further, which are `step` apart where they are int8. */
static inline eo_tap_weights eo_skip_taps(eo_tap_weights weights, int32_t taps, int32_t step) {
    (void)step;
    return weights + 2 * taps;
}

/* acc + (in - zero point) * weights for four channels. `offset`: minus the zero point in both lanes. */
static inline struct eo_sums eo_add_tap(struct eo_sums acc, const int8_t *in, eo_tap_weights weights, uint32_t offset) {
    const uint32_t word = eo_load_word(in);
    const uint32_t even = eo_sxtab16(offset, word), odd = eo_sxtab16_odd(offset, word);
    const uint32_t weights_even = weights[0], weights_odd = weights[1];
    acc.of0 = eo_smlabb(even, weights_even, acc.of0);
    acc.of1 = eo_smlabb(odd, weights_odd, acc.of1);
    acc.of2 = eo_smlatt(even, weights_even, acc.of2);
    acc.of3 = eo_smlatt(odd, weights_odd, acc.of3);
    eo_keep_order();
    return acc;
}
#else
/* Weights as they are; those of 4 bits as int8[taps][4] in scratch. */
typedef const int8_t *eo_tap_weights;

static inline eo_tap_weights eo_make_weights(const struct eo_depthwise_layer_s8_params *p, int32_t channel,
                                             void *scratch, int bits) {
    const int8_t *from = eo_first_weights(p, channel, bits);
    if (bits == 8) {
        return from;
    }
    int8_t *to = (int8_t *)scratch;
    for (int32_t taps = p->kernel_height * p->kernel_width; taps > 0; taps--, from += 2, to += 4) {
        eo_store_word(to, eo_four_weights(from, bits));
    }
    return (eo_tap_weights)scratch;
}

static inline eo_tap_weights eo_skip_taps(eo_tap_weights weights, int32_t taps, int32_t step) {
    return weights + taps * step;
}

/* acc + (in - zero point) * weights for four channels. `offset`: minus the zero point in the low half. */
static inline struct eo_sums eo_add_tap(struct eo_sums acc, const int8_t *in, eo_tap_weights weights, uint32_t offset) {
    const int32_t add = (int16_t)(uint16_t)offset;
    acc.of0 = eo_opaque(eo_add_wrap(acc.of0, (in[0] + add) * weights[0]));
    acc.of1 = eo_opaque(eo_add_wrap(acc.of1, (in[1] + add) * weights[1]));
    acc.of2 = eo_opaque(eo_add_wrap(acc.of2, (in[2] + add) * weights[2]));
    acc.of3 = eo_opaque(eo_add_wrap(acc.of3, (in[3] + add) * weights[3]));
    return acc;
}
#endif

/* Constants of a channel. */
struct eo_channel {
    int32_t bias;
    int32_t multiplier;
    int32_t nudge;
    int shift; /* to the right if narrow, else the code */
};

/* Four channels, and what the loop over their pixels needs, worked out once. */
struct eo_block {
    eo_tap_weights weights; /* of the first row of taps that is inside the image */
    uint32_t offset;        /* minus the input zero point in both halves */
    int32_t in_step;        /* from a tap to the next, in bytes */
    int32_t in_pitch;       /* from a row of taps to the next */
    int32_t weight_step;    /* from a tap to the next, in int8 weights */
    int32_t kernel_width;
    int32_t out_zero_point;
    int narrow; /* all four channels are */
    struct eo_channel channel[4];
};

static inline void eo_make_block(const struct eo_depthwise_layer_s8_params *p, int32_t first, struct eo_block *b,
                                 int bits) {
    b->weights = NULL;
    b->offset = ((uint32_t)-p->in_zero_point & 0xffffu) * 0x10001u;
    b->in_step = p->dilation_width * p->channels;
    b->in_pitch = p->dilation_height * p->in_width * p->channels;
    b->weight_step = eo_weight_step(p, bits);
    b->kernel_width = p->kernel_width;
    b->out_zero_point = p->out_zero_point;
    b->narrow = 1;
    for (int i = 0; i < 4; i++) {
        b->narrow &= p->shift[first + i] < 0;
    }
    for (int i = 0; i < 4; i++) {
        const int code = p->shift[first + i];
        b->channel[i].bias = p->bias[first + i];
        b->channel[i].multiplier = p->multiplier[first + i];
        b->channel[i].nudge = b->narrow ? eo_narrow_nudge(p->out_zero_point, -code) : 0;
        b->channel[i].shift = b->narrow ? -code : code;
    }
}

/* acc + the sums over `rows` by `cols` taps, all inside the image; `cols` is a constant, 2 or 3. */
static inline struct eo_sums eo_sum_narrow_window(struct eo_sums acc, const struct eo_block *b, const int8_t *in,
                                                  eo_tap_weights weights, int32_t rows, int cols) {
    const uint32_t offset = b->offset;
    const int32_t weight_step = b->weight_step, in_step = b->in_step, rest = b->in_pitch - (cols - 1) * b->in_step;
    for (; rows > 0; rows--) {
        acc = eo_add_tap(acc, in, weights, offset);
        in += in_step;
        acc = eo_add_tap(acc, in, eo_skip_taps(weights, 1, weight_step), offset);
        if (cols == 3) {
            in += in_step;
            acc = eo_add_tap(acc, in, eo_skip_taps(weights, 2, weight_step), offset);
        }
        in += rest;
        weights = eo_skip_taps(weights, b->kernel_width, weight_step);
    }
    return acc;
}

/* *sums += the sums over `rows` by `cols` taps, all inside the image. */
static EO_OUT_OF_LINE void eo_sum_window(struct eo_sums *sums, const struct eo_block *b, const int8_t *in,
                                         eo_tap_weights weights, int32_t rows, int32_t cols) {
    const uint32_t offset = b->offset;
    const int32_t weight_step = b->weight_step, in_step = b->in_step;
    struct eo_sums acc = *sums;
    for (; rows > 0; rows--) {
        const int8_t *tap = in;
        eo_tap_weights weight = weights;
        for (int32_t left = cols; left > 0; left--) {
            acc = eo_add_tap(acc, tap, weight, offset);
            tap += in_step;
            weight = eo_skip_taps(weight, 1, weight_step);
        }
        in += b->in_pitch;
        weights = eo_skip_taps(weights, b->kernel_width, weight_step);
    }
    *sums = acc;
}

static inline int32_t eo_finish_narrow(const struct eo_channel *c, int32_t acc) {
    return eo_requantize_narrow(acc, c->multiplier, c->nudge, c->shift);
}

static inline int32_t eo_finish_any(const struct eo_channel *c, int32_t acc, int32_t zero_point) {
    return eo_requantize_any(acc, c->multiplier, c->shift, zero_point);
}

static inline void eo_finish_pixel(const struct eo_block *b, struct eo_sums acc, int8_t *out) {
    if (b->narrow) {
        acc.of0 = eo_finish_narrow(&b->channel[0], acc.of0);
        acc.of1 = eo_finish_narrow(&b->channel[1], acc.of1);
        acc.of2 = eo_finish_narrow(&b->channel[2], acc.of2);
        acc.of3 = eo_finish_narrow(&b->channel[3], acc.of3);
    } else {
        acc.of0 = eo_finish_any(&b->channel[0], acc.of0, b->out_zero_point);
        acc.of1 = eo_finish_any(&b->channel[1], acc.of1, b->out_zero_point);
        acc.of2 = eo_finish_any(&b->channel[2], acc.of2, b->out_zero_point);
        acc.of3 = eo_finish_any(&b->channel[3], acc.of3, b->out_zero_point);
    }
    out[0] = (int8_t)acc.of0;
    out[1] = (int8_t)acc.of1;
    out[2] = (int8_t)acc.of2;
    out[3] = (int8_t)acc.of3;
}

/* A row of pixels; `in` is the image's row of the first tap that is inside, `rows` how many are. */
static EO_OUT_OF_LINE void eo_one_row(const struct eo_depthwise_layer_s8_params *p, const struct eo_block *b,
                                      const int8_t *in, int32_t rows, int8_t *out, int bits) {
    const struct eo_tap_range whole = {0, p->kernel_width};
    const int32_t step = eo_weight_step(p, bits),
                  last_whole = p->in_width - 1 - (p->kernel_width - 1) * p->dilation_width;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, out += p->channels) {
        struct eo_sums acc = {b->channel[0].bias, b->channel[1].bias, b->channel[2].bias, b->channel[3].bias};
        const struct eo_tap_range cols =
            x >= 0 && x <= last_whole ? whole : eo_taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
        const int8_t *const first = in + (x + cols.first * p->dilation_width) * p->channels;
        const eo_tap_weights weights = eo_skip_taps(b->weights, cols.first, step);
        const int32_t count = cols.end - cols.first;
        if (count == 3) {
            acc = eo_sum_narrow_window(acc, b, first, weights, rows, 3);
        } else if (count == 2) {
            acc = eo_sum_narrow_window(acc, b, first, weights, rows, 2);
        } else {
            eo_sum_window(&acc, b, first, weights, rows, count);
        }
        eo_finish_pixel(b, acc, out);
    }
}

EO_BODY void eo_depthwise_layer_s8(const struct eo_depthwise_layer_s8_params *p, const int8_t *in, int8_t *out,
                                   void *scratch, int bits) {
    const int32_t in_size = p->in_height * p->in_width * p->channels;
    const int32_t out_row = p->out_width * p->channels;
    for (int32_t channel = 0; channel < p->channels; channel += 4) {
        const int32_t first = channel + 4 > p->channels ? p->channels - 4 : channel;
        const int8_t *image = in + first;
        int8_t *to = out + first;
        struct eo_block block;
        const eo_tap_weights weights = eo_make_weights(p, first, scratch, bits);
        eo_make_block(p, first, &block, bits);
        for (int32_t batch = 0; batch < p->batches; batch++, image += in_size) {
            int32_t y = -p->pad_top;
            for (int32_t left = p->out_height; left > 0; left--, y += p->stride_height, to += out_row) {
                const struct eo_tap_range rows = eo_taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
                const int32_t row = y + rows.first * p->dilation_height;
                block.weights = eo_skip_taps(weights, rows.first * p->kernel_width, block.weight_step);
                eo_one_row(p, &block, image + row * p->in_width * p->channels, rows.end - rows.first, to, bits);
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_height * out_row, p->clamp_low, p->clamp_high);
}

#endif
