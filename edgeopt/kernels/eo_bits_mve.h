/* eo_bits_mve.h -- eo_bits_x4.h for Helium. Included by eo_bits_x4.c alone.
 *
 * Written for the eight vector registers: what differs in eighteen words is counted without touching the stack. The
 * text names registers by the letters of its operands; g and h hold masks and what lasts for two instructions. */
#ifndef EO_BITS_MVE_H
#define EO_BITS_MVE_H

#include "eo_bits_x4.h"

#if EO_HAS_MVE

typedef uint32_t eo_x4 __attribute__((vector_size(16)));

#define EO_X4_LOAD(to, from, at) "vldrw.u32 %q[" to "], [%[" from "], #(" at ")]\n\t"
#define EO_X4_NEXT(to, from) "vldrw.u32 %q[" to "], [%[" from "]], #16\n\t"
#define EO_X4_XOR(to, a, b) "veor %q[" to "], %q[" a "], %q[" b "]\n\t"
#define EO_X4_OR(to, a, b) "vorr %q[" to "], %q[" a "], %q[" b "]\n\t"
#define EO_X4_ADD(to, a, b) "vadd.i32 %q[" to "], %q[" a "], %q[" b "]\n\t"
/* to += from * factor */
#define EO_X4_ADD_TIMES(to, from, factor) "vmla.u32 %q[" to "], %q[" from "], %[" factor "]\n\t"

/* Differences of triple `i`, bit by bit. */
#define EO_X4_TRIPLE(i, ones, twos)                                                                                    \
    EO_X4_LOAD(twos, "w", "48 * " i " + 16")                                                                           \
    EO_X4_LOAD("h", "x", "48 * " i " + 16")                                                                            \
    EO_X4_XOR(twos, twos, "h")                                                                                         \
    EO_X4_LOAD("h", "w", "48 * " i " + 32")                                                                            \
    EO_X4_LOAD(ones, "x", "48 * " i " + 32")                                                                           \
    EO_X4_XOR("h", "h", ones)                                                                                          \
    EO_X4_LOAD(ones, "w", "48 * " i)                                                                                   \
    EO_X4_OR(twos, twos, "h")                                                                                          \
    EO_X4_LOAD("h", "x", "48 * " i)                                                                                    \
    EO_X4_XOR(ones, ones, "h")                                                                                         \
    EO_X4_XOR(twos, twos, ones)

/* a + b + c, bit by bit: the sum in a, the carry in b, and c is free. */
#define EO_X4_ADDER(a, b, c)                                                                                           \
    EO_X4_XOR(c, b, c)                                                                                                 \
    EO_X4_XOR(b, a, b)                                                                                                 \
    EO_X4_XOR(a, a, c)                                                                                                 \
    EO_X4_OR(b, b, c)                                                                                                  \
    EO_X4_XOR(b, b, a)

#define EO_X4_MASK(byte) "vmov.i8 %q[g], #" byte "\n\t"

/* Fields of 2 bits, each the number of ones in it; g = 0x55 in all bytes. */
#define EO_X4_PAIRS(x)                                                                                                 \
    "vshr.u32 %q[h], %q[" x "], #1\n\t"                                                                                \
    "vand %q[h], %q[h], %q[g]\n\t"                                                                                     \
    "vsub.i32 %q[" x "], %q[" x "], %q[h]\n\t"

/* Fields of 4 bits, each the sum of two of 2; g = 0x33 in all bytes. */
#define EO_X4_NIBBLES(x)                                                                                               \
    "vshr.u32 %q[h], %q[" x "], #2\n\t"                                                                                \
    "vand %q[h], %q[h], %q[g]\n\t" EO_X4_ADD_TIMES(x, "h", "minus_3")

/* Fields of 8 bits, each the sum of two of 4. */
#define EO_X4_BYTES(x) "vshr.u8 %q[h], %q[" x "], #4\n\t" EO_X4_ADD_TIMES(x, "h", "minus_15")

#define EO_X4_FACTORS [two] "r"(2), [minus_3] "r"(-3), [minus_15] "r"(-15)

#define EO_X4_EACH_4(what) what("a") what("b") what("c") what("d")
#define EO_X4_EACH_6(what) EO_X4_EACH_4(what) what("e") what("f")

/* Differences of six triples as fields of 8 bits: 0..144. */
EO_BODY eo_x4 eo_x4_of_6(const uint32_t *w, const uint32_t *x) {
    eo_x4 a, b, c, d, e, f, g, h;
    __asm__ volatile(
        /* registers by the weight of their bits behind each line, lightest first */
        EO_X4_TRIPLE("0", "a", "b")                                                       /* a; b */
        EO_X4_TRIPLE("1", "c", "d")                                                       /* a, c; b, d */
        EO_X4_TRIPLE("2", "e", "f") EO_X4_ADDER("a", "c", "e") EO_X4_ADDER("b", "d", "f") /* a; b, c; d */
        EO_X4_TRIPLE("3", "e", "f") EO_X4_ADDER("c", "b", "f")                            /* a, e; c; b, d */
        EO_X4_TRIPLE("4", "f", "g") EO_X4_ADDER("a", "e", "f")                            /* a; c, e, g; b, d */
        EO_X4_ADDER("c", "g", "e") EO_X4_ADDER("d", "b", "g")                             /* a; c; d; b */
        EO_X4_TRIPLE("5", "e", "f")                                                       /* a, e; c, f; d; b */
        : [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d), [e] "=&w"(e), [f] "=&w"(f), [g] "=&w"(g), [h] "=&w"(h)
        : [w] "r"(w), [x] "r"(x)
        : "memory");
    __asm__ volatile(
        EO_X4_MASK("0x55") EO_X4_EACH_6(EO_X4_PAIRS)                               /* fields of 2 bits */
        EO_X4_MASK("0x33") EO_X4_EACH_6(EO_X4_NIBBLES)                             /* of 4 */
        EO_X4_ADD_TIMES("a", "c", "two") EO_X4_BYTES("a")                          /* of 8 */
        EO_X4_ADD_TIMES("e", "f", "two") EO_X4_BYTES("e") EO_X4_ADD("a", "a", "e") /* both of weight 1 */
        EO_X4_ADD_TIMES("d", "b", "two") EO_X4_BYTES("d") EO_X4_ADD_TIMES("a", "d", "four")
        : [a] "+&w"(a), [b] "+&w"(b), [c] "+&w"(c), [d] "+&w"(d), [e] "+&w"(e), [f] "+&w"(f), [g] "=&w"(g), [h] "=&w"(h)
        : EO_X4_FACTORS, [four] "r"(4));
    return a;
}

/* Differences of three triples: 0..72. */
EO_BODY eo_x4 eo_x4_of_3(const uint32_t *w, const uint32_t *x) {
    eo_x4 a, b, c, d, e, f, g, h;
    __asm__ volatile(
        EO_X4_TRIPLE("0", "a", "b")                                                       /* a; b */
        EO_X4_TRIPLE("1", "c", "d")                                                       /* a, c; b, d */
        EO_X4_TRIPLE("2", "e", "f") EO_X4_ADDER("a", "c", "e") EO_X4_ADDER("b", "d", "f") /* a; b, c; d */
        EO_X4_MASK("0x55") EO_X4_EACH_4(EO_X4_PAIRS)                                      /* fields of 2 bits */
        EO_X4_MASK("0x33") EO_X4_EACH_4(EO_X4_NIBBLES)                                    /* of 4 */
        EO_X4_ADD_TIMES("a", "c", "two") EO_X4_BYTES("a")                                 /* of 8 */
        EO_X4_ADD_TIMES("b", "d", "two") EO_X4_BYTES("b") EO_X4_ADD_TIMES("a", "b", "two")
        : [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d), [e] "=&w"(e), [f] "=&w"(f), [g] "=&w"(g), [h] "=&w"(h)
        : [w] "r"(w), [x] "r"(x), EO_X4_FACTORS
        : "memory");
    return a;
}

/* Differences of one triple: 0..24. */
EO_BODY eo_x4 eo_x4_of_1(const uint32_t *w, const uint32_t *x) {
    eo_x4 a, b, g, h;
    __asm__ volatile(EO_X4_TRIPLE("0", "a", "b") EO_X4_MASK("0x55") EO_X4_PAIRS("a") EO_X4_PAIRS("b") EO_X4_MASK("0x33")
                         EO_X4_NIBBLES("a") EO_X4_NIBBLES("b") EO_X4_ADD_TIMES("a", "b", "two") EO_X4_BYTES("a")
                     : [a] "=&w"(a), [b] "=&w"(b), [g] "=&w"(g), [h] "=&w"(h)
                     : [w] "r"(w), [x] "r"(x), EO_X4_FACTORS
                     : "memory");
    return a;
}

/* Differences of a word: 0..8. */
EO_BODY eo_x4 eo_x4_of_word(const uint32_t *w, const uint32_t *x) {
    eo_x4 a, g, h;
    __asm__ volatile(EO_X4_LOAD("a", "w", "0") EO_X4_LOAD("h", "x", "0") EO_X4_XOR("a", "a", "h") EO_X4_MASK("0x55")
                         EO_X4_PAIRS("a") EO_X4_MASK("0x33") EO_X4_NIBBLES("a") EO_X4_BYTES("a")
                     : [a] "=&w"(a), [g] "=&w"(g), [h] "=&w"(h)
                     : [w] "r"(w), [x] "r"(x), EO_X4_FACTORS
                     : "memory");
    return a;
}

/* *sum++ = *from++ + times * (the fields of 8 bits, added up in two of 16), by vectors. */
EO_BODY void eo_x4_keep(eo_x4 bytes, uint32_t times, const uint32_t **from, uint32_t **sum) {
    eo_x4 h;
    __asm__ volatile("vshr.u16 %q[h], %q[bytes], #8\n\t" EO_X4_ADD_TIMES("bytes", "h", "minus_255") /* of 16 */
                     EO_X4_NEXT("h", "from") EO_X4_ADD_TIMES("h", "bytes", "times")                 /* the sum */
                     "vstrw.32 %q[h], [%[sum]], #16\n\t"
                     : [bytes] "+&w"(bytes), [h] "=&w"(h), [from] "+&r"(*from), [sum] "+&r"(*sum)
                     : [times] "r"(times), [minus_255] "r"(-255)
                     : "memory");
}

/* Differences of 0..2 triples and 0..2 words: 0..64. */
EO_BODY eo_x4 eo_x4_of_rest(const uint32_t *w, const uint32_t *x, int32_t triples, int32_t singles) {
    eo_x4 bytes = {0, 0, 0, 0};
    for (; triples > 0; triples--, w += 12, x += 12) {
        bytes += eo_x4_of_1(w, x);
    }
    for (; singles > 0; singles--, w += 4, x += 4) {
        bytes += eo_x4_of_word(w, x);
    }
    return bytes;
}

EO_BODY void eo_x4_put(uint32_t *to, uint32_t word) {
    const eo_x4 all = {word, word, word, word};
    __builtin_memcpy(to, &all, sizeof all);
}

void eo_bits_x4_sum(const uint32_t *w, const struct eo_bits_patch *patch, int32_t vectors, int32_t factor,
                    const uint32_t *from, uint32_t *sums) {
    const uint32_t times = 65537u * (uint32_t)factor;
    const uint32_t *x = patch->words;
    int32_t triples = patch->triples;
    for (; triples >= 6; triples -= 6, x += 72, from = sums) {
        uint32_t *sum = sums;
        for (int32_t left = vectors; left > 0; left--, w += 72) {
            eo_x4_keep(eo_x4_of_6(w, x), times, &from, &sum);
        }
    }
    if (triples >= 3) {
        uint32_t *sum = sums;
        for (int32_t left = vectors; left > 0; left--, w += 36) {
            eo_x4_keep(eo_x4_of_3(w, x), times, &from, &sum);
        }
        triples -= 3;
        x += 36;
        from = sums;
    }
    if ((triples | patch->singles) != 0) {
        const int32_t step = 12 * triples + 4 * patch->singles;
        uint32_t *sum = sums;
        for (int32_t left = vectors; left > 0; left--, w += step) {
            eo_x4_keep(eo_x4_of_rest(w, x, triples, patch->singles), times, &from, &sum);
        }
    }
}

/* The upper `count` bits of the lanes, those of lane 0 lowest. */
EO_BODY uint32_t eo_x4_joined(eo_x4 bits, int32_t count) {
    eo_x4 h;
    uint32_t joined, none = 0;
    __asm__("vidup.u32 %q[h], %[none], #1\n\t" /* 0, 1, 2, 3 */
            "vmul.i32 %q[h], %q[h], %[count]\n\t"
            "vshl.u32 %q[bits], %[down]\n\t"
            "vshl.u32 %q[bits], %q[bits], %q[h]\n\t"
            "vaddv.u32 %[joined], %q[bits]\n\t"
            : [joined] "=Te"(joined), [bits] "+&w"(bits), [h] "=&w"(h), [none] "+Te"(none)
            : [count] "r"(count), [down] "r"(count - 32));
    return joined;
}

/* Pushes the upper bits of the next sums onto `from`, from above, into `to`. */
#define EO_X4_PUSH(to, from) EO_X4_NEXT(to, "sums") "vsri.32 %q[" to "], %q[" from "], #1\n\t"

uint32_t eo_bits_x4_signs(const uint32_t *sums, int32_t vectors) {
    eo_x4 bits = {0, 0, 0, 0}, h;
    if (vectors & 1) {
        __asm__ volatile(EO_X4_NEXT("bits", "sums") : [bits] "=w"(bits), [sums] "+r"(sums) : : "memory");
    }
    for (int32_t pairs = vectors >> 1; pairs > 0; pairs--) {
        __asm__ volatile(EO_X4_PUSH("h", "bits") EO_X4_PUSH("bits", "h")
                         : [bits] "+&w"(bits), [h] "=&w"(h), [sums] "+&r"(sums)
                         :
                         : "memory");
    }
    return eo_x4_joined(bits, vectors);
}

EO_BODY eo_x4 eo_x4_all(int32_t x) {
    eo_x4 all;
    __asm__("vdup.32 %q[all], %[x]" : [all] "=w"(all) : [x] "r"(x));
    return all;
}

void eo_bits_x4_clear(uint32_t *sums, int32_t vectors) {
    const eo_x4 none = eo_x4_all(0);
    for (; vectors > 0; vectors--, sums += 4) {
        __builtin_memcpy(sums, &none, sizeof none);
    }
}

/* The numbers of the next four sums; bounds are d_low, d_high, low, high. */
EO_BODY eo_x4 eo_x4_scale(const uint32_t **sums, const uint32_t **lines, const eo_x4 *bounds, int32_t up) {
    eo_x4 a, b;
    __asm__ volatile(
        EO_X4_NEXT("a", "sums")
            EO_X4_NEXT("b", "lines") "vshr.u32 %q[a], %q[a], #16\n\t"
                                     "vmax.s32 %q[a], %q[a], %q[d_low]\n\t"
                                     "vmin.s32 %q[a], %q[a], %q[d_high]\n\t"
                                     "vmul.i32 %q[a], %q[a], %q[b]\n\t" EO_X4_NEXT("b", "lines")
                                         EO_X4_ADD("a", "a", "b") "vshl.s32 %q[a], %[up]\n\t"
                                                                  "vmax.s32 %q[a], %q[a], %q[low]\n\t"
                                                                  "vmin.s32 %q[a], %q[a], %q[high]\n\t"
        : [a] "=&w"(a), [b] "=&w"(b), [sums] "+&r"(*sums), [lines] "+&r"(*lines)
        : [d_low] "w"(bounds[0]), [d_high] "w"(bounds[1]), [low] "w"(bounds[2]), [high] "w"(bounds[3]), [up] "r"(up)
        : "memory");
    return a;
}

void eo_bits_x4_scaled(const uint32_t *sums, const uint32_t *lines, int32_t channels, const int32_t *scale, void *out,
                       int bytes) {
    const eo_x4 bounds[4] = {eo_x4_all(scale[0]), eo_x4_all(scale[1]), eo_x4_all(scale[3]), eo_x4_all(scale[4])};
    int32_t left = channels;
    if (bytes == 2) {
        for (; left >= 4; left -= 4) {
            const eo_x4 y = eo_x4_scale(&sums, &lines, bounds, -scale[2]);
            __asm__ volatile("vstrh.32 %q[y], [%[out]], #8" : [out] "+l"(out) : [y] "w"(y) : "memory");
        }
    } else {
        for (; left >= 4; left -= 4) {
            const eo_x4 y = eo_x4_scale(&sums, &lines, bounds, -scale[2]);
            __asm__ volatile("vstrb.32 %q[y], [%[out]], #4" : [out] "+l"(out) : [y] "w"(y) : "memory");
        }
    }
    if (left > 0) {
        const eo_x4 y = eo_x4_scale(&sums, &lines, bounds, -scale[2]);
        int32_t lanes[4];
        __builtin_memcpy(lanes, &y, sizeof lanes);
        for (int32_t i = 0; i < left; i++) {
            if (bytes == 2) {
                ((int16_t *)out)[i] = (int16_t)lanes[i];
            } else {
                ((int8_t *)out)[i] = (int8_t)lanes[i];
            }
        }
    }
}

#endif

#endif
