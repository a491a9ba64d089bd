/* eo_conv2d_layer_s8.h -- what eo_conv2d_s8 and eo_conv2d_w4_s8 are: parameters, gathering, the loop over pixels. */
#ifndef EO_CONV2D_LAYER_S8_H
#define EO_CONV2D_LAYER_S8_H

#include "eo_matmul_s8.h"

struct eo_conv2d_layer_s8_params {
    const uint32_t *weights;   /* packed, [groups][ceil(group_out_channels / 2)][words][2]: eo_dot_s8.h */
    const int32_t *bias;       /* [groups * ceil(group_out_channels / 2)][2], minus in_zero_point * sum(weights) */
    const int32_t *multiplier; /* [groups * ceil(group_out_channels / 2)][2]: eo_requant.h */
    const int8_t *shift;       /* [groups * ceil(group_out_channels / 2)][2] codes: eo_requant.h */
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
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

static inline int8_t *eo_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        eo_store_word(to, eo_load_word(from));
    }
    if (count >= 2) {
        __builtin_memcpy(to, from, 2);
        to += 2;
        from += 2;
    }
    if (count & 1) {
        *to++ = *from;
    }
    return to;
}

static inline int8_t *eo_fill_bytes(int8_t *to, int32_t value, int32_t count) {
    for (; count > 0; count--) {
        *to++ = (int8_t)value;
    }
    return to;
}

/* `taps` pixels in a row of the image, the first at column x, `dilation` apart; what is outside is the zero point. */
static inline int8_t *eo_gather_row(const struct eo_conv2d_layer_s8_params *p, const int8_t *row, int32_t x,
                                    int8_t *to) {
    const int32_t channels = p->group_in_channels;
    if (p->dilation_width != 1 || p->groups != 1) {
        for (int32_t tap = 0; tap < p->kernel_width; tap++, x += p->dilation_width) {
            const int inside = x >= 0 && x < p->in_width;
            to = inside ? eo_copy_bytes(to, row + x * channels * p->groups, channels)
                        : eo_fill_bytes(to, p->in_zero_point, channels);
        }
        return to;
    }
    int32_t first = x < 0 ? 0 : x;
    int32_t end = x + p->kernel_width;
    end = end > p->in_width ? p->in_width : end;
    if (first >= end) {
        return eo_fill_bytes(to, p->in_zero_point, p->kernel_width * channels);
    }
    to = eo_fill_bytes(to, p->in_zero_point, (first - x) * channels);
    to = eo_copy_bytes(to, row + first * channels, (end - first) * channels);
    return eo_fill_bytes(to, p->in_zero_point, (x + p->kernel_width - end) * channels);
}

/* The window of one output pixel as a column of 4 * words bytes, zeros at its end. */
static inline void eo_gather_patch(const struct eo_conv2d_layer_s8_params *p, const int8_t *image, int32_t out_y,
                                   int32_t out_x, int8_t *patch) {
    const int32_t pitch = p->in_width * p->group_in_channels * p->groups;
    const int32_t x = out_x * p->stride_width - p->pad_left;
    int32_t y = out_y * p->stride_height - p->pad_top;
    int8_t *to = patch;
    for (int32_t tap = 0; tap < p->kernel_height; tap++, y += p->dilation_height) {
        if (y >= 0 && y < p->in_height) {
            to = eo_gather_row(p, image + y * pitch, x, to);
        } else {
            to = eo_fill_bytes(to, p->in_zero_point, p->kernel_width * p->group_in_channels);
        }
    }
    (void)eo_fill_bytes(to, 0, (int32_t)(patch + 4 * p->words - to));
}

/* One group of channels of one image. */
static inline void eo_convolve(const struct eo_conv2d_layer_s8_params *p, const struct eo_matmul_s8 *matmul,
                               const int8_t *image, int8_t *out, void *scratch, int bits) {
    int8_t *const patch0 = (int8_t *)scratch;
    int8_t *const patch1 = patch0 + 4 * p->words;
    uint32_t *const lanes = (uint32_t *)scratch + 2 * p->words;
    const int32_t out_channels = p->group_out_channels * p->groups;
    int32_t y = 0, x = 0;
    for (int32_t left = p->out_height * p->out_width; left > 0; left -= 2) {
        const int8_t *partner = patch0; /* an odd last pixel is computed twice */
        int8_t *const out0 = out;
        eo_gather_patch(p, image, y, x, patch0);
        if (++x == p->out_width) {
            x = 0;
            y++;
        }
        if (left > 1) {
            eo_gather_patch(p, image, y, x, patch1);
            partner = patch1;
            out += out_channels;
            if (++x == p->out_width) {
                x = 0;
                y++;
            }
        }
        eo_matmul_2px(matmul, eo_make_columns(lanes, patch0, partner, p->words), out0, out, bits);
        out += out_channels;
    }
}

EO_BODY void eo_conv2d_layer_s8(const struct eo_conv2d_layer_s8_params *p, const int8_t *in, int8_t *out, void *scratch,
                                int bits) {
    const int32_t in_size = p->in_height * p->in_width * p->group_in_channels * p->groups;
    const int32_t out_size = p->out_height * p->out_width * p->group_out_channels * p->groups;
    const int32_t padded_channels = (p->group_out_channels + 1) / 2 * 2;
    for (int32_t group = 0; group < p->groups; group++) {
        const int32_t first = group * padded_channels;
        const struct eo_matmul_s8 matmul = {p->weights + eo_packed_words(first * p->words, bits),
                                            p->bias + first,
                                            p->multiplier + first,
                                            p->shift + first,
                                            p->group_out_channels,
                                            p->words,
                                            p->out_zero_point};
        for (int32_t batch = 0; batch < p->batches; batch++) {
            const int8_t *const image = in + batch * in_size + group * p->group_in_channels;
            eo_convolve(p, &matmul, image, out + batch * out_size + group * p->group_out_channels, scratch, bits);
        }
    }
    eo_clamp_all(out, p->batches * out_size, p->clamp_low, p->clamp_high);
}

#endif
