#include "eo_binary_conv2d_x4.h"

static inline int eo_binary_read_x4(const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x,
                                    uint32_t *to) {
    const int is_padded = eo_bits_read(window, image, y, x, to);
    eo_bits_x4_spread(to, (3 * window->triples + window->singles) << is_padded);
    return is_padded;
}

static inline uint32_t eo_binary_fire_x4(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels,
                                         int is_padded, const uint32_t *odd) {
    const int32_t vectors = (channels + 3) / 4;
    const uint32_t *const weights = stream + 4 * vectors;
    uint32_t sums[32];
    (void)odd;
    if (is_padded) {
        const int32_t words = 3 * patch->triples + patch->singles;
        const struct eo_bits_patch other = {patch->words + 4 * words, patch->triples, patch->singles};
        eo_bits_x4_sum(weights, patch, vectors, -1, stream, sums);
        eo_bits_x4_sum(weights, &other, vectors, -1, sums, sums);
    } else {
        eo_bits_x4_sum(weights, patch, vectors, -2, stream, sums);
    }
    return eo_bits_x4_signs(sums, vectors);
}

void eo_binary_conv2d_x4(const struct eo_binary_conv2d_x4_params *p, const int32_t *in, int32_t *out, void *scratch) {
    eo_binary_conv2d_layer(p, in, out, scratch, eo_binary_read_x4, eo_binary_fire_x4);
}
