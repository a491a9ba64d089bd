#include "eo_conv2d_winograd_4x4_s8.h"
#include "eo_winograd_4x4.h"

void eo_conv2d_winograd_4x4_s8(const struct eo_conv2d_winograd_4x4_s8_params *p, const int8_t *in, int8_t *out,
                               void *scratch) {
    eo_winograd_layer(&eo_winograd_4x4, p, in, out, scratch);
}
