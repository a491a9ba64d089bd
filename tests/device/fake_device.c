/* fake_device.c -- a board and a model for the tests of eo_protocol.c on the host.
 *
 * As a program it talks over stdin and stdout; as a shared library by fake_write() and fake_take(). Time stands still
 * but in the model: layer i takes 1000 * (i + 1) ticks. */
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eo_model.h"
#include "eo_port.h"
#include "eo_protocol.h"

#ifndef FAKE_NAME
#define FAKE_NAME "fake"
#endif
#ifndef FAKE_SURVIVES
#define FAKE_SURVIVES 1
#endif
#ifndef FAKE_LAYERS
#define FAKE_LAYERS 3
#endif
#ifndef FAKE_HZ
#define FAKE_HZ 1000000
#endif

#ifndef FAKE_SCALE_Q31 /* 1/256 with zero point -128: a softmax */
#define FAKE_SCALE_Q31 (1 << 30)
#endif
#ifndef FAKE_SCALE_SHIFT
#define FAKE_SCALE_SHIFT (-7)
#endif
#ifndef FAKE_ZERO_POINT
#define FAKE_ZERO_POINT (-128)
#endif

#ifndef FAKE_IN_SCALE_Q31
#define FAKE_IN_SCALE_Q31 (1 << 30)
#endif
#ifndef FAKE_IN_SCALE_SHIFT
#define FAKE_IN_SCALE_SHIFT 0
#endif
#ifndef FAKE_IN_ZERO_POINT
#define FAKE_IN_ZERO_POINT 0
#endif
#ifndef FAKE_IN_TYPE /* of input 1 */
#define FAKE_IN_TYPE EO_TYPE_OTHER
#endif
#ifndef FAKE_TYPE /* of output 0 */
#define FAKE_TYPE EO_TYPE_INT8
#endif

#ifndef IN0
#define IN0 5
#endif
#ifndef IN1
#define IN1 300
#endif
#ifndef OUT0
#define OUT0 4
#endif
#ifndef OUT1
#define OUT1 290
#endif

#ifndef FAKE_BOARD
#define FAKE_BOARD "fake-board"
#endif
#ifndef FAKE_WATCHDOG_STEP_MS /* what its watchdog counts in */
#define FAKE_WATCHDOG_STEP_MS 8u
#endif

#define FAKE_FAULT_LINE                                                                                                \
    "m-eo-fault 00000005 00001234 00001001 01000000 20000ff0 00008200 00000000 00000000 00000040 00000200"             \
    " 64fc74eb"

#ifndef FAKE_STATE_BYTES /* 1: the model remembers the sum of all first bytes, and begins with 7 */
#define FAKE_STATE_BYTES 0
#endif

static struct {
    union {
        uint32_t aligned; /* an output may have elements of 16 or 32 bits */
        uint8_t bytes[OUT0 + OUT1];
    } out;
    uint8_t inputs[IN0 + IN1];
    uint8_t rest[640]; /* the arena is told to have so many bytes, wherever the inputs end */
} memory_map;
static uint8_t *const outputs = memory_map.out.bytes;
static uint8_t *const inputs = memory_map.inputs;
static uint8_t memory;
static uint32_t now;
static uint32_t watchdog_ms;
static uint32_t resets;
static const struct eo_crash *crash; /* what eo_port_crash() tells */

static const uint8_t *arena(void) {
    return (const uint8_t *)&memory_map;
}

static void *input(int index) {
    return index == 0 ? inputs : inputs + IN0;
}

static const void *output(int index) {
    return index == 0 ? outputs : outputs + OUT0;
}

static int invoke(void (*hook)(void *, int), void *user) {
    int i;
    if (inputs[0] == 0xee) {
        return 7; /* a model that fails */
    }
    for (i = 0; i < FAKE_LAYERS; ++i) {
        if (hook != NULL) {
            hook(user, i);
        }
        now += 1000u * ((uint32_t)i + 1u);
    }
    memcpy(outputs, inputs, OUT0);
    for (i = 0; i < OUT1; ++i) {
        outputs[OUT0 + i] = (uint8_t)((inputs[IN0 + i] ^ inputs[i % IN0]) + i);
    }
    if (FAKE_STATE_BYTES != 0) {
        memory = (uint8_t)(memory + inputs[0]);
        outputs[0] = memory;
    }
    if (!FAKE_SURVIVES) {
        memset(inputs, 0x5a, IN0 + IN1);
    }
    if (hook != NULL) {
        hook(user, FAKE_LAYERS);
    }
    return 0;
}

static void reset(void) {
    memory = 7;
}

static const struct eo_tensor input_tensors[] = {
    {IN0, EO_TYPE_INT8, FAKE_SURVIVES, FAKE_IN_SCALE_Q31, FAKE_IN_SCALE_SHIFT, FAKE_IN_ZERO_POINT},
    {IN1, FAKE_IN_TYPE, FAKE_SURVIVES, 0, 0, 0},
};
static const struct eo_tensor output_tensors[] = {
    {OUT0, FAKE_TYPE, 1, FAKE_SCALE_Q31, FAKE_SCALE_SHIFT, FAKE_ZERO_POINT},
    {OUT1, EO_TYPE_OTHER, 1, 0, 0, 0},
};
static const char *const layer_names[FAKE_LAYERS];

const struct eo_model eo_models[1] = {{
    .name = FAKE_NAME,
    .build_id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .inputs = 2,
    .outputs = 2,
    .layers = FAKE_LAYERS,
    .input_tensors = input_tensors,
    .output_tensors = output_tensors,
    .arena_bytes = 640,
    .arena = arena,
    .input = input,
    .output = output,
    .invoke = invoke,
    .layer_names = layer_names,
    .state_bytes = FAKE_STATE_BYTES,
    .reset = FAKE_STATE_BYTES != 0 ? reset : NULL,
}};

const int eo_models_count = 1;

static char *sent; /* what the firmware sent and nobody took yet */
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
    uint8_t byte;
    size_t done = 0;
    while (done < sent_bytes) {
        const ssize_t count = write(STDOUT_FILENO, sent + done, sent_bytes - done);
        if (count <= 0) {
            return -1;
        }
        done += (size_t)count;
    }
    sent_bytes = 0;
    return read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

uint32_t eo_port_cycles(void) {
    return now;
}

uint32_t eo_port_cycles_hz(void) {
    return FAKE_HZ;
}

int eo_port_has_input(void) {
    return 0;
}

int eo_port_sleep(uint32_t ticks) {
    now += ticks;
    return 1;
}

enum { PIN_CHANGES = 64 };

static struct {
    uint32_t changes;
    struct {
        uint32_t ticks;
        uint32_t level;
    } change[PIN_CHANGES];
} pin = {0, {{0, 0}}};

void eo_port_pin(int level) {
    if (pin.changes < PIN_CHANGES) {
        pin.change[pin.changes].ticks = now;
        pin.change[pin.changes].level = (uint32_t)level;
        ++pin.changes;
    }
}

void eo_port_pulse(void) {
    eo_port_pin(0);
    eo_port_pin(1);
}

uint32_t eo_port_watchdog_start(uint32_t timeout_ms) {
    watchdog_ms = FAKE_WATCHDOG_STEP_MS * ((timeout_ms + FAKE_WATCHDOG_STEP_MS - 1u) / FAKE_WATCHDOG_STEP_MS);
    return watchdog_ms;
}

void eo_port_watchdog_feed(void) {
}

enum eo_reset_cause eo_port_reset_cause(void) {
    return crash != NULL ? EO_RESET_FAULT : resets > 0 ? EO_RESET_SOFTWARE : EO_RESET_POWER;
}

const struct eo_crash *eo_port_crash(void) {
    return crash;
}

static jmp_buf restart; /* where a reset leads: out of the command that asked for it */

void eo_port_reset(void) {
    ++resets;
    longjmp(restart, 1);
}

static void start(void) {
    now = 0;
    pin.changes = 0;
    eo_protocol_start();
}

static void receive(char c) {
    if (setjmp(restart) == 0) {
        eo_protocol_receive(c);
    } else {
        start(); /* what is in RAM stayed */
    }
}

const char *eo_port_board(void) {
    return FAKE_BOARD;
}

uint32_t eo_port_stack_high_water(void) {
    return 1234;
}

uint32_t eo_port_stack_bytes(void) {
    return 4096;
}

void eo_mark_begin(void) {
}

void eo_mark_end(void) {
}

void eo_mark_layer(int layer) {
    (void)layer;
}

void fake_start(void);
void fake_crash(void);
void fake_write(const char *bytes, size_t count);
size_t fake_take(char *bytes, size_t room);
uint32_t fake_pin(uint32_t index, uint32_t *ticks, uint32_t *level);

/* How often the timestamp pin was set since the start; when, and to what. */
uint32_t fake_pin(uint32_t index, uint32_t *ticks, uint32_t *level) {
    if (index < pin.changes) {
        *ticks = pin.change[index].ticks;
        *level = pin.change[index].level;
    }
    return pin.changes;
}

void fake_start(void) {
    memset(inputs, 0, IN0 + IN1);
    memset(outputs, 0, OUT0 + OUT1);
    resets = 0;
    crash = NULL;
    sent_bytes = 0;
    start();
}

/* A BusFault at 0x1234, whose record stays; the program starts anew. */
void fake_crash(void) {
    static const struct eo_crash record = {5u,      0x1234u, 0x1001u, 0x01000000u, 0x20000ff0u,
                                           0x8200u, 0u,      0u,      0x40u,       512u};
    static const char line[] = FAKE_FAULT_LINE "\r\n";
    const char *c;
    crash = &record;
    for (c = line; *c != 0; ++c) {
        eo_port_putchar(*c);
    }
    start();
}

void fake_write(const char *bytes, size_t count) {
    for (; count > 0; --count) {
        receive(*bytes++);
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

int main(void) {
    int c;
    start();
    while ((c = eo_port_getchar()) >= 0) {
        receive((char)c);
    }
    free(sent);
    return 0;
}
