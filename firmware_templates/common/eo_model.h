/* eo_model.h -- the model of this firmware, without its name: one constant table that main.c and eo_protocol.c use.
 *
 * The code generator writes eo_model.c, which fills it from <name>.h. */
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
};

extern const struct eo_model eo_model;

#ifdef __cplusplus
}
#endif

#endif
