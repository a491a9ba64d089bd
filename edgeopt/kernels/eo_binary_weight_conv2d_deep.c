#include "eo_binary_weight_conv2d_deep.h"
#include "eo_quad_sums.h"

static EO_OUT_OF_LINE void begin(const struct eo_binary_weight_conv2d_deep_params *p, const int8_t *image,
                                 const struct eo_quad *quad, void *scratch) {
    const struct eo_quad_window window = eo_quad_window_of(p);
    eo_quad_sums(&window, image, quad, p->codes, p->groups, p->out_channels, (int32_t *)scratch);
}

static EO_OUT_OF_LINE void fire(const struct eo_binary_weight_conv2d_deep_params *p, const void *scratch,
                                int32_t first_channel, uint32_t *bits) {
    const int32_t channels = eo_smaller(p->out_channels - first_channel, 32);
    const uint32_t turned = p->any_mask == NULL ? 0u : p->any_mask[first_channel / 32];
    for (int32_t pixel = 0; pixel < 4; pixel++) {
        const int32_t *const sums = (const int32_t *)scratch + 4 * first_channel + pixel;
        uint32_t word = 0;
        for (int32_t channel = channels - 1; channel >= 0; channel--) {
            word = (word << 1) | (uint32_t)(sums[4 * channel] < p->thresholds[first_channel + channel]);
        }
        bits[pixel] = word ^ turned;
    }
}

void eo_binary_weight_conv2d_deep(const struct eo_binary_weight_conv2d_deep_params *p, const int8_t *in, int32_t *out,
                                  void *scratch) {
    eo_binary_weight_layer(p, in, out, scratch, begin, fire);
}
