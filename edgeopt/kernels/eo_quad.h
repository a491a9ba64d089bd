/* eo_quad.h -- sums of 8-bit data with signs for weights, for four pixels at once, by tables.
 *
 * Two pixels share a word, each a 16-bit lane of it; a quad is two such words. A tap is a place under the window. Of
 * every four taps a table holds the 16 sums +-a +-b +-c +-d as pairs of words, tap k negative where bit k of the index
 * is set: four bits of weights then add 16 products with one look-up. A negative lane takes one from the lane above, as
 * in any sum modulo 2^32; a word in which both lanes have come to 0..65535 is right again. */
#ifndef EO_QUAD_H
#define EO_QUAD_H

#include "eo_arch.h"

#define EO_QUAD_TABLE 32 /* words of the table of four taps: [16][2] */

/* The windows of one group of channels. */
struct eo_quad_window {
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t group_channels; /* those under the window */
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t zero_point; /* what lies outside of the image */
};

/* The first taps of four windows: (y[0], x[0]), (y[0], x[1]), (y[1], x[0]), (y[1], x[1]). */
struct eo_quad {
    int32_t y[2];
    int32_t x[2];
};

static inline int8_t *eo_quad_copy(int8_t *to, const int8_t *from, int32_t count) {
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}

static inline int8_t *eo_quad_fill(int8_t *to, int32_t value, int32_t count) {
    for (; count > 0; count--) {
        *to++ = (int8_t)value;
    }
    return to;
}

/* The bytes of one row of the window, whose first tap is at column x of `row`. */
static inline int8_t *eo_quad_gather_row(const struct eo_quad_window *window, const int8_t *row, int32_t x,
                                         int8_t *to) {
    /* neighbouring taps with all channels of a pixel are one piece of memory */
    const int32_t step = window->dilation_width, together = step == 1 && window->group_channels == window->in_channels;
    for (int32_t left = window->kernel_width; left > 0;) {
        const int32_t inside = x >= 0 && x < window->in_width;
        int32_t count = 1;
        if (together) {
            count = inside ? window->in_width - x : (x < 0 ? -x : left);
            count = count < left ? count : left;
        }
        to = inside ? eo_quad_copy(to, row + x * window->in_channels, count * window->group_channels)
                    : eo_quad_fill(to, window->zero_point, count * window->group_channels);
        x += count * step;
        left -= count;
    }
    return to;
}

/* The bytes under the window whose first tap is at (y, x), in the order [row][column][channel]. */
static inline int8_t *eo_quad_gather_one(const struct eo_quad_window *window, const int8_t *image, int32_t y, int32_t x,
                                         int8_t *to) {
    const int32_t pitch = window->in_width * window->in_channels;
    for (int32_t row = 0; row < window->kernel_height; row++) {
        if (y >= 0 && y < window->in_height) {
            to = eo_quad_gather_row(window, image + y * pitch, x, to);
        } else {
            to = eo_quad_fill(to, window->zero_point, window->kernel_width * window->group_channels);
        }
        y += window->dilation_height;
    }
    return to;
}

/* The bytes under four windows, `taps` for each. */
static inline void eo_quad_gather(const struct eo_quad_window *window, const int8_t *image, const struct eo_quad *quad,
                                  int8_t *to) {
    for (int pixel = 0; pixel < 4; pixel++) {
        to = eo_quad_gather_one(window, image, quad->y[pixel >> 1], quad->x[pixel & 1], to);
    }
}

/* Where four windows begin in memory. */
struct eo_quad_bytes {
    const int8_t *pixel[4];
};

static inline struct eo_quad_bytes eo_quad_gathered(const int8_t *bytes, int32_t taps) {
    const struct eo_quad_bytes at = {{bytes, bytes + taps, bytes + 2 * taps, bytes + 3 * taps}};
    return at;
}

static inline uint32_t eo_quad_lanes(int8_t low, int8_t high, uint32_t zero_points) {
    return (uint32_t)(int32_t)low + ((uint32_t)(int32_t)high << 16) - zero_points;
}

/* `count` taps less the zero point (once in each lane of zero_points), as pairs of words; the place behind the last. */
static inline uint32_t *eo_quad_read(const struct eo_quad_bytes *at, int32_t offset, int32_t count,
                                     uint32_t zero_points, uint32_t *to) {
    const int8_t *const a = at->pixel[0] + offset, *const b = at->pixel[1] + offset;
    const int8_t *const c = at->pixel[2] + offset, *const d = at->pixel[3] + offset;
    for (int32_t tap = 0; tap < count; tap++) {
        *to++ = eo_quad_lanes(a[tap], b[tap], zero_points);
        *to++ = eo_quad_lanes(c[tap], d[tap], zero_points);
    }
    return to;
}

/* The two words of a quad's values of one kind. */
struct eo_two {
    uint32_t first;
    uint32_t second;
};

static inline struct eo_two eo_two_sum(struct eo_two a, struct eo_two b) {
    const struct eo_two sum = {a.first + b.first, a.second + b.second};
    return sum;
}

static inline struct eo_two eo_two_difference(struct eo_two a, struct eo_two b) {
    const struct eo_two difference = {a.first - b.first, a.second - b.second};
    return difference;
}

static inline struct eo_two eo_two_at(const uint32_t *words) {
    const struct eo_two two = {words[0], words[1]};
    return two;
}

/* The two words at a number of bytes behind `table`, a literal: one instruction where there is one. */
#if EO_HAS_DSP && defined(__ARM_FEATURE_DSP)
#define EO_TWO_LOAD(two, table, at)                                                                                    \
    __asm__("ldrd %0, %1, [%2, #" #at "]"                                                                              \
            : "=r"((two).first), "=r"((two).second)                                                                    \
            : "r"(table), "m"((table)[(at) / 4]), "m"((table)[(at) / 4 + 1]))
#define EO_TWO_STORE(two, table, at)                                                                                   \
    __asm__("strd %2, %3, [%4, #" #at "]"                                                                              \
            : "=m"((table)[(at) / 4]), "=m"((table)[(at) / 4 + 1])                                                     \
            : "r"((two).first), "r"((two).second), "r"(table))
#else
#define EO_TWO_LOAD(two, table, at) ((two) = eo_two_at((table) + (at) / 4))
#define EO_TWO_STORE(two, table, at) ((table)[(at) / 4] = (two).first, (table)[(at) / 4 + 1] = (two).second)
#endif

/* What tables are made of in one pass: both words where there are registers for them, else one word, then the other. */
#if EO_HAS_DSP
typedef struct eo_two eo_part;
#define EO_PASSES 1
#define EO_PART_STORE EO_TWO_STORE

static inline eo_part eo_part_at(const uint32_t *words) {
    return eo_two_at(words);
}

static inline eo_part eo_part_sum(eo_part a, eo_part b) {
    return eo_two_sum(a, b);
}

static inline eo_part eo_part_difference(eo_part a, eo_part b) {
    return eo_two_difference(a, b);
}
#else
typedef uint32_t eo_part;
#define EO_PASSES 2
#define EO_PART_STORE(part, table, at) ((table)[(at) / 4] = (part))

static inline eo_part eo_part_at(const uint32_t *words) {
    return *words;
}

static inline eo_part eo_part_sum(eo_part a, eo_part b) {
    return a + b;
}

static inline eo_part eo_part_difference(eo_part a, eo_part b) {
    return a - b;
}
#endif

/* The four entries first +-c +-d at numbers of bytes, given c + d and c - d. */
#define EO_QUAD_ROW(to, first, cd, c_d, at0, at1, at2, at3)                                                            \
    do {                                                                                                               \
        eo_part eo_entry = eo_part_sum(first, cd);                                                                     \
        EO_PART_STORE(eo_entry, to, at0);                                                                              \
        eo_entry = eo_part_difference(first, c_d);                                                                     \
        EO_PART_STORE(eo_entry, to, at1);                                                                              \
        eo_entry = eo_part_sum(first, c_d);                                                                            \
        EO_PART_STORE(eo_entry, to, at2);                                                                              \
        eo_entry = eo_part_difference(first, cd);                                                                      \
        EO_PART_STORE(eo_entry, to, at3);                                                                              \
    } while (0)

/* Fills the table of four taps, [16][2], from their words, [4][2], and `more`, [2], which is part of every sum. */
static EO_OUT_OF_LINE void eo_quad_make_table(uint32_t *to, const uint32_t *words, const uint32_t *more) {
    for (int pass = 0; pass < EO_PASSES; pass++) {
        const eo_part c = eo_part_at(words + 4), d = eo_part_at(words + 6);
        const eo_part cd = eo_part_sum(c, d), c_d = eo_part_difference(c, d);
        /* a and b are loaded again for each row: there are not registers for all */
        eo_part first = eo_part_sum(eo_part_at(more), eo_part_sum(eo_part_at(words), eo_part_at(words + 2)));
        EO_QUAD_ROW(to, first, cd, c_d, 0, 32, 64, 96);
        first = eo_part_difference(first, eo_part_sum(eo_part_at(words), eo_part_at(words)));
        EO_QUAD_ROW(to, first, cd, c_d, 8, 40, 72, 104);
        first = eo_part_difference(first, eo_part_sum(eo_part_at(words + 2), eo_part_at(words + 2)));
        EO_QUAD_ROW(to, first, cd, c_d, 24, 56, 88, 120);
        first = eo_part_sum(first, eo_part_sum(eo_part_at(words), eo_part_at(words)));
        EO_QUAD_ROW(to, first, cd, c_d, 16, 48, 80, 112);
        to++;
        words++;
        more++;
    }
}

/* Where eo_quad_make_tables wants the words of `taps` taps: those of a table just behind it, or further. */
static inline uint32_t *eo_quad_place(uint32_t *tables, int32_t taps) {
    return tables + (taps + 3) / 4 * (EO_QUAD_TABLE - 8) + 8;
}

/* The tables for the taps at eo_quad_place, 4 * blocks of them in 4 * blocks * EO_QUAD_TABLE + 8 words; look-ups behind
 * the last tap add 0. */
static inline void eo_quad_make_tables(uint32_t *tables, int32_t taps, int32_t blocks) {
    const int32_t fours = (taps + 3) / 4;
    const uint32_t nothing[2] = {0, 0}, *words = eo_quad_place(tables, taps);
    for (int32_t i = 2 * taps; i < 8 * fours; i++) {
        eo_quad_place(tables, taps)[i] = 0;
    }
    for (int32_t left = fours; left > 0; left--) {
        eo_quad_make_table(tables, words, nothing);
        tables += EO_QUAD_TABLE;
        words += 8;
    }
    for (int32_t left = 4 * blocks - fours; left > 0; left--) {
        tables[0] = 0;
        tables[1] = 0;
        tables += EO_QUAD_TABLE;
    }
}

/* `words`, of which the compiler does not know what they are near to. No instruction. */
static inline const uint32_t *eo_opaque_words(const uint32_t *words) {
    __asm__("" : "+r"(words));
    return words;
}

#if !EO_HAS_DSP
/* Adds the products of four weights, whose code is bits 3..6 of `code`. */
static inline struct eo_two eo_quad_add_four(const uint32_t *table, uint32_t code, struct eo_two sum) {
    const uint32_t *const entry = (const uint32_t *)(const void *)((const char *)table + (code & 0x78u));
    /* one after the other, or sums of loads take registers that a Cortex-M0+ has not */
    sum.first = (uint32_t)eo_opaque((int32_t)(sum.first + entry[0]));
    sum.second = (uint32_t)eo_opaque((int32_t)(sum.second + entry[1]));
    return sum;
}
#endif

/* Adds the 64 products of 16 weights, whose tables begin at `*table`, to the sums of four pixels; moves behind them. */
static inline struct eo_two eo_quad_add(const uint32_t **table, uint32_t code, struct eo_two sum) {
#if EO_HAS_DSP
    struct eo_two products;
    const uint32_t *entry = *table + (code & 15u) * 2u;
    EO_TWO_LOAD(products, entry, 0);
    sum = eo_two_sum(sum, products);
    entry = *table + ((code >> 4) & 15u) * 2u;
    EO_TWO_LOAD(products, entry, 128);
    sum = eo_two_sum(sum, products);
    entry = *table + ((code >> 8) & 15u) * 2u;
    EO_TWO_LOAD(products, entry, 256);
    sum = eo_two_sum(sum, products);
    entry = *table + (code >> 12) * 2u;
    EO_TWO_LOAD(products, entry, 384);
    *table = eo_opaque_words(*table + 4 * EO_QUAD_TABLE);
    return eo_two_sum(sum, products);
#else
    /* one base for each look-up: there are no loads so far from it */
    const uint32_t *at = *table;
    sum = eo_quad_add_four(at, code << 3, sum);
    at = eo_opaque_words(at + EO_QUAD_TABLE);
    sum = eo_quad_add_four(at, code >> 1, sum);
    at = eo_opaque_words(at + EO_QUAD_TABLE);
    sum = eo_quad_add_four(at, code >> 5, sum);
    at = eo_opaque_words(at + EO_QUAD_TABLE);
    sum = eo_quad_add_four(at, code >> 9, sum);
    *table = eo_opaque_words(at + EO_QUAD_TABLE);
    return sum;
#endif
}

#endif
