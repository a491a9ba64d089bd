/* eo_depthwise_3x3_v7m.h -- the loops of eo_depthwise_conv2d_3x3_s8 for cores with the DSP instructions of Armv7E-M.
 * Included by it alone; eo_depthwise_3x3.h has the layout of the scratch, and the same loops in C.
 *
 * Two rows by two columns of outputs at once. With (p0, p2) and (p1, p3) of a row of taps in two registers, an output
 * takes a row by SMLAD with (w0, w2) and SMLAxy with w1. Registers:
 *   r0 first column's word   r2 output   r3, r4, r5 (w0, w2) of the rows of weights   r6 w1 of the rows 0 and 1
 *   r7 w1 of row 2 in the upper half; bit 0: a last single column, bit 1: a last single row   r8 bias
 *   r9, r10 the upper outputs   r1, lr the lower ones, before that row 0 of the input   r11, r12 what is loaded
 * Loads stand together: one that follows another takes one cycle. What is seldom needed is in registers of the FPU, or
 * without one on the stack: multiplier, addend, and struct eo_depthwise_3x3_sweep, its `end` as an address. */
#ifndef EO_DEPTHWISE_3X3_V7M_H
#define EO_DEPTHWISE_3X3_V7M_H

#if defined(__GNUC__) && defined(__thumb2__) && EO_HAS_DSP

#define EO_DEPTHWISE_3X3_ASM static __attribute__((naked, noinline))
#define EO_DEPTHWISE_3X3_ARG __attribute__((unused))

/* clang-format off */

/* One output, or two neighbours, with a row of the weights: `x`, `y` are (p0, p2), (p1, p3), `a`, `b` what is added to. */
#define EO_D_ONE(acc, x, y, pairs, middles, half, a) \
    "smlad " acc ", " x ", " pairs ", " a ";" \
    "smlab" half " " acc ", " y ", " middles ", " acc ";"
#define EO_D_TWO(acc0, acc1, x, y, pairs, middles, half, a, b) \
    EO_D_ONE(acc0, x, y, pairs, middles, half, a) \
    "smlad " acc1 ", " y ", " pairs ", " b ";" \
    "smlat" half " " acc1 ", " x ", " middles ", " acc1 ";"
#define EO_D_TWO_0(acc0, acc1, x, y) EO_D_TWO(acc0, acc1, x, y, "r3", "r6", "b", "r8", "r8")
#define EO_D_TWO_1(acc0, acc1, x, y) EO_D_TWO(acc0, acc1, x, y, "r4", "r6", "t", acc0, acc1)
#define EO_D_TWO_2(acc0, acc1, x, y) EO_D_TWO(acc0, acc1, x, y, "r5", "r7", "t", acc0, acc1)
#define EO_D_ONE_0(acc, x, y) EO_D_ONE(acc, x, y, "r3", "r6", "b", "r8")
#define EO_D_ONE_1(acc, x, y) EO_D_ONE(acc, x, y, "r4", "r6", "t", acc)
#define EO_D_ONE_2(acc, x, y) EO_D_ONE(acc, x, y, "r5", "r7", "t", acc)

/* With stride 2 the second output's (p2, p4) is a word of its own, and p3 what it takes from `y`. */
#define EO_D_NEXT(acc, y, middles, half, a) "smlat" half " " acc ", " y ", " middles ", " a ";"
#define EO_D_NEXT_0(acc, y) EO_D_NEXT(acc, y, "r6", "b", "r8")
#define EO_D_NEXT_1(acc, y) EO_D_NEXT(acc, y, "r6", "t", acc)
#define EO_D_NEXT_2(acc, y) EO_D_NEXT(acc, y, "r7", "t", acc)
#define EO_D_PAIR(acc, x, pairs) "smlad " acc ", " x ", " pairs ", " acc ";"

#define EO_D_LOAD(to, offset) "ldr " to ", [r0, #" offset "];"
/* The first load steps on to the next two outputs. */
#define EO_D_FIRST(to, step) "ldr " to ", [r0], #" step ";"

/* EO_D_BEGIN with a channel (r0 its windows, r1 its record, r2 its output, r12 how many are left), EO_D_END with it. */
#if defined(__ARM_FP)
#define EO_D_ENTER \
    "vldm r3, {s6, s7, s8, s9};" \
    "ldrd r6, r9, [r3, #16];" \
    "add r6, r6, r0;" \
    "vmov s10, r6;" \
    "vmov s11, r9;"
#define EO_D_BEGIN \
    "vldm r1!, {s0, s1, s2, s3, s4, s5};" \
    "vmov d6, r0, r2;" \
    "vmov d7, r1, r12;" \
    "vmov r4, r5, d0;" \
    "vmov r7, r8, d1;" \
    "vmov r9, s11;"
#define EO_D_END \
    "vmov r0, r2, d6;" \
    "vmov r1, r12, d7;" \
    "vmov r6, s10;" \
    "add r6, r6, #64;" \
    "vmov s10, r6;"
#define EO_D_LEAVE ""
#define EO_D_CONSTANTS "vmov r11, r12, d2;"
#define EO_D_STEPS "vmov r11, r12, d3;"
#define EO_D_ADVANCES "vmov r11, r12, d4;"
#define EO_D_LAST "vmov r11, s10;"
#else
#define EO_D_ENTER \
    "ldmia r3, {r4, r5, r6, r7, r8, r9};" \
    "add r8, r8, r0;" \
    "push {r4, r5, r6, r7, r8, r9};" \
    "sub sp, sp, #24;"
#define EO_D_BEGIN \
    "ldmia r1!, {r4, r5, r7, r8, r10, r11};" \
    "strd r10, r11, [sp, #16];" \
    "strd r0, r2, [sp];" \
    "strd r1, r12, [sp, #8];" \
    "ldr r9, [sp, #44];"
#define EO_D_END \
    "ldrd r0, r2, [sp];" \
    "ldrd r1, r12, [sp, #8];" \
    "ldr r6, [sp, #40];" \
    "add r6, r6, #64;" \
    "str r6, [sp, #40];"
#define EO_D_LEAVE "add sp, sp, #48;"
#define EO_D_CONSTANTS "ldrd r11, r12, [sp, #16];"
#define EO_D_STEPS "ldrd r11, r12, [sp, #24];"
#define EO_D_ADVANCES "ldrd r11, r12, [sp, #32];"
#define EO_D_LAST "ldr r11, [sp, #40];"
#endif

/* int8 of an accumulator; r11 the multiplier, r12 the addend. */
#define EO_D_HIGH(acc) "smmla " acc ", " acc ", r11, r12;"
#define EO_D_LIMIT(acc) "ssat " acc ", #8, " acc ", asr #10;"

#define EO_D_STORE_2X2 \
    EO_D_CONSTANTS \
    EO_D_HIGH("r9") EO_D_HIGH("r10") EO_D_HIGH("r1") EO_D_HIGH("lr") \
    EO_D_LIMIT("r9") EO_D_LIMIT("r10") EO_D_LIMIT("r1") EO_D_LIMIT("lr") \
    EO_D_STEPS \
    "add r12, r12, r2;" \
    "strb r9, [r2];" \
    "strb r10, [r2, r11];" \
    "strb r1, [r12];" \
    "strb lr, [r12, r11];" \
    "add r2, r2, r11, lsl #1;"
#define EO_D_STORE_2X1 \
    EO_D_CONSTANTS \
    EO_D_HIGH("r9") EO_D_HIGH("r1") \
    EO_D_LIMIT("r9") EO_D_LIMIT("r1") \
    EO_D_STEPS \
    "strb r9, [r2];" \
    "strb r1, [r2, r12];" \
    "add r2, r2, r11;"
#define EO_D_STORE_1X2 \
    EO_D_CONSTANTS \
    EO_D_HIGH("r9") EO_D_HIGH("r10") \
    EO_D_LIMIT("r9") EO_D_LIMIT("r10") \
    EO_D_STEPS \
    "strb r9, [r2];" \
    "strb r10, [r2, r11];" \
    "add r2, r2, r11, lsl #1;"
#define EO_D_STORE_1X1 \
    EO_D_CONSTANTS \
    EO_D_HIGH("r9") \
    EO_D_LIMIT("r9") \
    "strb r9, [r2];"

/* Blocks of outputs, rows by columns, with stride 1. */
#define EO_D1_ROWS_0_1 \
    EO_D_FIRST("r1", "2") EO_D_LOAD("lr", "30") EO_D_LOAD("r11", "254") EO_D_LOAD("r12", "286")
#define EO_D1_ROW_2 EO_D_LOAD("r11", "510") EO_D_LOAD("r12", "542")
#define EO_D1_ROW_3 EO_D_LOAD("r11", "766") EO_D_LOAD("r12", "798")
#define EO_D1_2X2 \
    EO_D1_ROWS_0_1 \
    EO_D_TWO_0("r9", "r10", "r1", "lr") \
    EO_D_TWO_1("r9", "r10", "r11", "r12") EO_D_TWO_0("r1", "lr", "r11", "r12") \
    EO_D1_ROW_2 EO_D_TWO_2("r9", "r10", "r11", "r12") EO_D_TWO_1("r1", "lr", "r11", "r12") \
    EO_D1_ROW_3 EO_D_TWO_2("r1", "lr", "r11", "r12") \
    EO_D_STORE_2X2
#define EO_D1_2X1 \
    EO_D1_ROWS_0_1 \
    EO_D_ONE_0("r9", "r1", "lr") \
    EO_D_ONE_1("r9", "r11", "r12") EO_D_ONE_0("r1", "r11", "r12") \
    EO_D1_ROW_2 EO_D_ONE_2("r9", "r11", "r12") EO_D_ONE_1("r1", "r11", "r12") \
    EO_D1_ROW_3 EO_D_ONE_2("r1", "r11", "r12") \
    EO_D_STORE_2X1
#define EO_D1_1X2 \
    EO_D1_ROWS_0_1 EO_D_TWO_0("r9", "r10", "r1", "lr") EO_D_TWO_1("r9", "r10", "r11", "r12") \
    EO_D1_ROW_2 EO_D_TWO_2("r9", "r10", "r11", "r12") \
    EO_D_STORE_1X2
#define EO_D1_1X1 \
    EO_D1_ROWS_0_1 EO_D_ONE_0("r9", "r1", "lr") EO_D_ONE_1("r9", "r11", "r12") \
    EO_D1_ROW_2 EO_D_ONE_2("r9", "r11", "r12") \
    EO_D_STORE_1X1

/* With stride 2; (p2, p4) of the rows 0 and 1 go to registers that are free still. */
#define EO_D2_UPPER_0_1 \
    EO_D_FIRST("r1", "4") EO_D_LOAD("lr", "28") EO_D_LOAD("r11", "-2") EO_D_LOAD("r12", "252") \
    EO_D_ONE_0("r9", "r1", "lr") EO_D_NEXT_0("r10", "lr") EO_D_PAIR("r10", "r11", "r3") \
    EO_D_LOAD("lr", "284") EO_D_LOAD("r11", "254") \
    EO_D_ONE_1("r9", "r12", "lr") EO_D_NEXT_1("r10", "lr") EO_D_PAIR("r10", "r11", "r4")
#define EO_D2_ROW_2 EO_D_LOAD("r11", "508") EO_D_LOAD("r12", "540")
#define EO_D2_ROW_3 EO_D_LOAD("r11", "764") EO_D_LOAD("r12", "796")
#define EO_D2_ROW_4 EO_D_LOAD("r11", "1020") EO_D_LOAD("r12", "1052")
#define EO_D2_2X2 \
    EO_D2_UPPER_0_1 \
    EO_D2_ROW_2 EO_D_ONE_2("r9", "r11", "r12") EO_D_NEXT_2("r10", "r12") \
    EO_D_ONE_0("r1", "r11", "r12") EO_D_NEXT_0("lr", "r12") \
    EO_D_LOAD("r11", "510") EO_D_PAIR("r10", "r11", "r5") EO_D_PAIR("lr", "r11", "r3") \
    EO_D2_ROW_3 EO_D_ONE_1("r1", "r11", "r12") EO_D_NEXT_1("lr", "r12") \
    EO_D_LOAD("r11", "766") EO_D_PAIR("lr", "r11", "r4") \
    EO_D2_ROW_4 EO_D_ONE_2("r1", "r11", "r12") EO_D_NEXT_2("lr", "r12") \
    EO_D_LOAD("r11", "1022") EO_D_PAIR("lr", "r11", "r5") \
    EO_D_STORE_2X2
#define EO_D2_LEFT_0_1 \
    EO_D_FIRST("r1", "4") EO_D_LOAD("lr", "28") EO_D_LOAD("r11", "252") EO_D_LOAD("r12", "284") \
    EO_D_ONE_0("r9", "r1", "lr") EO_D_ONE_1("r9", "r11", "r12")
#define EO_D2_2X1 \
    EO_D2_LEFT_0_1 \
    EO_D2_ROW_2 EO_D_ONE_2("r9", "r11", "r12") EO_D_ONE_0("r1", "r11", "r12") \
    EO_D2_ROW_3 EO_D_ONE_1("r1", "r11", "r12") \
    EO_D2_ROW_4 EO_D_ONE_2("r1", "r11", "r12") \
    EO_D_STORE_2X1
#define EO_D2_1X2 \
    EO_D2_UPPER_0_1 \
    EO_D2_ROW_2 EO_D_ONE_2("r9", "r11", "r12") EO_D_NEXT_2("r10", "r12") \
    EO_D_LOAD("r11", "510") EO_D_PAIR("r10", "r11", "r5") \
    EO_D_STORE_1X2
#define EO_D2_1X1 \
    EO_D2_LEFT_0_1 \
    EO_D2_ROW_2 EO_D_ONE_2("r9", "r11", "r12") \
    EO_D_STORE_1X1

/* Channels of a tile, until one has a shift code; of each pairs of rows of pairs of columns, until r0 is a multiple of
 * 32, then what is single. Several statements, as a compiler need take but 4095 characters. */
#define EO_D_SWEEP(block_2x2, block_2x1, block_1x2, block_1x1) \
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr};" \
    "ldr r12, [sp, #36];" \
    EO_D_ENTER \
    "0:;" \
    "ldrb r9, [r1, #8];" \
    "cmp r9, #0;" \
    "bne 7f;" \
    EO_D_BEGIN \
    "and r3, r4, #0xff00ff00;" \
    "lsls r4, r4, #8;" \
    "and r4, r4, #0xff00ff00;" \
    "lsls r6, r5, #8;" \
    "and r6, r6, #0xff00ff00;" \
    "and r5, r5, #0xff00ff00;" \
    "orr r7, r7, r9;" \
    "b 4f;" \
    "1:;" \
    block_2x2 \
    "tst r0, #30;" \
    "beq 2f;"); \
    __asm__(block_2x2 \
    "tst r0, #30;" \
    "bne 1b;" \
    "2:;" \
    "lsls r1, r7, #31;" \
    "bpl 3f;" \
    block_2x1 \
    "3:;" \
    EO_D_ADVANCES \
    "add r0, r0, r11;" \
    "add r2, r2, r12;" \
    "4:;" \
    EO_D_LAST \
    "cmp r0, r11;" \
    "bne 1b;" \
    "lsls r1, r7, #30;" \
    "bpl 6f;"); \
    __asm__("5:;" \
    block_1x2 \
    "tst r0, #30;" \
    "bne 5b;" \
    "lsls r1, r7, #31;" \
    "bpl 6f;" \
    block_1x1 \
    "6:;" \
    EO_D_END \
    "adds r0, r0, #64;" \
    "adds r2, r2, #1;" \
    "subs r12, r12, #1;" \
    "bne 0b;" \
    "7:;" \
    "mov r0, r12;" \
    EO_D_LEAVE \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc};")

EO_DEPTHWISE_3X3_ASM int32_t eo_depthwise_3x3_sweep_1(EO_DEPTHWISE_3X3_ARG const int16_t *in,
                                                      EO_DEPTHWISE_3X3_ARG const uint32_t *records,
                                                      EO_DEPTHWISE_3X3_ARG int8_t *out,
                                                      EO_DEPTHWISE_3X3_ARG const struct eo_depthwise_3x3_sweep *sweep,
                                                      EO_DEPTHWISE_3X3_ARG int32_t channels) {
    EO_D_SWEEP(EO_D1_2X2, EO_D1_2X1, EO_D1_1X2, EO_D1_1X1);
}

EO_DEPTHWISE_3X3_ASM int32_t eo_depthwise_3x3_sweep_2(EO_DEPTHWISE_3X3_ARG const int16_t *in,
                                                      EO_DEPTHWISE_3X3_ARG const uint32_t *records,
                                                      EO_DEPTHWISE_3X3_ARG int8_t *out,
                                                      EO_DEPTHWISE_3X3_ARG const struct eo_depthwise_3x3_sweep *sweep,
                                                      EO_DEPTHWISE_3X3_ARG int32_t channels) {
    EO_D_SWEEP(EO_D2_2X2, EO_D2_2X1, EO_D2_1X2, EO_D2_1X1);
}
/* clang-format on */

#include "eo_depthwise_3x3_gather_v7m.h"

#define EO_DEPTHWISE_3X3_LOOPS
#endif
#endif
