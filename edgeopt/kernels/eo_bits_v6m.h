/* eo_bits_v6m.h -- eo_bits.h for Armv6-M: Cortex-M0 and M0+. Included by eo_bits.c alone.
 *
 * Only r0 to r7 calculate. The patch is copied to the stack, where a load finds it without a register that points to
 * it: so a triple takes four registers, and three are left for sums. r0 walks along the stream; r10, r11, r12 keep
 * masks, r8 and r9 sums that wait. */
#ifndef EO_BITS_V6M_H
#define EO_BITS_V6M_H

#include "eo_bits.h"

#define EO_BITS_FIRE
#define EO_BITS_COUNT

/* The text is the whole function, whatever the compiler's options. */
#define EO_BITS_ASM static __attribute__((naked, noinline))
#define EO_BITS_ARG __attribute__((unused))

/* Three xors by the words of the patch that lie at the offsets i, j, k; then a = ones, b = twos of the differences. */
#define EO_BITS_XOR(x, free, offset) "ldr " free ", [sp, #" offset "]\n\teors " x ", " free "\n\t"
#define EO_BITS_DIFFER(a, b, c) "orrs " b ", " c "\n\teors " b ", " a "\n\t"
#define EO_BITS_TRIPLE(a, b, c, free, i, j, k)                                                                         \
    "ldmia r0!, {" a ", " b ", " c "}\n\t" EO_BITS_XOR(a, free, i) EO_BITS_XOR(b, free, j) EO_BITS_XOR(c, free, k)     \
        EO_BITS_DIFFER(a, b, c)

/* a + b + c, bit by bit: the sum in c, the carry in a; b is lost. */
#define EO_BITS_ADD(a, b, c)                                                                                           \
    "eors " a ", " b "\n\t"                                                                                            \
    "eors " b ", " c "\n\t"                                                                                            \
    "eors " c ", " a "\n\t"                                                                                            \
    "orrs " a ", " b "\n\t"                                                                                            \
    "eors " a ", " c "\n\t"

/* Bits p of weight 1 and q of weight 2 become numbers of 2 bits: p those of the even bits, q of the odd. */
#define EO_BITS_DIGITS(p, q)                                                                                           \
    "lsrs r3, " p ", #1\n\t"                                                                                           \
    "eors r3, " q "\n\t"                                                                                               \
    "ands r3, r7\n\t"                                                                                                  \
    "eors " q ", r3\n\t"                                                                                               \
    "lsls r3, r3, #1\n\t"                                                                                              \
    "eors " p ", r3\n\t"

/* Fields of 2 bits, each the number of ones in it; r7 = 0x55555555. */
#define EO_BITS_PAIRS(x)                                                                                               \
    "lsrs r3, " x ", #1\n\t"                                                                                           \
    "ands r3, r7\n\t"                                                                                                  \
    "subs " x ", " x ", r3\n\t"

/* Fields of twice the bits, each the sum of two; r7 masks. */
#define EO_BITS_WIDER(x, bits)                                                                                         \
    "lsrs r3, " x ", #" bits "\n\t"                                                                                    \
    "ands r3, r7\n\t"                                                                                                  \
    "ands " x ", r7\n\t"                                                                                               \
    "adds " x ", " x ", r3\n\t"

/* The next three triples. Leaves, by weight: r5 1; r1, r6 2; r2 4. */
#define EO_BITS_THREE                                                                                                  \
    "ldmia r0!, {r1, r2, r3}\n\t"                                                                                      \
    "mov r4, sp\n\t"                                                                                                   \
    "ldmia r4, {r4, r5, r6, r7}\n\t"                                                                                   \
    "eors r1, r4\n\t"                                                                                                  \
    "eors r2, r5\n\t"                                                                                                  \
    "eors r3, r6\n\t" EO_BITS_DIFFER(                                                                                  \
        "r1", "r2", "r3") "ldmia r0!, {r3, r4, r5}\n\t"                                                                \
                          "eors r3, r7\n\t" EO_BITS_XOR("r4", "r6", "16") EO_BITS_XOR("r5", "r6", "20")                \
                              EO_BITS_DIFFER("r3", "r4", "r5") "mov r8, r4\n\t" EO_BITS_TRIPLE("r5", "r6", "r7", "r4", \
                                                                                               "24", "28", "32")       \
                                  EO_BITS_ADD("r1", "r3", "r5") "mov r4, r8\n\t" EO_BITS_ADD("r2", "r4", "r6")

/* r4 = the sum of its four bytes. */
#define EO_BITS_SUM                                                                                                    \
    "ldr r7, =0x00ff00ff\n\t" EO_BITS_WIDER("r4", "8") "lsrs r3, r4, #16\n\t"                                          \
                                                       "adds r4, r4, r3\n\t"                                           \
                                                       "uxth r4, r4\n\t"

/* r4 = how many bits of the next nine words differ. */
#define EO_BITS_NINE                                                                                                   \
    EO_BITS_THREE                                                                                                      \
    "mov r7, r10\n\t" EO_BITS_DIGITS("r5", "r6") EO_BITS_DIGITS("r1", "r2") "mov r7, r11\n\t" EO_BITS_WIDER("r5", "2") \
        EO_BITS_WIDER("r6", "2") EO_BITS_WIDER("r1", "2")                                                              \
            EO_BITS_WIDER("r2", "2") "mov r7, r12\n\t"                                                                 \
                                     "adds r4, r5, r6\n\t"                                                             \
                                     "adds r1, r1, r2\n\t" EO_BITS_WIDER("r4", "4")                                    \
                                         EO_BITS_WIDER("r1", "4") "lsls r1, r1, #1\n\t"                                \
                                                                  "adds r4, r4, r1\n\t" EO_BITS_SUM

/* r4 = how many bits of the next eighteen words differ. */
#define EO_BITS_EIGHTEEN                                                                                               \
    EO_BITS_THREE                                                                                                      \
    "mov r8, r2\n\t" EO_BITS_TRIPLE("r2", "r3", "r4", "r7", "36", "40", "44")                                          \
        EO_BITS_ADD("r1", "r6", "r3") "mov r9, r1\n\t" EO_BITS_TRIPLE("r4", "r6", "r7", "r1", "48", "52", "56")        \
            EO_BITS_ADD("r5", "r2", "r4") EO_BITS_ADD("r5", "r3", "r6") EO_BITS_TRIPLE(                                \
                "r1", "r2", "r3", "r7", "60", "64", "68") /* weights: r1, r4 1; r2, r6 2; r5, r8, r9 4 */              \
        "mov r7, r10\n\t" EO_BITS_DIGITS("r4", "r6") EO_BITS_DIGITS("r1", "r2") "mov r7, r11\n\t" EO_BITS_WIDER("r4",  \
                                                                                                                "2")   \
            EO_BITS_WIDER("r6", "2") EO_BITS_WIDER("r1", "2") EO_BITS_WIDER(                                           \
                "r2", "2") "adds r4, r4, r6\n\t"                                                                       \
                           "adds r1, r1, r2\n\t"                                                                       \
                           "mov r7, r10\n\t"                                                                           \
                           "mov r6, r8\n\t"                                                                            \
                           "mov r2, r9\n\t" EO_BITS_PAIRS("r5") EO_BITS_PAIRS(                                         \
                               "r6") "lsrs r3, r2, #1\n\t" /* each pair of r5 and r6 has room for one bit more */      \
                                     "ands r3, r7\n\t"                                                                 \
                                     "ands r2, r7\n\t"                                                                 \
                                     "adds r5, r5, r3\n\t"                                                             \
                                     "adds r6, r6, r2\n\t"                                                             \
                                     "mov r7, r11\n\t" EO_BITS_WIDER("r5", "2")                                        \
                                         EO_BITS_WIDER("r6", "2") "adds r5, r5, r6\n\t"                                \
                                                                  "mov r7, r12\n\t" EO_BITS_WIDER("r4", "4")           \
                                                                      EO_BITS_WIDER("r1", "4") EO_BITS_WIDER(          \
                                                                          "r5", "4") "lsls r5, r5, #2\n\t"             \
                                                                                     "adds r4, r4, r1\n\t"             \
                                                                                     "adds r4, r4, r5\n\t" EO_BITS_SUM

/* The registers of the caller, and the masks. */
#define EO_BITS_ENTER                                                                                                  \
    ".syntax unified\n\t"                                                                                              \
    "push {r4, r5, r6, r7, lr}\n\t"                                                                                    \
    "mov r4, r8\n\t"                                                                                                   \
    "mov r5, r9\n\t"                                                                                                   \
    "mov r6, r10\n\t"                                                                                                  \
    "mov r7, r11\n\t"                                                                                                  \
    "push {r4, r5, r6, r7}\n\t"                                                                                        \
    "ldr r4, =0x55555555\n\t"                                                                                          \
    "ldr r5, =0x33333333\n\t"                                                                                          \
    "ldr r6, =0x0f0f0f0f\n\t"                                                                                          \
    "mov r10, r4\n\t"                                                                                                  \
    "mov r11, r5\n\t"                                                                                                  \
    "mov r12, r6\n\t"

/* The patch of nine or eighteen words to the stack. */
#define EO_BITS_COPY_9                                                                                                 \
    "mov r2, sp\n\t"                                                                                                   \
    "ldmia r1!, {r4, r5, r6, r7}\n\t"                                                                                  \
    "stmia r2!, {r4, r5, r6, r7}\n\t"                                                                                  \
    "ldmia r1!, {r3, r4, r5, r6, r7}\n\t"                                                                              \
    "stmia r2!, {r3, r4, r5, r6, r7}\n\t"
#define EO_BITS_COPY_18                                                                                                \
    EO_BITS_COPY_9                                                                                                     \
    "ldmia r1!, {r4, r5, r6, r7}\n\t"                                                                                  \
    "stmia r2!, {r4, r5, r6, r7}\n\t"                                                                                  \
    "ldmia r1!, {r3, r4, r5, r6, r7}\n\t"                                                                              \
    "stmia r2!, {r3, r4, r5, r6, r7}\n\t"

#define EO_BITS_LEAVE                                                                                                  \
    "pop {r4, r5, r6, r7}\n\t"                                                                                         \
    "mov r8, r4\n\t"                                                                                                   \
    "mov r9, r5\n\t"                                                                                                   \
    "mov r10, r6\n\t"                                                                                                  \
    "mov r11, r7\n\t"                                                                                                  \
    "pop {r4, r5, r6, r7, pc}\n\t"                                                                                     \
    ".ltorg\n\t"

/* lr takes `bits`, and then the bit of each channel; the 1 in `bits` leaves with the last one. */
#define EO_BITS_FIRE_ALL(difference, copy, frame)                                                                      \
    __asm__(EO_BITS_ENTER "mov lr, r2\n\t"                                                                             \
                          "sub sp, #" frame "\n\t" copy "1:\n\t" difference "ldmia r0!, {r3}\n\t"                      \
                          "mov r2, lr\n\t"                                                                             \
                          "cmp r4, r3\n\t"                                                                             \
                          "adcs r2, r2\n\t"                                                                            \
                          "mov lr, r2\n\t"                                                                             \
                          "bcs 2f\n\t"                                                                                 \
                          "b 1b\n"                                                                                     \
                          "2:\n\t"                                                                                     \
                          "mov r0, r2\n\t"                                                                             \
                          "add sp, #" frame "\n\t" EO_BITS_LEAVE)

EO_BITS_ASM uint32_t eo_bits_fire_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                    EO_BITS_ARG uint32_t bits) {
    EO_BITS_FIRE_ALL(EO_BITS_NINE, EO_BITS_COPY_9, "36");
}

EO_BITS_ASM uint32_t eo_bits_fire_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                     EO_BITS_ARG uint32_t bits) {
    EO_BITS_FIRE_ALL(EO_BITS_EIGHTEEN, EO_BITS_COPY_18, "72");
}

/* Above the frame with the patch are `step` and `end`, the registers, `counts`; lr walks along the counts. */
#define EO_BITS_GROW_ALL(difference, copy, frame, step, end, counts)                                                   \
    __asm__(EO_BITS_ENTER "push {r2, r3}\n\t"                                                                          \
                          "sub sp, #" frame "\n\t" copy "ldr r2, [sp, #" counts "]\n\t"                                \
                          "mov lr, r2\n"                                                                               \
                          "1:\n\t" difference "mov r1, lr\n\t"                                                         \
                          "ldr r2, [r1]\n\t"                                                                           \
                          "adds r2, r2, r4\n\t"                                                                        \
                          "stmia r1!, {r2}\n\t"                                                                        \
                          "mov lr, r1\n\t"                                                                             \
                          "ldr r2, [sp, #" step "]\n\t"                                                                \
                          "ldr r3, [sp, #" end "]\n\t"                                                                 \
                          "adds r0, r0, r2\n\t"                                                                        \
                          "cmp r1, r3\n\t"                                                                             \
                          "beq 2f\n\t"                                                                                 \
                          "b 1b\n"                                                                                     \
                          "2:\n\t"                                                                                     \
                          "add sp, #" frame " + 8\n\t" EO_BITS_LEAVE)

EO_BITS_ASM void eo_bits_grow_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                EO_BITS_ARG uint32_t step, EO_BITS_ARG const uint32_t *end,
                                EO_BITS_ARG uint32_t *counts) {
    EO_BITS_GROW_ALL(EO_BITS_NINE, EO_BITS_COPY_9, "36", "36", "40", "80");
}

EO_BITS_ASM void eo_bits_grow_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                 EO_BITS_ARG uint32_t step, EO_BITS_ARG const uint32_t *end,
                                 EO_BITS_ARG uint32_t *counts) {
    EO_BITS_GROW_ALL(EO_BITS_EIGHTEEN, EO_BITS_COPY_18, "72", "72", "76", "116");
}

#include "eo_bits_blocks.h"

#endif
