/* eo_extension_health.c -- commands about the board: memory, faults, resets, the watchdog. */
#include "eo_extension_internal.h"

#include <stddef.h>
#include <stdint.h>

#include "eo_model.h"
#include "eo_port.h"
#include "eo_text.h"
/* memory: most bytes of stack ever used, the bytes reserved for it, the arena's bytes. */
const char *eo_command_memory(uint32_t sequence, char *arguments) {
    if (!eo_take_arguments(&arguments, NULL, 0)) {
        return eo_bad_arguments;
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value(eo_port_stack_high_water());
    eo_print_value(eo_port_stack_bytes());
    eo_print_value(eo_model->arena_bytes);
    eo_print_end();
    return NULL;
}

/* crash: cause of the last reset (enum eo_reset_cause), then nothing or the record of the last fault since power-up. */
const char *eo_command_crash(uint32_t sequence, char *arguments) {
    const struct eo_crash *crash = eo_port_crash();
    if (!eo_take_arguments(&arguments, NULL, 0)) {
        return eo_bad_arguments;
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value((uint32_t)eo_port_reset_cause());
    if (crash != NULL) {
        eo_print_value(crash->exception);
        eo_print_value(crash->pc);
        eo_print_value(crash->lr);
        eo_print_value(crash->psr);
        eo_print_value(crash->sp);
        eo_print_value(crash->cfsr);
        eo_print_value(crash->hfsr);
        eo_print_value(crash->mmfar);
        eo_print_value(crash->bfar);
        eo_print_value(crash->stack_high_water);
    }
    eo_print_end();
    return NULL;
}

/* reboot: answers, then resets the chip. */
const char *eo_command_reboot(uint32_t sequence, char *arguments) {
    if (!eo_take_arguments(&arguments, NULL, 0)) {
        return eo_bad_arguments;
    }
    eo_begin_answer(sequence, "ok");
    eo_print_end();
    eo_print("m-ready\r\n"); /* here, as the command does not return to where it is sent */
    eo_port_reset();
    return NULL;
}

/* watch MS: starts the watchdog; answers its real time-out in ms, 0 where there is none. */
const char *eo_command_watch(uint32_t sequence, char *arguments) {
    uint32_t timeout_ms;
    if (!eo_take_arguments(&arguments, &timeout_ms, 1) || timeout_ms == 0) {
        return eo_bad_arguments;
    }
    timeout_ms = eo_port_watchdog_start(timeout_ms);
    eo_begin_answer(sequence, "ok");
    eo_print_value(timeout_ms);
    eo_print_end();
    return NULL;
}
