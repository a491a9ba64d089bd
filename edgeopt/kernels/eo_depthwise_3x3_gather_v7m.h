/* eo_depthwise_3x3_gather_v7m.h -- pixels into the scratch of eo_depthwise_conv2d_3x3_s8, for cores with the DSP
 * instructions of Armv7E-M. Included by eo_depthwise_3x3_v7m.h alone. */
#ifndef EO_DEPTHWISE_3X3_GATHER_V7M_H
#define EO_DEPTHWISE_3X3_GATHER_V7M_H

#if defined(EO_DEPTHWISE_3X3_ASM)

/* clang-format off */

/* Four pixels p0..p3 of four channels: (p0, p2) of each to r1, (p1, p3) to r2. */
#define EO_D_FOUR_PIXELS \
    "ldr r5, [r0];" \
    "ldr r6, [r0, r3];" \
    "ldr r7, [r0, r3, lsl #1];" \
    "ldr r8, [r0, r4];" \
    "add r0, r0, r3, lsl #2;" \
    "pkhtb r9, r7, r5, asr #16;" \
    "pkhbt r5, r5, r7, lsl #16;" \
    "pkhtb r10, r8, r6, asr #16;" \
    "pkhbt r6, r6, r8, lsl #16;" \
    "sxtb16 r7, r9;" \
    "str r7, [r1, #128];" \
    "sxtb16 r9, r9, ror #8;" \
    "str r9, [r1, #192];" \
    "sxtb16 r7, r10;" \
    "str r7, [r2, #128];" \
    "sxtb16 r10, r10, ror #8;" \
    "str r10, [r2, #192];" \
    "sxtb16 r7, r5, ror #8;" \
    "str r7, [r1, #64];" \
    "sxtb16 r5, r5;" \
    "str r5, [r1], #4;" \
    "sxtb16 r7, r6, ror #8;" \
    "str r7, [r2, #64];" \
    "sxtb16 r6, r6;" \
    "str r6, [r2], #4;"

/* One pixel. */
#define EO_D_PIXEL(to) \
    "ldr r5, [r0];" \
    "add r0, r0, r3;" \
    "asr r9, r5, #24;" \
    "strh r9, [" to ", #192];" \
    "sxtb r9, r5, ror #16;" \
    "strh r9, [" to ", #128];" \
    "sxtb r9, r5, ror #8;" \
    "strh r9, [" to ", #64];" \
    "sxtb r9, r5;" \
    "strh r9, [" to "], #2;"

/* Rows of pixels of four channels: r3 from a pixel to the next, r11 fours left, lr rows left. */
EO_DEPTHWISE_3X3_ASM void eo_depthwise_3x3_gather(EO_DEPTHWISE_3X3_ARG const int8_t *in,
                                                  EO_DEPTHWISE_3X3_ARG int16_t *first,
                                                  EO_DEPTHWISE_3X3_ARG int16_t *second,
                                                  EO_DEPTHWISE_3X3_ARG const struct eo_depthwise_3x3_rows *rows) {
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr};"
            "mov r12, r3;"
            "ldrd r3, lr, [r12];"
            "add r4, r3, r3, lsl #1;"
            "1:;"
            "ldr r11, [r12, #8];"
            "cmp r11, #0;"
            "beq 3f;"
            "2:;"
            EO_D_FOUR_PIXELS
            "subs r11, r11, #1;"
            "beq 3f;"
            EO_D_FOUR_PIXELS
            "subs r11, r11, #1;"
            "bne 2b;"
            "3:;"
            "ldr r9, [r12, #12];"
            "lsls r9, r9, #31;"
            "bcc 4f;"
            EO_D_PIXEL("r1")
            EO_D_PIXEL("r2")
            "4:;"
            "bpl 5f;"
            EO_D_PIXEL("r1")
            "5:;"
            "ldrd r9, r10, [r12, #16];"
            "add r0, r0, r9;"
            "add r1, r1, r10;"
            "ldr r9, [r12, #24];"
            "add r2, r2, r9;"
            "subs lr, lr, #1;"
            "bne 1b;"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc};");
}
/* clang-format on */

#endif
#endif
