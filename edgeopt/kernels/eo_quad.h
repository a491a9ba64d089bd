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

/* The bytes under the window whose first tap is at (y, x), in the order [row][column][channel]. */
static inline int8_t *eo_quad_gather_one(const struct eo_quad_window *window, const int8_t *image, int32_t y, int32_t x,
                                         int8_t *to) {
    for (int32_t row = 0; row < window->kernel_height; row++) {
        int32_t column = x;
        for (int32_t tap = 0; tap < window->kernel_width; tap++) {
            if (y >= 0 && y < window->in_height && column >= 0 && column < window->in_width) {
                const int8_t *from = image + (y * window->in_width + column) * window->in_channels;
                for (int32_t left = window->group_channels; left > 0; left--) {
                    *to++ = *from++;
                }
            } else {
                for (int32_t left = window->group_channels; left > 0; left--) {
                    *to++ = (int8_t)window->zero_point;
                }
            }
            column += window->dilation_width;
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

/* Every fourth entry of a table's first words, or of its second: first +-c +-d. */
static inline void eo_quad_row(uint32_t *to, uint32_t first, uint32_t c_plus_d, uint32_t c_minus_d) {
    to[0] = first + c_plus_d;
    to[8] = first - c_minus_d;
    to[16] = first + c_minus_d;
    to[24] = first - c_plus_d;
}

/* Fills one word of each entry of a table, which is that of four taps and of constant sums `more` besides. */
static inline void eo_quad_column(uint32_t *to, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t more) {
    const uint32_t plus = a + b, minus = a - b, c_plus_d = c + d, c_minus_d = c - d;
    eo_quad_row(to, more + plus, c_plus_d, c_minus_d);
    eo_quad_row(to + 2, more - minus, c_plus_d, c_minus_d);
    eo_quad_row(to + 4, more + minus, c_plus_d, c_minus_d);
    eo_quad_row(to + 6, more - plus, c_plus_d, c_minus_d);
}

/* Where eo_quad_make_tables wants the words of `taps` taps: behind all tables that it makes before it reads them. */
static inline uint32_t *eo_quad_place(uint32_t *tables, int32_t taps) {
    return tables + (taps + 3) / 4 * (EO_QUAD_TABLE - 8);
}

/* The tables for the taps at eo_quad_place, 4 * blocks of them; look-ups behind the last tap add 0. */
static inline void eo_quad_make_tables(uint32_t *tables, int32_t taps, int32_t blocks) {
    const int32_t fours = (taps + 3) / 4;
    const uint32_t *words = eo_quad_place(tables, taps);
    for (int32_t i = 2 * taps; i < 8 * fours; i++) {
        eo_quad_place(tables, taps)[i] = 0;
    }
    for (int32_t left = fours; left > 0; left--) {
        /* all read before the table is written: the last one covers its own words */
        const uint32_t a = words[0], b = words[2], c = words[4], d = words[6];
        const uint32_t e = words[1], f = words[3], g = words[5], h = words[7];
        eo_quad_column(tables, a, b, c, d, 0);
        eo_quad_column(tables + 1, e, f, g, h, 0);
        tables += EO_QUAD_TABLE;
        words += 8;
    }
    for (int32_t left = 4 * blocks - fours; left > 0; left--) {
        tables[0] = 0;
        tables[1] = 0;
        tables += EO_QUAD_TABLE;
    }
}

/* Adds the 64 products of 16 weights to the sums of four pixels. */
static inline void eo_quad_add(const uint32_t *tables, uint32_t code, uint32_t *sum0, uint32_t *sum1) {
    const uint32_t *entry = tables + (code & 15u) * 2u;
    *sum0 += entry[0];
    *sum1 += entry[1];
    entry = tables + ((code >> 4) & 15u) * 2u;
    *sum0 += entry[EO_QUAD_TABLE];
    *sum1 += entry[EO_QUAD_TABLE + 1];
    entry = tables + ((code >> 8) & 15u) * 2u;
    *sum0 += entry[2 * EO_QUAD_TABLE];
    *sum1 += entry[2 * EO_QUAD_TABLE + 1];
    entry = tables + (code >> 12) * 2u;
    *sum0 += entry[3 * EO_QUAD_TABLE];
    *sum1 += entry[3 * EO_QUAD_TABLE + 1];
}

#endif
