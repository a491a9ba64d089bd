/* wire_main.c -- a firmware for the tests of this room, without the protocol: 4 bytes in, one invoke, one line out.
 *
 * The line: output bytes, then as decimal numbers: ticks went on, stack high water, stack bytes, .data and .bss as C
 * wants them. A capital letter does something else:
 * 'Q' exits with code 3; 'R' resets; 'W' starts the watchdog with 100 ms and tells the real time; 'H' hangs;
 * 'C' tells the cause of the last reset, and the crash record if there is one;
 * 'S' sleeps for 2^20 ticks, 'L' for 2^26, and tells how many of eo_port_cycles() passed, and whether a byte came;
 * 'F' is an undefined instruction, 'D' divides by zero with the trap set, 'U' reads where there is no memory, 'J' jumps
 * there, 'X' overflows the stack. */
#include "eo_model.h"
#include "eo_port.h"

#include <string.h>

static volatile int in_data = 41;
static volatile int in_bss;

static void print(const char *text) {
    while (*text != '\0') {
        eo_port_putchar(*text++);
    }
}

static void print_number(uint32_t number) {
    char digits[12];
    int at = 11;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10u);
        number /= 10u;
    } while (number != 0);
    print(" ");
    print(digits + at);
}

/* In assembly, because a recursion would not be built. */
__attribute__((noinline)) static void overflow(void) {
    for (;;) {
        __asm__ volatile("push {r0}" ::: "memory");
    }
}

static volatile int zero;

static void divide_by_zero(void) {
    *(volatile uint32_t *)0xE000ED14u |= 1u << 4; /* CCR.DIV_0_TRP */
    in_bss = in_data / zero;
}

/* Where no board here has anything: the vendor's system region, and QEMU's nRF51 answers there, so external devices. */
#if __ARM_ARCH >= 7
#define NOWHERE 0xF0001234u
#else
#define NOWHERE 0xA0001234u
#endif

static void read_nothing(void) {
    in_bss = *(volatile int *)NOWHERE;
}

static void jump_nowhere(void) {
    ((void (*)(void))(NOWHERE | 1u))();
}

static void print_crash(void) {
    const struct eo_crash *crash = eo_port_crash();
    print("cause");
    print_number((uint32_t)eo_port_reset_cause());
    if (crash != 0) {
        const uint32_t words[] = {crash->exception, crash->pc,   crash->lr,    crash->psr,  crash->sp,
                                  crash->cfsr,      crash->hfsr, crash->mmfar, crash->bfar, crash->stack_high_water};
        for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
            print_number(words[i]);
        }
    }
    print("\n");
}

static void sleep_and_tell(uint32_t ticks) {
    const uint32_t before = eo_port_cycles();
    while (eo_port_cycles() - before < ticks && !eo_port_has_input()) {
        eo_port_sleep(ticks - (eo_port_cycles() - before));
    }
    const uint32_t passed = eo_port_cycles() - before;
    print("slept");
    print_number(passed);
    print_number((uint32_t)eo_port_has_input());
    print("\n");
}

/* 1: `letter` was one. */
static int do_letter(int letter) {
    switch (letter) {
    case 'R':
        eo_port_reset();
        break;
    case 'W':
        print("watch");
        print_number(eo_port_watchdog_start(100));
        print("\n");
        break;
    case 'H':
        for (;;) {
            in_bss++;
        }
    case 'C':
        print_crash();
        break;
    case 'S':
        sleep_and_tell(1u << 20);
        break;
    case 'L':
        sleep_and_tell(1u << 26);
        break;
    case 'F':
        __builtin_trap();
    case 'D':
        divide_by_zero();
        break;
    case 'U':
        read_nothing();
        break;
    case 'J':
        jump_nowhere();
        break;
    case 'X':
        overflow();
        break;
    default:
        return 0;
    }
    return 1;
}

static void layer(void *user, int index) {
    (void)user;
    eo_mark_layer(index);
}

int main(void) {
    eo_port_init();
    in_data++;
    in_bss++;
    print("ready\n");
    for (;;) {
        uint8_t *in = (uint8_t *)eo_models[0].input(0);
        for (int i = 0; i < 4; i++) {
            const int byte = eo_port_getchar();
            if (byte < 0 || byte == 'Q') {
                return 3;
            }
            if (do_letter(byte)) {
                i = -1;
                continue;
            }
            in[i] = (uint8_t)byte;
        }
        const uint32_t before = eo_port_cycles();
        eo_mark_begin();
        (void)eo_models[0].invoke(layer, 0);
        eo_mark_end();
        const uint32_t ticks = eo_port_cycles() - before;
        print("out");
        for (int i = 0; i < 4; i++) {
            print_number(((const uint8_t *)eo_models[0].output(0))[i]);
        }
        print_number(ticks > 0 && eo_port_cycles_hz() > 0);
        print_number(eo_port_stack_high_water());
        print_number(eo_port_stack_bytes());
        print_number((uint32_t)in_data);
        print_number((uint32_t)in_bss);
        print("\n");
    }
}
