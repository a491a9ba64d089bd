/* eo_winograd_2x2_v7m.h -- eo_winograd_2x2.h, which alone includes it, in assembler: see eo_winograd_v7m.h. */
#ifndef EO_WINOGRAD_2X2_V7M_H
#define EO_WINOGRAD_2X2_V7M_H

#include "eo_winograd_v7m.h"

#if defined(EO_WINOGRAD_ASSEMBLER)

/* One instruction a line. */
/* clang-format off */

/* Four rows of a column of V to its positions: r1, 1 and 2 and 3 times r2 behind. */
#define EO_WINOGRAD_2X2_STORE(v0, v1, v2, v3) \
    "str " v1 ", [r1];" \
    "str " v0 ", [r1, r2];" \
    "str " v2 ", [r1, r2, lsl #1];" \
    "str " v3 ", [r1, r3];"

/* The same of lanes a op b, row by row. */
#define EO_WINOGRAD_2X2_COMBINE(op, a0, a1, a2, a3, b0, b1, b2, b3) \
    op " r12, " a1 ", " b1 ";" \
    op " lr, " a0 ", " b0 ";" \
    "str r12, [r1];" \
    "str lr, [r1, r2];" \
    op " r12, " a2 ", " b2 ";" \
    op " lr, " a3 ", " b3 ";" \
    "str r12, [r1, r2, lsl #1];" \
    "str lr, [r1, r3];"

/* V of one tile; a column of lines takes as many bytes as a position of tiles. */
EO_WINOGRAD_ASM void eo_winograd_2x2_tile(EO_WINOGRAD_ARG const uint32_t *lines, EO_WINOGRAD_ARG uint32_t *tiles,
                                          EO_WINOGRAD_ARG int32_t stride, EO_WINOGRAD_ARG int32_t in_pairs) {
    __asm__(
        ".syntax unified;"
        "push {r4-r11, lr};"
        "lsls r2, r3, #4;"
        "add lr, r0, r2;"
        "push {lr};"
        "add r3, r2, r2, lsl #1;"
        "1:;"
        "add r12, r0, r2, lsl #1;"
        "ldmia r0, {r4-r7};"
        "ldmia r12, {r8-r11};"
        "ssub16 r4, r4, r8;"
        "ssub16 r5, r5, r9;"
        "ssub16 r6, r6, r10;"
        "ssub16 r7, r7, r11;"
        "add r1, r1, r2, lsl #2;"
        EO_WINOGRAD_2X2_STORE("r4", "r5", "r6", "r7")
        "add r12, r0, r2;"
        "ldmia r12, {r4-r7};"
        "sub r1, r1, r2, lsl #2;"
        EO_WINOGRAD_2X2_COMBINE("sadd16", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11")
        "add r1, r1, r2, lsl #3;"
        EO_WINOGRAD_2X2_COMBINE("ssub16", "r8", "r9", "r10", "r11", "r4", "r5", "r6", "r7")
        "add r12, r0, r3;"
        "ldmia r12, {r8-r11};"
        "ssub16 r4, r4, r8;"
        "ssub16 r5, r5, r9;"
        "ssub16 r6, r6, r10;"
        "ssub16 r7, r7, r11;"
        "add r1, r1, r2, lsl #2;"
        EO_WINOGRAD_2X2_STORE("r4", "r5", "r6", "r7")
        "ldr r12, [sp];"
        "sub r1, r1, r3, lsl #2;"
        "adds r0, #16;"
        "adds r1, #16;"
        "cmp r0, r12;"
        "bne 1b;"
        "add sp, #4;"
        "pop {r4-r11, pc};");
}

/* a, b op= the sums of both channels `at` bytes behind r0. */
#define EO_WINOGRAD_2X2_SUM(op, a, b, at) \
    "ldrd r2, r3, [r0, #" at "];" \
    op " " a ", " a ", r2;" \
    op " " b ", " b ", r3;"

/* y of both channels from the sums behind r0: (r4, r5) and (r6, r7), below (r8, r9) and (r10, r11). */
#define EO_WINOGRAD_2X2_OUTPUT \
    /* column 1 */ \
    "ldrd r4, r5, [r0, #32];" \
    EO_WINOGRAD_2X2_SUM("add", "r4", "r5", "64") \
    "ldrd r8, r9, [r0];" \
    EO_WINOGRAD_2X2_SUM("sub", "r8", "r9", "96") \
    /* column 2; the sum of two is twice the one less the difference */ \
    "ldrd r6, r7, [r0, #288];" \
    EO_WINOGRAD_2X2_SUM("add", "r6", "r7", "320") \
    "ldrd r10, r11, [r0, #256];" \
    EO_WINOGRAD_2X2_SUM("sub", "r10", "r11", "352") \
    "subs r6, r4, r6;" \
    "subs r7, r5, r7;" \
    "sub r10, r8, r10;" \
    "sub r11, r9, r11;" \
    "rsb r4, r6, r4, lsl #1;" \
    "rsb r5, r7, r5, lsl #1;" \
    "rsb r8, r10, r8, lsl #1;" \
    "rsb r9, r11, r9, lsl #1;" \
    /* column 0 */ \
    EO_WINOGRAD_2X2_SUM("add", "r4", "r5", "160") \
    EO_WINOGRAD_2X2_SUM("add", "r4", "r5", "192") \
    EO_WINOGRAD_2X2_SUM("add", "r8", "r9", "128") \
    EO_WINOGRAD_2X2_SUM("sub", "r8", "r9", "224") \
    /* column 3 */ \
    EO_WINOGRAD_2X2_SUM("sub", "r6", "r7", "416") \
    EO_WINOGRAD_2X2_SUM("sub", "r6", "r7", "448") \
    EO_WINOGRAD_2X2_SUM("sub", "r10", "r11", "384") \
    EO_WINOGRAD_2X2_SUM("add", "r10", "r11", "480")

#define EO_WINOGRAD_2X2_REQUANT(form) \
    EO_WINOGRAD_CONSTANTS form("r4, r6, r8, r10") \
    EO_WINOGRAD_CONSTANTS form("r5, r7, r9, r11")

/* All output channels of four tiles. */
EO_WINOGRAD_ASM void eo_winograd_2x2_group(EO_WINOGRAD_ARG const struct eo_winograd_group *group) {
    __asm__(
        EO_WINOGRAD_BEGIN
        "1:;"
        EO_WINOGRAD_PRODUCTS
        "add r2, sp, #" EO_WINOGRAD_OUTS ";"
        "ldr r0, " EO_WINOGRAD_SUMS ";"
        "str r2, " EO_WINOGRAD_OUT ";"
        "10:;"
        "str r0, " EO_WINOGRAD_TILE ";"
        EO_WINOGRAD_2X2_OUTPUT
        "ldr pc, " EO_WINOGRAD_REQUANT ";"
        "8:;"
        EO_WINOGRAD_2X2_REQUANT(EO_WINOGRAD_TIE_FORM)
        "b 11f;"
        "9:;"
        EO_WINOGRAD_2X2_REQUANT(EO_WINOGRAD_ANY_FORM)
        "b 11f;"
        "7:;"
        EO_WINOGRAD_2X2_REQUANT(EO_WINOGRAD_PLAIN_FORM)
        "11:;"
        "ldr r2, " EO_WINOGRAD_OUT ";"
        "bfi r4, r5, #8, #8;"
        "bfi r6, r7, #8, #8;"
        "bfi r8, r9, #8, #8;"
        "bfi r10, r11, #8, #8;"
        "ldr r0, [r2];"
        "ldr r3, " EO_WINOGRAD_PIXEL ";"
        "ldr r12, " EO_WINOGRAD_ROW ";"
        "strh r4, [r0];"
        "strh r6, [r0, r3];"
        "strh r8, [r0, r12];"
        "add r3, r12;"
        "strh r10, [r0, r3];"
        "adds r0, #2;"
        "str r0, [r2], #4;"
        "str r2, " EO_WINOGRAD_OUT ";"
        "ldr r0, " EO_WINOGRAD_TILE ";"
        "subs r1, #32;"
        "adds r0, #8;"
        "lsls r3, r0, #27;"
        "bne 10b;"
        "ldr r2, " EO_WINOGRAD_LEFT ";"
        "adds r1, #32;"
        "subs r2, #1;"
        "str r2, " EO_WINOGRAD_LEFT ";"
        "bne 1b;"
        EO_WINOGRAD_END);
}
/* clang-format on */

#endif
#endif
