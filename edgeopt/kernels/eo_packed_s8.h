/* eo_packed_s8.h -- int8 weights that are packed, without loss, in groups of sixteen with a width for each group.
 *
 * A group of width n takes n halfwords. It holds unsigned numbers of n bits, the weights and an offset, in planes of 8,
 * 4, 2 and 1 bits, the upper bits first: 5 = 4 + 1. Of a weight 4 j + l, byte l of word j, with j and l in 0..3:
 *   8 bits  four words: the numbers
 *   4 bits  two words: byte l of the first is that of j = 0 and, in the upper half, of j = 1; the second j = 2 and 3
 *   2 bits  a word: byte l has that of j at bit 2 j
 *   1 bit   a halfword: bit 4 l + j
 * A code of four bits gives width and offset; the codes of four groups are a halfword in front of them, the first in
 * the lowest bits. Packed by edgeopt/ops/_packed.py. */
#ifndef EO_PACKED_S8_H
#define EO_PACKED_S8_H

#include "eo_arch.h"

#define EO_PACKED_GROUP 16

/* Where the next group is, and the codes of groups up to the next halfword of codes, above which is a 1. */
struct eo_packed {
    const uint16_t *at;
    uint32_t codes;
};

static inline struct eo_packed eo_packed_start(const uint16_t *stream) {
    const struct eo_packed start = {stream, 1};
    return start;
}

/* The weights of a group; named, so that they stay in registers. */
struct eo_packed_weights {
    uint32_t w0;
    uint32_t w1;
    uint32_t w2;
    uint32_t w3;
};

static inline uint32_t eo_packed_word(const uint16_t *at) {
    return at[0] | (uint32_t)at[1] << 16;
}

/* A mask in a register, so that an AND shifts as well. */
static inline uint32_t eo_packed_mask(int32_t mask) {
    return (uint32_t)eo_opaque(mask);
}

/* Bytes of a less those of b, modulo 2^8. */
static inline uint32_t eo_sub_bytes(uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
    uint32_t result;
    __asm__("ssub8 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b) : "cc");
    return result;
#else
    const uint32_t top = 0x80808080u;
    return ((a | top) - (b & ~top)) ^ ((a ^ ~b) & top);
#endif
}

/* The next group. */
static inline struct eo_packed_weights eo_packed_next(struct eo_packed *stream) {
    static const EO_ROM uint8_t widths[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 3, 4, 5, 6, 4, 5, 6};
    static const EO_ROM uint8_t offsets[16] = {0, 1, 2, 4, 8, 16, 32, 64, 128, 2, 4, 8, 16, 12, 24, 48};
    const uint16_t *at = stream->at;
    uint32_t codes = stream->codes;
    struct eo_packed_weights to = {0, 0, 0, 0};
    if (codes == 1) {
        codes = *at++ | 0x10000u;
    }
    const uint32_t width = widths[codes & 15u], offset = offsets[codes & 15u] * 0x01010101u;
    if (width & 8u) {
        to.w0 = eo_packed_word(at);
        to.w1 = eo_packed_word(at + 2);
        to.w2 = eo_packed_word(at + 4);
        to.w3 = eo_packed_word(at + 6);
        at += 8;
    }
    if (width & 4u) {
        const uint32_t low = eo_packed_word(at), high = eo_packed_word(at + 2), mask = eo_packed_mask(0x0f0f0f0f);
        to.w0 = low & mask;
        to.w1 = low >> 4 & mask;
        to.w2 = high & mask;
        to.w3 = high >> 4 & mask;
        at += 4;
    }
    if (width & 2u) {
        const uint32_t pairs = eo_packed_word(at), mask = eo_packed_mask(0x03030303);
        to.w0 = to.w0 << 2 | (pairs & mask);
        to.w1 = to.w1 << 2 | (pairs >> 2 & mask);
        to.w2 = to.w2 << 2 | (pairs >> 4 & mask);
        to.w3 = to.w3 << 2 | (pairs >> 6 & mask);
        at += 2;
    }
    if (width & 1u) {
        uint32_t bits = *at++;
        bits = (bits | bits << 8) & 0x00ff00ffu;
        bits = (bits | bits << 4) & 0x0f0f0f0fu;
        const uint32_t mask = eo_packed_mask(0x01010101);
        to.w0 = to.w0 << 1 | (bits & mask);
        to.w1 = to.w1 << 1 | (bits >> 1 & mask);
        to.w2 = to.w2 << 1 | (bits >> 2 & mask);
        to.w3 = to.w3 << 1 | (bits >> 3 & mask);
    }
    to.w0 = eo_sub_bytes(to.w0, offset);
    to.w1 = eo_sub_bytes(to.w1, offset);
    to.w2 = eo_sub_bytes(to.w2, offset);
    to.w3 = eo_sub_bytes(to.w3, offset);
    stream->at = at;
    stream->codes = codes >> 4;
    return to;
}

#endif
