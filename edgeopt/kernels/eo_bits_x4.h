/* eo_bits_x4.h -- the dot products of eo_bits.h for four channels at once, which Helium has in the lanes of a vector.
 *
 * The words under a window are taken in pieces: eighteen as long as there are so many, then nine if there are, then
 * what is left. The stream of some vectors has, piece by piece, each vector's words of the piece, and of each word the
 * four lanes: the same word of four channels' transformed weights. A patch has each of its transformed words four
 * times. */
#ifndef EO_BITS_X4_H
#define EO_BITS_X4_H

#include "eo_bits.h"

#ifdef __cplusplus
extern "C" {
#endif

/* eo_bits_transform of `rows` rows, `pitch` words from one to the next, and each word four times.
 *   to  [rows][3 * triples + singles][4]; may be `from`, of one row */
void eo_bits_x4_transform(const uint32_t *from, uint32_t *to, int32_t triples, int32_t singles, int32_t rows,
                          int32_t pitch);

/* sums[i] = from[i] + factor * 65537 * n, modulo 2^32, for the 4 * vectors lanes of the stream, where n bits of the
 * lane's weights and of the patch differ; or to the same effect 65536 * n and something of 0..n times the factor.
 * `from` is [vectors][4] and may be `sums`. */
void eo_bits_x4_sum(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t vectors, int32_t factor,
                    const uint32_t *from, uint32_t *sums);

/* sums [vectors][4] = 0 */
void eo_bits_x4_clear(uint32_t *sums, int32_t vectors);

/* The upper bits of sums [vectors][4] as one word: that of vector n, lane j becomes bit vectors * j + n. 1..8 vectors.
 */
uint32_t eo_bits_x4_signs(const uint32_t *sums, int32_t vectors);

/* out[i] = clamp((min(max(d, d_low), d_high) * multiplier + bias) >> shift) for sums [channels], whose upper halves are
 * their d; no product or sum leaves int32.
 *   lines  [vectors][2][4] multipliers, biases
 *   scale  d_low, d_high, shift, low and high of the output
 *   bytes  a number's size: 2 or 1 */
void eo_bits_x4_scaled(const uint32_t *sums, const uint32_t *lines, int32_t channels, const int32_t *scale, void *out,
                       int bytes);

#ifdef __cplusplus
}
#endif

#endif
