#include "eo_conv2d_s16.h"
#include "eo_matmul_s16.h"

static inline int16_t *copy_values(int16_t *to, const int16_t *from, int32_t count) {
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

static inline int16_t *fill_zeros(int16_t *to, int32_t count) {
    for (; count > 0; count--) {
        *to++ = 0;
    }
    return to;
}

/* `kernel_width` pixels in a row of the image, the first at column x, `dilation_width` apart; zeros outside. */
static inline int16_t *gather_row(const struct eo_conv2d_s16_params *p, const int16_t *row, int32_t x, int16_t *to) {
    const int32_t channels = p->group_in_channels;
    if (p->dilation_width != 1 || p->groups != 1) {
        for (int32_t tap = 0; tap < p->kernel_width; tap++, x += p->dilation_width) {
            const int inside = x >= 0 && x < p->in_width;
            to = inside ? copy_values(to, row + x * channels * p->groups, channels) : fill_zeros(to, channels);
        }
        return to;
    }
    const int32_t first = x < 0 ? 0 : x;
    int32_t end = x + p->kernel_width;
    end = end > p->in_width ? p->in_width : end;
    if (first >= end) {
        return fill_zeros(to, p->kernel_width * channels);
    }
    to = fill_zeros(to, (first - x) * channels);
    to = copy_values(to, row + first * channels, (end - first) * channels);
    return fill_zeros(to, (x + p->kernel_width - end) * channels);
}

/* The window of one output pixel as a column of 4 * words values, zeros at its end. */
static void gather_patch(const struct eo_conv2d_s16_params *p, const int16_t *image, int32_t out_y, int32_t out_x,
                         int16_t *patch) {
    const int32_t pitch = p->in_width * p->group_in_channels * p->groups;
    const int32_t x = out_x * p->stride_width - p->pad_left;
    int32_t y = out_y * p->stride_height - p->pad_top;
    int16_t *to = patch;
    for (int32_t tap = 0; tap < p->kernel_height; tap++, y += p->dilation_height) {
        if (y >= 0 && y < p->in_height) {
            to = gather_row(p, image + y * pitch, x, to);
        } else {
            to = fill_zeros(to, p->kernel_width * p->group_in_channels);
        }
    }
    (void)fill_zeros(to, (int32_t)(patch + 4 * p->words - to));
}

/* One group of channels of one image. */
static void convolve(const struct eo_conv2d_s16_params *p, const struct eo_matmul_s16 *matmul, const int16_t *image,
                     int16_t *out, void *scratch) {
    int16_t *const patch0 = (int16_t *)scratch;
    int16_t *const patch1 = patch0 + 4 * p->words;
    const int32_t out_channels = p->group_out_channels * p->groups;
    int32_t y = 0, x = 0;
    for (int32_t left = p->out_height * p->out_width; left > 0; left -= 2) {
        const int16_t *partner = patch0; /* an odd last pixel is computed twice */
        int16_t *const out0 = out;
        gather_patch(p, image, y, x, patch0);
        if (++x == p->out_width) {
            x = 0;
            y++;
        }
        if (left > 1) {
            gather_patch(p, image, y, x, patch1);
            partner = patch1;
            out += out_channels;
            if (++x == p->out_width) {
                x = 0;
                y++;
            }
        }
        eo_matmul_s16_2px(matmul, patch0, partner, out0, out);
        out += out_channels;
    }
}

void eo_conv2d_s16(const struct eo_conv2d_s16_params *p, const int16_t *in, int16_t *out, void *scratch) {
    const int32_t in_size = p->in_height * p->in_width * p->group_in_channels * p->groups;
    const int32_t out_size = p->out_height * p->out_width * p->group_out_channels * p->groups;
    const int32_t padded_channels = (p->group_out_channels + 1) / 2 * 2;
    for (int32_t group = 0; group < p->groups; group++) {
        const int32_t first = group * padded_channels;
        const struct eo_matmul_s16 matmul = {p->weights + first * p->words,
                                             p->bias == NULL ? NULL : p->bias + first,
                                             p->wide_bias == NULL ? NULL : p->wide_bias + first,
                                             p->multiplier + first,
                                             p->shift + first,
                                             p->group_out_channels,
                                             p->words,
                                             p->clamp_low,
                                             p->clamp_high};
        for (int32_t batch = 0; batch < p->batches; batch++) {
            const int16_t *const image = in + batch * in_size + group * p->group_in_channels;
            convolve(p, &matmul, image, out + batch * out_size + group * p->group_out_channels, scratch);
        }
    }
}
