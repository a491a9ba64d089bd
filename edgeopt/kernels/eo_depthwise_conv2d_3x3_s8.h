/* eo_depthwise_conv2d_3x3_s8 -- depthwise convolution 3x3, int8, one output channel an input channel, stride 1 or 2.
 *   out[y][x][c] = clamp(requant(bias[c] + sum_{i,j} weights[i][j][c] * (in[y s + i - pad][x s + j - pad][c]
 *                                - in_zero_point)) + out_zero_point), over the taps that are inside
 * `rows` and `cols` are the height and the width, or, with weights transposed, the width and the height: whatever is
 * faster; so the input and the output come with the distances of rows and columns.
 *   in       [batches] images of in_size bytes, int8, any number of channels
 *   out      [batches] images of out_size bytes, int8. May be `in`: bands of rows of four channels are read as a whole
 *            before they are written, and no pixel of the output may lie on one of the input in a later band
 *   scratch  tiles * ((stride * (band_rows - 1) + 3) * 256 + 88) + 28 bytes, aligned to 4: eo_depthwise_3x3.h */
#ifndef EO_DEPTHWISE_CONV2D_3X3_S8_H
#define EO_DEPTHWISE_CONV2D_3X3_S8_H

#include <stdint.h>

struct eo_depthwise_conv2d_3x3_s8_params {
    const uint32_t *constants; /* [channels][6]: eo_depthwise_3x3.h */
    int32_t batches;
    int32_t channels;
    int32_t stride; /* 1 or 2 */
    int32_t in_size;
    int32_t in_rows;
    int32_t in_cols;
    int32_t in_pitch; /* from a row to the next, bytes */
    int32_t in_step;  /* from a column to the next */
    int32_t out_size;
    int32_t out_rows;
    int32_t out_cols; /* >= 2 */
    int32_t out_pitch;
    int32_t out_step;
    int32_t pad_rows; /* before the first row, 0.. */
    int32_t pad_cols;
    int32_t band_rows; /* of the output: all, or an even number */
    int32_t tiles;
    int32_t tile_cols; /* of the output, in every tile but the last: even, <= 28 / stride; the last has 2 to 29 / stride
                          + stride - 1 */
    int32_t in_zero_point;
    int32_t out_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_depthwise_conv2d_3x3_s8(const struct eo_depthwise_conv2d_3x3_s8_params *p, const int8_t *in, int8_t *out,
                                void *scratch);
#ifdef __cplusplus
}
#endif

#endif
