/* eo_extension_tensors.c -- commands for the bytes of inputs and outputs. */
#include "eo_extension_internal.h"

#include <stddef.h>
#include <stdint.h>

#include "eo_inference.h"
#include "eo_model.h"
#include "eo_protocol.h"
#include "eo_text.h"
/* tensor SIDE INDEX: size in bytes, and 1 if it survives an inference, copies counted. SIDE 0: inputs, 1: outputs. */
const char *eo_command_tensor(uint32_t sequence, char *arguments) {
    uint32_t v[2];
    if (!eo_take_arguments(&arguments, v, 2)) {
        return eo_bad_arguments;
    }
    if (v[0] > 1 || v[1] >= (uint32_t)(v[0] == 0 ? eo_model->inputs : eo_model->outputs)) {
        return eo_bad_range;
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value(v[0] == 0 ? eo_model->input_tensors[v[1]].bytes : eo_model->output_tensors[v[1]].bytes);
    eo_print_value(v[0] == 1 || eo_inference_input_survives((int)v[1]));
    eo_print_end();
    return NULL;
}

/* put INPUT OFFSET BASE64: writes bytes into an input. */
const char *eo_command_put(uint32_t sequence, char *arguments) {
    uint32_t input;
    uint32_t offset;
    const char *data;
    uint8_t *bytes;
    if (!eo_word_hex(&arguments, &input) || !eo_word_hex(&arguments, &offset)) {
        return eo_bad_arguments;
    }
    data = eo_word(&arguments);
    if (data == NULL || eo_word(&arguments) != NULL) {
        return eo_bad_arguments;
    }
    if (input >= (uint32_t)eo_model->inputs || offset > eo_model->input_tensors[input].bytes) {
        return eo_bad_range;
    }
    bytes = (uint8_t *)eo_inference_write_input((int)input);
    if (eo_base64_decode(data, bytes + offset, eo_model->input_tensors[input].bytes - offset) < 0) {
        return eo_bad_range;
    }
    eo_begin_answer(sequence, "ok");
    eo_print_end();
    return NULL;
}

/* fill INPUT SEED: the bytes of the xorshift32 generator (Marsaglia 2003: 13, 17, 5) from SEED, which is not 0: a
 * random input without its upload. Each number gives four bytes, the lowest first. */
const char *eo_command_fill(uint32_t sequence, char *arguments) {
    uint32_t v[2];
    uint32_t x;
    uint32_t i;
    uint8_t *bytes;
    if (!eo_take_arguments(&arguments, v, 2) || v[1] == 0) {
        return eo_bad_arguments;
    }
    if (v[0] >= (uint32_t)eo_model->inputs) {
        return eo_bad_range;
    }
    bytes = (uint8_t *)eo_inference_write_input((int)v[0]);
    x = v[1];
    for (i = 0; i < eo_model->input_tensors[v[0]].bytes; ++i) {
        if (i % 4u == 0) {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
        }
        bytes[i] = (uint8_t)(x >> (8u * (i % 4u)));
    }
    eo_begin_answer(sequence, "ok");
    eo_print_end();
    return NULL;
}

/* get OUTPUT OFFSET COUNT: bytes of an output, COUNT <= EO_CHUNK_BYTES. */
const char *eo_command_get(uint32_t sequence, char *arguments) {
    uint32_t v[3];
    const uint8_t *bytes;
    if (!eo_take_arguments(&arguments, v, 3)) {
        return eo_bad_arguments;
    }
    if (v[0] >= (uint32_t)eo_model->outputs || v[1] > eo_model->output_tensors[v[0]].bytes ||
        v[2] > eo_model->output_tensors[v[0]].bytes - v[1] || v[2] == 0 || v[2] > EO_CHUNK_BYTES) {
        return eo_bad_range;
    }
    bytes = (const uint8_t *)eo_model->output((int)v[0]);
    eo_begin_answer(sequence, "ok");
    eo_print_char(' ');
    eo_print_base64(bytes + v[1], v[2]);
    eo_print_end();
    return NULL;
}
