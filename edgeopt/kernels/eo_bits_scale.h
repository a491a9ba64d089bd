/* eo_bits_scale.h -- from counts of bits to numbers of 16 or 8 bits, by a line a channel. */
#ifndef EO_BITS_SCALE_H
#define EO_BITS_SCALE_H

#include "eo_bits.h"
#include "eo_requant.h"

struct eo_bits_scale {
    int32_t d_low; /* 0..d_high */
    int32_t d_high;
    int32_t shift; /* 0..31 */
    int32_t low;   /* of the output */
    int32_t high;
    int32_t step; /* words from one channel's line to the next */
};

/* clamp((min(count << doubling, d_high) * multiplier + bias) >> shift) of one channel or more; no sum leaves int32.
 * Not in its caller's loops, for want of registers. */
static EO_OUT_OF_LINE void eo_bits_scale_counts(const struct eo_bits_scale *scale, const uint32_t *line,
                                                const uint32_t *counts, int32_t channels, int doubling, void *out,
                                                int bytes) {
    const int32_t d_high = scale->d_high, shift = scale->shift, low = scale->low, high = scale->high;
    const int32_t step = scale->step;
    const uint32_t *const end = counts + channels;
    do {
        const int32_t doubled = (int32_t)(*counts++ << doubling), d = doubled < d_high ? doubled : d_high;
        const int32_t y = (d * (int32_t)line[0] + (int32_t)line[1]) >> shift;
        if (bytes == 2) {
            int16_t *const to = (int16_t *)out;
            *to = (int16_t)eo_clamp(y, low, high);
            out = to + 1;
        } else {
            int8_t *const to = (int8_t *)out;
            *to = (int8_t)eo_clamp(y, low, high);
            out = to + 1;
        }
        line += step;
    } while (counts != end);
}

/* counts[i] = max(counts[i] + more[i], least) */
static inline void eo_bits_add_counts(uint32_t *counts, const uint32_t *more, int32_t channels, uint32_t least) {
    for (int32_t i = 0; i < channels; i++) {
        const uint32_t sum = counts[i] + more[i];
        counts[i] = sum > least ? sum : least;
    }
}

/* Of `channels` <= 32 channels, writes clamp((clamp(d) * multiplier + bias) >> shift) and returns what is behind it.
 *   stream  [channels][3 * triples + singles + 2]: transformed weights, multiplier, bias
 *   patch   what is counted; so is `other`, and d is the sum of both counts: the same patch, or where padding counts
 *           nothing the other one of eo_bits_window.h
 *   bytes   a number's size: 2 or 1 */
EO_BODY void *eo_bits_scaled(const uint32_t *stream, const struct eo_bits_patch *patch,
                             const struct eo_bits_patch *other, int32_t channels, const struct eo_bits_scale *scale,
                             void *out, int bytes) {
    uint32_t counts[64];
    int doubling = 1;
    eo_bits_count(stream, patch, channels, 2, counts);
    if (other != patch || scale->d_low > 0) {
        const uint32_t *more = counts;
        if (other != patch) {
            more = counts + 32;
            eo_bits_count(stream, other, channels, 2, counts + 32);
        }
        eo_bits_add_counts(counts, more, channels, (uint32_t)scale->d_low);
        doubling = 0;
    }
    eo_bits_scale_counts(scale, stream + scale->step - 2, counts, channels, doubling, out, bytes);
    return (int8_t *)out + channels * bytes;
}

#endif
