/* eo_lanes.h -- matrix products of three columns of int8 with any number of channels, in 16-bit lanes.
 *
 * A word of weights holds four, w0..w3, as the lanes 256 w0 + w1 and 256 w2 + w3 (edgeopt/ops/_lanes.py). Four inputs
 * q0..q3 of a column are two words:
 *     even   lanes q0 + 128, q2 + 128
 *     odd    lanes 256 q1 + 255, 256 q3 + 255, less those of even: the bytes with 0x007f007f turned over
 * and the accumulators are sums of word * even + (w1, w3) * odd: 256 times the true ones, as all else is in the bias.
 * They requantize with one rounding (edgeopt/ops/_one_rounding.py). Three columns by two channels fill the registers.
 *
 * The stream of a layer, in the order of reading, for each pair of channels (a, b):
 *     bias a, bias b;  words of a and b in turn;  then, where the layer is plain,
 *     multiplier a, addend a, multiplier b, addend b                  out = saturate((high + addend) >> EO_LANES_SHIFT)
 *     or else
 *     multiplier, addend, tie, shift of a, then of b                   out = saturate((high + addend - tie) >> shift)
 * where high is that of accumulator and multiplier, and the tie counts for negative accumulators only. */
#ifndef EO_LANES_H
#define EO_LANES_H

#include "eo_arch.h"

#define EO_LANES_SHIFT 12

#ifdef __cplusplus
extern "C" {
#endif

/* Prepares 4 * words bytes of three columns, words >= 1: of each four inputs even of the columns 0, 1, 2, then odd.
 * Returns the end of what it wrote, 6 * words words. */
uint32_t *eo_lanes_columns(uint32_t *to, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t words);

/* Output channels of three columns, pair by pair until `out` is `end`.
 *   columns  [words][6] as eo_lanes_columns writes them
 *   stream   of the first pair
 *   out      int8 of column 0; of column 1 at `out + step`, of column 2 at `out + 2 * step`
 *   plain    whether the stream is that of a plain layer */
void eo_lanes_channels(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step, int32_t words,
                       const int8_t *end, int32_t plain);

#ifdef __cplusplus
}
#endif

/* All output channels of three columns; the last pair overlaps the one before where their number, >= 2, is odd. */
static inline void eo_lanes_pixels(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step,
                                   int32_t words, int32_t channels, int32_t plain) {
    const int32_t even = channels & ~1;
    eo_lanes_channels(columns, stream, out, step, words, out + even, plain);
    if (even != channels) {
        const int32_t pair = 2 * words + (plain ? 6 : 10);
        eo_lanes_channels(columns, stream + even / 2 * pair, out + channels - 2, step, words, out + channels, plain);
    }
}

#endif
