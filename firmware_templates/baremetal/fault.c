/* fault.c -- what becomes of a fault: a record that start-up leaves alone, one line on the console, a reset.
 *
 * A program that faults again and again before the host has sent a byte is stopped, not reset for ever. */
#include "eo_board.h"
#include "eo_platform.h"
#include "eo_text.h"

#define SCB_AIRCR EO_REGISTER(0xE000ED0Cu, 0u)
#define SCB_CFSR EO_REGISTER(0xE000ED28u, 0u)
#define SCB_HFSR EO_REGISTER(0xE000ED2Cu, 0u)
#define SCB_MMFAR EO_REGISTER(0xE000ED34u, 0u)
#define SCB_BFAR EO_REGISTER(0xE000ED38u, 0u)

#define RESET_REQUEST 0x05FA0004u /* key and SYSRESETREQ */
#define MMFAR_VALID (1u << 7)     /* of CFSR */
#define BFAR_VALID (1u << 15)

#define WORDS (sizeof(struct eo_crash) / 4u)

enum { FAULTS_IN_A_ROW = 8, EXIT_FAULT = 70 };

/* `cause` while the chip is reset; anything else: the program did not ask for it. */
#define BY_FAULT 0xFA017AA5u
#define BY_PROGRAM 0x50F7AA5Au

/* What RAM holds after power-up is no record: its CRC is wrong. */
static struct {
    struct eo_crash crash;
    uint32_t crc; /* of crash */
    uint32_t in_a_row;
    uint32_t cause;
} record __attribute__((section(".noinit")));

static int has_crash; /* since fault_init() */
static int may_print;

extern uint32_t eo_stack_bottom[];
extern uint32_t eo_stack_top[];

__attribute__((weak)) void mcu_keep(const void *bytes, uint32_t count) {
    (void)bytes;
    (void)count;
}

static uint32_t record_crc(void) {
    return eo_crc32(0, &record.crash, sizeof record.crash);
}

enum eo_reset_cause fault_init(enum eo_reset_cause told) {
    const uint32_t cause = record.cause;
    may_print = 1;
    record.cause = 0;
    if (told == EO_RESET_POWER) {
        record.crc = ~record_crc();
    }
    has_crash = record.crc == record_crc();
    mcu_keep(&record, sizeof record);
    if (told == EO_RESET_POWER) {
        return told;
    }
    /* It asked for this reset just before, whatever the chip's flags still tell of an earlier one. */
    return cause == BY_FAULT && has_crash ? EO_RESET_FAULT : cause == BY_PROGRAM ? EO_RESET_SOFTWARE : told;
}

void fault_host_is_there(void) {
    record.in_a_row = 0;
}

const struct eo_crash *eo_port_crash(void) {
    return has_crash ? &record.crash : 0;
}

/* What was sent last is still in the UART: 33 characters at 115200 baud are 3 ms, a turn takes some cycles. */
static void restart(uint32_t cause) {
    for (volatile uint32_t turn = EO_CLOCK_HZ / 1000u; turn > 0; turn--) {
    }
    record.cause = cause;
    mcu_keep(&record, sizeof record);
    __asm__ volatile("dsb" ::: "memory");
    SCB_AIRCR = RESET_REQUEST;
    for (;;) {
        __asm__ volatile("dsb" ::: "memory");
    }
}

void eo_port_reset(void) {
    restart(BY_PROGRAM);
}

/* The registers that the exception has put on the stack, if the stack could take them. */
static void read_frame(const uint32_t *frame, uint32_t exception_return) {
    if (frame < eo_stack_bottom || frame + 8 > eo_stack_top) {
        record.crash.lr = record.crash.pc = record.crash.psr = 0;
        record.crash.sp = (uint32_t)(uintptr_t)frame;
        return;
    }
    record.crash.lr = frame[5];
    record.crash.pc = frame[6];
    record.crash.psr = frame[7];
    /* 18 words more of the FPU, and one that aligned the stack. */
    frame += (exception_return & (1u << 4)) != 0 ? 8 : 26;
    frame += (record.crash.psr & (1u << 9)) != 0 ? 1 : 0;
    record.crash.sp = (uint32_t)(uintptr_t)frame;
}

static void read_status(void) {
#if __ARM_ARCH >= 7
    record.crash.cfsr = SCB_CFSR;
    record.crash.hfsr = SCB_HFSR;
    record.crash.mmfar = (record.crash.cfsr & MMFAR_VALID) != 0 ? SCB_MMFAR : 0u;
    record.crash.bfar = (record.crash.cfsr & BFAR_VALID) != 0 ? SCB_BFAR : 0u;
#else
    record.crash.cfsr = record.crash.hfsr = record.crash.mmfar = record.crash.bfar = 0;
#endif
}

/* The line begins anew: the fault may have come in the middle of one. */
static void print_line(void) {
    const uint32_t *words = (const uint32_t *)(const void *)&record.crash;
    eo_print("\r\n");
    eo_print_begin();
    eo_print("m-eo-fault");
    for (unsigned i = 0; i < WORDS; i++) {
        eo_print_char(' ');
        eo_print_hex(words[i], 8);
    }
    eo_print_end();
}

__attribute__((noinline, used)) static void eo_report_fault(const uint32_t *frame, uint32_t exception_return) {
    const uint32_t before = record.crc == record_crc() ? record.in_a_row : 0u;
    record.crash.stack_high_water = eo_port_stack_high_water();
    __asm__ volatile("mrs %0, ipsr" : "=r"(record.crash.exception));
    read_frame(frame, exception_return);
    read_status();
    record.crc = record_crc();
    record.in_a_row = before + 1u;
    if (may_print) {
        pin_set(1); /* the gate of `run` and `loop` ends here: nothing infers any more */
        print_line();
        console_exit(EXIT_FAULT);
    }
    while (before >= FAULTS_IN_A_ROW) {
        __asm__ volatile("wfi");
    }
    restart(BY_FAULT);
}

/* The stack goes on where it is, unless it is full or its pointer wrong: then it begins anew, far from the frame. */
__attribute__((naked)) void eo_fault(void) {
    __asm__ volatile("mov r0, sp\n\t"
                     "mov r1, lr\n\t"
                     "ldr r2, =eo_stack_top\n\t"
                     "ldr r3, =eo_stack_bottom + 512\n\t"
                     "cmp r0, r2\n\t"
                     "bhi 1f\n\t"
                     "cmp r0, r3\n\t"
                     "bhs 2f\n"
                     "1:\n\t"
                     "mov sp, r2\n"
                     "2:\n\t"
                     "bl %c0"
                     :
                     : "i"(eo_report_fault));
}
