#include "eo_binary_weight_conv2d_s8.h"

void eo_binary_weight_conv2d_s8(const struct eo_binary_weight_conv2d_s8_params *p, const int8_t *in, int8_t *out,
                                void *scratch) {
    eo_binary_weight_scaled_layer(p, in, out, scratch, 1);
}
