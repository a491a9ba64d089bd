/* eo_extension_loop.c -- many inferences with nothing between them: what a power meter needs to see. */
#include "eo_extension_internal.h"

#include <stddef.h>
#include <stdint.h>

#include "eo_inference.h"
#include "eo_model.h"
#include "eo_port.h"
#include "eo_protocol.h"
#include "eo_text.h"

#define MOST_INFERENCES 0x80000000u
#define CLOCK_TICKS (1u << 24) /* between updates of the protocol's clock: its divisions are not to be felt */

static struct {
    uint32_t id;    /* of the last `loop` */
    uint64_t ticks; /* that it took */
} looping;

/* `count` inferences; the model's status. The counter is read after each, so that its wraps are seen,
 * here and by the protocol's clock. */
static int loop(uint32_t count) {
    uint32_t last = eo_port_cycles();
    uint32_t updated = last;
    int status = 0;
    looping.ticks = 0;
    for (; count > 0 && status == 0; --count) {
        uint32_t now;
        status = eo_inference_serve();
        now = eo_port_cycles();
        looping.ticks += (uint32_t)(now - last);
        last = now;
        if (now - updated >= CLOCK_TICKS) {
            eo_protocol_clock();
            updated = now;
        }
    }
    return status;
}

/* loop ID INPUTS_CRC COUNT STATE_COUNT: COUNT inferences back to back, if the inputs are those that the host means, and
 * a model that remembers has made STATE_COUNT inferences since its reset. The timestamp pin is low from just before the
 * first to just after the last. ID is as in `run`. Answers ID, the ticks of all, the upper 32 bits of them first, and
 * the CRC of the last one's outputs. */
const char *eo_command_loop(uint32_t sequence, char *arguments) {
    uint32_t v[4];
    if (!eo_take_arguments(&arguments, v, 4) || v[0] == 0) {
        return eo_bad_arguments;
    }
    if (v[2] == 0 || v[2] > MOST_INFERENCES) {
        return eo_bad_range;
    }
    if (v[0] != eo_last_run.id || v[0] != looping.id) {
        int status;
        if (eo_inputs_crc() != v[1]) {
            return eo_bad_input;
        }
        if (eo_model->state_bytes != 0 && v[3] != eo_inference_count()) {
            return eo_bad_state;
        }
        eo_last_run.id = 0;
        eo_inference_inputs_complete();
        eo_inference_recorded(0);
        eo_port_pin(0);
        status = loop(v[2]);
        eo_port_pin(1);
        if (status != 0) {
            return eo_bad_model;
        }
        looping.id = eo_last_run.id = v[0];
        eo_last_run.cycles = (uint32_t)looping.ticks;
        eo_last_run.outputs_crc = eo_outputs_crc();
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value(v[0]);
    eo_print_value((uint32_t)(looping.ticks >> 32));
    eo_print_value((uint32_t)looping.ticks);
    eo_print_value(eo_last_run.outputs_crc);
    eo_print_end();
    return NULL;
}
