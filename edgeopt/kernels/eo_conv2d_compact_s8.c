#include "eo_conv2d_compact_s8.h"
#include "eo_requant.h"

/* The window whose first tap is at (y, x), pixel by pixel. */
static void gather(const struct eo_conv2d_compact_s8_params *p, const int8_t *in, int32_t y, int32_t x, int8_t *to) {
    const size_t channels = (size_t)p->in_channels;
    for (int32_t row = y; row < y + p->kernel_height; row++) {
        for (int32_t col = x; col < x + p->kernel_width; col++, to += channels) {
            if (row >= 0 && row < p->in_height && col >= 0 && col < p->in_width) {
                __builtin_memcpy(to, in + (row * p->in_width + col) * p->in_channels, channels);
            } else {
                __builtin_memset(to, p->in_zero_point, channels);
            }
        }
    }
}

/* The sum of `taps` products of weights and of inputs `step` apart. */
static EO_OUT_OF_LINE int32_t dot(const int8_t *x, const int8_t *w, int32_t taps, int32_t step) {
    const int8_t *const end = w + taps;
    int32_t sum = 0;
#if EO_HAS_DSP
    if (step == 1 && taps >= 4) {
        const int8_t *const words = w + (taps & ~3);
        do {
            const uint32_t inputs = eo_load_word(x), weights = eo_load_word(w);
            sum = eo_smlad(eo_sxtb16(weights), eo_sxtb16(inputs), sum);
            sum = eo_smlad(eo_sxtb16_odd(weights), eo_sxtb16_odd(inputs), sum);
            x += 4;
            w += 4;
        } while (w != words);
    }
#endif
    for (; w != end; x += step) {
        sum += *w++ * *x;
    }
    return sum;
}

/* All channels of one pixel. */
static void pixel(const struct eo_conv2d_compact_s8_params *p, const int8_t *patch, int8_t *out) {
    const int32_t step = p->channel_step ? p->in_channels : 1;
    const int8_t *weights = p->weights;
    const int32_t *constants = p->constants;
    for (int32_t channel = 0; channel < p->out_channels; channel++) {
        const int32_t acc = eo_add_wrap(dot(patch, weights, p->taps, step), constants[0]);
        const int32_t zero_point = p->out_zero_point;
        const int code = p->shift[channel];
        out[channel] =
            (int8_t)(code < 0 ? eo_requantize_narrow(acc, constants[1], eo_narrow_nudge(zero_point, -code), -code)
                              : eo_requantize_any(acc, constants[1], code, zero_point));
        weights += p->taps;
        constants += 2;
        patch += p->channel_step;
    }
}

void eo_conv2d_compact_s8(const struct eo_conv2d_compact_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    int8_t *const patch = (int8_t *)scratch, *const first = out;
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            gather(p, in, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left, patch);
            pixel(p, patch, out);
            out += p->out_channels;
        }
    }
    eo_clamp_all(first, (int32_t)(out - first), p->clamp_low, p->clamp_high);
}
