/* eo_svdf_s8 -- SVDF, int8, with a history of int8: see eo_svdf_layer.h. */
#ifndef EO_SVDF_S8_H
#define EO_SVDF_S8_H

#include "eo_svdf_layer.h"

#define eo_svdf_s8_params eo_svdf_layer_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_svdf_s8(const struct eo_svdf_s8_params *p, const int8_t *in, int8_t *state, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
