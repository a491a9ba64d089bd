/* eo_bits_v6m.h -- eo_bits.h for Armv6-M and Armv8-M Baseline: Cortex-M0, M0+ and M23. Included by eo_bits.c alone.
 *
 * Only r0 to r7 calculate. The patch is copied to the stack, where a load finds it without a register that points to
 * it: so a triple takes four registers, and three are left for sums. r0 walks along the stream; r10 and r11 keep masks,
 * r8 and r9 sums that wait. */
#ifndef EO_BITS_V6M_H
#define EO_BITS_V6M_H

#include "eo_bits.h"

#if defined(__GNUC__) && (defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__))

#define EO_BITS_BLOCKS

/* The text is the whole function, whatever the compiler's options. */
#define EO_BITS_ASM static __attribute__((naked, noinline))
#define EO_BITS_ARG __attribute__((unused))

/* One instruction a line. */
/* clang-format off */

/* x ^= the patch's word at `offset`. */
#define EO_BITS_XOR(x, free, offset) \
    "ldr " free ", [sp, #" offset "];" \
    "eors " x ", " free ";"

/* Of the three words' differences: a = ones, b = twos. */
#define EO_BITS_DIFFER(a, b, c) \
    "orrs " b ", " c ";" \
    "eors " b ", " a ";"

/* Differences of the next triple, the patch's words being at i, j and k. */
#define EO_BITS_TRIPLE(a, b, c, free, i, j, k) \
    "ldmia r0!, {" a ", " b ", " c "};" \
    EO_BITS_XOR(a, free, i) \
    EO_BITS_XOR(b, free, j) \
    EO_BITS_XOR(c, free, k) \
    EO_BITS_DIFFER(a, b, c)

/* a + b + c, bit by bit: the sum in c, the carry in a; b is lost. */
#define EO_BITS_ADD(a, b, c) \
    "eors " a ", " b ";" \
    "eors " b ", " c ";" \
    "eors " c ", " a ";" \
    "orrs " a ", " b ";" \
    "eors " a ", " c ";"

/* Bits p of weight 1 and q of weight 2 become numbers of 2 bits: p those of the even bits, q of the odd ones;
 * r7 = 0x55555555. */
#define EO_BITS_DIGITS(p, q) \
    "lsrs r3, " p ", #1;" \
    "eors r3, " q ";" \
    "ands r3, r7;" \
    "eors " q ", r3;" \
    "lsls r3, r3, #1;" \
    "eors " p ", r3;"

/* Fields of 2 bits, each the number of ones in it; r7 = 0x55555555. */
#define EO_BITS_PAIRS(x) \
    "lsrs r3, " x ", #1;" \
    "ands r3, r7;" \
    "subs " x ", " x ", r3;"

/* Fields of twice as many `bits`, each the sum of two; r7 masks. */
#define EO_BITS_WIDER(x, bits) \
    "lsrs r3, " x ", #" bits ";" \
    "ands r3, r7;" \
    "ands " x ", r7;" \
    "adds " x ", " x ", r3;"

/* r4 = the sum of its four bytes, two of which are below 256. */
#define EO_BITS_SUM_SMALL \
    "lsrs r3, r4, #16;" \
    "adds r4, r4, r3;" \
    "uxtb r3, r4;" \
    "lsls r4, r4, #16;" \
    "lsrs r4, r4, #24;" \
    "adds r4, r4, r3;"

/* r4 = the sum of its four bytes. */
#define EO_BITS_SUM \
    "ldr r7, =0x00ff00ff;" \
    EO_BITS_WIDER("r4", "8") \
    "lsrs r3, r4, #16;" \
    "adds r4, r4, r3;" \
    "uxth r4, r4;"

/* Differences of the next nine words, by weight: r5 1; r1, r6 2; r2 4. */
#define EO_BITS_THREE_TRIPLES \
    "ldmia r0!, {r1, r2, r3};" \
    "mov r4, sp;" \
    "ldmia r4, {r4, r5, r6, r7};" \
    "eors r1, r4;" \
    "eors r2, r5;" \
    "eors r3, r6;" \
    EO_BITS_DIFFER("r1", "r2", "r3") \
    "ldmia r0!, {r3, r4, r5};" \
    "eors r3, r7;" \
    EO_BITS_XOR("r4", "r6", "16") \
    EO_BITS_XOR("r5", "r6", "20") \
    EO_BITS_DIFFER("r3", "r4", "r5") \
    "mov r8, r4;" \
    EO_BITS_TRIPLE("r5", "r6", "r7", "r4", "24", "28", "32") \
    EO_BITS_ADD("r1", "r3", "r5") \
    "mov r4, r8;" \
    EO_BITS_ADD("r2", "r4", "r6")

/* r4 = how many bits of the next nine words differ. */
#define EO_BITS_NINE \
    EO_BITS_THREE_TRIPLES \
    "mov r7, r10;" \
    EO_BITS_DIGITS("r5", "r6") \
    EO_BITS_DIGITS("r1", "r2") \
    "mov r7, r11;" \
    EO_BITS_WIDER("r5", "2") \
    EO_BITS_WIDER("r6", "2") \
    EO_BITS_WIDER("r1", "2") \
    EO_BITS_WIDER("r2", "2") \
    "ldr r7, =0x0f0f0f0f;" \
    "adds r4, r5, r6;" \
    "adds r1, r1, r2;" \
    EO_BITS_WIDER("r4", "4") \
    EO_BITS_WIDER("r1", "4") \
    "lsls r1, r1, #1;" \
    "adds r4, r4, r1;" \
    EO_BITS_SUM_SMALL

/* r4 = how many bits of the next eighteen words differ. */
#define EO_BITS_EIGHTEEN \
    EO_BITS_THREE_TRIPLES \
    "mov r8, r2;" \
    EO_BITS_TRIPLE("r2", "r3", "r4", "r7", "36", "40", "44") \
    EO_BITS_ADD("r1", "r6", "r3") \
    "mov r9, r1;" \
    EO_BITS_TRIPLE("r4", "r6", "r7", "r1", "48", "52", "56") \
    EO_BITS_ADD("r5", "r2", "r4") \
    EO_BITS_ADD("r5", "r3", "r6") \
    EO_BITS_TRIPLE("r1", "r2", "r3", "r7", "60", "64", "68") \
    /* by weight: r1, r4 1; r2, r6 2; r5, r8, r9 4 */ \
    "mov r7, r10;" \
    EO_BITS_DIGITS("r4", "r6") \
    EO_BITS_DIGITS("r1", "r2") \
    "mov r7, r11;" \
    EO_BITS_WIDER("r4", "2") \
    EO_BITS_WIDER("r6", "2") \
    EO_BITS_WIDER("r1", "2") \
    EO_BITS_WIDER("r2", "2") \
    "adds r4, r4, r6;" \
    "adds r1, r1, r2;" \
    "mov r7, r10;" \
    "mov r6, r8;" \
    "mov r2, r9;" \
    EO_BITS_PAIRS("r5") \
    EO_BITS_PAIRS("r6") \
    /* each field of r5 and r6 has room for one bit more */ \
    "lsrs r3, r2, #1;" \
    "ands r3, r7;" \
    "ands r2, r7;" \
    "adds r5, r5, r3;" \
    "adds r6, r6, r2;" \
    "mov r7, r11;" \
    EO_BITS_WIDER("r5", "2") \
    EO_BITS_WIDER("r6", "2") \
    "adds r5, r5, r6;" \
    "ldr r7, =0x0f0f0f0f;" \
    EO_BITS_WIDER("r4", "4") \
    EO_BITS_WIDER("r1", "4") \
    EO_BITS_WIDER("r5", "4") \
    "lsls r5, r5, #2;" \
    "adds r4, r4, r1;" \
    "adds r4, r4, r5;" \
    EO_BITS_SUM

/* Nine words of the patch to the stack. */
#define EO_BITS_COPY \
    "ldmia r1!, {r4, r5, r6, r7};" \
    "stmia r2!, {r4, r5, r6, r7};" \
    "ldmia r1!, {r3, r4, r5, r6, r7};" \
    "stmia r2!, {r3, r4, r5, r6, r7};"

/* Above the frame with the patch are `gap`, the registers, `to`. lr walks along the counts to r12, or, r12 being 0, takes
 * in bits from below. */
#define EO_BITS_CHANNELS(difference, copy, frame) \
    ".syntax unified;" \
    "push {r4, r5, r6, r7, lr};" \
    "mov r4, r8;" \
    "mov r5, r9;" \
    "mov r6, r10;" \
    "mov r7, r11;" \
    "push {r2, r4, r5, r6, r7};" \
    "ldr r4, =0x55555555;" \
    "ldr r5, =0x33333333;" \
    "mov r10, r4;" \
    "mov r11, r5;" \
    "mov r12, r3;" \
    "ldr r4, [sp, #40];" \
    "mov lr, r4;" \
    "sub sp, #" frame ";" \
    "mov r2, sp;" \
    copy \
    "1:;" \
    difference \
    "mov r1, lr;" \
    "cmp lr, r12;" \
    "bcc 2f;" \
    "ldmia r0!, {r3};" \
    "cmp r4, r3;" \
    "adcs r1, r1;" \
    "mov lr, r1;" \
    "bcs 3f;" \
    "b 1b;" \
    "2:;" \
    "ldr r3, [r1];" \
    "adds r3, r3, r4;" \
    "stmia r1!, {r3};" \
    "mov lr, r1;" \
    "ldr r3, [sp, #" frame "];" \
    "adds r0, r0, r3;" \
    "cmp r1, r12;" \
    "beq 3f;" \
    "b 1b;" \
    "3:;" \
    "mov r0, r1;" \
    "add sp, #" frame ";" \
    "pop {r2, r4, r5, r6, r7};" \
    "mov r8, r4;" \
    "mov r9, r5;" \
    "mov r10, r6;" \
    "mov r11, r7;" \
    "pop {r4, r5, r6, r7, pc};" \
    ".ltorg;"
/* clang-format on */

EO_BITS_ASM uint32_t eo_bits_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                               EO_BITS_ARG uint32_t gap, EO_BITS_ARG const uint32_t *end, EO_BITS_ARG uintptr_t to) {
    __asm__(EO_BITS_CHANNELS(EO_BITS_NINE, EO_BITS_COPY, "36"));
}

EO_BITS_ASM uint32_t eo_bits_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                EO_BITS_ARG uint32_t gap, EO_BITS_ARG const uint32_t *end, EO_BITS_ARG uintptr_t to) {
    __asm__(EO_BITS_CHANNELS(EO_BITS_EIGHTEEN, EO_BITS_COPY EO_BITS_COPY, "72"));
}

#endif
#endif
