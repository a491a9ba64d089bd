/* eo_depthwise_w16_s16.h -- the taps of four channels: the inner part of eo_depthwise_conv2d_w16_s16. */
#ifndef EO_DEPTHWISE_W16_S16_H
#define EO_DEPTHWISE_W16_S16_H

#include "eo_pairs.h"

#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#include "eo_depthwise_w16_v6m.h"
#endif

/* The taps of an output pixel that are inside the image, the same for all channels. */
struct eo_w16_taps {
    int32_t rows;
    int32_t cols;          /* of a row: at least 1 if there is one */
    int32_t in_step;       /* elements from a tap to the next */
    int32_t in_pitch;      /* elements from a row of taps to the next */
    int32_t weights_pitch; /* words from a row of taps to the next */
};

/* Sums of four channels. */
struct eo_w16_sums {
    int32_t of0;
    int32_t of1;
    int32_t of2;
    int32_t of3;
};

/* *acc += in * weights, two words; returns the next. */
EO_BODY const uint32_t *eo_w16_add_tap(struct eo_w16_sums *acc, const int16_t *in, const uint32_t *weights) {
    uint32_t low, high;
    const uint32_t *const next = (const uint32_t *)eo_load_two(weights, &low, &high);
#if EO_HAS_DSP
    const uint32_t x_low = eo_load_pair(in), x_high = eo_load_pair(in + 2);
    acc->of0 = eo_smlabb(x_low, low, acc->of0);
    acc->of1 = eo_smlatt(x_low, low, acc->of1);
    acc->of2 = eo_smlabb(x_high, high, acc->of2);
    acc->of3 = eo_smlatt(x_high, high, acc->of3);
#else
    acc->of0 = eo_opaque(eo_add_wrap(acc->of0, in[0] * eo_low_half(low)));
    acc->of1 = eo_opaque(eo_add_wrap(acc->of1, in[1] * eo_high_half(low)));
    acc->of2 = eo_opaque(eo_add_wrap(acc->of2, in[2] * eo_low_half(high)));
    acc->of3 = eo_opaque(eo_add_wrap(acc->of3, in[3] * eo_high_half(high)));
#endif
    return next;
}

/* acc + the taps `t`, of which `in` and `weights` are at the first. `cols` is t->cols, or a constant 3 for it. */
EO_BODY struct eo_w16_sums eo_w16_add_taps(struct eo_w16_sums acc, const struct eo_w16_taps *t, int32_t cols,
                                           const int16_t *in, const uint32_t *weights) {
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
    if (t->rows > 0 && ((uintptr_t)in & 3u) == 0 && ((t->in_step | t->in_pitch) & 1) == 0) {
        eo_w16_taps_v6m(in, weights, t, &acc);
        return acc;
    }
#endif
    const int32_t in_step = t->in_step, in_rest = t->in_pitch - cols * in_step;
    const int32_t weights_rest = t->weights_pitch - 2 * cols;
    for (int32_t rows = t->rows; rows > 0; rows--) {
        int32_t left = cols;
        if (EO_HAS_DSP && cols == 3) {
            weights = eo_w16_add_tap(&acc, in, weights);
            in += in_step;
            weights = eo_w16_add_tap(&acc, in, weights);
            in += in_step;
            left = 1;
        }
        do {
            weights = eo_w16_add_tap(&acc, in, weights);
            in += in_step;
        } while (--left > 0);
        in += in_rest;
        weights += weights_rest;
    }
    return acc;
}

#endif
