#include "eo_conv2d_compact_s8.h"
#include "eo_requant.h"

/* The window whose first tap is at (y, x), pixel by pixel. */
static void gather(const struct eo_conv2d_compact_s8_params *p, const int8_t *in, int32_t y, int32_t x, int8_t *to) {
    for (int32_t row = y; row < y + p->kernel_height; row++) {
        for (int32_t col = x; col < x + p->kernel_width; col++) {
            const int inside = row >= 0 && row < p->in_height && col >= 0 && col < p->in_width;
            const int8_t *from = inside ? in + (row * p->in_width + col) * p->in_channels : NULL;
            for (int32_t i = p->in_channels; i > 0; i--) {
                *to++ = from != NULL ? *from++ : p->in_zero_point;
            }
        }
    }
}

/* acc + weights times what lies in a row, or `in_channels` apart. */
static inline int32_t dot(const struct eo_conv2d_compact_s8_params *p, const int8_t *x, const int8_t *w, int32_t acc) {
    const int32_t step = p->channel_step ? p->in_channels : 1;
    const int8_t *const end = w + p->taps;
#if EO_HAS_DSP
    for (int32_t words = p->channel_step ? 0 : p->taps / 4; words > 0; words--, x += 4, w += 4) {
        const uint32_t inputs = eo_load_word(x), weights = eo_load_word(w);
        acc = eo_smlad(eo_sxtb16(weights), eo_sxtb16(inputs), acc);
        acc = eo_smlad(eo_sxtb16_odd(weights), eo_sxtb16_odd(inputs), acc);
    }
#endif
    for (; w < end; x += step) {
        acc = eo_add_wrap(acc, *w++ * *x);
    }
    return acc;
}

/* All channels of one pixel. */
static void pixel(const struct eo_conv2d_compact_s8_params *p, const int8_t *patch, int8_t *out) {
    const int8_t *weights = p->weights;
    const int32_t *constants = p->constants;
    for (int32_t channel = 0; channel < p->out_channels; channel++) {
        const int32_t acc = dot(p, patch, weights, constants[0]);
        const int32_t y = eo_clamp(eo_requantize(acc, constants[1], p->shift[channel]), -1024, 1024);
        out[channel] = (int8_t)eo_clamp(y + p->out_zero_point, p->clamp_low, p->clamp_high);
        weights += p->taps;
        constants += 2;
        patch += p->channel_step;
    }
}

void eo_conv2d_compact_s8(const struct eo_conv2d_compact_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    int8_t *const patch = (int8_t *)scratch;
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            gather(p, in, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left, patch);
            pixel(p, patch, out);
            out += p->out_channels;
        }
    }
}
