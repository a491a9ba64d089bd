/* mcu_rp2040.c -- RP2040: 125 MHz from the 12 MHz crystal, UART0 on GPIO0 and GPIO1, and the boot stage of its flash.
 */
#include "eo_board.h"
#include "eo_platform.h"

#define RESETS_RESET_CLEAR EO_REGISTER(0x4000F000u, 0x0u) /* atomic bit-clear alias of 0x4000C000 */
#define RESETS_DONE EO_REGISTER(0x4000C000u, 0x8u)
#define CLK_REF_CTRL EO_REGISTER(0x40008000u, 0x30u)
#define CLK_REF_SELECTED EO_REGISTER(0x40008000u, 0x38u)
#define CLK_SYS_CTRL EO_REGISTER(0x40008000u, 0x3Cu)
#define CLK_SYS_SELECTED EO_REGISTER(0x40008000u, 0x44u)
#define CLK_PERI_CTRL EO_REGISTER(0x40008000u, 0x48u)
#define XOSC_CTRL EO_REGISTER(0x40024000u, 0x0u)
#define XOSC_STATUS EO_REGISTER(0x40024000u, 0x4u)
#define XOSC_STARTUP EO_REGISTER(0x40024000u, 0xCu)
#define PLL_CS EO_REGISTER(0x40028000u, 0x0u)
#define PLL_PWR EO_REGISTER(0x40028000u, 0x4u)
#define PLL_FBDIV EO_REGISTER(0x40028000u, 0x8u)
#define PLL_PRIM EO_REGISTER(0x40028000u, 0xCu)
#define WATCHDOG_TICK EO_REGISTER(0x40058000u, 0x2Cu)
#define GPIO0_CTRL EO_REGISTER(0x40014000u, 0x04u)
#define GPIO1_CTRL EO_REGISTER(0x40014000u, 0x0Cu)

/* Bits of RESETS. */
#define IO_BANK0 (1u << 5)
#define PADS_BANK0 (1u << 8)
#define PLL_SYS (1u << 12)
#define TIMER (1u << 21)
#define UART0 (1u << 22)

enum { CRYSTAL_HZ = 12000000, RING_HZ = 6500000 /* about: the ring oscillator after reset */, FUNCTION_UART = 2 };

/* The chip's boot ROM copies these 256 bytes from the start of flash to RAM, checks their CRC-32 and runs them: the
 * flash is set to execute in place by command 0x03, which every SPI flash has; then our vector table is entered. */
__attribute__((section(".boot"), used)) static const uint16_t boot_stage[128] = {
    0x4B09,                                         /* ldr  r3, =0x18000000   the flash interface */
    0x2100,         0x6099,                         /* SSIENR = 0             off while it is set up */
    0x2004,         0x6158,                         /* BAUDR = 4              a quarter of the core's clock */
    0x4808,         0x6018,                         /* CTRLR0 = 0x001F0300    32-bit frames, EEPROM read mode */
    0x4808,         0x22F4,         0x5098,         /* SPI_CTRLR0 = 0x03000218  command 0x03, 24-bit address */
    0x6059,                                         /* CTRLR1 = 0             one frame a read */
    0x2001,         0x6098,                         /* SSIENR = 1 */
    0x4806,         0x4906,         0x6008,         /* VTOR = 0x10000100 */
    0xC806,         0xF381,         0x8808, 0x4710, /* ldmia r0!, {r1, r2}; msr msp, r1; bx r2 */
    0x0000,         0x1800,         0x0300, 0x001F, 0x0218,
    0x0300,         0x0100,         0x1000, 0xED08, 0xE000, /* the constants of the above */
    [126] = 0x3D0D, [127] = 0xAD6B, /* CRC-32 of the 252 bytes before, polynomial 0x04C11DB7, not reflected */
};

/* 1: the core runs from the PLL, 12 MHz * 125 / 6 / 2. */
static int start_pll(void) {
    XOSC_STARTUP = 47; /* times 256 cycles: a millisecond */
    XOSC_CTRL = (0xFABu << 12) | 0xAA0u;
    if (!eo_wait(&XOSC_STATUS, 1u << 31, 1u << 31)) {
        return 0;
    }
    CLK_REF_CTRL = 2; /* the crystal */
    if (!eo_wait(&CLK_REF_SELECTED, 1u << 2, 1u << 2)) {
        return 0;
    }
    PLL_CS = 1; /* reference divider */
    PLL_FBDIV = 125;
    PLL_PWR = 1u << 3; /* all on but the output dividers */
    if (!eo_wait(&PLL_CS, 1u << 31, 1u << 31)) {
        return 0;
    }
    PLL_PRIM = (6u << 16) | (2u << 12);
    PLL_PWR = 0;
    CLK_SYS_CTRL = 1; /* auxiliary source 0: the system PLL */
    return eo_wait(&CLK_SYS_SELECTED, 1u << 1, 1u << 1);
}

struct eo_clocks mcu_init(void) {
    const uint32_t blocks = IO_BANK0 | PADS_BANK0 | PLL_SYS | TIMER | UART0;
    RESETS_RESET_CLEAR = blocks;
    (void)eo_wait(&RESETS_DONE, blocks, blocks);
    const int fast = start_pll();
    const uint32_t core_hz = fast ? EO_CLOCK_HZ : RING_HZ;
    WATCHDOG_TICK = (1u << 9) | (CRYSTAL_HZ / 1000000u); /* the timer counts microseconds of the reference clock */
    CLK_PERI_CTRL = 1u << 11;                            /* from the core's clock */
    GPIO0_CTRL = FUNCTION_UART;
    GPIO1_CTRL = FUNCTION_UART;
    const struct eo_clocks clocks = {core_hz, core_hz, fast ? EO_TIMER_HZ : RING_HZ / (CRYSTAL_HZ / 1000000u)};
    return clocks;
}

enum eo_reset_cause mcu_reset_cause(void) {
    return EO_RESET_UNKNOWN;
}
