/* eo_dataset.c -- the data sets whose bytes are those of the tensor, and whose results are the elements of output 0. */
#include "eo_dataset.h"

#include <string.h>

#include "eo_config.h"
#include "eo_inference.h"
#include "eo_model.h"
#include "eo_text.h"

#if EO_AD01_ELEMENTS == 0

uint32_t eo_dataset_bytes(void) {
    return eo_model->input_tensors[0].bytes;
}

void eo_dataset_write(uint32_t offset, uint8_t byte) {
    ((uint8_t *)eo_inference_write_input(0))[offset] = (uint8_t)(byte ^ EO_PIXEL_FLIP);
}

uint8_t eo_dataset_read(uint32_t offset) {
    return (uint8_t)(((const uint8_t *)eo_inference_input(0))[offset] ^ EO_PIXEL_FLIP);
}

void eo_dataset_complete(void) {
    eo_inference_inputs_complete();
}

/* A real number in thousandths, cut off, not rounded: 255/256 is 0.996. */
struct real {
    int negative;
    uint64_t thousandths;
};

/* (q - zero point) * scale. |q - zero point| < 2^17, thousandths before the shift stay below 2^58. */
static struct real real_of_integer(int32_t q, const struct eo_tensor *tensor) {
    const int32_t offset = q - tensor->zero_point;
    const uint32_t magnitude = (uint32_t)(offset < 0 ? -offset : offset);
    const int right = 31 - (int)tensor->scale_shift; /* 1 and more */
    const uint64_t product = (uint64_t)(magnitude * 1000u) * (uint32_t)tensor->scale_q31;
    struct real real;
    real.negative = offset < 0;
    real.thousandths = right > 63 ? 0u : product >> right;
    return real;
}

/* A float32 by its bits, mantissa * 2^(exponent - 150), so that no float arithmetic is linked. */
static struct real real_of_float(uint32_t bits) {
    const uint32_t exponent = bits >> 23 & 255u;
    const uint64_t mantissa = (bits & 0x7fffffu) | (exponent > 0 ? 0x800000u : 0u);
    struct real real;
    real.negative = (int)(bits >> 31);
    if (exponent >= 150u) {
        real.thousandths = UINT64_MAX; /* 2^23 and more, infinite, or not a number */
    } else {
        real.thousandths = exponent < 100u ? 0u : mantissa * 1000u >> (150u - exponent);
    }
    return real;
}

static uint32_t element_bytes(enum eo_type type) {
    return type == EO_TYPE_FLOAT32 ? 4u : type == EO_TYPE_INT16 ? 2u : 1u;
}

static struct real element(uint32_t index) {
    const struct eo_tensor *tensor = &eo_model->output_tensors[0];
    const void *out = eo_model->output(0);
    uint32_t bits;
    switch (tensor->type) {
    case EO_TYPE_FLOAT32:
        memcpy(&bits, (const uint8_t *)out + 4u * index, sizeof bits);
        return real_of_float(bits);
    case EO_TYPE_INT16:
        return real_of_integer(((const int16_t *)out)[index], tensor);
    case EO_TYPE_UINT8:
        return real_of_integer(((const uint8_t *)out)[index], tensor);
    default:
        return real_of_integer(((const int8_t *)out)[index], tensor);
    }
}

void eo_dataset_print_results(void) {
    const struct eo_tensor *tensor = &eo_model->output_tensors[0];
    const uint32_t count = tensor->bytes / element_bytes(tensor->type);
    uint32_t i;
    if (tensor->type == EO_TYPE_OTHER || (tensor->type != EO_TYPE_FLOAT32 && tensor->scale_q31 <= 0)) {
        eo_print("e-[No results: output 0 is not quantized]\r\n");
        return;
    }
    for (i = 0; i < count; ++i) {
        if (element(i).thousandths > UINT32_MAX) {
            eo_print("e-[No results: output 0 has a number beyond 4294967]\r\n");
            return;
        }
    }
    eo_print("m-results-[");
    for (i = 0; i < count; ++i) {
        const struct real real = element(i);
        if (i > 0) {
            eo_print_char(',');
        }
        if (real.negative && real.thousandths != 0) {
            eo_print_char('-');
        }
        eo_print_thousandths((uint32_t)real.thousandths);
    }
    eo_print("]\r\n");
}

#endif
