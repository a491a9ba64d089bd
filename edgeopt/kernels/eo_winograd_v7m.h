/* eo_winograd_v7m.h -- the products of eo_winograd.h for Armv7E-M and Armv8-M Mainline with DSP, as text of functions.
 *
 * While products are summed every register is taken: r0 walks along the tiles, r1 along the stream, r2 and r3 are two
 * tiles, r12 and lr the weights of two channels, r4 to r11 the sums. All else is on the stack. */
#ifndef EO_WINOGRAD_V7M_H
#define EO_WINOGRAD_V7M_H

#include "eo_winograd.h"

#if EO_HAS_DSP && defined(__GNUC__) && defined(__thumb2__) && __ARM_ARCH_PROFILE == 'M'

#define EO_WINOGRAD_ASSEMBLER

/* The text is the whole function, whatever the compiler's options; aligned for ADR. */
#define EO_WINOGRAD_ASM static __attribute__((naked, noinline, aligned(4)))
#define EO_WINOGRAD_ARG __attribute__((unused))

/* One instruction a line. */
/* clang-format off */

/* The assembler repeats `text`: so many times, or for each of the values, which it has as \\name. */
#define EO_WINOGRAD_REPEAT(times, text) "\n.rept " times "\n" text "\n.endr\n"
#define EO_WINOGRAD_EACH(name, values, text) "\n.irp " name ", " values "\n" text "\n.endr\n"

/* Places on the stack. */
#define EO_WINOGRAD_ALL     "[sp]"       /* where a position is entered that sums all pairs */
#define EO_WINOGRAD_REST    "[sp, #4]"   /* ... all but the first */
#define EO_WINOGRAD_AFTER   "[sp, #8]"   /* where to go after EO_WINOGRAD_UNROLLED pairs */
#define EO_WINOGRAD_TO      "[sp, #12]"  /* the next sums */
#define EO_WINOGRAD_TO_END  "[sp, #16]"
#define EO_WINOGRAD_UNTIL   "[sp, #20]"  /* the end of this position's tiles */
#define EO_WINOGRAD_BYTES   "[sp, #24]"  /* of a position's tiles */
#define EO_WINOGRAD_FROM    "[sp, #28]"  /* the first position's tiles */
#define EO_WINOGRAD_SUMS    "[sp, #32]"
#define EO_WINOGRAD_LEFT    "[sp, #36]"  /* pairs of output channels */
#define EO_WINOGRAD_REQUANT "[sp, #40]"  /* where to go with accumulators */
#define EO_WINOGRAD_PIXEL   "[sp, #44]"
#define EO_WINOGRAD_ROW     "[sp, #48]"
#define EO_WINOGRAD_FLAGS "[sp, #52]" /* struct eo_winograd_group's `requant` */
#define EO_WINOGRAD_OUTS    "56"         /* four words: struct eo_winograd_group's `out` */
#define EO_WINOGRAD_OUT     "[sp, #72]"  /* the one at hand */
#define EO_WINOGRAD_TILE    "[sp, #76]"  /* the first sum of the tile at hand */

/* Four tiles by two channels of the next pair: 40 bytes of text. */
#define EO_WINOGRAD_PAIR \
    "ldrd r12, lr, [r1], #8;" \
    "ldmia.n r0!, {r2, r3};" \
    "smlad r4, r2, r12, r4;" \
    "smlad r5, r2, lr, r5;" \
    "smlad r6, r3, r12, r6;" \
    "smlad r7, r3, lr, r7;" \
    "ldmia.n r0!, {r2, r3};" \
    "smlad r8, r2, r12, r8;" \
    "smlad r9, r2, lr, r9;" \
    "smlad r10, r3, r12, r10;" \
    "smlad r11, r3, lr, r11;"

#define EO_WINOGRAD_FIRST_PAIR \
    "ldrd r12, lr, [r1], #8;" \
    "ldmia.n r0!, {r2, r3};" \
    "smuad r4, r2, r12;" \
    "smuad r5, r2, lr;" \
    "smuad r6, r3, r12;" \
    "smuad r7, r3, lr;" \
    "ldmia.n r0!, {r2, r3};" \
    "smuad r8, r2, r12;" \
    "smuad r9, r2, lr;" \
    "smuad r10, r3, r12;" \
    "smuad r11, r3, lr;"

#define EO_WINOGRAD_UNROLLED EO_WINOGRAD_REPEAT("16", EO_WINOGRAD_PAIR)

/* r5 = `to` for a jump: where the last (r3 mod 16, or 16) of the unrolled pairs begin. */
#define EO_WINOGRAD_ENTRY(to) \
    "negs r6, r3;" \
    "and r6, #15;" \
    "movs r7, #40;" \
    "mla r5, r6, r7, " to ";"

/* Begins a function of struct eo_winograd_group *: fills the stack; r1 = the stream. Labels: 4 the unrolled pairs,
 * 5 what is after them for more pairs, 6 what is after the last pair, 7 to 9 requantization in its three forms. */
#define EO_WINOGRAD_BEGIN \
    ".syntax unified;" \
    "push {r4-r11, lr};" \
    "sub sp, #80;" \
    "ldmia r0!, {r4-r7};" \
    "mov r1, r5;" \
    "str r4, " EO_WINOGRAD_FROM ";" \
    "str r6, " EO_WINOGRAD_SUMS ";" \
    "str r7, " EO_WINOGRAD_TO_END ";" \
    "ldmia r0!, {r3-r7};" \
    "str r4, " EO_WINOGRAD_LEFT ";" \
    "str r5, " EO_WINOGRAD_PIXEL ";" \
    "str r6, " EO_WINOGRAD_ROW ";" \
    "adr.w r2, 7f;" \
    "adr.w r4, 8f;" \
    "adr.w r5, 9f;" \
    "str r7, " EO_WINOGRAD_FLAGS ";" \
    "and r7, #3;" \
    "cmp r7, #1;" \
    "it eq;" \
    "moveq r2, r4;" \
    "it hi;" \
    "movhi r2, r5;" \
    "adds r2, #1;" \
    "str r2, " EO_WINOGRAD_REQUANT ";" \
    "ldmia r0!, {r4-r7};" \
    "add r2, sp, #" EO_WINOGRAD_OUTS ";" \
    "stmia r2!, {r4-r7};" \
    "lsls r4, r3, #4;" \
    "str r4, " EO_WINOGRAD_BYTES ";" \
    "adr.w r2, 5f;" \
    "adr.w r4, 6f;" \
    "cmp r3, #16;" \
    "it le;" \
    "movle r2, r4;" \
    "adds r2, #1;" \
    "str r2, " EO_WINOGRAD_AFTER ";" \
    "adr.w r2, 4f;" \
    "adds r2, #1;" \
    EO_WINOGRAD_ENTRY("r2") \
    "str r5, " EO_WINOGRAD_ALL ";" \
    "subs r3, #1;" \
    EO_WINOGRAD_ENTRY("r2") \
    "str r5, " EO_WINOGRAD_REST ";"

/* The sums of two output channels. Labels 3 to 6. */
#define EO_WINOGRAD_PRODUCTS \
    "ldr r0, " EO_WINOGRAD_FROM ";" \
    "ldr r2, " EO_WINOGRAD_SUMS ";" \
    "ldr r3, " EO_WINOGRAD_BYTES ";" \
    "str r2, " EO_WINOGRAD_TO ";" \
    "adds r3, r0;" \
    "str r3, " EO_WINOGRAD_UNTIL ";" \
    "ldmia r1!, {r4, r5};" \
    "mov r6, r4;" \
    "mov r7, r5;" \
    "mov r8, r4;" \
    "mov r9, r5;" \
    "mov r10, r4;" \
    "mov r11, r5;" \
    "2:;" \
    "ldr pc, " EO_WINOGRAD_ALL ";" \
    "3:;" \
    EO_WINOGRAD_FIRST_PAIR \
    "ldr pc, " EO_WINOGRAD_REST ";" \
    "4:;" \
    EO_WINOGRAD_UNROLLED \
    "ldr pc, " EO_WINOGRAD_AFTER ";" \
    "5:;" \
    "ldr r2, " EO_WINOGRAD_UNTIL ";" \
    "cmp r0, r2;" \
    "bne 4b;" \
    "ldr r3, " EO_WINOGRAD_BYTES ";" \
    "adds r2, r3;" \
    "str r2, " EO_WINOGRAD_UNTIL ";" \
    "6:;" \
    "ldrd r2, r3, " EO_WINOGRAD_TO ";" /* and EO_WINOGRAD_TO_END */ \
    "stmia r2!, {r4-r11};" \
    "str r2, " EO_WINOGRAD_TO ";" \
    /* within a chain: an odd number of positions, 32 bytes each */ \
    "lsls r12, r2, #26;" \
    "bmi 2b;" \
    "cmp r2, r3;" \
    "bne 3b;"

/* Four accumulators; constants: r2 tie, r3 multiplier, r12 addend, lr shift. r0 is free. */
#define EO_WINOGRAD_PLAIN_FORM(accs) \
    EO_WINOGRAD_EACH("acc", accs, \
    "smmla \\acc, \\acc, r3, r12;" \
    "ssat \\acc, #8, \\acc, asr #12;")
#define EO_WINOGRAD_TIE_FORM(accs) \
    EO_WINOGRAD_EACH("acc", accs, \
    "and r0, r2, \\acc, asr #31;" \
    "sub r0, r12, r0;" \
    "smmla \\acc, \\acc, r3, r0;" \
    "ssat \\acc, #8, \\acc, asr #12;")
#define EO_WINOGRAD_ANY_FORM(accs) \
    EO_WINOGRAD_EACH("acc", accs, \
    "and r0, r2, \\acc, asr #31;" \
    "sub r0, r12, r0;" \
    "smmla \\acc, \\acc, r3, r0;" \
    "asr \\acc, \\acc, lr;" \
    "ssat \\acc, #8, \\acc;")

/* Constants of the next channel. */
#define EO_WINOGRAD_CONSTANTS "ldmia r1!, {r2, r3, r12, lr};"

#define EO_WINOGRAD_END \
    "add sp, #80;" \
    "pop {r4-r11, pc};"

/* clang-format on */

#endif
#endif
