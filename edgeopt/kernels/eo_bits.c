#include "eo_bits.h"

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

/* A core's header that has a form of its own of one of these says so by EO_BITS_FIRE or EO_BITS_COUNT. */
#if defined(__thumb2__) && __ARM_ARCH_PROFILE == 'M'
#include "eo_bits_v7m.h"
#elif defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#include "eo_bits_v6m.h"
#endif

#ifndef EO_BITS_FIRE
uint32_t eo_bits_fire(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels) {
    const int32_t words = 3 * patch->triples + patch->singles;
    uint32_t bits = 0;
    for (; channels > 0; channels--, stream += words + 1) {
        bits = 2 * bits + (eo_bits_difference(stream, patch) >= stream[words]);
    }
    return bits;
}
#endif

#ifndef EO_BITS_COUNT
void eo_bits_count(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels, int32_t behind,
                   uint32_t *counts) {
    const int32_t step = 3 * patch->triples + patch->singles + behind;
    for (; channels > 0; channels--, stream += step) {
        *counts++ = eo_bits_difference(stream, patch);
    }
}
#endif
