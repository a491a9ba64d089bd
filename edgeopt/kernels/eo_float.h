/* eo_float.h -- float32 arithmetic that gives the same bits on every core. The first include of a kernel with float.
 *
 * Every operation rounds to float32, to nearest, in the order written: no product is fused with a sum, nothing is
 * computed in a wider type, nothing is reordered. So the numpy references (edgeopt/ops/float32) are equalled to the
 * bit, by an FPU as by the compiler's own routines; only the bits within a not-a-number are open. */
#ifndef EO_FLOAT_H
#define EO_FLOAT_H

/* gcc fuses by default outside of -std=c99, clang always */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#if defined(__FAST_MATH__)
#error "compile the float kernels without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "the float kernels need a target that computes float in float"
#endif

#include "eo_arch.h"

/* x limited to low..high; not-a-number stays. */
static inline float eo_limit_f32(float x, float low, float high) {
    const float above = x < low ? low : x;
    return above > high ? high : above;
}

#endif
