/* stm32_main.c -- a firmware for test_stm32.py: says how the chip runs, then echoes capitals and obeys others.
 *
 * 'w': starts the watchdog with 10 ms and says its real time-out; 'f': feeds it; 'p': a pulse; 'r': resets the chip;
 * 'h': hangs; 'd': waits for 3 ms; 's': sleeps for 30 ms. */
#include "eo_port.h"

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
    print(digits + at);
}

static void wait(uint32_t ticks) {
    const uint32_t start = eo_port_cycles();
    while (eo_port_cycles() - start < ticks) {
    }
}

static void sleep(uint32_t ticks) {
    const uint32_t start = eo_port_cycles();
    for (uint32_t passed = 0; passed < ticks; passed = eo_port_cycles() - start) {
        eo_port_sleep(ticks - passed);
    }
}

int main(void) {
    eo_port_init();
    print("hz ");
    print_number(eo_port_cycles_hz());
    print(" cause ");
    print_number((uint32_t)eo_port_reset_cause());
    print("\n");
    for (;;) {
        const int byte = eo_port_getchar();
        if (byte == 'w') {
            print("ms ");
            print_number(eo_port_watchdog_start(10));
            print("\n");
        } else if (byte == 'f') {
            eo_port_watchdog_feed();
        } else if (byte == 'p') {
            eo_port_pulse();
        } else if (byte == 'd') {
            wait(eo_port_cycles_hz() / 1000u * 3u);
            print("waited\n");
        } else if (byte == 's') {
            sleep(eo_port_cycles_hz() / 1000u * 30u);
            print("slept\n");
        } else if (byte == 'r') {
            eo_port_reset();
        } else if (byte == 'h') {
            for (volatile int on = 1; on;) {
            }
        } else {
            eo_port_putchar((char)byte);
            eo_port_putchar('\n');
        }
    }
}
