/* eo_round_f32.h -- float to the nearest integer, for the edge of a network. */
#ifndef EO_ROUND_F32_H
#define EO_ROUND_F32_H

#include <stdint.h>

/* x to the nearest integer, halves away from zero, |x| < 2^24: adding 0.5 would round twice. */
static inline int32_t eo_round_away(float x) {
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole;
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

#endif
