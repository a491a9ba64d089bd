/* eo_resize_bilinear_s8 -- an image at another size, each pixel from the four around its place, int8.
 *   out = round(((a (1024 - v) + c v) (1024 - h) + (b (1024 - v) + d v) h) / 2^20), halves away from zero,
 *         with a, b in the row above and c, d in the row below, v the weight of the latter, h of the columns b and d
 *   in    [batches][in_size] int8
 *   out   [batches][out_height][out_width][channels] int8; may not overlap `in`
 * Sums stay below 2^27. */
#ifndef EO_RESIZE_BILINEAR_S8_H
#define EO_RESIZE_BILINEAR_S8_H

#include "eo_arch.h"

struct eo_resize_bilinear_s8_params {
    int32_t batches;
    int32_t channels;
    int32_t in_size; /* elements of an image */
    int32_t out_height;
    int32_t out_width;
    const int32_t *rows;        /* [out_height][2]: where in the image the rows above and below begin */
    const int16_t *row_weights; /* [out_height]: of the row below, 0..1023 */
    const int32_t *cols;        /* [out_width][2]: where in a row the pixels to the left and right begin */
    const int16_t *col_weights; /* [out_width]: of the pixel to the right, 0..1023 */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_resize_bilinear_s8(const struct eo_resize_bilinear_s8_params *p, const int8_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
