/* eo_stm32.h -- what the clock and pin set-ups of all STM32s share: bits of the GPIO ports, of the RCC's reset flags.
 */
#ifndef EO_STM32_H
#define EO_STM32_H

#include "eo_platform.h"

/* Switches clocks on. The read makes the store arrive: the errata sheets ask for that before the peripheral is used. */
static inline void stm32_enable(volatile uint32_t *enables, uint32_t bits) {
    *enables |= bits;
    (void)*enables;
}

static inline void stm32_change(volatile uint32_t *target, uint32_t mask, uint32_t value) {
    *target = (*target & ~mask) | value;
}

/* Gives a pin to a peripheral, by the number of its alternate function. Pulled up: an idle UART line is high, and so is
 * one that nobody drives. `port`: base of the GPIO block (MODER 0x00, PUPDR 0x0C, AFRL 0x20, AFRH 0x24). */
static inline void stm32_alternate(uint32_t port, uint32_t pin, uint32_t function) {
    const uint32_t in_half = 4u * (pin & 7u);
    stm32_change(&EO_REGISTER(port, 0x20u + 4u * (pin >> 3)), 0xFu << in_half, function << in_half);
    stm32_change(&EO_REGISTER(port, 0x0Cu), 3u << 2u * pin, 1u << 2u * pin);
    stm32_change(&EO_REGISTER(port, 0x00u), 3u << 2u * pin, 2u << 2u * pin);
}

/* Which bits of the RCC's reset flags tell what. */
struct stm32_reset_flags {
    uint32_t watchdog;
    uint32_t software;
    uint32_t power;
    uint32_t pin;
    uint32_t remove; /* written as 1 to clear the others */
};

/* Every reset from within pulls the reset pin as well, so that flag counts last. */
static inline enum eo_reset_cause stm32_reset_cause(volatile uint32_t *status, const struct stm32_reset_flags *flags) {
    const uint32_t state = *status;
    *status |= flags->remove;
    *status &= ~flags->remove;
    if ((state & flags->power) != 0) {
        return EO_RESET_POWER;
    }
    if ((state & flags->watchdog) != 0) {
        return EO_RESET_WATCHDOG;
    }
    if ((state & flags->software) != 0) {
        return EO_RESET_SOFTWARE;
    }
    return (state & flags->pin) != 0 ? EO_RESET_PIN : EO_RESET_UNKNOWN;
}

#endif
