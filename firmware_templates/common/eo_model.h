/* eo_model.h -- the model of this firmware, without its name: one constant table that main.c and eo_protocol.c use.
 *
 * The code generator writes eo_model.c, which fills it from <name>.h. */
#ifndef EO_MODEL_H
#define EO_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct eo_model {
    const char *name;
    const char *build_id; /* 64 hexadecimal digits: SHA-256 of the project's manifest */

    int inputs;                   /* >= 1 */
    int outputs;                  /* >= 1 */
    int layers;                   /* kernel calls in one invoke */
    const uint32_t *input_bytes;  /* [inputs] */
    const uint32_t *output_bytes; /* [outputs] */
    uint32_t arena_bytes;         /* static RAM of the activations */

    void *(*input)(int index);        /* input_bytes[index] writable bytes; index in 0..inputs-1 */
    const void *(*output)(int index); /* output_bytes[index] bytes, valid after invoke; index in 0..outputs-1 */

    /* One inference. hook may be NULL; else it is called before each layer with its index, and once with `layers` at
     * the end. Returns 0. */
    int (*invoke)(void (*hook)(void *user, int layer), void *user);

    const char *const *layer_names; /* [layers] */

    /* real = (q - output_zero_point) * scale, scale = output_scale_q31 * 2^(output_scale_shift - 31), q31 in [2^30,
     * 2^31): no float is needed to print a result. A zero output_scale_q31 says that the output is not quantized. */
    const int32_t *output_scale_q31;  /* [outputs] */
    const int8_t *output_scale_shift; /* [outputs] */
    const int32_t *output_zero_point; /* [outputs] */

    /* 1: what is written into the input is still there after invoke; 0: the plan reuses its space. */
    const uint8_t *input_survives; /* [inputs] */
};

extern const struct eo_model eo_model;

#ifdef __cplusplus
}
#endif

#endif
