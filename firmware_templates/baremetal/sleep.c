/* sleep.c -- waiting for a byte or for a time: asleep where the board's file names the console's interrupt.
 *
 * WFI with PRIMASK set: an enabled interrupt that is pending wakes the core, and no handler runs (DDI 0403, B1.5.19 and
 * B1.4.3). The console's line and SysTick's are enabled only there, and cleared before PRIMASK is: elsewhere nothing
 * interrupts, and faults keep a priority of their own. */
#include "eo_board.h"
#include "eo_platform.h"

#define SYST_CSR EO_REGISTER(0xE000E010u, 0x0u)
#define SYST_RVR EO_REGISTER(0xE000E010u, 0x4u)
#define SYST_CVR EO_REGISTER(0xE000E010u, 0x8u)
#define SCB_ICSR EO_REGISTER(0xE000ED04u, 0x0u)

#define SYSTICK_ON 7u /* counts the core's clock, interrupts at 0 */
#define SYSTICK_COUNTED (1u << 16)
#define SYSTICK_MOST 0xFFFFFFu
#define CLEAR_PENDING_SYSTICK (1u << 25)

#define HAS_IRQ (EO_CONSOLE_IRQ >= 0)
#define IRQ_WORD (4u * ((HAS_IRQ ? (uint32_t)EO_CONSOLE_IRQ : 0u) / 32u))
#define IRQ_BIT (1u << (HAS_IRQ ? (uint32_t)EO_CONSOLE_IRQ : 0u) % 32u)
#define NVIC_ENABLE EO_REGISTER(0xE000E100u, IRQ_WORD)
#define NVIC_DISABLE EO_REGISTER(0xE000E180u, IRQ_WORD)
#define NVIC_CLEAR_PENDING EO_REGISTER(0xE000E280u, IRQ_WORD)

static uint32_t ratio;   /* core cycles in a tick of timer_ticks(); 0: SysTick cannot wake the core */
static uint32_t longest; /* core cycles of one sleep */
static uint32_t core_khz;

__attribute__((weak)) int mcu_systick_runs_asleep(void) {
    return 1;
}

__attribute__((weak)) void timer_slept(uint32_t since, uint32_t core_cycles) {
    (void)since;
    (void)core_cycles;
}

void sleep_init(const struct eo_clocks *clocks, uint32_t ticks_hz) {
    ratio = mcu_systick_runs_asleep() ? clocks->core_hz / ticks_hz : 0u;
    longest = SYSTICK_MOST;
    core_khz = clocks->core_hz / 1000u;
}

uint32_t eo_port_watchdog_start(uint32_t timeout_ms) {
    const uint32_t real_ms = watchdog_start(timeout_ms);
    if (real_ms != 0 && real_ms / 2u < SYSTICK_MOST / core_khz) {
        longest = real_ms * core_khz / 2u; /* wakes in time to feed it */
    }
    return real_ms;
}

/* Before WFI. `ticks` as in eo_port_sleep. Returns what SysTick counts down from; 0: it does not run. */
__attribute__((noinline)) static uint32_t fall_asleep(uint32_t ticks) {
    uint32_t reload = 0;
    __asm__ volatile("cpsid i" ::: "memory");
    if (ratio != 0) {
        reload = ticks == 0 || ticks > longest / ratio ? longest : ticks * ratio;
        SYST_RVR = reload;
        SYST_CVR = 0;
        SYST_CSR = SYSTICK_ON;
    }
    NVIC_ENABLE = IRQ_BIT;
    __asm__ volatile("dsb" ::: "memory");
    return reload;
}

/* After WFI; `since`: timer_ticks() before. */
__attribute__((noinline)) static void wake_up(uint32_t since, uint32_t reload) {
    NVIC_DISABLE = IRQ_BIT;
    if (reload != 0) {
        uint32_t left = SYST_CVR;
        uint32_t counted = 0;
        if ((SYST_CSR & SYSTICK_COUNTED) != 0) {
            counted = reload;
            left = SYST_CVR; /* again: it may have begun anew between the two reads */
        }
        SYST_CSR = 0;
        timer_slept(since, counted + (reload - left));
    }
    SCB_ICSR = CLEAR_PENDING_SYSTICK;
    NVIC_CLEAR_PENDING = IRQ_BIT;
    __asm__ volatile("dsb\n\tisb\n\tcpsie i" ::: "memory");
}

/* The virtual board knows this function by its name: a program that sleeps in it waits for input, however long. */
int eo_port_getchar(void) {
    while (!console_has_input()) {
        watchdog_feed();
        if (HAS_IRQ) {
            const uint32_t since = timer_ticks();
            const uint32_t reload = fall_asleep(0);
            if (!console_has_input()) {
                __asm__ volatile("wfi" ::: "memory");
            }
            wake_up(since, reload);
        }
    }
    fault_host_is_there();
    return console_read();
}

int eo_port_sleep(uint32_t ticks) {
    const uint32_t start = timer_ticks();
    const int wakes_in_time = HAS_IRQ && ratio != 0;
    int slept = 0;
    while (!console_has_input()) {
        const uint32_t now = timer_ticks();
        if (ticks != 0 && now - start >= ticks) {
            break;
        }
        watchdog_feed();
        if (ticks != 0 && !wakes_in_time) {
            /* The counter alone is watched: who asks for a byte again and again looks as if it waited for one. */
            while (timer_ticks() - start < ticks) {
                watchdog_feed();
            }
            break;
        }
        if (HAS_IRQ) {
            const uint32_t reload = fall_asleep(ticks == 0 ? 0u : ticks - (now - start));
            if (!console_has_input()) {
                __asm__ volatile("wfi" ::: "memory");
                slept = 1;
            }
            wake_up(now, reload);
        }
    }
    return slept;
}
