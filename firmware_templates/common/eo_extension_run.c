/* eo_extension_run.c -- commands that infer, and what they recorded. */
#include "eo_extension_internal.h"

#include <stddef.h>
#include <stdint.h>

#include "eo_inference.h"
#include "eo_model.h"
#include "eo_port.h"
#include "eo_text.h"
/* All inputs, or all outputs, one after the other. */
uint32_t eo_inputs_crc(void) {
    uint32_t crc = (uint32_t)(eo_model - eo_models); /* the inputs of another model are others, whatever they are */
    int i;
    for (i = 0; i < eo_model->inputs; ++i) {
        crc = eo_crc32(crc, eo_inference_input(i), eo_model->input_tensors[i].bytes);
    }
    return crc;
}

uint32_t eo_outputs_crc(void) {
    uint32_t crc = 0;
    int i;
    for (i = 0; i < eo_model->outputs; ++i) {
        crc = eo_crc32(crc, eo_model->output(i), eo_model->output_tensors[i].bytes);
    }
    return crc;
}

/* reset: gives what the model remembers its first values. Answers how many bytes that are. */
const char *eo_command_reset(uint32_t sequence, char *arguments) {
    if (!eo_take_arguments(&arguments, NULL, 0)) {
        return eo_bad_arguments;
    }
    eo_inference_reset_state();
    eo_begin_answer(sequence, "ok");
    eo_print_value(eo_model->state_bytes);
    eo_print_end();
    return NULL;
}

/* run ID INPUTS_CRC FIRST_LAYER COUNT: one inference, if the inputs are those that the host means, and a model that
 * remembers has made COUNT inferences since its reset. ID is not 0; the ID of the last run runs nothing and answers the
 * same again. Answers ID, cycles and the CRC of the outputs. The timestamp pin is low during the inference. */
const char *eo_command_run(uint32_t sequence, char *arguments) {
    uint32_t v[4];
    if (!eo_take_arguments(&arguments, v, 4) || v[0] == 0) {
        return eo_bad_arguments;
    }
    if (v[2] != EO_NO_LAYERS && v[2] >= (uint32_t)eo_model->layers) {
        return eo_bad_range;
    }
    if (v[0] != eo_last_run.id) {
        uint32_t cycles;
        int status;
        if (eo_inputs_crc() != v[1]) {
            return eo_bad_input;
        }
        if (eo_model->state_bytes != 0 && v[3] != eo_inference_count()) {
            return eo_bad_state;
        }
        eo_last_run.id = 0;
        eo_inference_inputs_complete();
        eo_port_pin(0);
        status = v[2] == EO_NO_LAYERS ? eo_inference_run(&cycles) : eo_inference_run_layers(v[2], &cycles);
        eo_port_pin(1);
        if (status != 0) {
            return eo_bad_model;
        }
        eo_last_run.id = v[0];
        eo_last_run.cycles = cycles;
        eo_last_run.outputs_crc = eo_outputs_crc();
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value(eo_last_run.id);
    eo_print_value(eo_last_run.cycles);
    eo_print_value(eo_last_run.outputs_crc);
    eo_print_end();
    return NULL;
}

/* layers ID FIRST COUNT: cycles of layers that run ID recorded. */
const char *eo_command_layers(uint32_t sequence, char *arguments) {
    uint32_t v[3];
    uint32_t first;
    const uint32_t *cycles;
    uint32_t recorded;
    uint32_t i;
    if (!eo_take_arguments(&arguments, v, 3)) {
        return eo_bad_arguments;
    }
    if (v[0] == 0 || v[0] != eo_last_run.id) {
        return eo_bad_run;
    }
    recorded = eo_inference_layer_cycles(&first, &cycles);
    if (v[1] < first || v[1] - first > recorded || v[2] > recorded - (v[1] - first)) {
        return eo_bad_range;
    }
    eo_begin_answer(sequence, "ok");
    for (i = 0; i < v[2]; ++i) {
        eo_print_value(cycles[v[1] - first + i]);
    }
    eo_print_end();
    return NULL;
}
