/* startup.c -- vector table and reset for any Cortex-M. Interrupts only wake the core (sleep.c), so they have no
 * handlers. */
#include "eo_platform.h"
#include "eo_port.h"

#define SCB_CCR EO_REGISTER(0xE000ED14u, 0u)
#define SCB_SHCSR EO_REGISTER(0xE000ED24u, 0u)
#define SCB_CPACR EO_REGISTER(0xE000ED88u, 0u)

/* From the linker script. All are word-aligned. */
extern uint32_t eo_stack_top[];
extern uint32_t eo_data_begin[], eo_data_end[];
extern const uint32_t eo_data_load[];
extern uint32_t eo_bss_begin[], eo_bss_end[];

int main(void);
void Reset_Handler(void);
void eo_fault(void);

struct vector_table {
    uint32_t *stack;
    void (*handlers[15])(void);
};

/* Every exception but reset is a fault (fault.c). */
__attribute__((section(".vectors"), used)) const struct vector_table eo_vectors = {
    eo_stack_top,
    {Reset_Handler, eo_fault, eo_fault, eo_fault, eo_fault, eo_fault, eo_fault, eo_fault, eo_fault, eo_fault, eo_fault,
     eo_fault, eo_fault, eo_fault, eo_fault},
};

/* Not inlined into Reset_Handler: the compiler may use vector registers here, which are off before it. */
__attribute__((noinline, used)) static void eo_start(void) {
    const uint32_t *load = eo_data_load;
    for (uint32_t *word = eo_data_begin; word < eo_data_end; word++) {
        *word = *load++;
    }
    for (uint32_t *word = eo_bss_begin; word < eo_bss_end; word++) {
        *word = 0;
    }
    eo_port_exit(main());
}

void Reset_Handler(void) {
#if __ARM_ARCH >= 7
    /* Bus and other faults as exceptions of their own: a full stack then ends in eo_fault() instead of a lock-up, which
     * is what a fault while entering HardFault gives. */
    SCB_SHCSR |= 7u << 16;
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    SCB_CPACR |= 0xFu << 20; /* full access to coprocessors 10 and 11: the FPU and MVE */
#endif
#if defined(__ARM_FEATURE_MVE)
    SCB_CCR |= 1u << 19; /* loop and branch-info cache: low-overhead loops */
#endif
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    eo_start();
}
