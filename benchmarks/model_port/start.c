/* start.c -- reset to main for the programs of `make bench-model`, and the marks between which they are counted. */
#include <stdint.h>

extern uint32_t data_load[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];
int main(void);

/* Semihosting's SYS_EXIT. */
static void leave(int failed) {
    register uint32_t operation __asm__("r0") = 0x18;
    register uint32_t reason __asm__("r1") = failed ? 0x20023 : 0x20026;
    __asm__ volatile("bkpt 0xAB" : : "r"(operation), "r"(reason) : "memory");
    for (;;) {
    }
}

void Reset_Handler(void) {
    const uint32_t *from = data_load;
    for (uint32_t *to = data_begin; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_begin; to < bss_end;) {
        *to++ = 0;
    }
#if defined(__ARM_FP)
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: the FPU is on */
    __asm__ volatile("dsb\n isb");
#endif
    leave(main());
}

__attribute__((section(".vectors"), used)) static void *const vectors[] = {stack_top, (void *)Reset_Handler};

/* The names of CoreMark and of Embench for the two marks. */
__attribute__((noinline)) void start_time(void) {
    __asm__ volatile("");
}
__attribute__((noinline)) void stop_time(void) {
    __asm__ volatile("");
}
__attribute__((noinline)) void start_trigger(void) {
    __asm__ volatile("");
}
__attribute__((noinline)) void stop_trigger(void) {
    __asm__ volatile("");
}
void initialise_board(void) {
}
