#include "eo_binary_conv2d.h"

static inline uint32_t eo_binary_fire_bits(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels,
                                           int is_padded, const uint32_t *odd) {
    (void)is_padded;
    (void)odd;
    return eo_bits_fire(stream, patch, channels);
}

void eo_binary_conv2d(const struct eo_binary_conv2d_params *p, const int32_t *in, int32_t *out, void *scratch) {
    eo_binary_conv2d_layer(p, in, out, scratch, eo_bits_read, eo_binary_fire_bits);
}
