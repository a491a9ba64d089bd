/* eo_inference.h -- runs the model, takes the time, and knows whether its outputs are worth printing. */
#ifndef EO_INFERENCE_H
#define EO_INFERENCE_H

#include <stdint.h>

#include "eo_input_stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Layers whose cycles one run can record: 4 bytes of RAM each. The host asks for a model with more in several runs. */
#ifndef EO_LAYER_WINDOW
#define EO_LAYER_WINDOW 64
#endif

enum eo_outputs {
    EO_OUTPUTS_NONE,  /* nothing was run since the start, or since an input was written */
    EO_OUTPUTS_STALE, /* they came from an input that an earlier inference had overwritten */
    EO_OUTPUTS_VALID
};

/* Selects the first model, and forgets everything but the inputs and outputs in its memory. */
void eo_inference_reset(void);

/* Selects eo_models[index], 0 <= index < eo_models_count. No input is then complete and there are no outputs; what each
 * model remembers it still does. */
void eo_inference_select(int index);

/* Gives what the model remembers its first values. */
void eo_inference_reset_state(void);

/* Inferences since eo_inference_reset_state(), modulo 2^32. */
uint32_t eo_inference_count(void);

/* The host's bytes of an input. They are the model's own where they survive an inference; else they are a copy, which
 * each inference begins with (before it is timed), if there is RAM for copies. */
const void *eo_inference_input(int index);

/* The same, to be written: the outputs are then no longer those of the inputs. */
void *eo_inference_write_input(int index);

/* Changes whenever an input is written; never 0 after eo_inference_reset(). */
uint32_t eo_inference_input_version(void);

/* Whether the host's bytes of input `index` are still there after an inference. */
int eo_inference_input_survives(int index);

/* To be called when a new set of inputs is complete. */
void eo_inference_inputs_complete(void);

/* One inference with nothing in its way. Returns the model's status, 0 = well; *cycles by eo_port_cycles(). */
int eo_inference_run(uint32_t *cycles);

/* The same, recording the cycles of the layers first .. first + EO_LAYER_WINDOW - 1 (those that exist). */
int eo_inference_run_layers(uint32_t first, uint32_t *cycles);

/* The same with another hook, which is called before each layer and at the end; see eo_model.h. */
int eo_inference_run_hook(void (*hook)(void *user, int layer), uint32_t *cycles);

/* What the last eo_inference_run_layers() recorded: returns their number and sets *first and *cycles. */
uint32_t eo_inference_layer_cycles(uint32_t *first, const uint32_t **cycles);

/* One inference for `serve`: nothing in its way, and without the marks, so that the virtual board keeps no account of
 * each. Returns the model's status. */
int eo_inference_serve(void);

/* The record of the layers' cycles, EO_LAYER_WINDOW words, for `serve` to use; eo_inference_recorded() says that its
 * first `count` words are what eo_inference_layer_cycles() tells. */
uint32_t *eo_inference_record(void);
void eo_inference_recorded(uint32_t count);

enum eo_outputs eo_inference_outputs(void);

/* Statistics of an input of the selected model, where they are kept (EO_INPUT_STATS > 0): of every inference but those
 * of `serve` and `loop`, whose inputs are one and the same, and those whose inputs were gone. */
struct eo_input_stats *eo_inference_input_stats(int index);

/* What the model calls before each layer when layers are recorded. The virtual board knows it by this name and does not
 * count it as the model's. */
void eo_mark_hook(void *user, int layer);

#ifdef __cplusplus
}
#endif

#endif
