/* fake_model.c -- stands for a generated model: 4 bytes in, 4 bytes out, out[i] = 2 * in[i] + i, in two layers. */
#include "eo_model.h"

#include "fake_weights.h"

#include <stddef.h>
#include <string.h>

void eo_fake_double(const int8_t *in, int8_t *out, uint32_t count);

/* Named as in generated code, where the size report takes it for the arena. */
static struct { uint32_t words[64]; } context;

static const uint8_t *arena(void) {
    return (const uint8_t *)context.words;
}

static void *input(int index) {
    (void)index;
    return context.words;
}

static const void *output(int index) {
    (void)index;
    return context.words + 1;
}

static int invoke(void (*hook)(void *user, int layer), void *user) {
    int8_t *out = (int8_t *)(context.words + 1);
    int8_t doubled[4];
    for (int layer = 0; layer <= 2; layer++) {
        if (hook != NULL) {
            hook(user, layer);
        }
        if (layer == 0) {
            eo_fake_double((const int8_t *)context.words, doubled, 4);
        } else if (layer == 1) {
            memcpy(out, doubled, 4);
            for (int i = 0; i < 4; i++) {
                out[i] = (int8_t)(out[i] + fake_weights[i]);
            }
        }
    }
    return 0;
}

static const char *const layer_names[2] = {"double", "add"};
static const struct eo_tensor input_tensors[1] = {{4, EO_TYPE_INT8, 1, 1 << 30, -7, -128}};
static const struct eo_tensor output_tensors[1] = {{4, EO_TYPE_INT8, 1, 1 << 30, -7, -128}};

const struct eo_model eo_models[1] = {
    {
        "fake",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        1,
        1,
        2,
        input_tensors,
        output_tensors,
        256,
        arena,
        input,
        output,
        invoke,
        layer_names,
        0,
        NULL,
        NULL,
        NULL,
    },
};

const int eo_models_count = 1;
