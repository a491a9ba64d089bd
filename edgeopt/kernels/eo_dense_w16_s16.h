/* eo_dense_w16_s16 -- eo_dense_s16 with weights of 16 bits, -16383..16383: eo_dot_w16_s16.h. */
#ifndef EO_DENSE_W16_S16_H
#define EO_DENSE_W16_S16_H

#include "eo_dense_layer_s16.h"

#define eo_dense_w16_s16_params eo_dense_layer_s16_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_w16_s16(const struct eo_dense_w16_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
