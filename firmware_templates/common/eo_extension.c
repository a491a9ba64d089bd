/* eo_extension.c -- the commands of a measuring session.
 *
 *     host:    eo SEQ COMMAND [ARGUMENT]... CRC%
 *     device:  m-eo SEQ ok [VALUE]... CRC        or        m-eo SEQ no REASON CRC
 *
 * Numbers are hexadecimal; CRC is the CRC-32 of all that stands before its space. Data is addressed by tensor and
 * offset, and a run by a number that the host gives it, so that a command which is sent twice does the same as once. */
#include "eo_extension.h"

#include <stddef.h>
#include <stdint.h>

#include "eo_inference.h"
#include "eo_model.h"
#include "eo_port.h"
#include "eo_protocol.h"
#include "eo_text.h"

#define PROTOCOL_VERSION 2u
#define NO_LAYERS 0xffffffffu /* in `run`: the plain inference, without the hook between the layers */

/* Answers to a command that cannot be done; NULL: done, the answer is printed. */
static const char bad_arguments[] = "arguments"; /* missing, too many, or not a number */
static const char bad_range[] = "range";         /* no such tensor, byte or layer */
static const char bad_input[] = "input";         /* the inputs are not those that the host means */
static const char bad_run[] = "run";             /* that run is not the last one */
static const char bad_state[] = "state";         /* the model remembers other inferences than the host means */
static const char bad_model[] = "model";         /* the model returned an error */

/* The last run, so that a host which missed the answer can ask again without another inference. */
static struct {
    uint32_t id; /* 0: none */
    uint32_t cycles;
    uint32_t outputs_crc;
} last_run;

void eo_extension_reset(void) {
    last_run.id = 0;
}

static void begin_answer(uint32_t sequence, const char *verdict) {
    eo_print_begin();
    eo_print("m-eo ");
    eo_print_hex(sequence, 8);
    eo_print_char(' ');
    eo_print(verdict);
}

static void print_value(uint32_t value) {
    eo_print_char(' ');
    eo_print_hex(value, 8);
}

/* `count` numbers, and nothing after them. */
static int take_arguments(char **arguments, uint32_t *values, int count) {
    int i;
    for (i = 0; i < count; ++i) {
        if (!eo_word_hex(arguments, &values[i])) {
            return 0;
        }
    }
    return eo_word(arguments) == NULL;
}

/* id: who is there. Starts a session: the last run is forgotten. */
static const char *command_id(uint32_t sequence, char *arguments) {
    if (!take_arguments(&arguments, NULL, 0)) {
        return bad_arguments;
    }
    eo_extension_reset();
    begin_answer(sequence, "ok");
    print_value(PROTOCOL_VERSION);
    eo_print_char(' ');
    eo_print(eo_model.build_id);
    print_value((uint32_t)eo_model.inputs);
    print_value((uint32_t)eo_model.outputs);
    print_value((uint32_t)eo_model.layers);
    print_value(eo_model.arena_bytes);
    print_value(eo_port_cycles_hz());
    print_value(EO_CHUNK_BYTES);
    print_value(EO_LAYER_WINDOW);
    eo_print_char(' ');
    eo_print(eo_model.name);
    eo_print_end();
    return NULL;
}

/* tensor SIDE INDEX: size in bytes, and 1 if it survives an inference, copies counted. SIDE 0: inputs, 1: outputs. */
static const char *command_tensor(uint32_t sequence, char *arguments) {
    uint32_t v[2];
    if (!take_arguments(&arguments, v, 2)) {
        return bad_arguments;
    }
    if (v[0] > 1 || v[1] >= (uint32_t)(v[0] == 0 ? eo_model.inputs : eo_model.outputs)) {
        return bad_range;
    }
    begin_answer(sequence, "ok");
    print_value(v[0] == 0 ? eo_model.input_tensors[v[1]].bytes : eo_model.output_tensors[v[1]].bytes);
    print_value(v[0] == 1 || eo_inference_input_survives((int)v[1]));
    eo_print_end();
    return NULL;
}

/* put INPUT OFFSET BASE64: writes bytes into an input. */
static const char *command_put(uint32_t sequence, char *arguments) {
    uint32_t input;
    uint32_t offset;
    const char *data;
    uint8_t *bytes;
    if (!eo_word_hex(&arguments, &input) || !eo_word_hex(&arguments, &offset)) {
        return bad_arguments;
    }
    data = eo_word(&arguments);
    if (data == NULL || eo_word(&arguments) != NULL) {
        return bad_arguments;
    }
    if (input >= (uint32_t)eo_model.inputs || offset > eo_model.input_tensors[input].bytes) {
        return bad_range;
    }
    bytes = (uint8_t *)eo_inference_write_input((int)input);
    if (eo_base64_decode(data, bytes + offset, eo_model.input_tensors[input].bytes - offset) < 0) {
        return bad_range;
    }
    begin_answer(sequence, "ok");
    eo_print_end();
    return NULL;
}

/* fill INPUT SEED: the bytes of the xorshift32 generator (Marsaglia 2003: 13, 17, 5) from SEED, which is not 0: a
 * random input without its upload. Each number gives four bytes, the lowest first. */
static const char *command_fill(uint32_t sequence, char *arguments) {
    uint32_t v[2];
    uint32_t x;
    uint32_t i;
    uint8_t *bytes;
    if (!take_arguments(&arguments, v, 2) || v[1] == 0) {
        return bad_arguments;
    }
    if (v[0] >= (uint32_t)eo_model.inputs) {
        return bad_range;
    }
    bytes = (uint8_t *)eo_inference_write_input((int)v[0]);
    x = v[1];
    for (i = 0; i < eo_model.input_tensors[v[0]].bytes; ++i) {
        if (i % 4u == 0) {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
        }
        bytes[i] = (uint8_t)(x >> (8u * (i % 4u)));
    }
    begin_answer(sequence, "ok");
    eo_print_end();
    return NULL;
}

/* All inputs, or all outputs, one after the other. */
static uint32_t inputs_crc(void) {
    uint32_t crc = 0;
    int i;
    for (i = 0; i < eo_model.inputs; ++i) {
        crc = eo_crc32(crc, eo_inference_input(i), eo_model.input_tensors[i].bytes);
    }
    return crc;
}

static uint32_t outputs_crc(void) {
    uint32_t crc = 0;
    int i;
    for (i = 0; i < eo_model.outputs; ++i) {
        crc = eo_crc32(crc, eo_model.output(i), eo_model.output_tensors[i].bytes);
    }
    return crc;
}

/* reset: gives what the model remembers its first values. Answers how many bytes that are. */
static const char *command_reset(uint32_t sequence, char *arguments) {
    if (!take_arguments(&arguments, NULL, 0)) {
        return bad_arguments;
    }
    eo_inference_reset_state();
    begin_answer(sequence, "ok");
    print_value(eo_model.state_bytes);
    eo_print_end();
    return NULL;
}

/* run ID INPUTS_CRC FIRST_LAYER COUNT: one inference, if the inputs are those that the host means, and a model that
 * remembers has made COUNT inferences since its reset. ID is not 0; the ID of the last run runs nothing and answers the
 * same again. Answers ID, cycles and the CRC of the outputs. */
static const char *command_run(uint32_t sequence, char *arguments) {
    uint32_t v[4];
    if (!take_arguments(&arguments, v, 4) || v[0] == 0) {
        return bad_arguments;
    }
    if (v[2] != NO_LAYERS && v[2] >= (uint32_t)eo_model.layers) {
        return bad_range;
    }
    if (v[0] != last_run.id) {
        uint32_t cycles;
        int status;
        if (inputs_crc() != v[1]) {
            return bad_input;
        }
        if (eo_model.state_bytes != 0 && v[3] != eo_inference_count()) {
            return bad_state;
        }
        last_run.id = 0;
        eo_inference_inputs_complete();
        status = v[2] == NO_LAYERS ? eo_inference_run(&cycles) : eo_inference_run_layers(v[2], &cycles);
        if (status != 0) {
            return bad_model;
        }
        last_run.id = v[0];
        last_run.cycles = cycles;
        last_run.outputs_crc = outputs_crc();
    }
    begin_answer(sequence, "ok");
    print_value(last_run.id);
    print_value(last_run.cycles);
    print_value(last_run.outputs_crc);
    eo_print_end();
    return NULL;
}

/* layers ID FIRST COUNT: cycles of layers that run ID recorded. */
static const char *command_layers(uint32_t sequence, char *arguments) {
    uint32_t v[3];
    uint32_t first;
    const uint32_t *cycles;
    uint32_t recorded;
    uint32_t i;
    if (!take_arguments(&arguments, v, 3)) {
        return bad_arguments;
    }
    if (v[0] == 0 || v[0] != last_run.id) {
        return bad_run;
    }
    recorded = eo_inference_layer_cycles(&first, &cycles);
    if (v[1] < first || v[1] - first > recorded || v[2] > recorded - (v[1] - first)) {
        return bad_range;
    }
    begin_answer(sequence, "ok");
    for (i = 0; i < v[2]; ++i) {
        print_value(cycles[v[1] - first + i]);
    }
    eo_print_end();
    return NULL;
}

/* get OUTPUT OFFSET COUNT: bytes of an output, COUNT <= EO_CHUNK_BYTES. */
static const char *command_get(uint32_t sequence, char *arguments) {
    uint32_t v[3];
    const uint8_t *bytes;
    if (!take_arguments(&arguments, v, 3)) {
        return bad_arguments;
    }
    if (v[0] >= (uint32_t)eo_model.outputs || v[1] > eo_model.output_tensors[v[0]].bytes ||
        v[2] > eo_model.output_tensors[v[0]].bytes - v[1] || v[2] == 0 || v[2] > EO_CHUNK_BYTES) {
        return bad_range;
    }
    bytes = (const uint8_t *)eo_model.output((int)v[0]);
    begin_answer(sequence, "ok");
    eo_print_char(' ');
    eo_print_base64(bytes + v[1], v[2]);
    eo_print_end();
    return NULL;
}

/* memory: most bytes of stack ever used, the bytes reserved for it, the arena's bytes. */
static const char *command_memory(uint32_t sequence, char *arguments) {
    if (!take_arguments(&arguments, NULL, 0)) {
        return bad_arguments;
    }
    begin_answer(sequence, "ok");
    print_value(eo_port_stack_high_water());
    print_value(eo_port_stack_bytes());
    print_value(eo_model.arena_bytes);
    eo_print_end();
    return NULL;
}

static const char *execute(uint32_t sequence, const char *command, char *arguments) {
    static const struct {
        const char *name;
        const char *(*execute)(uint32_t sequence, char *arguments);
    } commands[] = {
        {"id", command_id},     {"tensor", command_tensor}, {"put", command_put},
        {"fill", command_fill}, {"run", command_run},       {"layers", command_layers},
        {"get", command_get},   {"memory", command_memory}, {"reset", command_reset},
    };
    unsigned i;
    for (i = 0; i < sizeof commands / sizeof commands[0]; ++i) {
        if (eo_same(command, commands[i].name)) {
            return commands[i].execute(sequence, arguments);
        }
    }
    return "command";
}

/* Whether the last word is the CRC of what stands before it; it is cut off. */
static int intact(char *line) {
    char *end = line;
    char *space = NULL;
    uint32_t crc = 0;
    for (; *end != 0; ++end) {
        if (*end == ' ') {
            space = end;
        }
    }
    if (space == NULL || end - space != 9) {
        return 0;
    }
    *space = 0;
    ++space;
    return eo_word_hex(&space, &crc) && crc == eo_crc32(0, line, (uint32_t)(end - line) - 9u);
}

void eo_extension_execute(char *line) {
    char *arguments = line;
    uint32_t sequence = 0;
    const char *command;
    const char *reason = bad_arguments;
    if (!intact(line)) {
        eo_print("e-[Damaged eo command]\r\n"); /* whose number cannot be trusted either */
        return;
    }
    (void)eo_word(&arguments); /* eo */
    if (eo_word_hex(&arguments, &sequence)) {
        command = eo_word(&arguments);
        reason = execute(sequence, command == NULL ? "" : command, arguments);
    }
    if (reason != NULL) {
        begin_answer(sequence, "no");
        eo_print_char(' ');
        eo_print(reason);
        eo_print_end();
    }
}
