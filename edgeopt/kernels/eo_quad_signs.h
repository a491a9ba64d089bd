/* eo_quad_signs.h -- the bits of a quad's pixels, collected from the signs of their sums. */
#ifndef EO_QUAD_SIGNS_H
#define EO_QUAD_SIGNS_H

#include "eo_quad.h"

/* The signs of up to 16 channels: of pixels 0 and 1, and of pixels 2 and 3, in the halves of the words. */
struct eo_signs {
    uint32_t first;
    uint32_t second;
};

static inline int32_t eo_smaller(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static inline uint32_t eo_both_lanes(int32_t value) {
    return (uint32_t)value * 0x00010001u;
}

/* Bits 15 and 31 of a channel's sums join those of the channels before it. */
static inline struct eo_signs eo_collect(struct eo_signs signs, struct eo_two sum) {
    signs.first = (signs.first >> 1) | (sum.first & 0x80008000u);
    signs.second = (signs.second >> 1) | (sum.second & 0x80008000u);
    return signs;
}

/* The signs of so many channels with the first in the lowest bit. */
static inline struct eo_signs eo_signs_moved(struct eo_signs signs, int32_t channels) {
    const struct eo_signs moved = {signs.first >> (16 - channels), signs.second >> (16 - channels)};
    return moved;
}

/* The bits of each pixel, given the signs of up to 16 channels and of those behind them. */
static inline void eo_signs_unpack(struct eo_signs low, struct eo_signs high, uint32_t *bits) {
    bits[0] = (low.first & 0xffffu) | (high.first << 16);
    bits[1] = (low.first >> 16) | (high.first & 0xffff0000u);
    bits[2] = (low.second & 0xffffu) | (high.second << 16);
    bits[3] = (low.second >> 16) | (high.second & 0xffff0000u);
}

#endif
