/* eo_binary_conv2d_x4_s16 -- eo_binary_conv2d_s16, with a d of at most 32,766, by four channels at once: eo_bits_x4.h.
 *   stream   [vectors][2][4] multipliers and biases, then the vectors' weights; vector n has channels 4 n to 4 n + 3
 *   scratch  16 * vectors + 16 * words bytes, with pad_mask 16 * words more, aligned to 4. */
#ifndef EO_BINARY_CONV2D_X4_S16_H
#define EO_BINARY_CONV2D_X4_S16_H

#include "eo_binary_conv2d_x4_scaled_layer.h"

#define eo_binary_conv2d_x4_s16_params eo_bits_window_params

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_conv2d_x4_s16(const struct eo_binary_conv2d_x4_s16_params *p, const int32_t *in, int16_t *out,
                             void *scratch);
#ifdef __cplusplus
}
#endif

#endif
