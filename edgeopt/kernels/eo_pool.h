/* eo_pool.h -- what the pooling kernels share: the part of a window that lies inside the input, and the mean. */
#ifndef EO_POOL_H
#define EO_POOL_H

#include "eo_arch.h"

/* Positions first .. first + count - 1 of one axis. */
struct eo_span {
    int32_t first;
    int32_t count;
};

/* `kernel` positions from `origin`, which may be negative, cut to 0 .. size - 1. */
static inline struct eo_span eo_window_span(int32_t origin, int32_t kernel, int32_t size) {
    const int32_t end = origin + kernel < size ? origin + kernel : size;
    const int32_t first = origin > 0 ? origin : 0;
    const struct eo_span span = {first, end - first};
    return span;
}

/* sum / count to nearest, halves away from zero. */
static inline int32_t eo_mean_of_sum(int32_t sum, int32_t count) {
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

#endif
