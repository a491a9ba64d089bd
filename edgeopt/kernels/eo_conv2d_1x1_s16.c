#include "eo_conv2d_1x1_s16.h"
#include "eo_matmul_s16.h"

void eo_conv2d_1x1_s16(const struct eo_conv2d_1x1_s16_params *p, const int16_t *in, int16_t *out) {
    const struct eo_matmul_s16 matmul = {p->weights,      p->bias,  p->wide_bias, p->multiplier, p->shift,
                                         p->out_channels, p->words, p->clamp_low, p->clamp_high};
    for (int32_t row = 0; row < p->rows; row++) {
        const int16_t *from = in + row * p->row_step;
        for (int32_t left = p->cols; left > 0; left -= 2) {
            const int32_t second = left > 1 ? 1 : 0; /* an odd last pixel is computed twice */
            const int16_t *const partner = from + second * p->col_step;
            eo_matmul_s16_2px(&matmul, from, partner, out, out + second * p->out_channels);
            from = partner + p->col_step;
            out += (1 + second) * p->out_channels;
        }
    }
}
