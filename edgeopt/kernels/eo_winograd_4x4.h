/* eo_winograd_4x4.h -- the transforms of Winograd's F(4x4, 3x3): tiles of 4x4 outputs from 6x6 inputs.
 *
 *   input    V = B' d B   d int8, so |V| <= 100 * 128        output   576 y = A' M A
 *            4  0 -5  0  1  0                                1  1  1  1  1  0
 *            0 -4 -4  1  1  0                                0  1 -1  2 -2  0
 *            0  4 -4 -1  1  0                                0  1  1  4  4  0
 *            0 -2 -1  2  1  0                                0  1 -1  8 -8  4
 *            0  2 -1 -2  1  0
 *            0  4  0 -5  0  1
 *
 * Where 576 y does not fit 32 bits 64 y may: modulo 2^32 the division by 9 is a multiplication.
 * Positions are kept line by line in the order 1, 2, 3, 4, 0, 5, and so are those within a line: with chains of two
 * (eo_winograd.h) the sums of a line are m1, m1 + m2, m3, m3 + m4, m0, m0 + m5. All outputs hold the first position as
 * it is, so the bias goes there. */
#ifndef EO_WINOGRAD_4X4_H
#define EO_WINOGRAD_4X4_H

#include "eo_winograd_layer.h"
#include "eo_winograd_v7m.h"

#define EO_WINOGRAD_4X4_NINTH 0x38e38e39u /* 9 times this is 1 modulo 2^32 */

#if defined(EO_WINOGRAD_ASSEMBLER)

/* One instruction a line. */
/* clang-format off */

/* B' d of r4 to r9: rows 1, 2, 3, 4, 0 and 5 in r8, r5, lr, r11, r4 and r9. */
#define EO_WINOGRAD_4X4_TRANSFORM \
    "ssub16 r10, r8, r6;" \
    "ssub16 r11, r7, r5;" \
    "sadd16 r11, r11, r11;" \
    "sadd16 lr, r10, r11;" \
    "ssub16 r9, r9, r7;" \
    "ssub16 r9, r9, r11;" \
    "ssub16 r9, r9, r11;" \
    "ssub16 r11, r10, r11;" \
    "ssub16 r4, r4, r6;" \
    "sadd16 r4, r4, r4;" \
    "sadd16 r4, r4, r4;" \
    "sadd16 r4, r4, r10;" \
    "sadd16 r6, r6, r6;" \
    "sadd16 r6, r6, r6;" \
    "ssub16 r6, r8, r6;" \
    "sadd16 r5, r5, r5;" \
    "sadd16 r5, r5, r5;" \
    "ssub16 r5, r7, r5;" \
    "sadd16 r8, r6, r5;" \
    "ssub16 r5, r6, r5;"

/* One pair of channels of six words, r4 to r9, to the lines at r1. */
#define EO_WINOGRAD_4X4_PAIR_OF_WORDS(rotation) \
    EO_WINOGRAD_EACH("word", "r4, r5, r6, r7, r8, r9", "sxtb16 \\word, \\word" rotation) \
    EO_WINOGRAD_4X4_TRANSFORM \
    "str r8, [r1];" \
    "str r5, [r1, r2];" \
    "str lr, [r1, r2, lsl #1];" \
    "str r11, [r1, r3];" \
    "str r4, [r1, r2, lsl #2];" \
    "str r9, [r1, r12];" \
    "adds r1, #4;"

/* r0 bytes from where the rows begin, which is on the stack, with the end of r0 behind; then a place for six words. */
EO_WINOGRAD_ASM void eo_winograd_4x4_columns(EO_WINOGRAD_ARG const int8_t *const *rows, EO_WINOGRAD_ARG int32_t at,
                                             EO_WINOGRAD_ARG uint32_t *lines, EO_WINOGRAD_ARG int32_t stride,
                                             EO_WINOGRAD_ARG int32_t words) {
    __asm__(
        ".syntax unified;"
        "push {r4-r11, lr};"
        "ldr r12, [sp, #36];"
        "ldmia r0, {r4-r9};"
        "add r12, r1, r12, lsl #2;"
        "sub sp, #52;"
        "stmia sp, {r4-r9, r12};"
        "mov r0, r1;"
        "mov r1, r2;"
        "lsls r2, r3, #2;"
        "add r3, r2, r2, lsl #1;"
        "add r12, r2, r2, lsl #2;"
        "1:;"
        "ldmia sp, {r4-r9};"
        "add r10, sp, #28;"
        EO_WINOGRAD_EACH("word", "r4, r5, r6, r7, r8, r9", "ldr \\word, [\\word, r0]")
        "stmia r10, {r4-r9};"
        EO_WINOGRAD_4X4_PAIR_OF_WORDS("")
        "add r10, sp, #28;"
        "ldmia r10, {r4-r9};"
        EO_WINOGRAD_4X4_PAIR_OF_WORDS(", ror #8")
        "ldr lr, [sp, #24];"
        "adds r0, #4;"
        "cmp r0, lr;"
        "bne 1b;"
        "add sp, #52;"
        "pop {r4-r11, pc};");
}

/* The next pair of channels of a line of the tile, to its positions. There is an even number of pairs. */
#define EO_WINOGRAD_4X4_PAIR_OF_LINE \
    "ldr r4, [r0];" \
    "ldr r5, [r0, r2];" \
    "ldr r6, [r0, r2, lsl #1];" \
    "ldr r7, [r0, r3];" \
    "ldr r8, [r0, r2, lsl #2];" \
    "ldr r9, [r0, r12];" \
    EO_WINOGRAD_4X4_TRANSFORM \
    "str r8, [r1];" \
    "str r5, [r1, r2, lsl #2];" \
    "str lr, [r1, r2, lsl #3];" \
    "add lr, r1, r2, lsl #4;" \
    "str r11, [r1, r3, lsl #2];" \
    "str r4, [lr];" \
    "str r9, [r1, r12, lsl #2];" \
    "adds r0, #4;" \
    "adds r1, #16;"

/* r2, r3 and r12 are 1, 3 and 5 times the bytes of a column of a line, a quarter of those of a position. On the stack
 * are the end of this line's first column, what it is from there to the next line, and how many lines are left. */
EO_WINOGRAD_ASM void eo_winograd_4x4_tile(EO_WINOGRAD_ARG const uint32_t *lines, EO_WINOGRAD_ARG uint32_t *tiles,
                                          EO_WINOGRAD_ARG int32_t stride, EO_WINOGRAD_ARG int32_t in_pairs) {
    __asm__(
        ".syntax unified;"
        "push {r4-r11, lr};"
        "sub sp, #12;"
        "subs r4, r2, r3;"
        "lsls r2, r3, #2;"
        "add r3, r2, r2, lsl #1;"
        "add r12, r2, r2, lsl #2;"
        "lsls r5, r4, #2;"
        "adds r4, r0, r2;"
        "movs r6, #6;"
        "stmia sp, {r4, r5, r6};"
        "1:;"
        EO_WINOGRAD_REPEAT("2", EO_WINOGRAD_4X4_PAIR_OF_LINE)
        "ldr lr, [sp];"
        "cmp r0, lr;"
        "bne 1b;"
        "ldrd r4, r5, [sp, #4];"
        "add r1, r1, r12, lsl #2;"
        "adds r0, r0, r4;"
        "adds r6, r0, r2;"
        "str r6, [sp];"
        "subs r5, #1;"
        "str r5, [sp, #8];"
        "bne 1b;"
        "add sp, #12;"
        "pop {r4-r11, pc};");
}

#define EO_WINOGRAD_4X4_THEN EO_WINOGRAD_FLAGS /* after the flag is known: where to go with 64 y */

/* Along the line of M at r0 + \line, in its place. What r0 points to is 512 bytes behind the tile's first sum. */
#define EO_WINOGRAD_4X4_LINE \
    "ldrd r2, r3, [r0, #\\line];" \
    "ldrd r4, r5, [r0, #\\line + 32];" \
    "ldrd r6, r7, [r0, #\\line + 64];" \
    "ldrd r8, r9, [r0, #\\line + 96];" \
    "rsb r2, r4, r2, lsl #1;" \
    "rsb r3, r5, r3, lsl #1;" \
    "rsb r6, r8, r6, lsl #1;" \
    "rsb r7, r9, r7, lsl #1;" \
    "add r10, r2, r6, lsl #1;" \
    "add r11, r3, r7, lsl #1;" \
    "add r2, r2, r6, lsl #3;" \
    "add r3, r3, r7, lsl #3;" \
    "strd r10, r11, [r0, #\\line + 32];" \
    "add r10, r4, r8, lsl #2;" \
    "add r11, r5, r9, lsl #2;" \
    "add r4, r4, r8;" \
    "add r5, r5, r9;" \
    "ldrd r6, r7, [r0, #\\line + 128];" \
    "ldrd r8, r9, [r0, #\\line + 160];" \
    "strd r10, r11, [r0, #\\line + 64];" \
    "adds r4, r4, r6;" \
    "adds r5, r5, r7;" \
    "sub r8, r8, r6;" \
    "sub r9, r9, r7;" \
    "strd r4, r5, [r0, #\\line];" \
    "add r2, r2, r8, lsl #2;" \
    "add r3, r3, r9, lsl #2;" \
    "strd r2, r3, [r0, #\\line + 96];"

/* Down a column: 576 y of both channels, from above (r6, r7), (r10, r11), (r8, r9), (r4, r5). */
#define EO_WINOGRAD_4X4_COLUMN \
    "ldrd r2, r3, [r0, #-512];" \
    "ldrd r4, r5, [r0, #-320];" \
    "ldrd r6, r7, [r0, #-128];" \
    "ldrd r8, r9, [r0, #64];" \
    "subs r4, r2, r4;" \
    "subs r5, r3, r5;" \
    "rsb r2, r4, r2, lsl #1;" \
    "rsb r3, r5, r3, lsl #1;" \
    "sub r8, r6, r8;" \
    "sub r9, r7, r9;" \
    "rsb r6, r8, r6, lsl #1;" \
    "rsb r7, r9, r7, lsl #1;" \
    "add r10, r4, r8, lsl #1;" \
    "add r11, r5, r9, lsl #1;" \
    "add r4, r4, r8, lsl #3;" \
    "add r5, r5, r9, lsl #3;" \
    "add r8, r2, r6, lsl #2;" \
    "add r9, r3, r7, lsl #2;" \
    "adds r2, r2, r6;" \
    "adds r3, r3, r7;" \
    "ldrd r6, r7, [r0, #256];" \
    "adds r6, r2, r6;" \
    "adds r7, r3, r7;" \
    "ldrd r2, r3, [r0, #448];" \
    "add r4, r4, r2, lsl #2;" \
    "add r5, r5, r3, lsl #2;"

#define EO_WINOGRAD_4X4_REQUANT(form) \
    EO_WINOGRAD_CONSTANTS form("r6, r10, r8, r4") \
    EO_WINOGRAD_CONSTANTS form("r7, r11, r9, r5")

/* C99 asks compilers for strings of 4095 characters only; this one is for compilers that take longer ones. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
EO_WINOGRAD_ASM void eo_winograd_4x4_group(EO_WINOGRAD_ARG const struct eo_winograd_group *group) {
    __asm__(
        EO_WINOGRAD_BEGIN
        "ldr r2, " EO_WINOGRAD_FLAGS ";"
        "ldr r3, " EO_WINOGRAD_REQUANT ";"
        "adr.w r4, 13f;"
        "adds r4, #1;"
        "str r3, " EO_WINOGRAD_4X4_THEN ";"
        "tst r2, #4;"
        "it ne;"
        "strne r4, " EO_WINOGRAD_REQUANT ";"
        "1:;"
        EO_WINOGRAD_PRODUCTS
        "add r2, sp, #" EO_WINOGRAD_OUTS ";"
        "ldr r0, " EO_WINOGRAD_SUMS ";"
        "str r2, " EO_WINOGRAD_OUT ";"
        "add r0, #512;"
        "10:;"
        EO_WINOGRAD_EACH("line", "-512, -320, -128, 64, 256, 448", EO_WINOGRAD_4X4_LINE)
        "11:;"
        "str r0, " EO_WINOGRAD_TILE ";"
        EO_WINOGRAD_4X4_COLUMN
        "ldr pc, " EO_WINOGRAD_REQUANT ";"
        "13:;"
        "movw r12, #0x8e39;"
        "movt r12, #0x38e3;"
        EO_WINOGRAD_EACH("acc", "r4, r5, r6, r7, r8, r9, r10, r11", "mul \\acc, \\acc, r12")
        "ldr pc, " EO_WINOGRAD_4X4_THEN ";"
        "8:;"
        EO_WINOGRAD_4X4_REQUANT(EO_WINOGRAD_TIE_FORM)
        "b 12f;"
        "9:;"
        EO_WINOGRAD_4X4_REQUANT(EO_WINOGRAD_ANY_FORM)
        "b 12f;"
        "7:;"
        EO_WINOGRAD_4X4_REQUANT(EO_WINOGRAD_PLAIN_FORM)
        "12:;"
        "ldr r2, " EO_WINOGRAD_OUT ";"
        "bfi r6, r7, #8, #8;"
        "bfi r10, r11, #8, #8;"
        "bfi r8, r9, #8, #8;"
        "bfi r4, r5, #8, #8;"
        "ldr r0, [r2];"
        "ldr r3, " EO_WINOGRAD_ROW ";"
        "ldr r12, " EO_WINOGRAD_PIXEL ";"
        "strh r6, [r0];"
        "strh r10, [r0, r3];"
        "strh r8, [r0, r3, lsl #1];"
        "add r3, r3, r3, lsl #1;"
        "strh r4, [r0, r3];"
        "ldr r3, " EO_WINOGRAD_TILE ";"
        "add r0, r12;"
        "str r0, [r2];"
        "add r0, r3, #32;"
        "subs r1, #32;"
        "tst r0, #0x60;"
        "bne 11b;"
        /* the next tile; this one's next pair of channels */
        "ldr r3, [r2];"
        "subs r0, #120;"
        "sub r3, r3, r12, lsl #2;"
        "adds r3, #2;"
        "str r3, [r2], #4;"
        "str r2, " EO_WINOGRAD_OUT ";"
        "lsls r3, r0, #27;"
        "bne 10b;"
        "ldr r2, " EO_WINOGRAD_LEFT ";"
        "adds r1, #32;"
        "subs r2, #1;"
        "str r2, " EO_WINOGRAD_LEFT ";"
        "bne 1b;"
        EO_WINOGRAD_END);
}
#pragma GCC diagnostic pop
/* clang-format on */

#else

/* B' d of d[0], d[step].. to v[0], v[to].. in the order of positions. */
static inline void eo_winograd_4x4_transform(const uint32_t *d, int32_t step, uint32_t *v, int32_t to) {
    const uint32_t d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    const uint32_t twice_d1 = eo_sadd16(d1, d1), twice_d2 = eo_sadd16(d2, d2);
    const uint32_t even = eo_ssub16(d4, eo_sadd16(twice_d2, twice_d2));
    const uint32_t odd = eo_ssub16(d3, eo_sadd16(twice_d1, twice_d1));
    const uint32_t rise = eo_ssub16(d4, d2), slope = eo_sadd16(eo_ssub16(d3, d1), eo_ssub16(d3, d1));
    const uint32_t fall = eo_sadd16(eo_ssub16(d[0], d2), eo_ssub16(d[0], d2));
    v[0] = eo_sadd16(even, odd);
    v[to] = eo_ssub16(even, odd);
    v[2 * to] = eo_sadd16(rise, slope);
    v[3 * to] = eo_ssub16(rise, slope);
    v[4 * to] = eo_sadd16(eo_sadd16(fall, fall), rise);
    v[5 * to] = eo_ssub16(eo_ssub16(eo_ssub16(d[5 * step], d3), slope), slope);
}

static inline void eo_winograd_4x4_columns(const int8_t *const *rows, int32_t at, uint32_t *lines, int32_t stride,
                                           int32_t words) {
    for (; words > 0; words--, at += 4, lines += 2) {
        uint32_t even[6], odd[6];
        for (int i = 0; i < 6; i++) {
            const uint32_t word = eo_load_word(rows[i] + at);
            even[i] = eo_sxtb16(word);
            odd[i] = eo_sxtb16_odd(word);
        }
        eo_winograd_4x4_transform(even, 1, lines, stride);
        eo_winograd_4x4_transform(odd, 1, lines + 1, stride);
    }
}

static inline void eo_winograd_4x4_tile(const uint32_t *lines, uint32_t *tiles, int32_t stride, int32_t in_pairs) {
    const int32_t position = in_pairs * EO_WINOGRAD_TILES;
    for (int i = 0; i < 6; i++, lines += stride, tiles += 6 * position) {
        for (int32_t pair = 0; pair < in_pairs; pair++) {
            eo_winograd_4x4_transform(lines + pair, in_pairs, tiles + pair * EO_WINOGRAD_TILES, position);
        }
    }
}

/* A' m of m[0] to m[5], in the order 0 to 5. */
static inline void eo_winograd_4x4_back(const uint32_t *m, uint32_t *y, int32_t step) {
    const uint32_t a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
    y[0] = m[0] + a + c;
    y[step] = b + 2 * d;
    y[2 * step] = a + 4 * c;
    y[3 * step] = b + 8 * d + 4 * m[5];
}

/* 4x4 outputs of one channel of a tile, from its sums at the first position. */
static inline void eo_winograd_4x4_output(const struct eo_winograd_group *group, const int32_t *sums,
                                          const uint32_t *constants, int8_t *out) {
    static const int order[6] = {1, 2, 3, 4, 0, 5};
    uint32_t column[4][6];
    for (int i = 0; i < 6; i++, sums += 6 * 2 * EO_WINOGRAD_TILES) {
        uint32_t m[6];
        for (int j = 0; j < 6; j++) {
            const uint32_t chained = j % 2 ? (uint32_t)sums[(j - 1) * 2 * EO_WINOGRAD_TILES] : 0;
            m[order[j]] = (uint32_t)sums[j * 2 * EO_WINOGRAD_TILES] - chained;
        }
        eo_winograd_4x4_back(m, &column[0][order[i]], 6);
    }
    for (int32_t x = 0; x < 4; x++) {
        uint32_t y[4];
        eo_winograd_4x4_back(column[x], y, 1);
        for (int32_t i = 0; i < 4; i++) {
            const uint32_t acc = group->requant & EO_WINOGRAD_NINTH ? y[i] * EO_WINOGRAD_4X4_NINTH : y[i];
            out[i * group->row + x * group->pixel] = eo_winograd_requantize((int32_t)acc, constants);
        }
    }
}

static inline void eo_winograd_4x4_group(const struct eo_winograd_group *group) {
    const uint32_t *stream = group->stream;
    for (int32_t pair = 0; pair < group->out_pairs; pair++, stream += 8) {
        stream = eo_winograd_products(group, stream);
        for (int i = 0; i < 2 * EO_WINOGRAD_TILES; i++) {
            eo_winograd_4x4_output(group, group->sums + i, stream + 4 * (i % 2), group->out[i / 2] + 2 * pair + i % 2);
        }
    }
}

#endif

static const struct eo_winograd_form eo_winograd_4x4 = {
    4, 0, eo_winograd_4x4_columns, eo_winograd_4x4_tile, eo_winograd_4x4_group,
};

#endif
