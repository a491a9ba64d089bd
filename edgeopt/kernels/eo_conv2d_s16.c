#include "eo_conv2d_s16.h"

void eo_conv2d_s16(const struct eo_conv2d_s16_params *p, const int16_t *in, int16_t *out, void *scratch) {
    eo_conv2d_layer_s16(p, in, out, scratch, 8);
}
