/* eo_dense_lanes_s8 -- fully connected layer of eight output channels at least, in 16-bit lanes, eight at a time.
 *   out[b][o] = clamp(requant(bias[o] + sum_i weights[o][i] * (in[b][i] - in_zero_point)) + out_zero_point)
 *
 * The lanes, the stream and its two kinds of constants are those of eo_lanes.h, but for blocks of eight channels: the
 * biases of all, their words in turn, then the constants of one after the other. Where out_channels is no multiple of
 * eight, the last block is that of the last eight channels.
 *   in       [batches][in_channels] int8, raw q
 *   out      [batches][out_channels] int8, may not overlap `in`
 *   scratch  8 * ceil(in_channels / 4) bytes, aligned to 4 */
#ifndef EO_DENSE_LANES_S8_H
#define EO_DENSE_LANES_S8_H

#include "eo_arch.h"

struct eo_dense_lanes_s8_params {
    const uint32_t *stream;
    int32_t plain; /* whether the stream is that of a plain layer */
    int32_t batches;
    int32_t in_channels;
    int32_t out_channels; /* >= 8 */
    int32_t clamp_low;    /* -128..127 */
    int32_t clamp_high;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_dense_lanes_s8(const struct eo_dense_lanes_s8_params *p, const int8_t *in, int8_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
