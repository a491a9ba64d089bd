#include "eo_plain_add_s16.h"
#include "eo_requant.h"

#if EO_HAS_DSP
/* Two sums; `bounded`: not below those in `low`. */
EO_BODY void add_pair(const int16_t *in1, const int16_t *in2, int16_t *out, uint32_t low, int bounded) {
    const uint32_t sums = eo_qadd16(eo_load_pair(in1), eo_load_pair(in2));
    eo_store_pair(out, bounded ? eo_max_s16x2(sums, low) : sums);
}

/* `count` sums, a multiple of eight. */
EO_BODY void add_eights(const int16_t *in1, const int16_t *in2, int16_t *out, int32_t count, int32_t bound,
                        int bounded) {
    const uint32_t low = eo_lanes(bound, bound);
    for (; count > 0; count -= 8, in1 += 8, in2 += 8, out += 8) {
        add_pair(in1, in2, out, low, bounded);
        add_pair(in1 + 2, in2 + 2, out + 2, low, bounded);
        add_pair(in1 + 4, in2 + 4, out + 4, low, bounded);
        add_pair(in1 + 6, in2 + 6, out + 6, low, bounded);
    }
}
#endif

void eo_plain_add_s16(const struct eo_plain_add_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out) {
    const int32_t count = p->count, low = p->low, high = p->high;
    int32_t done = 0;
#if EO_HAS_DSP
    if (high == 32767) {
        done = count / 8 * 8;
        if (low == -32768) {
            add_eights(in1, in2, out, done, low, 0);
        } else {
            add_eights(in1, in2, out, done, low, 1);
        }
    }
#endif
    for (int32_t i = done; i < count; i++) {
        out[i] = (int16_t)eo_clamp(in1[i] + in2[i], low, high);
    }
}
