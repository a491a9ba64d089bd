#include "eo_depthwise_conv2d_s8.h"
#include "eo_requant.h"

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

/* acc[0..3] += (in - zero point) * weights for four channels. `offset`: minus the zero point in both lanes. */
static inline void add_tap(int32_t acc[4], const int8_t *in, tap_weights weights, uint32_t offset) {
    const uint32_t word = eo_load_word(in);
    const uint32_t even = eo_sxtab16(offset, word), odd = eo_sxtab16_odd(offset, word);
    const uint32_t weights_even = weights[0], weights_odd = weights[1];
    acc[0] = eo_smlabb(even, weights_even, acc[0]);
    acc[1] = eo_smlabb(odd, weights_odd, acc[1]);
    acc[2] = eo_smlatt(even, weights_even, acc[2]);
    acc[3] = eo_smlatt(odd, weights_odd, acc[3]);
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

/* acc[0..3] += (in - zero point) * weights for four channels. `offset`: minus the zero point in the low half. */
static inline void add_tap(int32_t acc[4], const int8_t *in, tap_weights weights, uint32_t offset) {
    const int32_t add = (int16_t)(uint16_t)offset;
    for (int i = 0; i < 4; i++) {
        acc[i] += (in[i] + add) * weights[i];
    }
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

/* Four channels: their constants, and what else the loop over pixels needs. */
struct block {
    tap_weights weights;
    int32_t bias[4];
    int32_t multiplier[4];
    int32_t nudge[4];
    int32_t code[4];
    int32_t narrow; /* all four are */
    uint32_t offset;
};

static inline void make_block(const struct eo_depthwise_conv2d_s8_params *p, int32_t channel, void *scratch,
                              struct block *b) {
    b->weights = make_weights(p, channel, scratch);
    b->offset = ((uint32_t)-p->in_zero_point & 0xffffu) * 0x10001u;
    b->narrow = 1;
    for (int i = 0; i < 4; i++) {
        b->bias[i] = p->bias[channel + i];
        b->multiplier[i] = p->multiplier[channel + i];
        b->code[i] = p->shift[channel + i];
        if (b->code[i] < 0) {
            b->nudge[i] = eo_narrow_nudge(p->out_zero_point, -b->code[i]);
        } else {
            b->nudge[i] = 0;
            b->narrow = 0;
        }
    }
}

/* Four channels of one pixel; `in` is at the first tap of the window, which may lie outside the image. */
static inline void one_pixel(const struct eo_depthwise_conv2d_s8_params *p, const struct block *b, const int8_t *image,
                             int32_t y, int32_t x, struct tap_range rows, int8_t *out) {
    const struct tap_range cols = taps_inside(x, p->dilation_width, p->kernel_width, p->in_width);
    const int32_t in_step = p->dilation_width * p->channels;
    const int32_t in_pitch = p->dilation_height * p->in_width * p->channels;
    const int32_t step = weights_step(p->channels);
    const int32_t count = cols.end - cols.first;
    int32_t acc[4] = {0, 0, 0, 0};
    const int8_t *in_row = image + ((y + rows.first * p->dilation_height) * p->in_width + x) * p->channels +
                           cols.first * in_step;
    tap_weights weights_row = b->weights + (rows.first * p->kernel_width + cols.first) * step;
    for (int32_t row = rows.first; row < rows.end; row++) {
        if (count == 3) {
            add_tap(acc, in_row, weights_row, b->offset);
            add_tap(acc, in_row + in_step, weights_row + step, b->offset);
            add_tap(acc, in_row + 2 * in_step, weights_row + 2 * step, b->offset);
        } else {
            for (int32_t tap = 0; tap < count; tap++) {
                add_tap(acc, in_row + tap * in_step, weights_row + tap * step, b->offset);
            }
        }
        in_row += in_pitch;
        weights_row += p->kernel_width * step;
    }
    for (int i = 0; i < 4; i++) {
        const int32_t sum = (int32_t)((uint32_t)acc[i] + (uint32_t)b->bias[i]);
        out[i] = (int8_t)(b->narrow ? eo_requantize_narrow(sum, b->multiplier[i], b->nudge[i], -b->code[i])
                                    : eo_requantize_any(sum, b->multiplier[i], b->code[i], p->out_zero_point));
    }
}

void eo_depthwise_conv2d_s8(const struct eo_depthwise_conv2d_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    const int32_t in_size = p->in_height * p->in_width * p->channels;
    const int32_t out_size = p->out_height * p->out_width * p->channels;
    for (int32_t channel = 0; channel < p->channels; channel += 4) {
        const int32_t first = channel + 4 > p->channels ? p->channels - 4 : channel;
        struct block block;
        make_block(p, first, scratch, &block);
        for (int32_t batch = 0; batch < p->batches; batch++) {
            const int8_t *const image = in + batch * in_size + first;
            int8_t *to = out + batch * out_size + first;
            int32_t y = -p->pad_top;
            for (int32_t out_y = 0; out_y < p->out_height; out_y++, y += p->stride_height) {
                const struct tap_range rows = taps_inside(y, p->dilation_height, p->kernel_height, p->in_height);
                int32_t x = -p->pad_left;
                for (int32_t out_x = 0; out_x < p->out_width; out_x++, x += p->stride_width, to += p->channels) {
                    one_pixel(p, &block, image, y, x, rows, to);
                }
            }
        }
    }
    eo_clamp_all(out, p->batches * out_size, p->clamp_low, p->clamp_high);
}
