/* eo_dense_w4_s8 -- eo_dense_s8 with weights of 4 bits, -8..7, two a byte: eo_dot_s8.h. */
#ifndef EO_DENSE_W4_S8_H
#define EO_DENSE_W4_S8_H

#include "eo_dense_layer_s8.h"

#define eo_dense_w4_s8_params eo_dense_layer_s8_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_w4_s8(const struct eo_dense_w4_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
