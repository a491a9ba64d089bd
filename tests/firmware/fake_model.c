/* fake_model.c -- stands for a generated model: 4 bytes in, 4 bytes out, out[i] = 2 * in[i] + i, in two layers. */
#include "eo_model.h"

#include "fake_weights.h"

#include <stddef.h>
#include <string.h>

void eo_fake_double(const int8_t *in, int8_t *out, uint32_t count);

/* Named as in generated code, where the size report takes it for the arena. */
static struct { uint32_t words[64]; } context;

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

static const uint32_t bytes[1] = {4};
static const char *const layer_names[2] = {"double", "add"};
static const int32_t scale_q31[1] = {1 << 30};
static const int8_t scale_shift[1] = {-7};
static const int32_t zero_point[1] = {-128};
static const uint8_t survives[1] = {1};

const struct eo_model eo_model = {
    "fake",     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    1,          1,
    2,          bytes,
    bytes,      256,
    input,      output,
    invoke,     layer_names,
    scale_q31,  scale_shift,
    zero_point, survives,
};
