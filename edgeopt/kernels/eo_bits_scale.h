/* eo_bits_scale.h -- from counts of bits to numbers of 16 or 8 bits, a line a channel. */
#ifndef EO_BITS_SCALE_H
#define EO_BITS_SCALE_H

#include "eo_bits.h"

struct eo_bits_scale {
    int32_t d_low; /* 0..d_high */
    int32_t d_high;
    int32_t shift; /* 0..31 */
    int32_t low;   /* of the output's type */
    int32_t high;
};

/* Of `channels` <= 32 channels, writes clamp((clamp(d) * multiplier + bias) >> shift) and returns what is behind it.
 *   stream  [channels][3 * triples + singles + 2]: transformed weights, multiplier, bias; no sum leaves int32
 *   patch   what is counted; `other` too, and d is the sum of both counts: the same patch, or where padding counts
 *           nothing the other one of eo_bits_window.h
 *   bytes   a number's size: 2 or 1 */
EO_BODY void *eo_bits_scaled(const uint32_t *stream, const struct eo_bits_patch *patch,
                             const struct eo_bits_patch *other, int32_t channels, const struct eo_bits_scale *scale,
                             void *out, int bytes) {
    const int32_t words = 3 * patch->triples + patch->singles;
    uint32_t counts[64];
    const uint32_t *more = counts;
    eo_bits_count(stream, patch, channels, 2, counts);
    if (other != patch) {
        more = counts + 32;
        eo_bits_count(stream, other, channels, 2, counts + 32);
    }
    for (int32_t i = 0; i < channels; i++, stream += words + 2) {
        int32_t d = (int32_t)(counts[i] + more[i]);
        d = d < scale->d_low ? scale->d_low : (d > scale->d_high ? scale->d_high : d);
        const int32_t sum = (int32_t)((uint32_t)d * stream[words] + stream[words + 1]);
        int32_t y = sum >> scale->shift;
        y = y < scale->low ? scale->low : (y > scale->high ? scale->high : y);
        if (bytes == 2) {
            ((int16_t *)out)[i] = (int16_t)y;
        } else {
            ((int8_t *)out)[i] = (int8_t)y;
        }
    }
    return (int8_t *)out + channels * bytes;
}

#endif
