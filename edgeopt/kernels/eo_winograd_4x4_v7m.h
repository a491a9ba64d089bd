/* eo_winograd_4x4_v7m.h -- eo_winograd_4x4.h, which alone includes it, in assembler: see eo_winograd_v7m.h. */
#ifndef EO_WINOGRAD_4X4_V7M_H
#define EO_WINOGRAD_4X4_V7M_H

#include "eo_winograd_v7m.h"

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
        /* EO_WINOGRAD_4X4_NINTH */
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

#endif
#endif
