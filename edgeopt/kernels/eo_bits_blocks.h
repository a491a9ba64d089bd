/* eo_bits_blocks.h -- eo_bits.h over the assembly of a core, which takes nine and eighteen words. Included by that.
 *
 * eo_bits_fire_9, _18 are eo_bits_fire for so many words, with `bits` = 1 << (32 - channels).
 * eo_bits_grow_9, _18 add to each count from `counts` to before `end` how many bits of nine or eighteen words differ;
 * between the words of one channel and those of the next lie `step` bytes of the stream. */
#ifndef EO_BITS_BLOCKS_H
#define EO_BITS_BLOCKS_H

#include "eo_bits.h"

/* The sum of eight fields of 4 bits, which must be below 256. */
static inline uint32_t eo_bits_of_few(uint32_t nibbles) {
    return eo_bits_bytes(nibbles) * 0x01010101u >> 24;
}

void eo_bits_count(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels, int32_t behind,
                   uint32_t *counts) {
    const int32_t words = 3 * patch->triples + patch->singles, step = words + behind;
    const uint32_t *x = patch->words, *end = counts + channels;
    int32_t triples = patch->triples;
    for (int32_t c = 0; c < channels; c++) {
        counts[c] = 0;
    }
    for (; triples >= 6; triples -= 6, x += 18, stream += 18) {
        eo_bits_grow_18(stream, x, 4u * (uint32_t)(step - 18), end, counts);
    }
    if (triples >= 3) {
        eo_bits_grow_9(stream, x, 4u * (uint32_t)(step - 9), end, counts);
        triples -= 3;
        x += 9;
        stream += 9;
    }
    for (; triples > 0; triples--, x += 3, stream += 3) {
        for (int32_t c = 0; c < channels; c++) {
            const struct eo_bits_sum sum = eo_bits_differ(stream + c * step, x, 0);
            counts[c] += eo_bits_of_few(eo_bits_weighted(sum.ones, sum.twos));
        }
    }
    for (int32_t i = 0; i < patch->singles; i++) {
        for (int32_t c = 0; c < channels; c++) {
            counts[c] += eo_bits_of_few(eo_bits_nibbles(stream[i + c * step] ^ x[i]));
        }
    }
}

uint32_t eo_bits_fire(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels) {
    const int32_t words = 3 * patch->triples + patch->singles;
    uint32_t bits = (uint32_t)1 << (32 - channels), counts[32];
    if (words == 18) {
        return eo_bits_fire_18(stream, patch->words, bits);
    }
    if (words == 9) {
        return eo_bits_fire_9(stream, patch->words, bits);
    }
    eo_bits_count(stream, patch, channels, 1, counts);
    bits = 0;
    for (int32_t c = 0; c < channels; c++, stream += words + 1) {
        bits = 2 * bits + (counts[c] >= stream[words]);
    }
    return bits;
}

#endif
