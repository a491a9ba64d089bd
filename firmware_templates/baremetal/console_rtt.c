/* console_rtt.c -- the debugger's console by SEGGER's RTT: two rings in RAM that the debugger reads and writes while
 * the program runs. It finds them by the control block's name; layout of the block: SEGGER's wiki, "Real Time
 * Transfer".
 *
 * No interrupt tells of a byte, so waiting polls. The rings must not lie behind a data cache. */
#include "eo_board.h"
#include "eo_platform.h"

enum { NAME_BYTES = 16, UP_BYTES = 512, DOWN_BYTES = 256, WAITS_FOR_HOST = 64 };

struct ring {
    const char *name;
    volatile uint8_t *bytes;
    uint32_t size;
    volatile uint32_t written; /* offset of the next byte to write; a full ring keeps one byte free */
    volatile uint32_t read;
    uint32_t flags;
};

static struct {
    volatile char name[NAME_BYTES];
    int32_t up_rings;
    int32_t down_rings;
    struct ring up; /* to the host */
    struct ring down;
} block;

static volatile uint8_t up_bytes[UP_BYTES];
static volatile uint8_t down_bytes[DOWN_BYTES];
static int host_is_gone;

static uint32_t after(const struct ring *ring, uint32_t offset) {
    return offset + 1u < ring->size ? offset + 1u : 0u;
}

void console_init(uint32_t console_hz) {
    /* Backwards, so that the debugger finds this name nowhere but in the block, and only when that is ready. */
    static const char name[] = "TTR REGGES";
    (void)console_hz;
    block.up_rings = 1;
    block.down_rings = 1;
    block.up.name = "edgeopt";
    block.up.bytes = up_bytes;
    block.up.size = UP_BYTES;
    block.down.name = "edgeopt";
    block.down.bytes = down_bytes;
    block.down.size = DOWN_BYTES;
    __asm__ volatile("dmb" ::: "memory");
    for (uint32_t at = sizeof name - 1u; at > 0; at--) {
        block.name[sizeof name - 1u - at] = name[at - 1u];
    }
}

int console_has_input(void) {
    return block.down.written != block.down.read;
}

int console_read(void) {
    while (!console_has_input()) {
    }
    const uint8_t byte = block.down.bytes[block.down.read];
    __asm__ volatile("dmb" ::: "memory"); /* taken before its place is given back */
    block.down.read = after(&block.down, block.down.read);
    return byte;
}

/* Waits for room. Where the host took nothing for long, bytes are lost at once until it takes something. */
void console_write(uint8_t byte) {
    const uint32_t next = after(&block.up, block.up.written);
    for (int waits = 0; next == block.up.read && !host_is_gone; waits++) {
        const uint32_t read = block.up.read;
        for (int turn = 0; turn < EO_WAIT_TURNS && block.up.read == read; turn++) {
        }
        host_is_gone = waits >= WAITS_FOR_HOST;
    }
    if (next == block.up.read) {
        return;
    }
    host_is_gone = 0;
    block.up.bytes[block.up.written] = byte;
    __asm__ volatile("dmb" ::: "memory"); /* there before it is told of */
    block.up.written = next;
}

void console_exit(int code) {
    (void)code;
}
