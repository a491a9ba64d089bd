/* eo_bits_scale.h -- from counts of bits to numbers of 16 or 8 bits, by a line a channel.
 *   scale  [5] d_low 0..d_high, d_high, shift 0..31, low and high of the output */
#ifndef EO_BITS_SCALE_H
#define EO_BITS_SCALE_H

#include "eo_bits.h"

/* clamp((clamp(count << doubling) * multiplier + bias) >> shift) of one channel or more; no sum leaves int32.
 * `step` words lie between two lines. Not in its caller's loops, for want of registers. */
static EO_OUT_OF_LINE void eo_bits_scale_counts(const int32_t *scale, const uint32_t *line, int32_t step,
                                                const uint32_t *counts, int32_t channels, int doubling, void *out,
                                                int32_t bytes) {
    const int32_t d_low = scale[0], d_high = scale[1], shift = scale[2], low = scale[3], high = scale[4];
    const uint32_t *const end = counts + channels;
    do {
        int32_t d = (int32_t)(*counts++ << doubling), y;
        d = d < d_high ? d : d_high;
        d = d > d_low ? d : d_low;
        y = (d * (int32_t)line[0] + (int32_t)line[1]) >> shift;
        y = y < high ? y : high;
        y = y > low ? y : low;
        if (bytes == 2) {
            int16_t *const to = (int16_t *)out;
            *to = (int16_t)y;
            out = to + 1;
        } else {
            int8_t *const to = (int8_t *)out;
            *to = (int8_t)y;
            out = to + 1;
        }
        line += step;
    } while (counts != end);
}

/* Of `channels` 1..32 channels, writes clamp((clamp(d) * multiplier + bias) >> shift) and returns what is behind it.
 *   stream  [channels][3 * triples + singles + 2]: transformed weights, multiplier, bias
 *   patch   what is counted; so is `other`, and d is the sum of both counts: the same patch, or where padding counts
 *           nothing the other one of eo_bits_window.h
 *   bytes   a number's size: 2 or 1 */
EO_BODY void *eo_bits_scaled(const uint32_t *stream, const struct eo_bits_patch *patch,
                             const struct eo_bits_patch *other, int32_t channels, const int32_t *scale, void *out,
                             int32_t bytes) {
    const int32_t words = 3 * patch->triples + patch->singles;
    uint32_t counts[64];
    int doubling = 1;
    eo_bits_count(stream, patch, channels, 2, counts);
    if (other != patch) {
        eo_bits_count(stream, other, channels, 2, counts + 32);
        for (int32_t i = 0; i < channels; i++) {
            counts[i] += counts[32 + i];
        }
        doubling = 0;
    }
    eo_bits_scale_counts(scale, stream + words, words + 2, counts, channels, doubling, out, bytes);
    return (int8_t *)out + channels * bytes;
}

#endif
