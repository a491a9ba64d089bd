/* eo_conv2d_1x1_lanes_s8 -- eo_conv2d_1x1_s8 by 16-bit lanes, three pixels by two channels at a time: eo_lanes.h.
 *   in       `pixels` pixels of in_channels bytes, raw q: `cols` in a row, col_step bytes apart, then the next row
 *   out      [pixels][out_channels] int8, may not overlap `in`; out_channels >= 2
 *   scratch  (24 * threes + 12) * ceil(in_channels / 4) bytes, aligned to 4; the 12 only where in_channels is no
 * multiple of 4 */
#ifndef EO_CONV2D_1X1_LANES_S8_H
#define EO_CONV2D_1X1_LANES_S8_H

#include "eo_lanes.h"
#include "eo_requant.h"

struct eo_conv2d_1x1_lanes_s8_params {
    const uint32_t *stream; /* eo_lanes.h */
    int32_t plain;          /* whether the stream is that of a plain layer */
    int32_t threes;         /* of pixels that are done at a time; 1 unless all pixels are one behind the other */
    int32_t in_channels;
    int32_t out_channels;
    int32_t pixels;    /* of the output, >= 1 */
    int32_t cols;      /* of them in a row; all where the rows are not told apart */
    int32_t col_step;  /* bytes of `in` from a pixel to the next */
    int32_t row_step;  /* bytes of `in` from the last pixel of a row to the first of the next */
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_1x1_lanes_s8(const struct eo_conv2d_1x1_lanes_s8_params *p, const int8_t *in, int8_t *out,
                            void *scratch);
#ifdef __cplusplus
}
#endif

#endif
