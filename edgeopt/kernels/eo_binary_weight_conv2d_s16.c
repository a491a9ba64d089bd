#include "eo_binary_weight_conv2d_s16.h"

void eo_binary_weight_conv2d_s16(const struct eo_binary_weight_conv2d_s16_params *p, const int8_t *in, int16_t *out,
                                 void *scratch) {
    eo_binary_weight_scaled_layer(p, in, out, scratch, 2);
}
