#include "eo_rescale.h"
#include "eo_requant.h"

/* Element i; the memory may hold values of another width already. */
static inline int32_t load(const int8_t *in, int32_t bytes, int32_t i) {
    int32_t whole;
    int16_t half;
    if (bytes == 1) {
        return in[i];
    }
    if (bytes == 2) {
        __builtin_memcpy(&half, __builtin_assume_aligned(in + 2 * i, 2), sizeof half);
        return half;
    }
    __builtin_memcpy(&whole, __builtin_assume_aligned(in + 4 * i, 4), sizeof whole);
    return whole;
}

static inline void store(int8_t *out, int32_t bytes, int32_t i, int32_t value) {
    const int16_t half = (int16_t)value;
    if (bytes == 1) {
        out[i] = (int8_t)value;
    } else if (bytes == 2) {
        __builtin_memcpy(__builtin_assume_aligned(out + 2 * i, 2), &half, sizeof half);
    } else {
        __builtin_memcpy(__builtin_assume_aligned(out + 4 * i, 4), &value, sizeof value);
    }
}

void eo_rescale(const struct eo_rescale_params *p, const void *in, void *out) {
    const struct eo_rescale_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = 0; i < q.count; i++) {
        const int32_t x = load((const int8_t *)in, q.in_bytes, i) + q.in_offset;
        const int32_t y = eo_clamp(eo_requantize(x, q.multiplier, (int)q.shift), q.low, q.high);
        store((int8_t *)out, q.out_bytes, i, y + q.out_offset);
    }
}
