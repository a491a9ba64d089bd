/* eo_lanes_requant.h -- int8 of the sums of products of lanes, which are 256 times the accumulators. */
#ifndef EO_LANES_REQUANT_H
#define EO_LANES_REQUANT_H

#include "eo_arch.h"

#define EO_LANES_SHIFT 12

/* Of a sum that has the constants `c`: of a plain layer 2, else 4, in the order of eo_lanes.h. */
static inline int8_t eo_lanes_requantize(int32_t sum, const uint32_t *c, int32_t plain) {
    const int32_t high = (int32_t)(((int64_t)sum * (int32_t)c[0]) >> 32) + (int32_t)c[1];
    if (plain) {
        return (int8_t)eo_saturate_s8(high >> EO_LANES_SHIFT);
    }
    return (int8_t)eo_saturate_s8((high - (sum < 0 ? (int32_t)c[2] : 0)) >> c[3]);
}

#endif
