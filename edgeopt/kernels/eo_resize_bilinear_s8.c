#include "eo_resize_bilinear_s8.h"
#include "eo_requant.h"

/* A row of the output from the rows above and below it. */
static int8_t *resize_row(const struct eo_resize_bilinear_s8_params *p, const int8_t *above, const int8_t *below,
                          int32_t down, int8_t *out) {
    const int32_t up = 1024 - down;
    const int32_t *cols = p->cols;
    for (int32_t x = 0; x < p->out_width; x++, cols += 2) {
        const int32_t right = p->col_weights[x], left = 1024 - right;
        const int32_t w00 = up * left, w01 = up * right, w10 = down * left, w11 = down * right;
        const int8_t *const a = above + cols[0], *const b = above + cols[1];
        const int8_t *const c = below + cols[0], *const d = below + cols[1];
        for (int32_t i = 0; i < p->channels; i++) {
            const int32_t sum = a[i] * w00 + b[i] * w01 + c[i] * w10 + d[i] * w11;
            *out++ = (int8_t)eo_rounding_shift_right(sum, 20);
        }
    }
    return out;
}

void eo_resize_bilinear_s8(const struct eo_resize_bilinear_s8_params *p, const int8_t *in, int8_t *out) {
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_size) {
        for (int32_t y = 0; y < p->out_height; y++) {
            out = resize_row(p, in + p->rows[2 * y], in + p->rows[2 * y + 1], p->row_weights[y], out);
        }
    }
}
