#include "eo_binary_conv2d_x4_s8.h"

void eo_binary_conv2d_x4_s8(const struct eo_binary_conv2d_x4_s8_params *p, const int32_t *in, int8_t *out,
                            void *scratch) {
    eo_binary_conv2d_x4_scaled_layer(p, in, out, scratch, 1);
}
