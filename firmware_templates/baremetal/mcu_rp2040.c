/* mcu_rp2040.c -- RP2040: 125 MHz from the 12 MHz crystal, UART0 on the board's pins. boot_rp2040.S comes before it.
 * Sections are those of the RP2040's datasheet. */
#include "eo_board.h"
#include "eo_platform.h"

#if EO_CLOCK_HZ != 125000000u
#error "mcu_rp2040.c is for 125 MHz: correct the board's file"
#endif

#define ATOMIC_SET 0x2000u /* of a register, section 2.1.2 */
#define ATOMIC_CLEAR 0x3000u
#define RESETS 0x4000C000u /* section 2.14 */
#define RESETS_RESET_SET EO_REGISTER(RESETS, ATOMIC_SET)
#define RESETS_RESET_CLEAR EO_REGISTER(RESETS, ATOMIC_CLEAR)
#define RESETS_DONE EO_REGISTER(RESETS, 0x8u)
#define CLK_REF_CTRL EO_REGISTER(0x40008000u, 0x30u) /* section 2.15 */
#define CLK_REF_SELECTED EO_REGISTER(0x40008000u, 0x38u)
#define CLK_SYS_CTRL EO_REGISTER(0x40008000u, 0x3Cu)
#define CLK_SYS_DIV EO_REGISTER(0x40008000u, 0x40u)
#define CLK_SYS_SELECTED EO_REGISTER(0x40008000u, 0x44u)
#define CLK_PERI_CTRL EO_REGISTER(0x40008000u, 0x48u)
#define XOSC_CTRL EO_REGISTER(0x40024000u, 0x0u) /* section 2.16 */
#define XOSC_STATUS EO_REGISTER(0x40024000u, 0x4u)
#define XOSC_STARTUP EO_REGISTER(0x40024000u, 0xCu)
#define PLL_CS EO_REGISTER(0x40028000u, 0x0u) /* section 2.18 */
#define PLL_PWR EO_REGISTER(0x40028000u, 0x4u)
#define PLL_FBDIV EO_REGISTER(0x40028000u, 0x8u)
#define PLL_PRIM EO_REGISTER(0x40028000u, 0xCu)
#define CHIP_RESET EO_REGISTER(0x40064000u, 0x8u)       /* section 2.12 */
#define WATCHDOG_REASON EO_REGISTER(0x40058000u, 0x08u) /* section 4.7 */
#define WATCHDOG_SCRATCH0 EO_REGISTER(0x40058000u, 0x0Cu)
#define WATCHDOG_TICK EO_REGISTER(0x40058000u, 0x2Cu)
#define GPIO_CTRL(pin) EO_REGISTER(0x40014000u, 8u * (uint32_t)(pin) + 4u) /* section 2.19.6.1 */
#define GPIO_PAD(pin) EO_REGISTER(0x4001C000u, 4u * (uint32_t)(pin) + 4u)  /* section 2.19.6.3 */

/* Bits of RESETS. */
#define IO_BANK0 (1u << 5)
#define PADS_BANK0 (1u << 8)
#define PLL_SYS (1u << 12)
#define TIMER (1u << 21)
#define UART0 (1u << 22)

#define STARTED_BEFORE 0xED6E0B7Eu /* in SCRATCH0, which all but power-up and the pin RUN leave alone */

enum { CRYSTAL_HZ = 12000000, RING_HZ = 6500000 /* about: the ring oscillator after reset */, FUNCTION_UART = 2 };
enum {
    PULLED_UP = 0x5A /* as after reset, but for that: input, 4 mA, Schmitt trigger; after reset it is pulled down */
};
enum { REASON_TIMER = 1, REASON_FORCED = 2 };

/* The core's clock from the reference clock, whatever ran before: a reset of the core alone leaves the PLL on. */
static void leave_pll(void) {
    CLK_SYS_CTRL = 0;
    (void)eo_wait(&CLK_SYS_SELECTED, 1u << 0, 1u << 0);
}

/* 1: the reference clock is the crystal's. */
static int start_crystal(void) {
    XOSC_STARTUP = 47; /* times 256 cycles: a millisecond */
    XOSC_CTRL = (0xFABu << 12) | 0xAA0u;
    if (!eo_wait(&XOSC_STATUS, 1u << 31, 1u << 31)) {
        return 0;
    }
    CLK_REF_CTRL = 2;
    return eo_wait(&CLK_REF_SELECTED, 1u << 2, 1u << 2);
}

/* 1: the core runs from the PLL, 12 MHz * 125 / 6 / 2. */
static int start_pll(void) {
    PLL_CS = 1; /* reference divider */
    PLL_FBDIV = 125;
    PLL_PWR = 1u << 3; /* all on but the output dividers */
    if (!eo_wait(&PLL_CS, 1u << 31, 1u << 31)) {
        return 0;
    }
    PLL_PRIM = (6u << 16) | (2u << 12);
    PLL_PWR = 0;
    CLK_SYS_DIV = 1u << 8;
    CLK_SYS_CTRL = 1; /* auxiliary source 0: the system PLL */
    if (!eo_wait(&CLK_SYS_SELECTED, 1u << 1, 1u << 1)) {
        leave_pll();
        return 0;
    }
    return 1;
}

static void console_pins(void) {
    if (EO_CONSOLE_BASE != 0 && EO_CONSOLE_TX_PIN >= 0) {
        GPIO_CTRL(EO_CONSOLE_TX_PIN) = FUNCTION_UART;
        GPIO_PAD(EO_CONSOLE_RX_PIN) = PULLED_UP; /* an idle line is high, and so is one that nobody drives */
        GPIO_CTRL(EO_CONSOLE_RX_PIN) = FUNCTION_UART;
    }
}

struct eo_clocks mcu_init(void) {
    leave_pll();
    RESETS_RESET_SET = PLL_SYS | TIMER | UART0; /* as after power-up */
    CLK_PERI_CTRL = 1u << 11;                   /* from the core's clock; without it UART0 never leaves its reset */
    const uint32_t blocks = IO_BANK0 | PADS_BANK0 | PLL_SYS | TIMER | UART0;
    RESETS_RESET_CLEAR = blocks;
    (void)eo_wait(&RESETS_DONE, blocks, blocks);
    const int has_crystal = start_crystal();
    const uint32_t reference_hz = has_crystal ? CRYSTAL_HZ : RING_HZ;
    const uint32_t core_hz = has_crystal && start_pll() ? EO_CLOCK_HZ : reference_hz;
    const uint32_t cycles = reference_hz / 1000000u;
    WATCHDOG_TICK = (1u << 9) | cycles; /* the timer counts microseconds of the reference clock */
    console_pins();
    const struct eo_clocks clocks = {core_hz, core_hz, reference_hz / cycles};
    return clocks;
}

/* The watchdog's reason stays until power-up or RUN, so after one of its resets a debugger's is taken for another; the
 * program's own are told apart by fault_init(). */
enum eo_reset_cause mcu_reset_cause(void) {
    const uint32_t reason = WATCHDOG_REASON, chip = CHIP_RESET;
    const int started_before = WATCHDOG_SCRATCH0 == STARTED_BEFORE;
    WATCHDOG_SCRATCH0 = STARTED_BEFORE;
    if ((reason & REASON_TIMER) != 0) {
        return EO_RESET_WATCHDOG;
    }
    if ((reason & REASON_FORCED) != 0 || started_before) {
        return EO_RESET_SOFTWARE;
    }
    if ((chip & 1u << 16) != 0) {
        return EO_RESET_PIN; /* RUN */
    }
    return (chip & 1u << 8) != 0 ? EO_RESET_POWER : EO_RESET_UNKNOWN; /* power-on or brown-out */
}
