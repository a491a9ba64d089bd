/* boot_rp2040.S -- the first 256 bytes of the RP2040's flash.
 *
 * The chip's boot ROM copies them to RAM, checks their CRC-32 and runs them (datasheet, section 2.8.1). They set the
 * flash up to execute in place and enter our vector table behind them. What is read then takes
 *     8 clocks for the address and the mode, by four lines, 4 to wait, 8 for 32 bits: 20 clocks of half the core's,
 * since the flash goes on reading by command 0xEB (Fast Read Quad I/O) without being told again. A chip needs its bit QE
 * (bit 1 of status register 2) for that, as Winbond's have it; where it is not set it is set for good, and where it does
 * not stay set, the flash is read by command 0x03, which every chip has: one line, a quarter of the core's clock.
 *
 * Sections: 4.10.2 (CTRLR0 to SPI_CTRLR0 of the SSI), 2.19.6.3 (pads). Runs at any address: it has no absolute jump but
 * the last. tests/firmware/test_rp2040_boot.py runs it against a model of the chip, and tells the CRC to write below. */
#define SSI 0x18000000
#define CTRLR0 0x00
#define CTRLR1 0x04
#define SSIENR 0x08
#define SER 0x10
#define BAUDR 0x14
#define SR 0x28
#define DR0 0x60
#define RX_SAMPLE_DLY 0xF0
#define SPI_CTRLR0 0xF4
#define PADS_QSPI 0x40020000
#define VTOR 0xE000ED08
#define VECTORS 0x10000100

#define READ_STATUS_1 0x05
#define READ_STATUS_2 0x35
#define WRITE_STATUS 0x01
#define WRITE_ENABLE 0x06
#define QUAD_READ 0xEB
#define GO_ON_READING 0xA0 /* mode bits: the next read comes without a command */

    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .boot, "ax"
    .global eo_boot_stage
    .type eo_boot_stage, %function
    .thumb_func
eo_boot_stage:
    ldr r0, pads
    movs r1, #0x21 /* the clock's pad: 8 mA, fast slew */
    str r1, [r0, #0x04]
    ldr r1, [r0, #0x08]
    movs r2, #0x02
    bics r1, r2 /* no Schmitt trigger on the data lines: it delays them */
    str r1, [r0, #0x08]
    str r1, [r0, #0x0C]
    str r1, [r0, #0x10]
    str r1, [r0, #0x14]

    ldr r3, ssi
    movs r4, #0
    movs r5, #1
    str r4, [r3, #SSIENR] /* off while it is set up */
    str r2, [r3, #BAUDR]  /* half the core's clock */
    movs r1, #RX_SAMPLE_DLY
    str r5, [r3, r1] /* sampled a core cycle later: the way to the flash and back */
    str r5, [r3, #SER]
    ldr r0, frames_of_8
    str r0, [r3, #CTRLR0]
    str r5, [r3, #SSIENR]

    bl read_status_2
    tst r0, r2
    bne quad
    orrs r0, r2
    mov r6, r0
    movs r0, #READ_STATUS_1 /* written back as it is: block protection stays */
    bl read_status
    mov r5, r0
    movs r0, #WRITE_ENABLE
    str r0, [r3, #DR0]
    bl wait
    movs r0, #WRITE_STATUS
    str r0, [r3, #DR0]
    str r5, [r3, #DR0]
    str r6, [r3, #DR0]
    bl wait
    movs r6, #1
    movs r5, #1
    lsls r6, r6, #16 /* at most 0.4 s; a chip takes about 10 ms */
writing:
    movs r0, #READ_STATUS_1
    bl read_status
    tst r0, r5
    beq written
    subs r6, #1
    bne writing
written:
    bl read_status_2
    tst r0, r2
    beq single

quad:
    str r4, [r3, #SSIENR]
    ldr r0, quad_frames_of_32
    str r0, [r3, #CTRLR0]
    str r4, [r3, #CTRLR1] /* one frame a read */
    movs r6, #SPI_CTRLR0
    ldr r0, first_read
    str r0, [r3, r6]
    str r5, [r3, #SSIENR]
    movs r0, #QUAD_READ
    str r0, [r3, #DR0]
    movs r0, #GO_ON_READING
    str r0, [r3, #DR0]
    bl wait
    str r4, [r3, #SSIENR]
    ldr r0, reads
    b enter

single:
    str r4, [r3, #SSIENR]
    movs r0, #4
    str r0, [r3, #BAUDR]
    ldr r0, frames_of_32
    str r0, [r3, #CTRLR0]
    str r4, [r3, #CTRLR1]
    movs r6, #SPI_CTRLR0
    ldr r0, single_reads
enter:
    str r0, [r3, r6]
    str r5, [r3, #SSIENR]
    ldr r0, vectors
    ldr r1, vtor
    str r0, [r1]
    ldmia r0!, {r1, r2}
    msr msp, r1
    bx r2

/* r0: a command that is answered by a byte -> r0: the byte. All but r1 is kept. */
read_status_2:
    movs r0, #READ_STATUS_2
read_status:
    str r0, [r3, #DR0]
    str r0, [r3, #DR0]
/* Waits until all is sent, and takes what came meanwhile. r0: the last byte. Ends: the SSI's clock is the core's. */
wait:
    movs r1, #0x05
    ldr r0, [r3, #SR]
    ands r0, r1
    cmp r0, #0x04 /* nothing to send, and not busy */
    bne wait
taking:
    ldr r0, [r3, #DR0]
    ldr r1, [r3, #SR]
    lsrs r1, r1, #4 /* bit 3: there is more */
    bcs taking
    bx lr

    .align 2
pads: .word PADS_QSPI
ssi: .word SSI
frames_of_8: .word 0x00070000
frames_of_32: .word 0x001F0300      /* one line, EEPROM read mode */
quad_frames_of_32: .word 0x005F0300 /* four lines */
first_read: .word 0x00002221        /* command of 8 bits by one line; 32 bits of address and mode, then 4 clocks */
reads: .word GO_ON_READING << 24 | 0x00002022 /* no command; its field holds the mode bits, sent behind the address */
single_reads: .word 0x03000218                /* command 0x03, 24 bits of address */
vtor: .word VTOR
vectors: .word VECTORS

    .org 252
    .word 0x5CE25731 /* CRC-32 of the bytes before: polynomial 0x04C11DB7, from all ones, not reflected */
