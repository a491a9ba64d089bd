/* eo_dot_w16_v6m.h -- the inner loop of eo_dot_w16_s16.h for Armv6-M: Cortex-M0, M0+ and M23.
 *
 * Only r0 to r7 multiply, so the four sums are in r8 to r11, to which an addition reaches. A halfword becomes a factor
 * by sxth or asrs; a product takes the place of a factor that is not needed again. 31 instructions for 8 products. */
#ifndef EO_DOT_W16_V6M_H
#define EO_DOT_W16_V6M_H

#include "eo_arch.h"

/* The next two inputs of both columns (r0, r1) times those weights of two channels (r2). */
#define EO_DOT_W16_TWO_INPUTS                                                                                          \
    "ldmia r2!, {r4, r5}\n\t"                                                                                          \
    "ldmia r0!, {r3}\n\t"                                                                                              \
    "sxth r6, r4\n\t"                                                                                                  \
    "sxth r7, r3\n\t"                                                                                                  \
    "muls r6, r7\n\t"                                                                                                  \
    "add r8, r6\n\t"                                                                                                   \
    "sxth r6, r5\n\t"                                                                                                  \
    "muls r7, r6\n\t"                                                                                                  \
    "add r10, r7\n\t"                                                                                                  \
    "asrs r3, r3, #16\n\t"                                                                                             \
    "asrs r7, r4, #16\n\t"                                                                                             \
    "muls r7, r3\n\t"                                                                                                  \
    "add r8, r7\n\t"                                                                                                   \
    "asrs r7, r5, #16\n\t"                                                                                             \
    "muls r7, r3\n\t"                                                                                                  \
    "add r10, r7\n\t"                                                                                                  \
    "ldmia r1!, {r3}\n\t"                                                                                              \
    "sxth r7, r3\n\t"                                                                                                  \
    "muls r6, r7\n\t"                                                                                                  \
    "add r11, r6\n\t"                                                                                                  \
    "sxth r6, r4\n\t"                                                                                                  \
    "muls r6, r7\n\t"                                                                                                  \
    "add r9, r6\n\t"                                                                                                   \
    "asrs r3, r3, #16\n\t"                                                                                             \
    "asrs r4, r4, #16\n\t"                                                                                             \
    "muls r4, r3\n\t"                                                                                                  \
    "add r9, r4\n\t"                                                                                                   \
    "asrs r5, r5, #16\n\t"                                                                                             \
    "muls r5, r3\n\t"                                                                                                  \
    "add r11, r5\n\t"

#define EO_UNUSED_ARG __attribute__((unused))

/* acc[2 * channel + column] += two columns times two channels. `words` >= 1; all aligned to 4.
 * The text is the whole function, whatever the compiler's options. */
static __attribute__((naked, noinline, unused)) void
eo_dot_w16_s16_2x2(EO_UNUSED_ARG const int16_t *x0, EO_UNUSED_ARG const int16_t *x1, EO_UNUSED_ARG const uint32_t *w,
                   EO_UNUSED_ARG int32_t words, EO_UNUSED_ARG int32_t acc[4]) {
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4, r5, r6, r7}\n\t"
            "lsls r3, r3, #4\n\t"
            "adds r3, r3, r2\n\t"
            "mov r12, r3\n\t" /* behind the weights */
            "ldr r3, [sp, #36]\n\t"
            "ldmia r3!, {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n"
            "1:\n\t" EO_DOT_W16_TWO_INPUTS EO_DOT_W16_TWO_INPUTS "cmp r2, r12\n\t"
            "bne 1b\n\t"
            "ldr r3, [sp, #36]\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "stmia r3!, {r4, r5, r6, r7}\n\t"
            "pop {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4, r5, r6, r7, pc}\n\t");
}

#endif
