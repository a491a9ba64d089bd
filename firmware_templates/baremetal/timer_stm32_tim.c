/* timer_stm32_tim.c -- a 32-bit timer of an STM32 (TIM2), for cores without a cycle counter. mcu_*.c clocks it. */
#include "eo_board.h"
#include "eo_platform.h"

#define CR1 EO_REGISTER(EO_TIMER_BASE, 0x00u)
#define EGR EO_REGISTER(EO_TIMER_BASE, 0x14u)
#define CNT EO_REGISTER(EO_TIMER_BASE, 0x24u)
#define PSC EO_REGISTER(EO_TIMER_BASE, 0x28u)
#define ARR EO_REGISTER(EO_TIMER_BASE, 0x2Cu)

uint32_t timer_init(const struct eo_clocks *clocks) {
    PSC = 0;
    ARR = 0xFFFFFFFFu;
    EGR = 1; /* takes prescaler and reload value over */
    CR1 = 1;
    return clocks->timer_hz;
}

uint32_t timer_ticks(void) {
    return CNT;
}
