/* eo_conv2d_layer_s16.h -- what eo_conv2d_s16 and eo_conv2d_w16_s16 are: parameters, gathering, the loop over pixels.
 */
#ifndef EO_CONV2D_LAYER_S16_H
#define EO_CONV2D_LAYER_S16_H

#include "eo_matmul_s16.h"

struct eo_conv2d_layer_s16_params {
    const uint32_t *weights;   /* packed, [groups][ceil(group_out_channels / 2)][words][2]: eo_dot_s16.h;
                                  int16 ones twice as many words: eo_dot_w16_s16.h */
    const int32_t *bias;       /* [groups * ceil(group_out_channels / 2)][2], or NULL: eo_matmul_s16.h */
    const int64_t *wide_bias;  /* [groups * ceil(group_out_channels / 2)][2], or NULL */
    const int32_t *multiplier; /* [groups * ceil(group_out_channels / 2)][2]: eo_requant64.h */
    const int8_t *shift;       /* [groups * ceil(group_out_channels / 2)][2] codes: eo_requant64.h; NULL where the
                                  multipliers are Q32 */
    int32_t part_words;        /* so many words of a column have sums of 32 bits: eo_matmul_s16.h */
    int32_t words;             /* ceil(kernel_height * kernel_width * group_in_channels / 4) */
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t group_in_channels; /* in_channels / groups */
    int32_t out_height;
    int32_t out_width;
    int32_t group_out_channels; /* out_channels / groups */
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

static inline int16_t *eo_copy_values_s16(int16_t *to, const int16_t *from, int32_t count) {
#if EO_HAS_DSP
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        const uint32_t pair0 = eo_load_pair(from), pair1 = eo_load_pair(from + 2);
        const uint32_t pair2 = eo_load_pair(from + 4), pair3 = eo_load_pair(from + 6);
        eo_store_pair(to, pair0);
        eo_store_pair(to + 2, pair1);
        eo_store_pair(to + 4, pair2);
        eo_store_pair(to + 6, pair3);
    }
#endif
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}

static inline int16_t *eo_fill_zeros_s16(int16_t *to, int32_t count) {
    for (; count > 0; count--) {
        *to++ = 0;
    }
    return to;
}

/* `kernel_width` pixels in a row of the image, the first at column x, `dilation_width` apart; zeros outside. */
static inline int16_t *eo_gather_row_s16(const struct eo_conv2d_layer_s16_params *p, const int16_t *row, int32_t x,
                                         int16_t *to) {
    const int32_t channels = p->group_in_channels;
    if (p->dilation_width != 1 || p->groups != 1) {
        for (int32_t tap = 0; tap < p->kernel_width; tap++, x += p->dilation_width) {
            const int inside = x >= 0 && x < p->in_width;
            to = inside ? eo_copy_values_s16(to, row + x * channels * p->groups, channels)
                        : eo_fill_zeros_s16(to, channels);
        }
        return to;
    }
    const int32_t first = x < 0 ? 0 : x;
    int32_t end = x + p->kernel_width;
    end = end > p->in_width ? p->in_width : end;
    if (first >= end) {
        return eo_fill_zeros_s16(to, p->kernel_width * channels);
    }
    to = eo_fill_zeros_s16(to, (first - x) * channels);
    to = eo_copy_values_s16(to, row + first * channels, (end - first) * channels);
    return eo_fill_zeros_s16(to, (x + p->kernel_width - end) * channels);
}

/* The window of one output pixel as a column of 4 * words values, zeros at its end. */
static inline void eo_gather_patch_s16(const struct eo_conv2d_layer_s16_params *p, const int16_t *image, int32_t out_y,
                                       int32_t out_x, int16_t *patch) {
    const int32_t pitch = p->in_width * p->group_in_channels * p->groups;
    const int32_t x = out_x * p->stride_width - p->pad_left;
    int32_t y = out_y * p->stride_height - p->pad_top;
    int16_t *to = patch;
    for (int32_t tap = 0; tap < p->kernel_height; tap++, y += p->dilation_height) {
        if (y >= 0 && y < p->in_height) {
            to = eo_gather_row_s16(p, image + y * pitch, x, to);
        } else {
            to = eo_fill_zeros_s16(to, p->kernel_width * p->group_in_channels);
        }
    }
    (void)eo_fill_zeros_s16(to, (int32_t)(patch + 4 * p->words - to));
}

/* One group of channels of one image. */
static inline void eo_convolve_s16(const struct eo_conv2d_layer_s16_params *p, const struct eo_matmul_s16 *matmul,
                                   const int16_t *image, int16_t *out, void *scratch, int bits) {
    int16_t *const patch0 = (int16_t *)scratch;
    int16_t *const patch1 = patch0 + 4 * p->words;
    const int32_t out_channels = p->group_out_channels * p->groups;
    int32_t y = 0, x = 0;
    for (int32_t left = p->out_height * p->out_width; left > 0; left -= 2) {
        const int16_t *partner = patch0; /* an odd last pixel is computed twice */
        int16_t *const out0 = out;
        eo_gather_patch_s16(p, image, y, x, patch0);
        if (++x == p->out_width) {
            x = 0;
            y++;
        }
        if (left > 1) {
            eo_gather_patch_s16(p, image, y, x, patch1);
            partner = patch1;
            out += out_channels;
            if (++x == p->out_width) {
                x = 0;
                y++;
            }
        }
        eo_matmul_any_s16_2px(matmul, patch0, partner, out0, out, bits);
        out += out_channels;
    }
}

EO_BODY void eo_conv2d_layer_s16(const struct eo_conv2d_layer_s16_params *p, const int16_t *in, int16_t *out,
                                 void *scratch, int bits) {
    const int32_t in_size = p->in_height * p->in_width * p->group_in_channels * p->groups;
    const int32_t out_size = p->out_height * p->out_width * p->group_out_channels * p->groups;
    const int32_t padded_channels = (p->group_out_channels + 1) / 2 * 2;
    for (int32_t group = 0; group < p->groups; group++) {
        const int32_t first = group * padded_channels;
        const struct eo_matmul_s16 matmul = {p->weights + eo_weight_words_s16(first * p->words, bits),
                                             p->bias == NULL ? NULL : p->bias + first,
                                             p->wide_bias == NULL ? NULL : p->wide_bias + first,
                                             p->multiplier + first,
                                             p->shift + first,
                                             p->group_out_channels,
                                             p->words,
                                             p->part_words,
                                             p->clamp_low,
                                             p->clamp_high};
        for (int32_t batch = 0; batch < p->batches; batch++) {
            const int16_t *const image = in + batch * in_size + group * p->group_in_channels;
            eo_convolve_s16(p, &matmul, image, out + batch * out_size + group * p->group_out_channels, scratch, bits);
        }
    }
    if (bits == 16) {
        eo_clamp_all_s16(out, p->batches * out_size, p->clamp_low, p->clamp_high);
    }
}

#endif
