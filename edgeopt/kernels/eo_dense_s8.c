#include "eo_dense_s8.h"

void eo_dense_s8(const struct eo_dense_s8_params *p, const int8_t *in, int8_t *out) {
    eo_dense_layer_s8(p, in, out, 8);
}
