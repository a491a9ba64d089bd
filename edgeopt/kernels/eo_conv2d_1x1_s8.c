#include "eo_conv2d_1x1_s8.h"
#include "eo_matmul_s8.h"

void eo_conv2d_1x1_s8(const struct eo_conv2d_1x1_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    const struct eo_matmul_s8 matmul = {p->weights,      p->bias,  p->multiplier,    p->shift,
                                        p->out_channels, p->words, p->out_zero_point};
    int8_t *to = out;
    for (int32_t row = 0; row < p->rows; row++) {
        const int8_t *from = in + row * p->row_step;
        for (int32_t left = p->cols; left > 0; left -= 2) {
            const int32_t second = left > 1 ? 1 : 0; /* an odd last pixel is computed twice */
            const int8_t *const partner = from + second * p->col_step;
            const eo_columns columns = eo_make_columns((uint32_t *)scratch, from, partner, p->words);
            eo_matmul_s8_2px(&matmul, columns, to, to + second * p->out_channels);
            from = partner + p->col_step;
            to += (1 + second) * p->out_channels;
        }
    }
    eo_clamp_all(out, (int32_t)(to - out), p->clamp_low, p->clamp_high);
}
