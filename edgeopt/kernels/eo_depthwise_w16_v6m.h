/* eo_depthwise_w16_v6m.h -- the loop over taps of eo_depthwise_w16_s16.h for Armv6-M: Cortex-M0, M0+ and M23.
 *
 * As in eo_dot_w16_v6m.h the sums are in r8 to r11; r12 is the end of a row of taps, lr the way from behind a tap to
 * the next. 21 instructions for a tap of four channels. */
#ifndef EO_DEPTHWISE_W16_V6M_H
#define EO_DEPTHWISE_W16_V6M_H

#include "eo_arch.h"

struct eo_w16_taps;
struct eo_w16_sums;

/* *acc += the taps `t`, one row or more, of which `in` and `weights` are at the first; all aligned to 4.
 * The text is the whole function, whatever the compiler's options. */
static __attribute__((naked, noinline, unused)) void
eo_w16_taps_v6m(__attribute__((unused)) const int16_t *in, __attribute__((unused)) const uint32_t *weights,
                __attribute__((unused)) const struct eo_w16_taps *t, __attribute__((unused)) struct eo_w16_sums *acc) {
    __asm__(".syntax unified\n\t"
            "push {r3, r4, r5, r6, r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4, r5, r6, r7}\n\t"
            "ldmia r3!, {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "ldmia r2!, {r3, r4, r5, r6, r7}\n\t" /* rows, cols, in_step, in_pitch, weights_pitch */
            "lsls r5, r5, #1\n\t"
            "lsls r6, r6, #1\n\t"
            "lsls r7, r7, #2\n\t"
            "lsls r2, r4, #3\n\t"
            "subs r7, r7, r2\n\t" /* bytes from behind a row of weights to the next */
            "muls r4, r5\n\t"
            "subs r2, r6, r4\n\t" /* and of the input */
            "subs r5, r5, #8\n\t"
            "mov lr, r5\n\t"
            "adds r4, r4, r0\n\t"
            "mov r12, r4\n\t"
            "push {r2, r3, r6, r7}\n"
            "1:\n\t"
            "ldmia r0!, {r2, r3}\n\t"
            "ldmia r1!, {r4, r5}\n\t"
            "sxth r6, r2\n\t"
            "sxth r7, r4\n\t"
            "muls r6, r7\n\t"
            "add r8, r6\n\t"
            "asrs r2, r2, #16\n\t"
            "asrs r4, r4, #16\n\t"
            "muls r2, r4\n\t"
            "add r9, r2\n\t"
            "sxth r6, r3\n\t"
            "sxth r7, r5\n\t"
            "muls r6, r7\n\t"
            "add r10, r6\n\t"
            "asrs r3, r3, #16\n\t"
            "asrs r5, r5, #16\n\t"
            "muls r3, r5\n\t"
            "add r11, r3\n\t"
            "add r0, lr\n\t"
            "cmp r0, r12\n\t"
            "bne 1b\n\t"
            "ldr r2, [sp]\n\t"
            "adds r0, r0, r2\n\t"
            "ldr r2, [sp, #8]\n\t"
            "add r12, r2\n\t"
            "ldr r2, [sp, #12]\n\t"
            "adds r1, r1, r2\n\t"
            "ldr r2, [sp, #4]\n\t"
            "subs r2, r2, #1\n\t"
            "str r2, [sp, #4]\n\t"
            "bne 1b\n\t"
            "ldr r3, [sp, #32]\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "stmia r3!, {r4, r5, r6, r7}\n\t"
            "add sp, #16\n\t"
            "pop {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r3, r4, r5, r6, r7, pc}\n\t");
}

#endif
