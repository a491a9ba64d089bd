/* host_port.c -- a board for whole generated projects in the process of a test: fake_write() and fake_take() are its
 * console, and its clock ticks a thousand times a layer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "eo_port.h"
#include "eo_protocol.h"

#ifndef HOST_BOARD
#define HOST_BOARD "host"
#endif
#ifndef HOST_HZ
#define HOST_HZ 1000000
#endif

int host_broken = -1; /* the layer that test code in the network breaks */
uint32_t host_runs;   /* inferences since the start */

static uint32_t now;
static char *sent;
static size_t sent_bytes;
static size_t sent_room;

void eo_port_putchar(char c) {
    if (sent_bytes == sent_room) {
        sent_room = sent_room == 0 ? 4096 : 2 * sent_room;
        sent = (char *)realloc(sent, sent_room);
        if (sent == NULL) {
            abort();
        }
    }
    sent[sent_bytes++] = c;
}

int eo_port_getchar(void) {
    return -1;
}

int eo_port_has_input(void) {
    return 0;
}

int eo_port_sleep(uint32_t ticks) {
    now += ticks;
    return 1;
}

void eo_port_pin(int level) {
    (void)level;
}

void eo_port_pulse(void) {
}

uint32_t eo_port_cycles(void) {
    return now;
}

uint32_t eo_port_cycles_hz(void) {
    return HOST_HZ;
}

uint32_t eo_port_watchdog_start(uint32_t timeout_ms) {
    (void)timeout_ms;
    return 0;
}

void eo_port_watchdog_feed(void) {
}

enum eo_reset_cause eo_port_reset_cause(void) {
    return EO_RESET_POWER;
}

const struct eo_crash *eo_port_crash(void) {
    return NULL;
}

void eo_port_reset(void) {
    abort();
}

const char *eo_port_board(void) {
    return HOST_BOARD;
}

uint32_t eo_port_stack_high_water(void) {
    return 0;
}

uint32_t eo_port_stack_bytes(void) {
    return 0;
}

void eo_mark_begin(void) {
    now += 1000;
    ++host_runs;
}

void eo_mark_end(void) {
}

void eo_mark_layer(int layer) {
    (void)layer;
    now += 1000;
}

void fake_start(void);
void host_break(int layer);
void fake_write(const char *bytes, size_t count);
size_t fake_take(char *bytes, size_t room);

void host_break(int layer) {
    host_broken = layer;
}

void fake_start(void) {
    host_runs = 0;
    now = 0;
    sent_bytes = 0;
    eo_protocol_start();
}

void fake_write(const char *bytes, size_t count) {
    for (; count > 0; --count) {
        eo_protocol_receive(*bytes++);
    }
}

size_t fake_take(char *bytes, size_t room) {
    const size_t count = sent_bytes < room ? sent_bytes : room;
    if (count > 0) {
        memcpy(bytes, sent, count);
        memmove(sent, sent + count, sent_bytes - count);
        sent_bytes -= count;
    }
    return count;
}
