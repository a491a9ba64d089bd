/* eo_binary_dense_s8 -- eo_binary_dense_s16 with an output of int8.
 *   scratch  4 * words bytes, aligned to 4. */
#ifndef EO_BINARY_DENSE_S8_H
#define EO_BINARY_DENSE_S8_H

#include "eo_binary_dense_scaled_layer.h"

#define eo_binary_dense_s8_params eo_binary_dense_scaled_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_dense_s8(const struct eo_binary_dense_s8_params *p, const int32_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
