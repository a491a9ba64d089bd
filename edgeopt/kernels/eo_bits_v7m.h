/* eo_bits_v7m.h -- eo_bits.h for Armv7-M and Armv8-M Mainline: Cortex-M3, M4, M7 and M33. Included by eo_bits.c alone.
 *
 * Written for the registers: eighteen words leave seven words of bits, and no sum on the way to them touches the stack.
 * r0 walks along the stream, r1 along the patch. Where a form that sets flags does as well it is taken: it is short. */
#ifndef EO_BITS_V7M_H
#define EO_BITS_V7M_H

#include "eo_bits.h"

#if defined(__GNUC__) && defined(__thumb2__) && __ARM_ARCH_PROFILE == 'M'

#define EO_BITS_BLOCKS

/* The text is the whole function, whatever the compiler's options. */
#define EO_BITS_ASM static __attribute__((naked, noinline))
#define EO_BITS_ARG __attribute__((unused))

/* One instruction a line. */
/* clang-format off */

/* Differences of the triples (a, b, c) and (u, v, w), bit by bit; ones may be a, twos b. */
#define EO_BITS_DIFFER(ones, twos, a, b, c, u, v, w) \
    "eors " b ", " v ";" \
    "eors " c ", " w ";" \
    "orrs " b ", " c ";" \
    "eors " ones ", " a ", " u ";" \
    "eors " twos ", " b ", " ones ";"

/* Differences of the next triple. */
#define EO_BITS_TRIPLE(ones, twos) \
    "ldmia r0!, {r2, r3, r4};" \
    "ldmia r1!, {r5, r6, r7};" \
    EO_BITS_DIFFER(ones, twos, "r2", "r3", "r4", "r5", "r6", "r7")

/* Of the next two triples. */
#define EO_BITS_TWO_TRIPLES(ones, twos, more_ones, more_twos, u, v, w) \
    "ldmia r0!, {r2, r3, r4, r5, r6, r7};" \
    "ldmia r1!, {" u ", " v ", " w "};" \
    EO_BITS_DIFFER(ones, twos, "r2", "r3", "r4", u, v, w) \
    "ldmia r1!, {" u ", " v ", " w "};" \
    EO_BITS_DIFFER(more_ones, more_twos, "r5", "r6", "r7", u, v, w)

/* a + b + c, bit by bit: the sum in b, the carry in a. */
#define EO_BITS_ADD(a, b, c, free) \
    "eors " free ", " b ", " c ";" \
    "eors " a ", " b ";" \
    "eors " b ", " a ", " c ";" \
    "orrs " free ", " a ";" \
    "eors " a ", " free ", " b ";"

/* Fields of 2 bits, each the number of ones in it; mask = 0x55555555. */
#define EO_BITS_PAIRS(x, mask) \
    "and r5, " mask ", " x ", lsr #1;" \
    "subs " x ", " x ", r5;"

/* Fields of 4 bits, each the sum of two of 2: (x & r6) + (x >> 2 & r6). */
#define EO_BITS_MASKS \
    "mov r6, #0x33333333;" \
    "movs r7, #3;"
#define EO_BITS_NIBBLES(x) \
    "and r5, r6, " x ", lsr #2;" \
    "mls " x ", r5, r7, " x ";"

/* Fields of 8 bits in r2, each the sum of two of 4, where r5 is the upper one. */
#define EO_BITS_BYTES \
    "sub r2, r2, r5, lsl #4;" \
    "adds r2, r2, r5;"

/* r2 = the sum of its four bytes; r5 is free, without DSP r4 too. */
#if defined(__ARM_FEATURE_DSP)
#define EO_BITS_SUM \
    "movs r5, #0;" \
    "usad8 r2, r2, r5;"
#define EO_BITS_SUM_SMALL EO_BITS_SUM
#else
#define EO_BITS_SUM \
    "mov r4, #0x00ff00ff;" \
    "and r5, r4, r2, lsr #8;" \
    "ands r2, r4;" \
    "adds r2, r2, r5;" \
    "add r2, r2, r2, lsl #16;" \
    "lsrs r2, r2, #16;"
/* Two bytes are below 256. */
#define EO_BITS_SUM_SMALL \
    "add r2, r2, r2, lsr #16;" \
    "uxtb r5, r2;" \
    "ubfx r2, r2, #8, #8;" \
    "adds r2, r2, r5;"
#endif

/* r2 = how many bits of the next nine words differ. lr stays, and r12, which is 0x55555555. */
#define EO_BITS_NINE \
    EO_BITS_TWO_TRIPLES("r2", "r3", "r8", "r9", "r8", "r9", "r10") \
    "ldmia r0!, {r5, r6, r7};" \
    "ldmia r1!, {r4, r10, r11};" \
    EO_BITS_DIFFER("r4", "r6", "r5", "r6", "r7", "r4", "r10", "r11") \
    EO_BITS_ADD("r8", "r2", "r4", "r5") \
    EO_BITS_ADD("r9", "r3", "r6", "r5") \
    /* by weight: r2 1; r3, r8 2; r9 4 */ \
    EO_BITS_MASKS \
    EO_BITS_PAIRS("r2", "r12") \
    EO_BITS_PAIRS("r3", "r12") \
    EO_BITS_PAIRS("r8", "r12") \
    EO_BITS_PAIRS("r9", "r12") \
    EO_BITS_NIBBLES("r2") \
    EO_BITS_NIBBLES("r3") \
    EO_BITS_NIBBLES("r8") \
    EO_BITS_NIBBLES("r9") \
    "mov r4, #0x0f0f0f0f;" \
    "add r2, r2, r3, lsl #1;" \
    "add r8, r8, r9, lsl #1;" \
    "and r5, r4, r2, lsr #4;" \
    "and r6, r4, r8, lsr #4;" \
    "add r2, r2, r8, lsl #1;" \
    "add r5, r5, r6, lsl #1;" \
    EO_BITS_BYTES \
    EO_BITS_SUM_SMALL

/* r2 = how many bits of the next eighteen words differ. lr stays. */
#define EO_BITS_EIGHTEEN \
    EO_BITS_TWO_TRIPLES("r8", "r9", "r10", "r11", "r10", "r11", "r12") \
    EO_BITS_TRIPLE("r2", "r3") \
    EO_BITS_ADD("r10", "r8", "r2", "r4") \
    EO_BITS_ADD("r11", "r9", "r3", "r4") \
    EO_BITS_TRIPLE("r12", "r3") \
    EO_BITS_ADD("r10", "r9", "r3", "r4") \
    EO_BITS_TRIPLE("r2", "r3") \
    EO_BITS_ADD("r12", "r8", "r2", "r4") \
    EO_BITS_ADD("r12", "r9", "r3", "r4") \
    EO_BITS_TRIPLE("r2", "r3") \
    /* by weight: r2, r8 1; r3, r9 2; r10, r11, r12 4 */ \
    "mov r4, #0x55555555;" \
    EO_BITS_MASKS \
    EO_BITS_PAIRS("r2", "r4") \
    EO_BITS_PAIRS("r8", "r4") \
    EO_BITS_PAIRS("r3", "r4") \
    EO_BITS_PAIRS("r9", "r4") \
    EO_BITS_PAIRS("r10", "r4") \
    EO_BITS_PAIRS("r11", "r4") \
    /* each field of r10 and r11 has room for one bit more */ \
    "and r5, r4, r12;" \
    "and r4, r4, r12, lsr #1;" \
    "add r10, r10, r5;" \
    "add r11, r11, r4;" \
    EO_BITS_NIBBLES("r2") \
    EO_BITS_NIBBLES("r8") \
    EO_BITS_NIBBLES("r3") \
    EO_BITS_NIBBLES("r9") \
    EO_BITS_NIBBLES("r10") \
    EO_BITS_NIBBLES("r11") \
    "mov r4, #0x0f0f0f0f;" \
    "add r2, r8;" \
    "add r3, r9;" \
    "add r10, r10, r11;" \
    "and r5, r4, r2, lsr #4;" \
    "and r6, r4, r3, lsr #4;" \
    "and r7, r4, r10, lsr #4;" \
    "add r3, r3, r10, lsl #1;" \
    "add r6, r6, r7, lsl #1;" \
    "add r2, r2, r3, lsl #1;" \
    "add r5, r5, r6, lsl #1;" \
    EO_BITS_BYTES \
    EO_BITS_SUM

/* `gap` and `end` are on the stack. lr walks along the counts, or takes in bits from below. */
#define EO_BITS_CHANNELS(difference, bytes) \
    ".syntax unified;" \
    "push {r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr};" \
    "mov r12, #0x55555555;" \
    "ldr lr, [sp, #48];" \
    "1:;" \
    difference \
    "ldrd r4, r5, [sp];" \
    "subs r1, #" bytes ";" \
    "cbnz r5, 2f;" \
    "ldr r3, [r0], #4;" \
    "cmp r2, r3;" \
    "adcs lr, lr, lr;" \
    "bcc 1b;" \
    "mov r0, lr;" \
    "b 3f;" \
    "2:;" \
    "ldr r3, [lr];" \
    "adds r0, r0, r4;" \
    "adds r2, r2, r3;" \
    "str r2, [lr], #4;" \
    "cmp lr, r5;" \
    "bne 1b;" \
    "3:;" \
    "pop {r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, pc};"
/* clang-format on */

EO_BITS_ASM uint32_t eo_bits_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                               EO_BITS_ARG uint32_t gap, EO_BITS_ARG const uint32_t *end, EO_BITS_ARG uintptr_t to) {
    __asm__(EO_BITS_CHANNELS(EO_BITS_NINE, "36"));
}

EO_BITS_ASM uint32_t eo_bits_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                EO_BITS_ARG uint32_t gap, EO_BITS_ARG const uint32_t *end, EO_BITS_ARG uintptr_t to) {
    __asm__(EO_BITS_CHANNELS(EO_BITS_EIGHTEEN, "72"));
}

#endif
#endif
