/* eo_dataset_ad01.c -- the data set of MLPerf Tiny's anomaly detector: the host sends float32 and wants one number, how
 * far the autoencoder's output lies from them.
 *
 * The arithmetic is that of the official firmware, in float32 and in the same order. Only this data set needs float. */
#include "eo_dataset.h"

#include <string.h>

#include "eo_config.h"
#include "eo_inference.h"
#include "eo_model.h"
#include "eo_text.h"

#if EO_AD01_ELEMENTS > 0

static struct {
    uint32_t bits[EO_AD01_ELEMENTS]; /* what the host sent: float32 */
    uint32_t input_version;          /* eo_inference_input_version() after they became input 0; 0: they never did */
} host;

static float value(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Exact: scale_q31 has the 24 bits of a float32. */
static float scale_of(const struct eo_tensor *tensor) {
    float scale = (float)tensor->scale_q31;
    int exponent = (int)tensor->scale_shift - 31;
    for (; exponent < 0; ++exponent) {
        scale *= 0.5f;
    }
    return scale;
}

/* x / scale to the nearest integer, halves away from zero, plus the zero point, saturated. Not-a-number is -128. */
static int8_t quantize(float x, float scale, int32_t zero_point) {
    const float steps = x / scale;
    int32_t q = -128;
    if (steps >= 512.0f) {
        q = 127;
    } else if (steps > -512.0f) {
        const int32_t whole = (int32_t)steps;
        const float rest = steps - (float)whole;
        q = whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0) + zero_point;
    }
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

uint32_t eo_dataset_bytes(void) {
    return sizeof host.bits;
}

void eo_dataset_write(uint32_t offset, uint8_t byte) {
    const uint32_t place = 8u * (offset % 4u); /* the lowest byte comes first */
    uint32_t *bits = &host.bits[offset / 4u];
    *bits = (*bits & ~((uint32_t)255 << place)) | (uint32_t)byte << place;
    host.input_version = 0;
}

uint8_t eo_dataset_read(uint32_t offset) {
    return (uint8_t)(host.bits[offset / 4u] >> 8u * (offset % 4u));
}

void eo_dataset_complete(void) {
    const struct eo_tensor *tensor = &eo_model->input_tensors[0];
    const float scale = scale_of(tensor);
    int8_t *in = (int8_t *)eo_inference_write_input(0);
    uint32_t i;
    for (i = 0; i < EO_AD01_ELEMENTS; ++i) {
        in[i] = quantize(value(host.bits[i]), scale, tensor->zero_point);
    }
    host.input_version = eo_inference_input_version();
    eo_inference_inputs_complete();
}

/* Mean of the squares of output minus input. */
static float distance(void) {
    const struct eo_tensor *tensor = &eo_model->output_tensors[0];
    const float scale = scale_of(tensor);
    const int8_t *out = (const int8_t *)eo_model->output(0);
    float sum = 0.0f;
    uint32_t i;
    for (i = 0; i < EO_AD01_ELEMENTS; ++i) {
        /* One operation a statement: compilers may fuse the operations of one expression, which rounds less often. */
        const float restored = scale * (float)(out[i] - tensor->zero_point);
        const float difference = restored - value(host.bits[i]);
        const float square = difference * difference;
        sum += square;
    }
    return sum / (float)EO_AD01_ELEMENTS;
}

/* x >= 0 in thousandths, to the nearest, halves to even: as printf's "%0.3f". More than 2^32 - 1 where x is beyond. */
static uint64_t thousandths(float x) {
    uint32_t bits;
    uint32_t exponent;
    uint32_t right;
    uint64_t product;
    uint64_t rest;
    uint64_t half;
    memcpy(&bits, &x, sizeof bits);
    exponent = bits >> 23; /* x = mantissa * 2^(exponent - 150) */
    if (exponent >= 150u) {
        return UINT64_MAX; /* 2^23 and more, infinite, or not a number */
    }
    right = 150u - exponent;
    if (right > 40u) {
        return 0; /* the product is below 2^34 */
    }
    product = (uint64_t)((bits & 0x7fffffu) | 0x800000u) * 1000u;
    half = (uint64_t)1 << (right - 1u);
    rest = product & (2u * half - 1u);
    product >>= right;
    return product + (rest > half || (rest == half && product % 2u == 1u) ? 1u : 0u);
}

void eo_dataset_print_results(void) {
    uint64_t result;
    if (host.input_version != eo_inference_input_version()) {
        eo_print("e-[No results: the input did not come by 'db']\r\n");
        return;
    }
    result = thousandths(distance());
    if (result > UINT32_MAX) {
        eo_print("e-[No results: a number beyond 4294967]\r\n");
        return;
    }
    eo_print("m-results-[");
    eo_print_thousandths((uint32_t)result);
    eo_print("]\r\n");
}

#endif
