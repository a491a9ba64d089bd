#include "eo_binary_conv2d_x4_s16.h"

void eo_binary_conv2d_x4_s16(const struct eo_binary_conv2d_x4_s16_params *p, const int32_t *in, int16_t *out,
                             void *scratch) {
    eo_binary_conv2d_x4_scaled_layer(p, in, out, scratch, 2);
}
