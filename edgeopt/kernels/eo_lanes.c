#include "eo_lanes.h"

#include "eo_dsp.h"

#if EO_HAS_DSP && defined(__GNUC__) && defined(__thumb2__)

/* Aligned, as ADR counts from a word's address. */
#define EO_LANES_ASM __attribute__((naked, aligned(4)))
#define EO_LANES_ARG __attribute__((unused))
#define EO_LANES_STRING(x) #x
#define EO_LANES_NUMBER(x) EO_LANES_STRING(x)

/* One instruction a line. */
/* clang-format off */

/* even and odd, r4-r9, of the words r4-r6. */
#define EO_LANES_PREPARE \
    "eor r7, r4, #0x007f007f;" \
    "eor r8, r5, #0x007f007f;" \
    "eor r9, r6, #0x007f007f;" \
    "sxtab16 r4, r12, r4;" \
    "sxtab16 r5, r12, r5;" \
    "sxtab16 r6, r12, r6;"

EO_LANES_ASM uint32_t *eo_lanes_columns(EO_LANES_ARG uint32_t *to, EO_LANES_ARG const int8_t *x0,
                                        EO_LANES_ARG const int8_t *x1, EO_LANES_ARG const int8_t *x2,
                                        EO_LANES_ARG int32_t words, EO_LANES_ARG int32_t gap,
                                        EO_LANES_ARG const uint32_t *end) {
    __asm__(
        "push {r4-r11, lr};"
        "ldrd r10, r11, [sp, #36];"
        "mov r12, #0x00800080;"
        "1:"
        "mov lr, r10;"
        "2:"
        "ldr r4, [r1], #4;"
        "ldr r5, [r2], #4;"
        "ldr r6, [r3], #4;"
        EO_LANES_PREPARE
        "stmia r0!, {r4-r9};"
        "subs lr, #1;"
        "bne 2b;"
        "ldr r4, [sp, #44];"
        "add r1, r11;"
        "add r2, r11;"
        "add r3, r11;"
        "cmp r0, r4;"
        "bne 1b;"
        "pop {r4-r11, pc};");
}

/* The last bytes of three rows in r4; r10, lr are those of the second and third row. */
#define EO_LANES_LAST(to, x) \
    "ldrb " to ", [" x ", #8];" \
    "ldrb r8, [" x ", r10];" \
    "ldrb r9, [" x ", lr];" \
    "orr " to ", " to ", r8, lsl #8;" \
    "orr " to ", " to ", r9, lsl #16;"

EO_LANES_ASM void eo_lanes_columns_3x9(EO_LANES_ARG uint32_t *to, EO_LANES_ARG const int8_t *x0,
                                       EO_LANES_ARG const int8_t *x1, EO_LANES_ARG const int8_t *x2,
                                       EO_LANES_ARG int32_t pitch) {
    __asm__(
        "push {r4-r11, lr};"
        "ldr r11, [sp, #36];"
        "mov r12, #0x00800080;"
        "add r10, r11, #8;"
        "add lr, r10, r11;"
        EO_LANES_LAST("r4", "r1")
        EO_LANES_LAST("r5", "r2")
        EO_LANES_LAST("r6", "r3")
        EO_LANES_PREPARE
        "add r10, r0, #144;"
        "stmia r10, {r4-r9};"
        "1:"
        "ldr r4, [r1];"
        "ldr r5, [r2];"
        "ldr r6, [r3];"
        EO_LANES_PREPARE
        "stmia r0!, {r4-r9};"
        "ldr r4, [r1, #4];"
        "ldr r5, [r2, #4];"
        "ldr r6, [r3, #4];"
        EO_LANES_PREPARE
        "stmia r0!, {r4-r9};"
        "add r1, r11;"
        "add r2, r11;"
        "add r3, r11;"
        "cmp r0, r10;"
        "bne 1b;"
        "pop {r4-r11, pc};");
}

/* Four inputs: r0 walks along the columns; r2, r3 are the words of channels a, b; r7-r9 are sums of a, r10-r12 of b, to
 * which the first are added as given. */
#define EO_LANES_FOUR(a0, a1, a2, b0, b1, b2) \
    "ldmia r0!, {r4, r5, r6};" \
    "smlad r8, r2, r5, " a1 ";" \
    "smlad r9, r2, r6, " a2 ";" \
    "smlad r7, r2, r4, " a0 ";" \
    "smlad r11, r3, r5, " b1 ";" \
    "smlad r12, r3, r6, " b2 ";" \
    "smlad r10, r3, r4, " b0 ";" \
    "ldmia r0!, {r4, r5, r6};" \
    "sxtb16 r2, r2;" \
    "sxtb16 r3, r3;" \
    "smlad r7, r2, r4, r7;" \
    "smlad r8, r2, r5, r8;" \
    "smlad r9, r2, r6, r9;" \
    "smlad r10, r3, r4, r10;" \
    "smlad r11, r3, r5, r11;" \
    "smlad r12, r3, r6, r12;"

/* The next four inputs: r1 walks along the stream. */
#define EO_LANES_NEXT_FOUR \
    "ldmia r1!, {r2, r3};" \
    EO_LANES_FOUR("r7", "r8", "r9", "r10", "r11", "r12")
/* Of so many bytes: the loop is entered behind as many as make its first pass what is no multiple of eight. */
#define EO_LANES_NEXT_FOUR_BYTES "62"

/* Sums of a channel whose constants are in r2..r5. */
#define EO_LANES_ANY(sum) \
    "and r0, r4, " sum ", asr #31;" \
    "smmla " sum ", " sum ", r2, r3;" \
    "sub " sum ", " sum ", r0;" \
    "asr " sum ", " sum ", r5;" \
    "ssat " sum ", #8, " sum ";"

#define EO_LANES_PLAIN(sum) "ssat " sum ", #8, " sum ", asr #" EO_LANES_NUMBER(EO_LANES_SHIFT) ";"

/* On the stack: 0 columns, 4 stream, 8 out, 12 step; 48 from the end of a column's channels to the next column but two;
 * above what is saved 56 where the loop is entered, 60 threes, 64 the end of a column's channels, 68 plain. lr is the end
 * of the columns. */
EO_LANES_ASM void eo_lanes_channels(EO_LANES_ARG const uint32_t *columns, EO_LANES_ARG const uint32_t *stream,
                                    EO_LANES_ARG int8_t *out, EO_LANES_ARG int32_t step, EO_LANES_ARG int32_t words,
                                    EO_LANES_ARG int32_t threes, EO_LANES_ARG int32_t channels,
                                    EO_LANES_ARG int32_t plain) {
    __asm__(
        "push {r0-r12, lr};"
        "ldr r4, [sp, #56];"
        "ldr r5, [sp, #64];"
        "add r3, r3, r3, lsl #1;"
        "subs r3, r5;"
        "adds r5, r2;"
        "str r3, [sp, #48];"
        "str r5, [sp, #64];"
        "adr.w r2, 2f;"
        "add lr, r4, r4, lsl #1;"
        "add lr, r0, lr, lsl #3;"
        "rsbs r4, r4, #1;"
        "beq 7f;"
        "and r4, r4, #7;"
        "movs r3, #" EO_LANES_NEXT_FOUR_BYTES ";"
        "mla r2, r3, r4, r2;"
        "8:"
        "orr r2, r2, #1;"
        "str r2, [sp, #56];"
        "1:"
        "ldmia r1!, {r2, r3, r7, r10};"
        EO_LANES_FOUR("r7", "r7", "r7", "r10", "r10", "r10")
        "ldr pc, [sp, #56];"
        "2:"
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        EO_LANES_NEXT_FOUR
        "9:"
        "cmp r0, lr;"
        "bne 2b;"
        "ldrd r6, r0, [sp, #64];"
        "ldmia r1!, {r2, r3, r4, r5};"
        "cbz r0, 4f;"
        "smmla r7, r7, r2, r3;"
        "smmla r8, r8, r2, r3;"
        "smmla r9, r9, r2, r3;"
        "smmla r10, r10, r4, r5;"
        "smmla r11, r11, r4, r5;"
        "smmla r12, r12, r4, r5;"
        EO_LANES_PLAIN("r7")
        EO_LANES_PLAIN("r8")
        EO_LANES_PLAIN("r9")
        EO_LANES_PLAIN("r10")
        EO_LANES_PLAIN("r11")
        EO_LANES_PLAIN("r12")
        "3:"
        "ldrd r2, r3, [sp, #8];"
        "strb r8, [r2, r3];"
        "strb r9, [r2, r3, lsl #1];"
        "strb r7, [r2], #1;"
        "strb r11, [r2, r3];"
        "strb r12, [r2, r3, lsl #1];"
        "strb r10, [r2], #1;"
        "str r2, [sp, #8];"
        "ldr r0, [sp];"
        "cmp r2, r6;"
        "bne 1b;"
        "b 5f;"
        "4:"
        EO_LANES_ANY("r7")
        EO_LANES_ANY("r8")
        EO_LANES_ANY("r9")
        "ldmia r1!, {r2, r3, r4, r5};"
        EO_LANES_ANY("r10")
        EO_LANES_ANY("r11")
        EO_LANES_ANY("r12")
        "b 3b;"
        /* the next three columns */
        "5:"
        "ldr r4, [sp, #60];"
        "ldr r5, [sp, #48];"
        "ldr r1, [sp, #4];"
        "subs r4, #1;"
        "beq 6f;"
        "str r4, [sp, #60];"
        "adds r2, r5;"
        "str r2, [sp, #8];"
        "add r3, r3, r3, lsl #1;"
        "adds r6, r3;"
        "str r6, [sp, #64];"
        "sub r4, lr, r0;"
        "mov r0, lr;"
        "str r0, [sp];"
        "add lr, r4;"
        "b 1b;"
        "6:"
        "add sp, #16;"
        "pop {r4-r12, pc};"
        /* a column of one word leaves nothing for the loop */
        "7:"
        "adr.w r2, 9b;"
        "b 8b;");
}
/* clang-format on */

#else

uint32_t *eo_lanes_columns(uint32_t *to, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t words,
                           int32_t gap, const uint32_t *end) {
    const int8_t *const columns[3] = {x0, x1, x2};
    for (int32_t at = 0; to != end; at += gap) {
        for (int32_t word = 0; word < words; word++, at += 4, to += 6) {
            for (int i = 0; i < 3; i++) {
                const uint32_t bytes = eo_load_word(columns[i] + at);
                to[i] = eo_sxtab16(0x00800080u, bytes);
                to[3 + i] = bytes ^ 0x007f007fu;
            }
        }
    }
    return to;
}

void eo_lanes_columns_3x9(uint32_t *to, const int8_t *x0, const int8_t *x1, const int8_t *x2, int32_t pitch) {
    const int8_t *const columns[3] = {x0, x1, x2};
    int8_t last[12] = {0};
    for (int i = 0; i < 9; i++) {
        last[i / 3 * 4 + i % 3] = columns[i / 3][i % 3 * pitch + 8];
    }
    to = eo_lanes_columns(to, x0, x1, x2, 2, pitch - 8, to + 36);
    (void)eo_lanes_columns(to, last, last + 4, last + 8, 1, 0, to + 6);
}

/* A pair of channels of three columns. */
static void eo_lanes_pair(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step, int32_t words,
                          int32_t plain) {
    for (int i = 0; i < 6; i++) {
        const uint32_t *const x = columns + i % 3, *const constants = stream + 2 + 2 * words + i / 3 * (plain ? 2 : 4);
        int32_t sum = (int32_t)stream[2 + i / 3]; /* the bias */
        for (int32_t word = 0; word < words; word++) {
            const uint32_t w = stream[i / 3 + 2 * word + (word > 0 ? 2 : 0)];
            sum = eo_smlad(eo_sxtb16(w), x[6 * word + 3], eo_smlad(w, x[6 * word], sum));
        }
        out[i % 3 * step + i / 3] = eo_lanes_requantize(sum, constants, plain);
    }
}

void eo_lanes_channels(const uint32_t *columns, const uint32_t *stream, int8_t *out, int32_t step, int32_t words,
                       int32_t threes, int32_t channels, int32_t plain) {
    for (; threes > 0; threes--, columns += 6 * words, out += 3 * step) {
        const uint32_t *of_pair = stream;
        for (int32_t channel = 0; channel < channels; channel += 2, of_pair += 2 * words + (plain ? 6 : 10)) {
            eo_lanes_pair(columns, of_pair, out + channel, step, words, plain);
        }
    }
}

#endif
