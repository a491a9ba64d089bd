/* eo_taps.h -- which taps of a window are inside the image. */
#ifndef EO_TAPS_H
#define EO_TAPS_H

#include "eo_arch.h"

/* The taps first..end-1 of a kernel axis that are inside the image, for a window that starts at `start`. */
struct eo_tap_range {
    int32_t first;
    int32_t end;
};

static inline struct eo_tap_range eo_taps_inside(int32_t start, int32_t dilation, int32_t kernel, int32_t size) {
    struct eo_tap_range range = {0, kernel};
    while (range.first < kernel && start + range.first * dilation < 0) {
        range.first++;
    }
    while (range.end > range.first && start + (range.end - 1) * dilation >= size) {
        range.end--;
    }
    return range;
}

#endif
