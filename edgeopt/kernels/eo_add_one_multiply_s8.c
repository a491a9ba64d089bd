#include "eo_add_one_multiply_s8.h"

#include "eo_dsp.h"
#include "eo_requant.h"

/* The lanes are 256 times an element: 256 * multiplier / 2^16 = multiplier / 2^8. */
static inline int8_t sum_low(const struct eo_add_one_multiply_s8_params *p, uint32_t lanes1, uint32_t lanes2) {
    return (int8_t)eo_ssat8_asr20(eo_smlawb(p->multiplier2, lanes2, eo_smlawb(p->multiplier1, lanes1, p->addend)));
}

static inline int8_t sum_high(const struct eo_add_one_multiply_s8_params *p, uint32_t lanes1, uint32_t lanes2) {
    return (int8_t)eo_ssat8_asr20(eo_smlawt(p->multiplier2, lanes2, eo_smlawt(p->multiplier1, lanes1, p->addend)));
}

void eo_add_one_multiply_s8(const struct eo_add_one_multiply_s8_params *p, const int8_t *in1, const int8_t *in2,
                            int8_t *out) {
    const struct eo_add_one_multiply_s8_params q =
        *p; /* a copy cannot be what `out` writes, so it stays in registers */
    const uint32_t mask = (uint32_t)eo_opaque((int32_t)0xff00ff00u); /* in a register, an AND shifts as well */
    int8_t *to = out;
    for (const int8_t *const end = out + (q.count & ~3); to != end; to += 4) {
        const uint32_t word1 = eo_load_word(in1), word2 = eo_load_word(in2);
        const uint32_t even1 = mask & (word1 << 8), even2 = mask & (word2 << 8);
        const uint32_t odd1 = mask & word1, odd2 = mask & word2;
        /* bytes are stored as they come: to put them together takes longer */
        to[0] = sum_low(&q, even1, even2);
        eo_keep_order();
        to[1] = sum_low(&q, odd1, odd2);
        eo_keep_order();
        to[2] = sum_high(&q, even1, even2);
        eo_keep_order();
        to[3] = sum_high(&q, odd1, odd2);
        in1 += 4;
        in2 += 4;
    }
    for (const int8_t *const end = out + q.count; to != end; to++) {
        *to = sum_low(&q, (uint32_t)*in1++ << 8, (uint32_t)*in2++ << 8);
    }
    eo_clamp_all(out, q.count, q.clamp_low, q.clamp_high);
}
