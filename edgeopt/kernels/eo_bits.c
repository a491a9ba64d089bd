#include "eo_bits.h"

/* A core that defines EO_BITS_BLOCKS has, in assembly, eo_bits_9 and eo_bits_18 (stream, patch, gap, end, to) for so
 * many words. `to` is the address of counts up to `end`, each of which grows by how many bits differ; between the words
 * of one channel and those of the next lie `gap` bytes. Or `end` is NULL: then it is eo_bits_fire of so many words,
 * and `to` is 1 << (32 - channels). */
#include "eo_bits_v6m.h"
#include "eo_bits_v7m.h"

void eo_bits_transform(const uint32_t *from, uint32_t *to, int32_t triples, int32_t singles) {
    for (; triples > 0; triples--, from += 3, to += 3) {
        const uint32_t a = from[0], ab = a ^ from[1], c = from[2];
        to[0] = ab ^ c;
        to[1] = ab;
        to[2] = a ^ c;
    }
    for (; singles > 0; singles--) {
        *to++ = *from++;
    }
}

#ifdef EO_BITS_BLOCKS

void eo_bits_count(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels, int32_t behind,
                   uint32_t *counts) {
    const int32_t step = 3 * patch->triples + patch->singles + behind;
    const uint32_t *x = patch->words, *end = counts + channels;
    int32_t left = 3 * patch->triples + patch->singles, words;
    for (int32_t c = 0; c < channels; c++) {
        counts[c] = 0;
    }
    for (; left >= 9; left -= words, x += words, stream += words) {
        words = left >= 18 ? 18 : 9;
        const uint32_t gap = 4u * (uint32_t)(step - words);
        if (words == 18) {
            eo_bits_18(stream, x, gap, end, (uintptr_t)counts);
        } else {
            eo_bits_9(stream, x, gap, end, (uintptr_t)counts);
        }
    }
    for (; left > 0; left -= words, x += words, stream += words) {
        words = left >= 3 ? 3 : 1;
        const uint32_t *w = stream;
        for (int32_t c = 0; c < channels; c++, w += step) {
            struct eo_bits_sum sum = {*w ^ *x, 0};
            if (words == 3) {
                sum = eo_bits_differ(w, x, 0);
            }
            counts[c] += eo_bits_bytes(eo_bits_weighted(sum.ones, sum.twos)) * 0x01010101u >> 24; /* at most 96 */
        }
    }
}

uint32_t eo_bits_fire(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels) {
    const int32_t words = 3 * patch->triples + patch->singles;
    uint32_t bits = (uint32_t)1 << (32 - channels), counts[32];
    if (words == 18) {
        return eo_bits_18(stream, patch->words, 0, NULL, bits);
    }
    if (words == 9) {
        return eo_bits_9(stream, patch->words, 0, NULL, bits);
    }
    eo_bits_count(stream, patch, channels, 1, counts);
    bits = 0;
    for (int32_t c = 0; c < channels; c++, stream += words + 1) {
        bits = 2 * bits + (counts[c] >= stream[words]);
    }
    return bits;
}

#else

uint32_t eo_bits_fire(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels) {
    const int32_t words = 3 * patch->triples + patch->singles;
    uint32_t bits = 0;
    for (; channels > 0; channels--, stream += words + 1) {
        bits = 2 * bits + (eo_bits_difference(stream, patch) >= stream[words]);
    }
    return bits;
}

void eo_bits_count(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels, int32_t behind,
                   uint32_t *counts) {
    const int32_t step = 3 * patch->triples + patch->singles + behind;
    for (; channels > 0; channels--, stream += step) {
        *counts++ = eo_bits_difference(stream, patch);
    }
}

#endif
