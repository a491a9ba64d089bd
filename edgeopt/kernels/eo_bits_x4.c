#include "eo_bits_x4.h"
#include "eo_requant.h"

#if EO_HAS_MVE
#include "eo_bits_mve.h"
#else

static void eo_x4_put(uint32_t *to, uint32_t word) {
    to[0] = to[1] = to[2] = to[3] = word;
}

/* One lane: how many bits differ. */
static uint32_t difference(const uint32_t *w, const uint32_t *x, int32_t triples, int32_t singles) {
    uint32_t lanes = 0;
    for (; triples > 0; triples--, w += 12, x += 12) {
        const uint32_t of_w[3] = {w[0], w[4], w[8]}, of_x[3] = {x[0], x[4], x[8]};
        const struct eo_bits_sum sum = eo_bits_differ(of_w, of_x, 0);
        lanes += eo_bits_lanes(eo_bits_bytes(eo_bits_weighted(sum.ones, sum.twos)));
    }
    for (; singles > 0; singles--, w += 4, x += 4) {
        lanes += eo_bits_lanes(eo_bits_bytes(eo_bits_nibbles(*w ^ *x)));
    }
    return (lanes & 0xffffu) + (lanes >> 16);
}

/* What eo_bits_x4_sum adds for one piece of the words; the weights behind the piece's. */
static const uint32_t *add_piece(const uint32_t *w, const uint32_t *x, int32_t triples, int32_t singles,
                                 int32_t vectors, uint32_t times, uint32_t *sums) {
    for (; vectors > 0; vectors--, sums += 4, w += 12 * triples + 4 * singles) {
        for (int lane = 0; lane < 4; lane++) {
            sums[lane] += times * difference(w + lane, x + lane, triples, singles);
        }
    }
    return w;
}

void eo_bits_x4_sum(const uint32_t *w, const struct eo_bits_patch *patch, int32_t vectors, int32_t factor,
                    const uint32_t *from, uint32_t *sums) {
    const uint32_t times = 65537u * (uint32_t)factor;
    const uint32_t *x = patch->words;
    int32_t triples = patch->triples;
    for (int32_t i = 0; i < 4 * vectors; i++) {
        sums[i] = from[i];
    }
    for (; triples >= 6; triples -= 6, x += 72) {
        w = add_piece(w, x, 6, 0, vectors, times, sums);
    }
    if (triples >= 3) {
        w = add_piece(w, x, 3, 0, vectors, times, sums);
        triples -= 3;
        x += 36;
    }
    (void)add_piece(w, x, triples, patch->singles, vectors, times, sums);
}

void eo_bits_x4_clear(uint32_t *sums, int32_t vectors) {
    for (int32_t i = 0; i < 4 * vectors; i++) {
        sums[i] = 0;
    }
}

uint32_t eo_bits_x4_signs(const uint32_t *sums, int32_t vectors) {
    uint32_t bits = 0;
    for (int32_t lane = 3; lane >= 0; lane--) {
        for (int32_t i = vectors - 1; i >= 0; i--) {
            bits = 2 * bits + (sums[4 * i + lane] >> 31);
        }
    }
    return bits;
}

void eo_bits_x4_scaled(const uint32_t *sums, const uint32_t *lines, int32_t channels, const int32_t *scale, void *out,
                       int bytes) {
    for (int32_t i = 0; i < channels; i++) {
        const uint32_t *const line = lines + 8 * (i >> 2) + (i & 3);
        const int32_t d = eo_clamp((int32_t)(sums[i] >> 16), scale[0], scale[1]);
        const int32_t y = eo_clamp((d * (int32_t)line[0] + (int32_t)line[4]) >> scale[2], scale[3], scale[4]);
        if (bytes == 2) {
            ((int16_t *)out)[i] = (int16_t)y;
        } else {
            ((int8_t *)out)[i] = (int8_t)y;
        }
    }
}
#endif

void eo_bits_x4_transform(const uint32_t *from, uint32_t *to, int32_t triples, int32_t singles, int32_t rows,
                          int32_t pitch) {
    const int32_t words = 3 * triples + singles;
    for (; rows > 0; rows--, from += pitch) {
        const uint32_t *x = from + words;
        uint32_t *y = to += 4 * words; /* from behind, as `to` may be `from` */
        for (int32_t left = singles; left > 0; left--) {
            eo_x4_put(y -= 4, *--x);
        }
        for (int32_t left = triples; left > 0; left--) {
            const uint32_t c = *--x, b = *--x, a = *--x;
            eo_x4_put(y -= 4, a ^ c);
            eo_x4_put(y -= 4, a ^ b);
            eo_x4_put(y -= 4, a ^ b ^ c);
        }
    }
}
