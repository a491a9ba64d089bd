#include "eo_depthwise_conv2d_any_s8.h"

void eo_depthwise_conv2d_any_s8(const struct eo_depthwise_conv2d_any_s8_params *p, const int8_t *in, int8_t *out) {
    eo_depthwise_any_layer_s8(p, in, out, 8);
}
