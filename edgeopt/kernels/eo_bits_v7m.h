/* eo_bits_v7m.h -- eo_bits.h for Armv7-M and Armv8-M Mainline: Cortex-M3, M4, M7 and M33. Included by eo_bits.c alone.
 *
 * Written for the registers: eighteen words leave seven words of bits, and no sum on the way to them touches the stack.
 * r0 walks along the stream, r1 along the patch. Where a form that sets flags is as good it is taken, for its 16 bits.
 */
#ifndef EO_BITS_V7M_H
#define EO_BITS_V7M_H

#include "eo_bits.h"

#define EO_BITS_FIRE
#define EO_BITS_COUNT

/* The text is the whole function, whatever the compiler's options. */
#define EO_BITS_ASM static __attribute__((naked, noinline))
#define EO_BITS_ARG __attribute__((unused))

/* Differences of the triples (a, b, c) and (u, v, w), bit by bit; ones may be a, twos b. */
#define EO_BITS_DIFFER(ones, twos, a, b, c, u, v, w)                                                                   \
    "eors " b ", " v "\n\t"                                                                                            \
    "eors " c ", " w "\n\t"                                                                                            \
    "orrs " b ", " c "\n\t"                                                                                            \
    "eors " ones ", " a ", " u "\n\t"                                                                                  \
    "eors " twos ", " b ", " ones "\n\t"

/* Differences of the next triple. */
#define EO_BITS_TRIPLE(ones, twos)                                                                                     \
    "ldmia r0!, {r2, r3, r4}\n\t"                                                                                      \
    "ldmia r1!, {r5, r6, r7}\n\t" EO_BITS_DIFFER(ones, twos, "r2", "r3", "r4", "r5", "r6", "r7")

/* Of the next two triples. */
#define EO_BITS_TWO_TRIPLES(ones, twos, more_ones, more_twos, u, v, w)                                                 \
    "ldmia r0!, {r2, r3, r4, r5, r6, r7}\n\t"                                                                          \
    "ldmia r1!, {" u ", " v ", " w "}\n\t" EO_BITS_DIFFER(                                                             \
        ones, twos, "r2", "r3", "r4", u, v, w) "ldmia r1!, {" u ", " v ", " w                                          \
                                               "}\n\t" EO_BITS_DIFFER(more_ones, more_twos, "r5", "r6", "r7", u, v, w)

/* a + b + c, bit by bit: the sum in b, the carry in a. */
#define EO_BITS_ADD(a, b, c, free)                                                                                     \
    "eors " free ", " b ", " c "\n\t"                                                                                  \
    "eors " a ", " b "\n\t"                                                                                            \
    "eors " b ", " a ", " c "\n\t"                                                                                     \
    "orrs " free ", " a "\n\t"                                                                                         \
    "eors " a ", " free ", " b "\n\t"

/* The masks of the next two. */
#define EO_BITS_MASKS                                                                                                  \
    "mov r4, #0x55555555\n\t"                                                                                          \
    "mov r6, #0x33333333\n\t"                                                                                          \
    "movs r7, #3\n\t"

/* Fields of 2 bits, each the number of ones in it; r4 = 0x55555555. */
#define EO_BITS_PAIRS(x)                                                                                               \
    "and r5, r4, " x ", lsr #1\n\t"                                                                                    \
    "subs " x ", " x ", r5\n\t"

/* Fields of 4 bits, each the sum of two of 2; r6 = 0x33333333, r7 = 3. */
#define EO_BITS_NIBBLES(x)                                                                                             \
    "and r5, r6, " x ", lsr #2\n\t"                                                                                    \
    "mls " x ", r5, r7, " x "\n\t"

/* Fields of 8 bits in r2, each the sum of two of 4, where r5 is the upper one. */
#define EO_BITS_BYTES                                                                                                  \
    "sub r2, r2, r5, lsl #4\n\t"                                                                                       \
    "adds r2, r2, r5\n\t"

/* r2 = the sum of its four bytes; r5 is free, without DSP r4 too. */
#if defined(__ARM_FEATURE_DSP)
#define EO_BITS_SUM                                                                                                    \
    "movs r5, #0\n\t"                                                                                                  \
    "usad8 r2, r2, r5\n\t"
#else
#define EO_BITS_SUM                                                                                                    \
    "mov r4, #0x00ff00ff\n\t"                                                                                          \
    "and r5, r4, r2, lsr #8\n\t"                                                                                       \
    "ands r2, r4\n\t"                                                                                                  \
    "adds r2, r2, r5\n\t"                                                                                              \
    "add r2, r2, r2, lsl #16\n\t"                                                                                      \
    "lsrs r2, r2, #16\n\t"
#endif

/* r2 = how many bits of the next nine words differ; `more` are loaded behind the weights. r12 and lr stay. */
#define EO_BITS_NINE(more)                                                                                             \
    EO_BITS_TWO_TRIPLES("r2", "r3", "r8", "r9", "r8", "r9", "r10")                                                     \
    "ldmia r0!, {r5, r6, r7" more "}\n\t"                                                                              \
    "ldmia r1!, {r4, r10, r11}\n\t" EO_BITS_DIFFER("r4", "r6", "r5", "r6", "r7", "r4", "r10", "r11")                   \
        EO_BITS_ADD("r8", "r2", "r4", "r5") EO_BITS_ADD("r9", "r3", "r6", "r5") /* weights: r2 1; r3, r8 2; r9 4 */    \
        EO_BITS_MASKS EO_BITS_PAIRS("r2") EO_BITS_PAIRS("r3") EO_BITS_PAIRS("r8") EO_BITS_PAIRS("r9")                  \
            EO_BITS_NIBBLES("r2") EO_BITS_NIBBLES("r3") EO_BITS_NIBBLES("r8")                                          \
                EO_BITS_NIBBLES("r9") "mov r4, #0x0f0f0f0f\n\t"                                                        \
                                      "add r2, r2, r3, lsl #1\n\t"                                                     \
                                      "add r8, r8, r9, lsl #1\n\t"                                                     \
                                      "and r5, r4, r2, lsr #4\n\t"                                                     \
                                      "and r6, r4, r8, lsr #4\n\t"                                                     \
                                      "add r2, r2, r8, lsl #1\n\t"                                                     \
                                      "add r5, r5, r6, lsl #1\n\t" EO_BITS_BYTES EO_BITS_SUM

/* r2 = how many bits of the next eighteen words differ. lr stays. */
#define EO_BITS_EIGHTEEN                                                                                               \
    EO_BITS_TWO_TRIPLES("r8", "r9", "r10", "r11", "r10", "r11", "r12")                                                 \
    EO_BITS_TRIPLE("r2", "r3")                                                                                         \
    EO_BITS_ADD("r10", "r8", "r2", "r4")                                                                               \
    EO_BITS_ADD("r11", "r9", "r3", "r4")                                                                               \
    EO_BITS_TRIPLE("r12", "r3") EO_BITS_ADD("r10", "r9", "r3", "r4") EO_BITS_TRIPLE("r2", "r3")                        \
        EO_BITS_ADD("r12", "r8", "r2", "r4") EO_BITS_ADD("r12", "r9", "r3", "r4")                                      \
            EO_BITS_TRIPLE("r2", "r3") /* weights: r2, r8 1; r3, r9 2; r10, r11, r12 4 */                              \
        EO_BITS_MASKS EO_BITS_PAIRS("r2") EO_BITS_PAIRS("r8") EO_BITS_PAIRS("r3") EO_BITS_PAIRS("r9")                  \
            EO_BITS_PAIRS("r10") EO_BITS_PAIRS(                                                                        \
                "r11") "and r5, r4, r12\n\t" /* each pair of r10 and r11 has room for one bit more */                  \
                       "and r4, r4, r12, lsr #1\n\t"                                                                   \
                       "add r10, r10, r5\n\t"                                                                          \
                       "add r11, r11, r4\n\t" EO_BITS_NIBBLES("r2") EO_BITS_NIBBLES("r8") EO_BITS_NIBBLES("r3")        \
                           EO_BITS_NIBBLES("r9") EO_BITS_NIBBLES("r10")                                                \
                               EO_BITS_NIBBLES("r11") "mov r4, #0x0f0f0f0f\n\t"                                        \
                                                      "add r2, r2, r8\n\t"                                             \
                                                      "add r3, r3, r9\n\t"                                             \
                                                      "add r10, r10, r11\n\t"                                          \
                                                      "and r5, r4, r2, lsr #4\n\t"                                     \
                                                      "and r6, r4, r3, lsr #4\n\t"                                     \
                                                      "and r7, r4, r10, lsr #4\n\t"                                    \
                                                      "add r3, r3, r10, lsl #1\n\t"                                    \
                                                      "add r6, r6, r7, lsl #1\n\t"                                     \
                                                      "add r2, r2, r3, lsl #1\n\t"                                     \
                                                      "add r5, r5, r6, lsl #1\n\t" EO_BITS_BYTES EO_BITS_SUM

/* lr took `bits`, and takes the bit of a channel whose least count is in `least`. */
#define EO_BITS_FIRE_ALL(difference, least, words_back)                                                                \
    __asm__(".syntax unified\n\t"                                                                                      \
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"                                                          \
            "mov lr, r2\n"                                                                                             \
            "1:\n\t" difference "subs r1, #" words_back "\n\t"                                                         \
            "cmp r2, " least "\n\t"                                                                                    \
            "adcs lr, lr, lr\n\t"                                                                                      \
            "bcc 1b\n\t"                                                                                               \
            "mov r0, lr\n\t"                                                                                           \
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t")

EO_BITS_ASM uint32_t eo_bits_fire_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                    EO_BITS_ARG uint32_t bits) {
    EO_BITS_FIRE_ALL(EO_BITS_NINE(", r12"), "r12", "36");
}

EO_BITS_ASM uint32_t eo_bits_fire_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                     EO_BITS_ARG uint32_t bits) {
    EO_BITS_FIRE_ALL(EO_BITS_EIGHTEEN "ldr r3, [r0], #4\n\t", "r3", "72");
}

/* `step` and `end` are on the stack, lr walks along the counts. */
#define EO_BITS_GROW_ALL(difference, words_back)                                                                       \
    __asm__(".syntax unified\n\t"                                                                                      \
            "push {r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}\n\t"                                             \
            "ldr lr, [sp, #48]\n"                                                                                      \
            "1:\n\t" difference "ldrd r4, r5, [sp]\n\t"                                                                \
            "ldr r3, [lr]\n\t"                                                                                         \
            "subs r1, #" words_back "\n\t"                                                                             \
            "adds r0, r0, r4\n\t"                                                                                      \
            "adds r2, r2, r3\n\t"                                                                                      \
            "str r2, [lr], #4\n\t"                                                                                     \
            "cmp lr, r5\n\t"                                                                                           \
            "bne 1b\n\t"                                                                                               \
            "pop {r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, pc}\n\t")

EO_BITS_ASM void eo_bits_grow_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                EO_BITS_ARG uint32_t step, EO_BITS_ARG const uint32_t *end,
                                EO_BITS_ARG uint32_t *counts) {
    EO_BITS_GROW_ALL(EO_BITS_NINE(""), "36");
}

EO_BITS_ASM void eo_bits_grow_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                 EO_BITS_ARG uint32_t step, EO_BITS_ARG const uint32_t *end,
                                 EO_BITS_ARG uint32_t *counts) {
    EO_BITS_GROW_ALL(EO_BITS_EIGHTEEN, "72");
}

#include "eo_bits_blocks.h"

#endif
