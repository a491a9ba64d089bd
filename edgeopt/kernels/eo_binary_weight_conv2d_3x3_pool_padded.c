#include "eo_binary_weight_conv2d_3x3_pool_padded.h"
#include "eo_binary_weight_3x3_pool_layer.h"

void eo_binary_weight_conv2d_3x3_pool_padded(const struct eo_binary_weight_conv2d_3x3_pool_padded_params *p,
                                             const int8_t *in, int32_t *out, void *scratch) {
    eo_binary_weight_3x3_pool_layer(p, in, out, (uint32_t *)scratch, 1);
}
