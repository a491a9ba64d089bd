#include "eo_binary_conv2d_x4.h"

/* The bits of the convolution's pixel whose first tap is at (y, x), into `out`, or pooled with what is there. */
static inline void eo_binary_fire_x4(const struct eo_binary_conv2d_x4_params *p, const uint32_t *image, int32_t y,
                                     int32_t x, int is_first, uint32_t *out, uint32_t *scratch) {
    const int32_t vectors = (p->out_channels + 3) / 4;
    const uint32_t *sums = scratch, *const weights = p->stream + 4 * vectors, *any = p->any_mask;
    struct eo_bits_patch patch = {scratch + 4 * vectors, p->triples, p->singles};
    if (eo_bits_x4_read(p, image, y, x, scratch + 4 * vectors)) {
        eo_bits_x4_sum(weights, &patch, vectors, -1, p->stream, scratch);
        patch.words += 4 * (3 * p->triples + p->singles);
        eo_bits_x4_sum(weights, &patch, vectors, -1, scratch, scratch);
    } else {
        eo_bits_x4_sum(weights, &patch, vectors, -2, p->stream, scratch);
    }
    for (int32_t left = vectors; left > 0; left -= 8, sums += 32, out++) {
        uint32_t bits = eo_bits_x4_signs(sums, left < 8 ? left : 8);
        if (!is_first) {
            const uint32_t either = *out | bits;
            bits = (*out & bits) | (any == NULL ? 0 : *any++ & either);
        }
        *out = bits;
    }
}

void eo_binary_conv2d_x4(const struct eo_binary_conv2d_x4_params *p, const int32_t *in, int32_t *out, void *scratch) {
    const uint32_t *const image = (const uint32_t *)in + p->in_first;
    uint32_t *pixel = (uint32_t *)out + p->out_first;
    int32_t top = -p->pad_top;
    for (int32_t i = p->out_height; i > 0; i--, top += p->pool_height * p->stride_height) {
        int32_t left = -p->pad_left;
        for (int32_t j = p->out_width; j > 0; j--, left += p->pool_width * p->stride_width, pixel += p->out_pitch) {
            for (int32_t row = 0; row < p->pool_height; row++) {
                for (int32_t col = 0; col < p->pool_width; col++) {
                    eo_binary_fire_x4(p, image, top + row * p->stride_height, left + col * p->stride_width,
                                      (row | col) == 0, pixel, (uint32_t *)scratch);
                }
            }
        }
    }
}
