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
    EO_BITS_ADD("r11", "r9", "r3", "r4") EO_BITS_TRIPLE("r12", "r3") EO_BITS_ADD("r10", "r9", "r3", "r4")              \
        EO_BITS_TRIPLE("r2", "r3") EO_BITS_ADD("r12", "r8", "r2", "r4") EO_BITS_ADD("r12", "r9", "r3", "r4")           \
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

/* `bits` is 1 << (32 - channels): it leaves at the top when the last channel's bit comes in. */
EO_BITS_ASM uint32_t eo_bits_fire_9(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                    EO_BITS_ARG uint32_t bits) {
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov lr, r2\n"
            "1:\n\t" EO_BITS_NINE(", r12") /* the channel's least count */
            "subs r1, #36\n\t"
            "cmp r2, r12\n\t"
            "adcs lr, lr, lr\n\t"
            "bcc 1b\n\t"
            "mov r0, lr\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t");
}

EO_BITS_ASM uint32_t eo_bits_fire_18(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                     EO_BITS_ARG uint32_t bits) {
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov lr, r2\n"
            "1:\n\t" EO_BITS_EIGHTEEN "ldr r3, [r0], #4\n\t"
            "subs r1, #72\n\t"
            "cmp r2, r3\n\t"
            "adcs lr, lr, lr\n\t"
            "bcc 1b\n\t"
            "mov r0, lr\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t");
}

/* Any number of words; the assembly knows the offsets. */
struct eo_bits_walk {
    uint32_t back;      /*  0: bytes of the patch */
    uint32_t *counts;   /*  4: where counts go; NULL: the stream holds least counts, the result is bits */
    uint32_t bits;      /*  8: as above, or how many channels are left */
    uint32_t behind;    /* 12: bytes to skip behind the weights, where counts go out */
    uint32_t eighteens; /* 16: (blocks of eighteen words - 1) << 24 */
    uint32_t rest;      /* 20: not 0 if one of the following is not */
    uint32_t triples;   /* 24: 0..5 */
    uint32_t singles;   /* 28: 0..2 */
};

/* r2 = one word's or triple's fields of 4 bits; r12 stays. Into lr. */
#define EO_BITS_INTO_LR                                                                                                \
    "mov r4, #0x0f0f0f0f\n\t"                                                                                          \
    "and r5, r4, r2, lsr #4\n\t" EO_BITS_BYTES EO_BITS_SUM "add lr, r2\n\t"

/* lr: the count so far, and in its upper 8 bits the blocks of eighteen words that are left. */
EO_BITS_ASM uint32_t eo_bits_any(EO_BITS_ARG const uint32_t *stream, EO_BITS_ARG const uint32_t *patch,
                                 EO_BITS_ARG struct eo_bits_walk *walk) {
    __asm__(".syntax unified\n\t"
            "push {r2, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
            "1:\n\t"
            "ldr r3, [sp]\n\t"
            "ldr lr, [r3, #16]\n\t"
            "cmp lr, #0xff000000\n\t"
            "bcs 3f\n"
            "2:\n\t" EO_BITS_EIGHTEEN "add lr, r2\n\t"
            "subs lr, lr, #0x01000000\n\t"
            "bcs 2b\n\t"
            "ldr r3, [sp]\n"
            "3:\n\t"
            "ldr r2, [r3, #20]\n\t"
            "add lr, lr, #0x01000000\n\t"
            "cmp r2, #0\n\t"
            "beq 7f\n\t"
            "ldr r12, [r3, #24]\n\t"
            "cmp r12, #0\n\t"
            "beq 5f\n"
            "4:\n\t" EO_BITS_TRIPLE("r2", "r3") EO_BITS_MASKS EO_BITS_PAIRS("r2") EO_BITS_PAIRS("r3")
                EO_BITS_NIBBLES("r2")
                    EO_BITS_NIBBLES("r3") "add r2, r2, r3, lsl #1\n\t" EO_BITS_INTO_LR "subs r12, r12, #1\n\t"
                                          "bne 4b\n\t"
                                          "ldr r3, [sp]\n"
                                          "5:\n\t"
                                          "ldr r12, [r3, #28]\n\t"
                                          "cmp r12, #0\n\t"
                                          "beq 7f\n"
                                          "6:\n\t"
                                          "ldr r2, [r0], #4\n\t"
                                          "ldr r3, [r1], #4\n\t"
                                          "eors r2, r3\n\t" EO_BITS_MASKS EO_BITS_PAIRS("r2") EO_BITS_NIBBLES("r2")
                                              EO_BITS_INTO_LR "subs r12, r12, #1\n\t"
                                                              "bne 6b\n\t"
                                                              "ldr r3, [sp]\n"
                                                              "7:\n\t"
                                                              "ldmia r3, {r4, r5, r6, r7}\n\t"
                                                              "subs r1, r1, r4\n\t"
                                                              "cmp r5, #0\n\t"
                                                              "bne 8f\n\t"
                                                              "ldr r2, [r0], #4\n\t"
                                                              "cmp lr, r2\n\t"
                                                              "adcs r6, r6\n\t"
                                                              "str r6, [r3, #8]\n\t"
                                                              "bcc 1b\n\t"
                                                              "mov r0, r6\n\t"
                                                              "pop {r2, r4, r5, r6, r7, r8, r9, r10, r11, pc}\n"
                                                              "8:\n\t"
                                                              "str lr, [r5], #4\n\t"
                                                              "adds r0, r0, r7\n\t"
                                                              "subs r6, #1\n\t"
                                                              "strd r5, r6, [r3, #4]\n\t"
                                                              "bne 1b\n\t"
                                                              "pop {r2, r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t");
}

static struct eo_bits_walk eo_bits_walk_of(const struct eo_bits_patch *patch) {
    const int32_t rest = patch->triples % 6;
    struct eo_bits_walk walk;
    walk.back = 4u * (uint32_t)(3 * patch->triples + patch->singles);
    walk.counts = NULL;
    walk.bits = 0;
    walk.behind = 0;
    walk.eighteens = ((uint32_t)(patch->triples / 6) - 1u) << 24;
    walk.rest = (uint32_t)(rest | patch->singles);
    walk.triples = (uint32_t)rest;
    walk.singles = (uint32_t)patch->singles;
    return walk;
}

uint32_t eo_bits_fire(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels) {
    const uint32_t bits = (uint32_t)1 << (32 - channels);
    if (patch->singles == 0 && patch->triples == 6) {
        return eo_bits_fire_18(stream, patch->words, bits);
    }
    if (patch->singles == 0 && patch->triples == 3) {
        return eo_bits_fire_9(stream, patch->words, bits);
    }
    struct eo_bits_walk walk = eo_bits_walk_of(patch);
    walk.bits = bits;
    return eo_bits_any(stream, patch->words, &walk);
}

void eo_bits_count(const uint32_t *stream, const struct eo_bits_patch *patch, int32_t channels, int32_t behind,
                   uint32_t *counts) {
    struct eo_bits_walk walk = eo_bits_walk_of(patch);
    walk.counts = counts;
    walk.bits = (uint32_t)channels;
    walk.behind = 4u * (uint32_t)behind;
    eo_bits_any(stream, patch->words, &walk);
}

#endif
