/* eo_inference.c -- see eo_inference.h. */
#include "eo_inference.h"

#include <stddef.h>
#include <string.h>

#include "eo_config.h"
#include "eo_model.h"
#include "eo_port.h"

const struct eo_model *eo_model = eo_models;

static struct {
    enum eo_outputs outputs;
    uint8_t consumed;       /* an inference has overwritten an input, and no complete set was written since */
    uint32_t input_version; /* changes with every write into an input */
    uint32_t count;         /* inferences since the model's state was reset */
    uint32_t window_first;
    uint32_t window_count;
    uint32_t layer_start; /* eo_port_cycles() when the running layer began */
    uint32_t layer_cycles[EO_LAYER_WINDOW];
} inference;

#if EO_INPUT_COPY_BYTES > 0
/* The inputs that do not survive, one after the other, each from a whole word on. */
static uint32_t input_copies[EO_INPUT_COPY_BYTES / 4];

static void *host_input(int index) {
    uint32_t words = 0;
    int i;
    if (eo_model->input_tensors[index].survives) {
        return eo_model->input(index);
    }
    for (i = 0; i < index; ++i) {
        words += eo_model->input_tensors[i].survives ? 0 : (eo_model->input_tensors[i].bytes + 3u) / 4u;
    }
    return input_copies + words;
}

static void restore_inputs(void) {
    int i;
    for (i = 0; i < eo_model->inputs; ++i) {
        if (!eo_model->input_tensors[i].survives) {
            memcpy(eo_model->input(i), host_input(i), eo_model->input_tensors[i].bytes);
        }
    }
}
#else
static void *host_input(int index) {
    return eo_model->input(index);
}

static void restore_inputs(void) {
}
#endif

#if EO_INPUT_STATS > 0
static struct eo_input_stats input_stats[EO_INPUT_STATS];

struct eo_input_stats *eo_inference_input_stats(int index) {
    const struct eo_model *model;
    for (model = eo_models; model != eo_model; ++model) {
        index += model->inputs;
    }
    return &input_stats[index];
}

static void note_inputs(void) {
    int i;
    for (i = 0; i < eo_model->inputs && !inference.consumed; ++i) {
        const struct eo_tensor *tensor = &eo_model->input_tensors[i];
        struct eo_input_stats *stats = eo_inference_input_stats(i);
        const void *values = eo_model->input(i);
        if (tensor->type == EO_TYPE_INT8) {
            eo_input_stats_s8(stats, (const int8_t *)values, tensor->bytes);
        } else if (tensor->type == EO_TYPE_UINT8) {
            eo_input_stats_u8(stats, (const uint8_t *)values, tensor->bytes);
        } else if (tensor->type == EO_TYPE_INT16) {
            eo_input_stats_s16(stats, (const int16_t *)values, tensor->bytes / 2u);
        }
    }
}
#else
static void note_inputs(void) {
}
#endif

void eo_inference_reset(void) {
    int i;
    for (i = eo_models_count - 1; i >= 0; --i) {
        eo_inference_select(i);
        eo_inference_reset_state();
    }
    inference.consumed = 0;
    inference.input_version = 1;
}

void eo_inference_select(int index) {
    const struct eo_model *next = &eo_models[index];
    if (next != eo_model) {
        if (eo_model->keep != NULL) {
            eo_model->keep(inference.count);
        }
        eo_model = next;
        inference.count = eo_model->bring_back != NULL ? eo_model->bring_back() : 0u;
    }
    inference.outputs = EO_OUTPUTS_NONE;
    inference.consumed = 1; /* the arena was another's */
    inference.window_count = 0;
    ++inference.input_version;
}

void eo_inference_reset_state(void) {
    if (eo_model->reset != NULL) {
        eo_model->reset();
    }
    inference.count = 0;
}

uint32_t eo_inference_count(void) {
    return inference.count;
}

const void *eo_inference_input(int index) {
    return host_input(index);
}

void *eo_inference_write_input(int index) {
    inference.outputs = EO_OUTPUTS_NONE;
    ++inference.input_version;
    return host_input(index);
}

uint32_t eo_inference_input_version(void) {
    return inference.input_version;
}

int eo_inference_input_survives(int index) {
    return EO_INPUT_COPY_BYTES > 0 || eo_model->input_tensors[index].survives;
}

void eo_inference_inputs_complete(void) {
    inference.consumed = 0;
}

/* The layer before `layer` has ended. The clock is read first and last, so that the hook's own work is not counted. */
void eo_mark_hook(void *user, int layer) {
    const uint32_t now = eo_port_cycles();
    const uint32_t index = (uint32_t)layer - 1u - inference.window_first; /* wraps to a large number outside */
    (void)user;
    eo_mark_layer(layer);
    if (layer > 0 && index < inference.window_count) {
        inference.layer_cycles[index] = now - inference.layer_start;
    }
    inference.layer_start = eo_port_cycles();
}

/* After an inference: are its outputs worth anything, and are the inputs still there? */
static int ended(int status) {
    int i;
    inference.outputs = status != 0 ? EO_OUTPUTS_NONE : inference.consumed ? EO_OUTPUTS_STALE : EO_OUTPUTS_VALID;
    for (i = 0; i < eo_model->inputs; ++i) {
        if (!eo_inference_input_survives(i)) {
            inference.consumed = 1;
        }
    }
    return status;
}

static int run(void (*hook)(void *user, int layer), uint32_t *cycles) {
    uint32_t start;
    int status;
    eo_port_watchdog_feed();
    restore_inputs();
    note_inputs();
    ++inference.count;
    start = eo_port_cycles();
    eo_mark_begin();
    status = eo_model->invoke(hook, NULL);
    eo_mark_end();
    *cycles = eo_port_cycles() - start;
    return ended(status);
}

int eo_inference_serve(void) {
    eo_port_watchdog_feed();
    restore_inputs();
    ++inference.count;
    return ended(eo_model->invoke(NULL, NULL));
}

uint32_t *eo_inference_record(void) {
    return inference.layer_cycles;
}

void eo_inference_recorded(uint32_t count) {
    inference.window_first = 0;
    inference.window_count = count;
}

int eo_inference_run(uint32_t *cycles) {
    return run(NULL, cycles);
}

int eo_inference_run_layers(uint32_t first, uint32_t *cycles) {
    const uint32_t layers = (uint32_t)eo_model->layers;
    const uint32_t after = first < layers ? layers - first : 0u;
    int status;
    inference.window_first = first;
    inference.window_count = after < EO_LAYER_WINDOW ? after : EO_LAYER_WINDOW;
    status = run(eo_mark_hook, cycles);
    if (status != 0) {
        inference.window_count = 0;
    }
    return status;
}

int eo_inference_run_hook(void (*hook)(void *user, int layer), uint32_t *cycles) {
    return run(hook, cycles);
}

uint32_t eo_inference_layer_cycles(uint32_t *first, const uint32_t **cycles) {
    *first = inference.window_first;
    *cycles = inference.layer_cycles;
    return inference.window_count;
}

enum eo_outputs eo_inference_outputs(void) {
    return inference.outputs;
}
