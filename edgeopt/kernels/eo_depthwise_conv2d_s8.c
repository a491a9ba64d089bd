#include "eo_depthwise_conv2d_s8.h"
#include "eo_requant.h"

/* Sums of four channels. */
struct sums {
    int32_t of0;
    int32_t of1;
    int32_t of2;
    int32_t of3;
};

#if EO_HAS_DSP
/* Weights of four channels as int16 lanes, two words a tap: (w2, w0) (w3, w1). */
typedef const uint32_t *tap_weights;

static inline tap_weights make_weights(const struct eo_depthwise_conv2d_s8_params *p, int32_t channel, void *scratch) {
    const int8_t *from = p->weights + channel;
    uint32_t *to = (uint32_t *)scratch;
    for (int32_t taps = p->kernel_height * p->kernel_width; taps > 0; taps--, from += p->channels, to += 2) {
        const uint32_t word = eo_load_word(from);
        to[0] = eo_sxtb16(word);
        to[1] = eo_sxtb16_odd(word);
    }
    return (tap_weights)scratch;
}

/* The weights `taps` further. */
static inline tap_weights skip_taps(tap_weights weights, int32_t taps, int32_t channels) {
    (void)channels;
    return weights + 2 * taps;
}

/* acc + (in - zero point) * weights for four channels. `offset`: minus the zero point in both lanes. */
static inline struct sums add_tap(struct sums acc, const int8_t *in, tap_weights weights, uint32_t offset) {
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
/* Weights as they are. */
typedef const int8_t *tap_weights;

static inline tap_weights make_weights(const struct eo_depthwise_conv2d_s8_params *p, int32_t channel, void *scratch) {
    (void)scratch;
    return p->weights + channel;
}

static inline tap_weights skip_taps(tap_weights weights, int32_t taps, int32_t channels) {
    return weights + taps * channels;
}

/* acc + (in - zero point) * weights for four channels. `offset`: minus the zero point in the low half. */
static inline struct sums add_tap(struct sums acc, const int8_t *in, tap_weights weights, uint32_t offset) {
    const int32_t add = (int16_t)(uint16_t)offset;
    acc.of0 = eo_opaque(eo_add_wrap(acc.of0, (in[0] + add) * weights[0]));
    acc.of1 = eo_opaque(eo_add_wrap(acc.of1, (in[1] + add) * weights[1]));
    acc.of2 = eo_opaque(eo_add_wrap(acc.of2, (in[2] + add) * weights[2]));
    acc.of3 = eo_opaque(eo_add_wrap(acc.of3, (in[3] + add) * weights[3]));
    return acc;
}
#endif

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

/* Constants of a channel. */
struct channel {
    int32_t bias;
    int32_t multiplier;
    int32_t nudge;
    int shift; /* to the right if narrow, else the code */
};

/* Four channels, and what the loop over their pixels needs, worked out once. */
struct block {
    tap_weights weights; /* of the first row of taps that is inside the image */
    uint32_t offset;     /* minus the input zero point in both halves */
    int32_t in_step;     /* from a tap to the next, in bytes */
    int32_t in_pitch;    /* from a row of taps to the next */
    int32_t channels;
    int32_t kernel_width;
    int32_t out_zero_point;
    int narrow; /* all four channels are */
    struct channel channel[4];
};

static inline void make_block(const struct eo_depthwise_conv2d_s8_params *p, int32_t first, struct block *b) {
    b->weights = NULL;
    b->offset = ((uint32_t)-p->in_zero_point & 0xffffu) * 0x10001u;
    b->in_step = p->dilation_width * p->channels;
    b->in_pitch = p->dilation_height * p->in_width * p->channels;
    b->channels = p->channels;
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
static inline struct sums sum_narrow_window(struct sums acc, const struct block *b, const int8_t *in,
                                            tap_weights weights, int32_t rows, int cols) {
    const uint32_t offset = b->offset;
    const int32_t channels = b->channels, in_step = b->in_step, rest = b->in_pitch - (cols - 1) * b->in_step;
    for (; rows > 0; rows--) {
        acc = add_tap(acc, in, weights, offset);
        in += in_step;
        acc = add_tap(acc, in, skip_taps(weights, 1, channels), offset);
        if (cols == 3) {
            in += in_step;
            acc = add_tap(acc, in, skip_taps(weights, 2, channels), offset);
        }
        in += rest;
        weights = skip_taps(weights, b->kernel_width, channels);
    }
    return acc;
}

/* *sums += the sums over `rows` by `cols` taps, all inside the image. */
static EO_OUT_OF_LINE void sum_window(struct sums *sums, const struct block *b, const int8_t *in, tap_weights weights,
                                      int32_t rows, int32_t cols) {
    const uint32_t offset = b->offset;
    const int32_t channels = b->channels, in_step = b->in_step;
    struct sums acc = *sums;
    for (; rows > 0; rows--) {
        const int8_t *tap = in;
        tap_weights weight = weights;
        for (int32_t left = cols; left > 0; left--) {
            acc = add_tap(acc, tap, weight, offset);
            tap += in_step;
            weight = skip_taps(weight, 1, channels);
        }
        in += b->in_pitch;
        weights = skip_taps(weights, b->kernel_width, channels);
    }
    *sums = acc;
}

static inline int32_t finish_narrow(const struct channel *c, int32_t acc) {
    return eo_requantize_narrow(acc, c->multiplier, c->nudge, c->shift);
}

static inline int32_t finish_any(const struct channel *c, int32_t acc, int32_t zero_point) {
    return eo_requantize_any(acc, c->multiplier, c->shift, zero_point);
}

static inline void finish_pixel(const struct block *b, struct sums acc, int8_t *out) {
    if (b->narrow) {
        acc.of0 = finish_narrow(&b->channel[0], acc.of0);
        acc.of1 = finish_narrow(&b->channel[1], acc.of1);
        acc.of2 = finish_narrow(&b->channel[2], acc.of2);
        acc.of3 = finish_narrow(&b->channel[3], acc.of3);
    } else {
        acc.of0 = finish_any(&b->channel[0], acc.of0, b->out_zero_point);
        acc.of1 = finish_any(&b->channel[1], acc.of1, b->out_zero_point);
        acc.of2 = finish_any(&b->channel[2], acc.of2, b->out_zero_point);
        acc.of3 = finish_any(&b->channel[3], acc.of3, b->out_zero_point);
    }
    out[0] = (int8_t)acc.of0;
    out[1] = (int8_t)acc.of1;
    out[2] = (int8_t)acc.of2;
    out[3] = (int8_t)acc.of3;
}

/* A row of pixels; `in` is the image's row of the first tap that is inside, `rows` how many are. */
static EO_OUT_OF_LINE void one_row(const struct eo_depthwise_conv2d_s8_params *p, const struct block *b,
                                   const int8_t *in, int32_t rows, int8_t *out) {
    const struct tap_range whole = {0, p->kernel_width};
    const int32_t last_whole = p->in_width - 1 - (p->kernel_width - 1) * p->dilation_width;
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, out += p->channels) {
        struct sums acc = {b->channel[0].bias, b->channel[1].bias, b->channel[2].bias, b->channel[3].bias};
        const struct tap_range cols =
            x >= 0 && x <= last_whole ? whole : taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
        const int8_t *const first = in + (x + cols.first * p->dilation_width) * p->channels;
        const tap_weights weights = skip_taps(b->weights, cols.first, p->channels);
        const int32_t count = cols.end - cols.first;
        if (count == 3) {
            acc = sum_narrow_window(acc, b, first, weights, rows, 3);
        } else if (count == 2) {
            acc = sum_narrow_window(acc, b, first, weights, rows, 2);
        } else {
            sum_window(&acc, b, first, weights, rows, count);
        }
        finish_pixel(b, acc, out);
    }
}

void eo_depthwise_conv2d_s8(const struct eo_depthwise_conv2d_s8_params *p, const int8_t *in, int8_t *out,
                            void *scratch) {
    const int32_t in_size = p->in_height * p->in_width * p->channels;
    const int32_t out_row = p->out_width * p->channels;
    for (int32_t channel = 0; channel < p->channels; channel += 4) {
        const int32_t first = channel + 4 > p->channels ? p->channels - 4 : channel;
        const int8_t *image = in + first;
        int8_t *to = out + first;
        struct block block;
        const tap_weights weights = make_weights(p, first, scratch);
        make_block(p, first, &block);
        for (int32_t batch = 0; batch < p->batches; batch++, image += in_size) {
            int32_t y = -p->pad_top;
            for (int32_t left = p->out_height; left > 0; left--, y += p->stride_height, to += out_row) {
                const struct tap_range rows = taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
                const int32_t row = y + rows.first * p->dilation_height;
                block.weights = skip_taps(weights, rows.first * p->kernel_width, p->channels);
                one_row(p, &block, image + row * p->in_width * p->channels, rows.end - rows.first, to);
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_height * out_row, p->clamp_low, p->clamp_high);
}
