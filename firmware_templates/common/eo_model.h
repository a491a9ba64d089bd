/* eo_model.h -- the models of this firmware, without their names: a constant table that all the rest uses.
 *
 * The code generator writes eo_model.c, which fills it from each <name>.h. */
#ifndef EO_MODEL_H
#define EO_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum eo_type { EO_TYPE_OTHER, EO_TYPE_INT8, EO_TYPE_UINT8, EO_TYPE_INT16, EO_TYPE_FLOAT32 };

/* An input or an output. real = (q - zero_point) * scale with scale = scale_q31 * 2^(scale_shift - 31), exactly, and
 * scale_q31 in [2^30, 2^31): a result is printed without any float. A zero scale_q31: the tensor is not quantized. */
struct eo_tensor {
    uint32_t bytes;
    enum eo_type type; /* of its elements */
    int survives;      /* 0: an input whose space the plan reuses; what is written there is gone after invoke */
    int32_t scale_q31;
    int32_t scale_shift;
    int32_t zero_point;
};

struct eo_model {
    const char *name;
    const char *build_id; /* 64 hexadecimal digits: SHA-256 of the project's manifest */

    int inputs;                             /* >= 1 */
    int outputs;                            /* >= 1 */
    int layers;                             /* steps of one invoke */
    const struct eo_tensor *input_tensors;  /* [inputs] */
    const struct eo_tensor *output_tensors; /* [outputs] */
    uint32_t arena_bytes;                   /* static RAM of the activations */
    const uint8_t *(*arena)(void);          /* its first byte */

    void *(*input)(int index);        /* the writable bytes of an input; index in 0..inputs-1 */
    const void *(*output)(int index); /* the bytes of an output, valid after invoke; index in 0..outputs-1 */

    /* One inference. hook may be NULL; else it is called before each layer with its index, and once with `layers` at
     * the end. Returns 0. */
    int (*invoke)(void (*hook)(void *user, int layer), void *user);

    const char *const *layer_names; /* [layers] */

    uint32_t state_bytes; /* what the network remembers from one inference to the next; 0: nothing */
    void (*reset)(void);  /* gives that its first values; NULL where there is none */

    /* Of a model that remembers, among several: keeps what it remembers apart from the arena, and a number with that;
     * brings it back, and returns the number. NULL: nothing is to be kept. */
    void (*keep)(uint32_t count);
    uint32_t (*bring_back)(void);
};

/* They share one arena: what is in it is the selected one's. */
extern const struct eo_model eo_models[];
extern const int eo_models_count; /* >= 1 */

/* The selected one, by eo_inference_select(); eo_models[0] at the start. */
extern const struct eo_model *eo_model;

#ifdef __cplusplus
}
#endif

#endif
