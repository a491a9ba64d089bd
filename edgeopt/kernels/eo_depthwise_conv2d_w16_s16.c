#include "eo_depthwise_conv2d_w16_s16.h"

void eo_depthwise_conv2d_w16_s16(const struct eo_depthwise_conv2d_w16_s16_params *p, const int16_t *in, int16_t *out) {
    eo_depthwise_layer_s16(p, in, out, 16);
}
