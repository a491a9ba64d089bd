#include "eo_binary_conv2d_zeros.h"

/* eo_bits_fire where padding counts nothing, with two patches: see eo_bits_window.h. */
static inline uint32_t eo_binary_fire_zeros(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels,
                                            int is_padded, const uint32_t *odd) {
    const int32_t words = 3 * patch->triples + patch->singles;
    const struct eo_bits_patch other = {patch->words + words, patch->triples, patch->singles};
    uint32_t counts[64], bits = 0;
    if (!is_padded) {
        return eo_bits_fire(stream, patch, channels);
    }
    eo_bits_count(stream, patch, channels, 1, counts);
    eo_bits_count(stream, &other, channels, 1, counts + 32);
    for (int32_t i = 0; i < channels; i++, stream += words + 1) {
        const uint32_t d = counts[i] + counts[32 + i];
        bits = 2 * bits + (d + ((*odd >> (channels - 1 - i)) & 1u) >= 2 * stream[words]);
    }
    return bits;
}

void eo_binary_conv2d_zeros(const struct eo_binary_conv2d_zeros_params *p, const int32_t *in, int32_t *out,
                            void *scratch) {
    eo_binary_conv2d_layer(p, in, out, scratch, eo_bits_read, eo_binary_fire_zeros);
}
