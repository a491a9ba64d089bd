#include "eo_conv2d_1x1_w4_s8.h"

void eo_conv2d_1x1_w4_s8(const struct eo_conv2d_1x1_w4_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    eo_conv2d_1x1_layer_s8(p, in, out, scratch, 4);
}
