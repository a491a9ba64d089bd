/* wire_main.c -- a firmware for the tests of this room, without the protocol: 4 bytes in, one invoke, one line out.
 *
 * The line: output bytes, then as decimal numbers: ticks went on, stack high water, stack bytes, .data and .bss as C
 * wants them. 'Q' exits with code 3, 'F' is an undefined instruction, 'X' overflows the stack. */
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
        uint8_t *in = (uint8_t *)eo_model->input(0);
        for (int i = 0; i < 4; i++) {
            const int byte = eo_port_getchar();
            if (byte < 0 || byte == 'Q') {
                return 3;
            }
            if (byte == 'F') {
                __builtin_trap();
            }
            if (byte == 'X') {
                overflow();
            }
            in[i] = (uint8_t)byte;
        }
        const uint32_t before = eo_port_cycles();
        eo_mark_begin();
        (void)eo_model->invoke(layer, 0);
        eo_mark_end();
        const uint32_t ticks = eo_port_cycles() - before;
        print("out");
        for (int i = 0; i < 4; i++) {
            print_number(((const uint8_t *)eo_model->output(0))[i]);
        }
        print_number(ticks > 0 && eo_port_cycles_hz() > 0);
        print_number(eo_port_stack_high_water());
        print_number(eo_port_stack_bytes());
        print_number((uint32_t)in_data);
        print_number((uint32_t)in_bss);
        print("\n");
    }
}
