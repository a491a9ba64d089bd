#include "eo_binary_conv2d.h"

void eo_binary_conv2d(const struct eo_binary_conv2d_params *p, const int32_t *in, int32_t *out, void *scratch) {
    eo_binary_conv2d_layer(p, in, out, scratch, 0);
}
