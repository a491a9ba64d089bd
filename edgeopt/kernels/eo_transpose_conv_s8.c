#include "eo_transpose_conv_s8.h"
#include "eo_conv2d_layer_s8.h"

/* The pixels of one pair of phases in one image, two at a time; `out` is the first of them. */
static void phase(const struct eo_transpose_conv_s8_params *p, const struct eo_conv2d_layer_s8_params *conv,
                  const struct eo_matmul_s8 *matmul, const int8_t *image, int8_t *out, void *scratch) {
    int8_t *const patch0 = (int8_t *)scratch;
    int8_t *const patch1 = patch0 + 4 * conv->words;
    uint32_t *const lanes = (uint32_t *)scratch + 2 * conv->words;
    const int32_t col_step = p->col_phase_count * p->out_channels;
    const int32_t row_step = p->row_phase_count * p->out_width * p->out_channels;
    for (int32_t y = 0; y < conv->out_height; y++, out += row_step) {
        int8_t *to = out;
        for (int32_t x = 0; x < conv->out_width; x += 2, to += 2 * col_step) {
            const int both = x + 1 < conv->out_width; /* an odd last pixel is computed twice */
            eo_gather_patch(conv, image, y, x, patch0);
            if (both) {
                eo_gather_patch(conv, image, y, x + 1, patch1);
            }
            const int8_t *const partner = both ? patch1 : patch0;
            eo_matmul_s8_2px(matmul, eo_make_columns(lanes, patch0, partner, conv->words), to,
                             both ? to + col_step : to);
        }
    }
}

/* Words of a patch of so many pixels; one, of zeros, where there is none. */
static int32_t words_of(int32_t pixels, int32_t channels) {
    return pixels > 0 ? (pixels * channels + 3) / 4 : 1;
}

void eo_transpose_conv_s8(const struct eo_transpose_conv_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    const int32_t in_size = p->in_height * p->in_width * p->in_channels;
    const int32_t out_size = p->out_height * p->out_width * p->out_channels;
    struct eo_matmul_s8 matmul = {p->weights, p->bias, p->multiplier, p->shift, p->out_channels, 1, p->out_zero_point};
    for (int32_t row = 0; row < p->row_phase_count; row++) {
        for (int32_t col = 0; col < p->col_phase_count; col++) {
            struct eo_conv2d_layer_s8_params conv; /* as far as gathering goes */
            __builtin_memset(&conv, 0, sizeof conv);
            conv.kernel_height = p->row_phases[2 * row];
            conv.kernel_width = p->col_phases[2 * col];
            conv.pad_top = p->row_phases[2 * row + 1];
            conv.pad_left = p->col_phases[2 * col + 1];
            conv.words = words_of(conv.kernel_height * conv.kernel_width, p->in_channels);
            conv.groups = 1;
            conv.in_height = p->in_height;
            conv.in_width = p->in_width;
            conv.group_in_channels = p->in_channels;
            conv.out_height = (p->out_height - row + p->row_phase_count - 1) / p->row_phase_count;
            conv.out_width = (p->out_width - col + p->col_phase_count - 1) / p->col_phase_count;
            conv.stride_height = conv.stride_width = 1;
            conv.dilation_height = conv.dilation_width = 1;
            conv.in_zero_point = p->in_zero_point;
            matmul.words = conv.words;
            int8_t *const first = out + (row * p->out_width + col) * p->out_channels;
            for (int32_t batch = 0; batch < p->batches; batch++) {
                phase(p, &conv, &matmul, in + batch * in_size, first + batch * out_size, scratch);
            }
            matmul.weights += (p->out_channels + 1) / 2 * 2 * conv.words;
            matmul.bias += (p->out_channels + 1) / 2 * 2;
        }
    }
    eo_clamp_all(out, p->batches * out_size, p->clamp_low, p->clamp_high);
}
