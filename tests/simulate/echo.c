/* echo.c -- sends every byte back in upper case, a newline after '.', and goes to sleep at '!'.
 *
 * -DBASE=, -DSTATE=, -DFULL=, -DFULL_VALUE=, -DIN=, -DOUT=: the UART; -DCLEAR: its state is an event to be cleared. */
#include <stdint.h>

#define REGISTER(offset) (*(volatile uint32_t *)(uintptr_t)(BASE + (offset)))

__attribute__((noinline)) static uint8_t receive(void) {
    while ((REGISTER(STATE) & FULL) != FULL_VALUE) {
    }
#ifdef CLEAR
    REGISTER(STATE) = 0;
#endif
    return (uint8_t)REGISTER(IN);
}

__attribute__((noreturn)) void Reset_Handler(void) {
#ifdef CONTROL
    REGISTER(CONTROL) = CONTROL_VALUE;
#endif
    for (;;) {
        const uint8_t byte = receive();
        if (byte == '!') {
            for (;;) {
                __asm__ volatile("wfi");
            }
        }
        REGISTER(OUT) = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 32) : byte;
        if (byte == '.') {
            REGISTER(OUT) = '\n';
        }
    }
}

extern uint32_t stack_top[];
__attribute__((section(".vectors"), used)) static const void *const vectors[] = {stack_top, (const void *)Reset_Handler};
