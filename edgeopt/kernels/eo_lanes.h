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
 *     the first word of a, of b;  bias a, bias b;  the other words of a and b in turn;  then, where the layer is plain,
 *     multiplier a, addend a, multiplier b, addend b                  out = saturate((high + addend) >> EO_LANES_SHIFT)
 *     or else
 *     multiplier, addend, tie, shift of a, then of b                   out = saturate((high + addend - tie) >> shift)
 * where high is that of accumulator and multiplier, and the tie counts for negative accumulators only. */
#ifndef EO_LANES_H
#define EO_LANES_H

#include "eo_lanes_requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Prepares rows of 4 * words bytes, words >= 1, of three columns, a row `gap` bytes behind the end of the one before:
 * of each four inputs even of the columns 0, 1, 2, then odd. `end` is the end of what that writes, 6 words for each
 * word of a column; it returns it. */
uint32_t *eo_lanes_columns(uint32_t *to, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t words,
                           int32_t gap, const uint32_t *end);

/* The same of three rows of nine bytes, `pitch` bytes apart: two words of each row, then one of what is left of all
 * three and a zero. */
void eo_lanes_columns_3x9(uint32_t *to, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t pitch);

/* `channels` output channels, an even number, of threes of columns.
 *   columns  [threes][words][6] as eo_lanes_columns writes them
 *   stream   of the first pair
 *   out      int8 of the first column; of the next at `out + step`, and so on
 *   plain    whether the stream is that of a plain layer */
void eo_lanes_channels(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step, int32_t words,
                       int32_t threes, int32_t channels, int32_t plain);

#ifdef __cplusplus
}
#endif

/* All output channels; the last pair overlaps the one before where their number, >= 2, is odd. */
static inline void eo_lanes_pixels(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step,
                                   int32_t words, int32_t threes, int32_t channels, int32_t plain) {
    const int32_t even = channels & ~1;
    eo_lanes_channels(columns, stream, out, step, words, threes, even, plain);
    if (even != channels) {
        const uint32_t *const last = stream + even / 2 * (2 * words + (plain ? 6 : 10));
        eo_lanes_channels(columns, last, out + channels - 2, step, words, threes, 2, plain);
    }
}

#endif
