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

static inline int32_t weights_step(int32_t channels) {
    (void)channels;
    return 2;
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
    return acc;
}
#else
/* Weights as they are. */
typedef const int8_t *tap_weights;

static inline tap_weights make_weights(const struct eo_depthwise_conv2d_s8_params *p, int32_t channel, void *scratch) {
    (void)scratch;
    return p->weights + channel;
}

static inline int32_t weights_step(int32_t channels) {
    return channels;
}

/* acc + (in - zero point) * weights for four channels. `offset`: minus the zero point in the low half. */
static inline struct sums add_tap(struct sums acc, const int8_t *in, tap_weights weights, uint32_t offset) {
    const int32_t add = (int16_t)(uint16_t)offset;
    acc.of0 += (in[0] + add) * weights[0];
    acc.of1 += (in[1] + add) * weights[1];
    acc.of2 += (in[2] + add) * weights[2];
    acc.of3 += (in[3] + add) * weights[3];
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

/* Four channels, and what the loop over their pixels needs, worked out once. */
struct block {
    tap_weights weights;
    uint32_t offset;      /* minus the input zero point in both halves */
    int32_t in_step;      /* of a tap to the next, in bytes */
    int32_t in_pitch;     /* of a row of taps to the next */
    int32_t weights_step; /* the same in units of tap_weights */
    int32_t weights_pitch;
    int32_t out_zero_point;
    int32_t narrow; /* all four channels are */
    struct channel {
        int32_t bias;
        int32_t multiplier;
        int32_t nudge;
        int32_t shift; /* to the right if narrow, else the code */
    } channel[4];
};

static inline void make_block(const struct eo_depthwise_conv2d_s8_params *p, int32_t first, void *scratch,
                              struct block *b) {
    b->weights = make_weights(p, first, scratch);
    b->offset = ((uint32_t)-p->in_zero_point & 0xffffu) * 0x10001u;
    b->in_step = p->dilation_width * p->channels;
    b->in_pitch = p->dilation_height * p->in_width * p->channels;
    b->weights_step = weights_step(p->channels);
    b->weights_pitch = p->kernel_width * b->weights_step;
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

static inline int8_t finish(const struct block *b, int channel, int32_t sum) {
    const struct channel *const c = &b->channel[channel];
    const int32_t acc = (int32_t)((uint32_t)sum + (uint32_t)c->bias);
    return (int8_t)(b->narrow ? eo_requantize_narrow(acc, c->multiplier, c->nudge, (int)c->shift)
                              : eo_requantize_any(acc, c->multiplier, (int)c->shift, b->out_zero_point));
}

/* Four channels of one pixel, from `rows` by `cols` taps that are inside. */
static inline void one_pixel(const struct block *b, const int8_t *in, tap_weights weights, int32_t rows, int32_t cols,
                             int8_t *out) {
    struct sums acc = {0, 0, 0, 0};
    for (; rows > 0; rows--, in += b->in_pitch, weights += b->weights_pitch) {
        const int8_t *tap = in;
        tap_weights weight = weights;
        for (int32_t left = cols; left > 0; left--, tap += b->in_step, weight += b->weights_step) {
            acc = add_tap(acc, tap, weight, b->offset);
        }
    }
    out[0] = finish(b, 0, acc.of0);
    out[1] = finish(b, 1, acc.of1);
    out[2] = finish(b, 2, acc.of2);
    out[3] = finish(b, 3, acc.of3);
}

/* A row of pixels; `in` is the image's row of the first tap that is inside, `rows` how many are. */
static EO_OUT_OF_LINE void one_row(const struct eo_depthwise_conv2d_s8_params *p, const struct block *b,
                                   const int8_t *in, tap_weights weights, int32_t rows, int8_t *out) {
    int32_t x = -p->pad_left;
    for (int32_t left = p->out_width; left > 0; left--, x += p->stride_width, out += p->channels) {
        const struct tap_range cols = taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
        const int32_t first = x + cols.first * p->dilation_width;
        one_pixel(b, in + first * p->channels, weights + cols.first * b->weights_step, rows, cols.end - cols.first,
                  out);
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
        make_block(p, first, scratch, &block);
        for (int32_t batch = 0; batch < p->batches; batch++, image += in_size) {
            int32_t y = -p->pad_top;
            for (int32_t left = p->out_height; left > 0; left--, y += p->stride_height, to += out_row) {
                const struct tap_range rows = taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
                const int32_t row = y + rows.first * p->dilation_height;
                one_row(p, &block, image + row * p->in_width * p->channels,
                        block.weights + rows.first * block.weights_pitch, rows.end - rows.first, to);
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_height * out_row, p->clamp_low, p->clamp_high);
}
