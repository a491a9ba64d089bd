/* eo_conv2d_lanes_s8 -- eo_conv2d_s8 by 16-bit lanes, three windows by two channels at a time: eo_lanes.h.
 *   in       [batches][in_height][in_width][in_channels] int8, raw q
 *   out      [batches][out_height][out_width][out_channels] int8, may not overlap `in`; out_channels >= 2
 *   scratch  24 * threes * words + 12 * window_words + 12 * tail_words bytes, aligned to 4: three columns; three
 * windows that are not all inside of the image; what is left of rows of three windows No groups, no dilation. The
 * inputs of a channel in the stream, and of a column: row by row as many as are whole words; then what is left of each
 * row, one behind the other, and zeros. */
#ifndef EO_CONV2D_LANES_S8_H
#define EO_CONV2D_LANES_S8_H

#include "eo_lanes.h"
#include "eo_requant.h"

struct eo_conv2d_lanes_s8_params {
    const uint32_t *stream; /* eo_lanes.h */
    int32_t plain;          /* whether the stream is that of a plain layer */
    int32_t threes;         /* of windows that are done at a time */
    int32_t words;          /* of a column */
    int32_t row_words;      /* of them, those of a row: floor(kernel_width * in_channels / 4) */
    int32_t window_words;   /* ceil(kernel_height * kernel_width * in_channels / 4) */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t out_height;
    int32_t out_width;
    int32_t out_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t in_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_conv2d_lanes_s8(const struct eo_conv2d_lanes_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
