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

#include "eo_config.h"
#include "eo_extension_internal.h"
#include "eo_inference.h"
#include "eo_model.h"
#include "eo_port.h"
#include "eo_protocol.h"
#include "eo_text.h"

const char eo_bad_arguments[] = "arguments";
const char eo_bad_range[] = "range";
const char eo_bad_input[] = "input";
const char eo_bad_run[] = "run";
const char eo_bad_state[] = "state";
const char eo_bad_model[] = "model";

struct eo_last_run eo_last_run;

void eo_extension_reset(void) {
    eo_last_run.id = 0;
}

void eo_begin_answer(uint32_t sequence, const char *verdict) {
    eo_print_begin();
    eo_print("m-eo ");
    eo_print_hex(sequence, 8);
    eo_print_char(' ');
    eo_print(verdict);
}

void eo_print_value(uint32_t value) {
    eo_print_char(' ');
    eo_print_hex(value, 8);
}

/* `count` numbers, and nothing after them. */
int eo_take_arguments(char **arguments, uint32_t *values, int count) {
    int i;
    for (i = 0; i < count; ++i) {
        if (!eo_word_hex(arguments, &values[i])) {
            return 0;
        }
    }
    return eo_word(arguments) == NULL;
}

/* id: who is there. Starts a session: the last run is forgotten. */
const char *eo_command_id(uint32_t sequence, char *arguments) {
    if (!eo_take_arguments(&arguments, NULL, 0)) {
        return eo_bad_arguments;
    }
    eo_extension_reset();
    eo_begin_answer(sequence, "ok");
    eo_print_value(EO_PROTOCOL_VERSION);
    eo_print_char(' ');
    eo_print(eo_model->build_id);
    eo_print_value((uint32_t)eo_model->inputs);
    eo_print_value((uint32_t)eo_model->outputs);
    eo_print_value((uint32_t)eo_model->layers);
    eo_print_value(eo_model->arena_bytes);
    eo_print_value(eo_port_cycles_hz());
    eo_print_value(EO_CHUNK_BYTES);
    eo_print_value(EO_LAYER_WINDOW);
    eo_print_value((uint32_t)eo_models_count);
    eo_print_value((uint32_t)(eo_model - eo_models));
    eo_print_char(' ');
    eo_print(eo_port_board());
    eo_print_char(' ');
    eo_print(eo_model->name);
    eo_print_end();
    return NULL;
}

/* model INDEX: selects a model, of which `id` then tells. Its inputs are not there, and no run was made. */
const char *eo_command_model(uint32_t sequence, char *arguments) {
    uint32_t index;
    if (!eo_take_arguments(&arguments, &index, 1)) {
        return eo_bad_arguments;
    }
    if (index >= (uint32_t)eo_models_count) {
        return eo_bad_range;
    }
    eo_inference_select((int)index);
    eo_extension_reset();
    eo_protocol_forget_load();
    eo_begin_answer(sequence, "ok");
    eo_print_end();
    return NULL;
}

static const struct {
    const char *name;
    eo_command *execute;
} commands[] = {
    {"id", eo_command_id},       {"tensor", eo_command_tensor}, {"put", eo_command_put},
    {"fill", eo_command_fill},   {"run", eo_command_run},       {"layers", eo_command_layers},
    {"get", eo_command_get},     {"reset", eo_command_reset},   {"memory", eo_command_memory},
    {"crash", eo_command_crash}, {"reboot", eo_command_reboot}, {"watch", eo_command_watch},
    {"probe", eo_command_probe}, {"peek", eo_command_peek},     {"gaps", eo_command_gaps},
    {"serve", eo_command_serve}, {"model", eo_command_model},   {"loop", eo_command_loop},
#if EO_INPUT_STATS > 0
    {"stats", eo_command_stats},
#endif
};

static const char *execute(uint32_t sequence, const char *command, char *arguments) {
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
    const char *reason = eo_bad_arguments;
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
        eo_begin_answer(sequence, "no");
        eo_print_char(' ');
        eo_print(reason);
        eo_print_end();
    }
}
