/* console_semihosting.c -- the debugger's or emulator's console, by Arm semihosting (BKPT 0xAB). */
#include "eo_platform.h"

enum { SYS_OPEN = 0x01, SYS_WRITEC = 0x03, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_READ = 0, ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

static uint32_t input; /* handle of the console's input */

static uint32_t call(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void console_init(uint32_t console_hz) {
    (void)console_hz;
    static const char name[] = ":tt";
    const uint32_t arguments[3] = {(uint32_t)(uintptr_t)name, OPEN_READ, sizeof name - 1u};
    input = call(SYS_OPEN, arguments);
}

/* Nothing asks whether there is input: reading waits in the debugger, with the core stopped. */
int console_has_input(void) {
    return 1;
}

/* By SYS_READ, not SYS_READC: that one cannot tell the end of the input, and in QEMU 7.2 it returns a stale byte. */
int console_read(void) {
    volatile uint8_t byte = 0;
    const uint32_t arguments[3] = {input, (uint32_t)(uintptr_t)&byte, 1};
    const uint32_t unread = call(SYS_READ, arguments);
    return unread == 0 ? byte : -1;
}

void console_write(uint8_t byte) {
    call(SYS_WRITEC, &byte);
}

void console_exit(int code) {
    const uint32_t reason[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    call(SYS_EXIT_EXTENDED, reason);
}
