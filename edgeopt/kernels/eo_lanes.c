#include "eo_lanes.h"

#include "eo_dsp.h"

#if EO_HAS_DSP && defined(__GNUC__) && defined(__thumb2__)

#define EO_LANES_ASM __attribute__((naked))
#define EO_LANES_ARG __attribute__((unused))
#define EO_LANES_STRING(x) #x
#define EO_LANES_NUMBER(x) EO_LANES_STRING(x)

/* One instruction a line. */
/* clang-format off */

EO_LANES_ASM uint32_t *eo_lanes_columns(EO_LANES_ARG uint32_t *to, EO_LANES_ARG const int8_t *x0,
                                        EO_LANES_ARG const int8_t *x1, EO_LANES_ARG const int8_t *x2,
                                        EO_LANES_ARG int32_t words) {
    __asm__(
        "push {r4-r9, lr};"
        "ldr lr, [sp, #28];"
        "mov r12, #0x00800080;"
        "1:"
        "ldr r4, [r1], #4;"
        "ldr r5, [r2], #4;"
        "ldr r6, [r3], #4;"
        "eor r7, r4, #0x007f007f;"
        "eor r8, r5, #0x007f007f;"
        "eor r9, r6, #0x007f007f;"
        "sxtab16 r4, r12, r4;"
        "sxtab16 r5, r12, r5;"
        "sxtab16 r6, r12, r6;"
        "stmia r0!, {r4-r9};"
        "subs lr, #1;"
        "bne 1b;"
        "pop {r4-r9, pc};");
}

/* Four inputs: r0 walks along the columns, r1 along the stream; r7-r9 are sums of channel a, r10-r12 of b. */
#define EO_LANES_FOUR \
    "ldmia r1!, {r2, r3};" \
    "ldmia r0!, {r4, r5, r6};" \
    "smlad r7, r2, r4, r7;" \
    "smlad r8, r2, r5, r8;" \
    "smlad r9, r2, r6, r9;" \
    "smlad r10, r3, r4, r10;" \
    "smlad r11, r3, r5, r11;" \
    "smlad r12, r3, r6, r12;" \
    "ldmia r0!, {r4, r5, r6};" \
    "sxtb16 r2, r2;" \
    "sxtb16 r3, r3;" \
    "smlad r7, r2, r4, r7;" \
    "smlad r8, r2, r5, r8;" \
    "smlad r9, r2, r6, r9;" \
    "smlad r10, r3, r4, r10;" \
    "smlad r11, r3, r5, r11;" \
    "smlad r12, r3, r6, r12;"
/* Of so many bytes: a quarter of the loop's body is skipped by them. */
#define EO_LANES_FOUR_BYTES "62"

/* Sums of a channel whose constants are in r2..r5. */
#define EO_LANES_ANY(sum) \
    "and r0, r4, " sum ", asr #31;" \
    "smmla " sum ", " sum ", r2, r3;" \
    "sub " sum ", " sum ", r0;" \
    "asr " sum ", " sum ", r5;" \
    "ssat " sum ", #8, " sum ";"

#define EO_LANES_PLAIN(sum) "ssat " sum ", #8, " sum ", asr #" EO_LANES_NUMBER(EO_LANES_SHIFT) ";"

/* On the stack: 0 columns, 4 where the loop is entered, 8 out, 12 step; above what is saved 52 words, 56 end, 60 plain.
 * lr is the end of the columns. */
EO_LANES_ASM void eo_lanes_channels(EO_LANES_ARG const uint32_t *columns, EO_LANES_ARG const uint32_t *stream,
                                    EO_LANES_ARG int8_t *out, EO_LANES_ARG int32_t step, EO_LANES_ARG int32_t words,
                                    EO_LANES_ARG const int8_t *end, EO_LANES_ARG int32_t plain) {
    __asm__(
        "push {r0-r11, lr};"
        "ldr r4, [sp, #52];"
        "adr.w r2, 2f;"
        "add lr, r4, r4, lsl #1;"
        "add lr, r0, lr, lsl #3;"
        "rsb r4, r4, #0;"
        "and r4, r4, #3;"
        "mov r3, #" EO_LANES_FOUR_BYTES ";"
        "mla r2, r3, r4, r2;"
        "orr r2, r2, #1;"
        "str r2, [sp, #4];"
        "1:"
        "ldmia r1!, {r7, r10};"
        "ldrd r0, r2, [sp];"
        "mov r8, r7;"
        "mov r9, r7;"
        "mov r11, r10;"
        "mov r12, r10;"
        "bx r2;"
        "2:"
        EO_LANES_FOUR
        EO_LANES_FOUR
        EO_LANES_FOUR
        EO_LANES_FOUR
        "cmp r0, lr;"
        "bne 2b;"
        "ldrd r6, r0, [sp, #56];"
        "ldmia r1!, {r2, r3, r4, r5};"
        "cbz r0, 4f;"
        "smmla r7, r7, r2, r3;"
        "smmla r8, r8, r2, r3;"
        "smmla r9, r9, r2, r3;"
        "smmla r10, r10, r4, r5;"
        "smmla r11, r11, r4, r5;"
        "smmla r12, r12, r4, r5;"
        "ldrd r2, r3, [sp, #8];"
        EO_LANES_PLAIN("r7")
        EO_LANES_PLAIN("r8")
        EO_LANES_PLAIN("r9")
        EO_LANES_PLAIN("r10")
        EO_LANES_PLAIN("r11")
        EO_LANES_PLAIN("r12")
        "3:"
        "strb r8, [r2, r3];"
        "strb r9, [r2, r3, lsl #1];"
        "strb r7, [r2], #1;"
        "strb r11, [r2, r3];"
        "strb r12, [r2, r3, lsl #1];"
        "strb r10, [r2], #1;"
        "str r2, [sp, #8];"
        "cmp r2, r6;"
        "bne 1b;"
        "add sp, #16;"
        "pop {r4-r11, pc};"
        "4:"
        EO_LANES_ANY("r7")
        EO_LANES_ANY("r8")
        EO_LANES_ANY("r9")
        "ldmia r1!, {r2, r3, r4, r5};"
        EO_LANES_ANY("r10")
        EO_LANES_ANY("r11")
        EO_LANES_ANY("r12")
        "ldrd r2, r3, [sp, #8];"
        "b 3b;");
}
/* clang-format on */

#else

uint32_t *eo_lanes_columns(uint32_t *to, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t words) {
    const int8_t *const columns[3] = {x0, x1, x2};
    for (int32_t word = 0; word < words; word++, to += 6) {
        for (int i = 0; i < 3; i++) {
            const uint32_t bytes = eo_load_word(columns[i] + 4 * word);
            to[i] = eo_sxtab16(0x00800080u, bytes);
            to[3 + i] = bytes ^ 0x007f007fu;
        }
    }
    return to;
}

/* int8 of a sum that has the constants `c`. */
static int8_t eo_lanes_requantize(int32_t sum, const uint32_t *c, int32_t plain) {
    const int32_t high = (int32_t)(((int64_t)sum * (int32_t)c[0]) >> 32) + (int32_t)c[1];
    if (plain) {
        return (int8_t)eo_saturate_s8(high >> EO_LANES_SHIFT);
    }
    return (int8_t)eo_saturate_s8((high - (sum < 0 ? (int32_t)c[2] : 0)) >> c[3]);
}

void eo_lanes_channels(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step, int32_t words,
                       const int8_t *end, int32_t plain) {
    const int32_t constants = plain ? 2 : 4;
    for (; out != end; out += 2, stream += 2 + 2 * words + 2 * constants) {
        for (int i = 0; i < 6; i++) {
            const uint32_t *const w = stream + 2 + i / 3, *const x = columns + i % 3;
            int32_t sum = (int32_t)stream[i / 3];
            for (int32_t word = 0; word < words; word++) {
                sum = eo_smlad(w[2 * word], x[6 * word], sum);
                sum = eo_smlad(eo_sxtb16(w[2 * word]), x[6 * word + 3], sum);
            }
            out[i % 3 * step + i / 3] = eo_lanes_requantize(sum, stream + 2 + 2 * words + i / 3 * constants, plain);
        }
    }
}

#endif
