#include "eo_dense_w16_s16.h"

void eo_dense_w16_s16(const struct eo_dense_w16_s16_params *p, const int16_t *in, int16_t *out) {
    eo_dense_layer_s16(p, in, out, 16);
}
