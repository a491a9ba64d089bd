/* cache_m7.c -- the caches of a Cortex-M7 (DDI 0489 chapter 5, PM0253 section 4.8). No DMA: so both stay coherent. */
#include "eo_platform.h"
#include "cache_m7.h"

#define SCB 0xE000E000u
#define CCR EO_REGISTER(SCB, 0xD14u)
#define CCSIDR EO_REGISTER(SCB, 0xD80u)
#define CSSELR EO_REGISTER(SCB, 0xD84u)
#define MPU_CTRL EO_REGISTER(SCB, 0xD94u)
#define MPU_RNR EO_REGISTER(SCB, 0xD98u)
#define MPU_RBAR EO_REGISTER(SCB, 0xD9Cu)
#define MPU_RASR EO_REGISTER(SCB, 0xDA0u)
#define ICIALLU EO_REGISTER(SCB, 0xF50u)
#define DCISW EO_REGISTER(SCB, 0xF60u)
#define DCCMVAC EO_REGISTER(SCB, 0xF68u)

#define CCR_DATA_CACHE (1u << 16)
#define CCR_INSTRUCTION_CACHE (1u << 17)

enum { LINE_BYTES = 32, SET_SHIFT = 5, WAY_SHIFT = 30 }; /* lines of 32 bytes, 4 ways: every M7's data cache */

static void barrier(void) {
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* The core reads ahead wherever memory may be, also at the addresses of external memory, where a controller without a
 * clock or a chip behind it may hold the bus (AN4838; found on real boards by MicroPython). So 0x60000000..0xDFFFFFFF
 * is out of bounds: one region of 4 GiB without access, of whose eight parts 0, 1, 2 and 7 stay as they are by default.
 */
static void forbid_external_memory(void) {
    const uint32_t never_execute = 1u << 28, all_4_gib = 31u << 1, but_parts = 0x87u << 8, on = 1u;
    MPU_CTRL = 0;
    MPU_RNR = 0;
    MPU_RBAR = 0;
    MPU_RASR = never_execute | but_parts | all_4_gib | on;
    MPU_CTRL = (1u << 2) | on; /* the default map elsewhere */
    barrier();
}

static void invalidate_data_cache(void) {
    CSSELR = 0; /* level 1, data */
    barrier();
    const uint32_t size = CCSIDR;
    const uint32_t last_set = (size >> 13) & 0x7FFFu, last_way = (size >> 3) & 0x3FFu;
    for (uint32_t set = 0; set <= last_set; set++) {
        for (uint32_t way = 0; way <= last_way; way++) {
            DCISW = (way << WAY_SHIFT) | (set << SET_SHIFT);
        }
    }
}

void cache_init(void) {
    if ((CCR & CCR_DATA_CACHE) != 0) {
        return; /* a boot loader's: what it holds may not be in memory yet */
    }
    forbid_external_memory();
    ICIALLU = 0;
    invalidate_data_cache();
    barrier();
    CCR |= CCR_INSTRUCTION_CACHE | CCR_DATA_CACHE;
    barrier();
}

void mcu_keep(const void *bytes, uint32_t count) {
    const uint32_t begin = (uint32_t)(uintptr_t)bytes;
    barrier(); /* what was stored is in the cache before it is written back */
    for (uint32_t line = begin & ~(LINE_BYTES - 1u); line < begin + count; line += LINE_BYTES) {
        DCCMVAC = line;
    }
    barrier();
}
