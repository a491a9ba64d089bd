#include "eo_dense_lanes_s8.h"

#include "eo_dsp.h"
#include "eo_lanes_requant.h"
#include "eo_requant.h"

#define EO_DENSE_BLOCK 8 /* channels */

/* The even lanes of four inputs, then the odd ones. */
static inline uint32_t *put(uint32_t *lanes, uint32_t word) {
    lanes[0] = eo_sxtab16(0x00800080u, word);
    lanes[1] = word ^ 0x007f007fu;
    return lanes + 2;
}

/* All inputs; what is beyond the last one counts as 0. */
static void prepare(uint32_t *lanes, const int8_t *in, int32_t count) {
    const int32_t rest = count % 4;
    for (const int8_t *const end = in + (count - rest); in != end; in += 4) {
        lanes = put(lanes, eo_load_word(in));
    }
    if (rest > 0) {
        uint32_t word = 0;
        for (int32_t i = rest - 1; i >= 0; i--) {
            word = word << 8 | (uint8_t)in[i];
        }
        (void)put(lanes, word);
    }
}

#if EO_HAS_DSP && defined(__GNUC__) && defined(__thumb2__)

#define EO_DENSE_STRING(x) #x
#define EO_DENSE_NUMBER(x) EO_DENSE_STRING(x)
#define EO_DENSE_ARG __attribute__((unused))

/* One instruction a line. */
/* clang-format off */

/* Four inputs of two channels, whose sums are a and b. r0 walks along the lanes, r1 along the stream. */
#define EO_DENSE_TWO(a, b) \
    "ldrd r12, lr, [r1], #8;" \
    "smlad " a ", r12, r10, " a ";" \
    "smlad " b ", lr, r10, " b ";" \
    "sxtb16 r12, r12;" \
    "sxtb16 lr, lr;" \
    "smlad " a ", r12, r11, " a ";" \
    "smlad " b ", lr, r11, " b ";"

/* Four inputs of eight channels: 29 instructions for 32 products. */
#define EO_DENSE_FOUR \
    "ldrd r10, r11, [r0], #8;" \
    EO_DENSE_TWO("r2", "r3") \
    EO_DENSE_TWO("r4", "r5") \
    EO_DENSE_TWO("r6", "r7") \
    EO_DENSE_TWO("r8", "r9")
/* Of so many bytes: an eighth of the loop's body is skipped by them. */
#define EO_DENSE_FOUR_BYTES "116"

#define EO_DENSE_PLAIN(a, b) \
    "ldmia r1!, {r10, r11, r12, lr};" \
    "smmla " a ", " a ", r10, r11;" \
    "smmla " b ", " b ", r12, lr;" \
    "ssat " a ", #8, " a ", asr #" EO_DENSE_NUMBER(EO_LANES_SHIFT) ";" \
    "ssat " b ", #8, " b ", asr #" EO_DENSE_NUMBER(EO_LANES_SHIFT) ";"

#define EO_DENSE_ANY(sum) \
    "ldmia r1!, {r10, r11, r12, lr};" \
    "and r0, r12, " sum ", asr #31;" \
    "smmla " sum ", " sum ", r10, r11;" \
    "sub " sum ", " sum ", r0;" \
    "asr " sum ", " sum ", lr;" \
    "ssat " sum ", #8, " sum ";"

/* Block by block until `out` is `end`. On the stack: 0 lanes, 4 where the loop is entered, 8 out, 12 end of the lanes;
 * above what is saved 52 end, 56 plain. */
static __attribute__((naked, noinline, aligned(4))) void blocks(EO_DENSE_ARG const uint32_t *lanes,
                                                    EO_DENSE_ARG const uint32_t *stream, EO_DENSE_ARG int8_t *out,
                                                    EO_DENSE_ARG int32_t words, EO_DENSE_ARG const int8_t *end,
                                                    EO_DENSE_ARG int32_t plain) {
    __asm__(
        "push {r0-r11, lr};"
        "add r4, r0, r3, lsl #3;"
        "str r4, [sp, #12];"
        "rsb r3, r3, #0;"
        "and r3, r3, #7;"
        "mov r4, #" EO_DENSE_FOUR_BYTES ";"
        "adr.w r5, 2f;"
        "mla r5, r3, r4, r5;"
        "orr r5, r5, #1;"
        "str r5, [sp, #4];"
        "1:"
        "ldmia r1!, {r2-r9};"
        "ldr r12, [sp, #4];"
        "bx r12;"
        "2:"
        ".rept 8;"
        EO_DENSE_FOUR
        ".endr;"
        "ldr r12, [sp, #12];"
        "cmp r0, r12;"
        "bne.w 2b;"
        "ldr r0, [sp, #56];"
        "cmp r0, #0;"
        "beq.w 4f;"
        EO_DENSE_PLAIN("r2", "r3")
        EO_DENSE_PLAIN("r4", "r5")
        EO_DENSE_PLAIN("r6", "r7")
        EO_DENSE_PLAIN("r8", "r9")
        "3:"
        "ldrd r10, r11, [sp, #8];"
        "ldr r12, [sp, #52];"
        "ldr r0, [sp];"
        "strb r2, [r10];"
        "strb r3, [r10, #1];"
        "strb r4, [r10, #2];"
        "strb r5, [r10, #3];"
        "strb r6, [r10, #4];"
        "strb r7, [r10, #5];"
        "strb r8, [r10, #6];"
        "strb r9, [r10, #7];"
        "add r10, r10, #8;"
        "str r10, [sp, #8];"
        "cmp r10, r12;"
        "bne.w 1b;"
        "add sp, #16;"
        "pop {r4-r11, pc};"
        "4:"
        EO_DENSE_ANY("r2")
        EO_DENSE_ANY("r3")
        EO_DENSE_ANY("r4")
        EO_DENSE_ANY("r5")
        EO_DENSE_ANY("r6")
        EO_DENSE_ANY("r7")
        EO_DENSE_ANY("r8")
        EO_DENSE_ANY("r9")
        "b.w 3b;");
}
/* clang-format on */

#else

static void blocks(const uint32_t *lanes, const uint32_t *stream, int8_t *out, int32_t words, const int8_t *end,
                   int32_t plain) {
    const int32_t constants = plain ? 2 : 4;
    for (; out != end; stream += EO_DENSE_BLOCK * (1 + words + constants), out += EO_DENSE_BLOCK) {
        for (int32_t channel = 0; channel < EO_DENSE_BLOCK; channel++) {
            const uint32_t *weights = stream + EO_DENSE_BLOCK + channel;
            int32_t sum = (int32_t)stream[channel];
            for (int32_t word = 0; word < words; word++, weights += EO_DENSE_BLOCK) {
                sum = eo_smlad(*weights, lanes[2 * word], sum);
                sum = eo_smlad(eo_sxtb16(*weights), lanes[2 * word + 1], sum);
            }
            const uint32_t *const of_channel = stream + EO_DENSE_BLOCK * (1 + words) + channel * constants;
            out[channel] = eo_lanes_requantize(sum, of_channel, plain);
        }
    }
}

#endif

void eo_dense_lanes_s8(const struct eo_dense_lanes_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    uint32_t *const lanes = (uint32_t *)scratch;
    const int32_t channels = p->out_channels, together = channels / EO_DENSE_BLOCK * EO_DENSE_BLOCK;
    const int32_t words = (p->in_channels + 3) / 4;
    const uint32_t *const last = p->stream + together * (1 + words + (p->plain ? 2 : 4));
    int8_t *to = out;
    for (int32_t batch = p->batches; batch > 0; batch--, in += p->in_channels, to += channels) {
        int8_t *const end = to + channels;
        prepare(lanes, in, p->in_channels);
        blocks(lanes, p->stream, to, words, to + together, p->plain);
        if (together != channels) {
            blocks(lanes, last, end - EO_DENSE_BLOCK, words, end, p->plain);
        }
    }
    eo_clamp_all(out, p->batches * channels, p->clamp_low, p->clamp_high);
}
