/* console_semihosting.c -- the debugger's or emulator's console, by Arm semihosting (BKPT 0xAB). */
#include "eo_platform.h"

enum { SYS_WRITEC = 0x03, SYS_READC = 0x07, SYS_EXIT_EXTENDED = 0x20 };
enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

static uint32_t call(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void console_init(uint32_t console_hz) {
    (void)console_hz;
}

int console_read(void) {
    const uint32_t byte = call(SYS_READC, 0);
    return byte > 255u ? -1 : (int)byte;
}

void console_write(uint8_t byte) {
    call(SYS_WRITEC, &byte);
}

void console_exit(int code) {
    const uint32_t reason[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    call(SYS_EXIT_EXTENDED, reason);
}
