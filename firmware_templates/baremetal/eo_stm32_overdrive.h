/* eo_stm32_overdrive.h -- over-drive of the regulator, for the highest clocks of STM32F446 (RM0390) and F7 (RM0385). */
#ifndef EO_STM32_OVERDRIVE_H
#define EO_STM32_OVERDRIVE_H

#include "eo_stm32f4.h"

#define PWR_CSR EO_REGISTER(0x40007000u, 0x04u)

#define OVERDRIVE_ON (1u << 16)
#define OVERDRIVE_READY (1u << 16)
#define OVERDRIVE_SWITCH (1u << 17)
#define OVERDRIVE_SWITCHED (1u << 17)

/* 1: it is on. To be called while the PLL starts, before the core runs from it: the manual's order. */
static inline int stm32_overdrive(void) {
    PWR_CR |= OVERDRIVE_ON;
    if (!eo_wait(&PWR_CSR, OVERDRIVE_READY, OVERDRIVE_READY)) {
        return 0;
    }
    PWR_CR |= OVERDRIVE_SWITCH;
    return eo_wait(&PWR_CSR, OVERDRIVE_SWITCHED, OVERDRIVE_SWITCHED);
}

#endif
