#include "eo_binary_dense_s16.h"

void eo_binary_dense_s16(const struct eo_binary_dense_s16_params *p, const int32_t *in, int16_t *out, void *scratch) {
    eo_binary_dense_scaled_layer(p, in, out, scratch, 2);
}
