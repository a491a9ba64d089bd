/* eo_quad_sums.h -- the sums of any number of taps and groups for a quad of pixels: eo_quad.h, in chunks of 64 taps.
 *   codes    [groups][chunks][out_channels / groups][ceil(taps of the chunk / 16)], a bit a weight, 1 is minus
 *   scratch  aligned to 4: the sums, [out_channels][4], and behind them 16 * ceil(taps / 4) bytes and
 *            512 * ceil(min(taps, 64) / 16) + 32 bytes. */
#ifndef EO_QUAD_SUMS_H
#define EO_QUAD_SUMS_H

#include "eo_quad.h"

#ifdef __cplusplus
extern "C" {
#endif
/* Fills the sums at the beginning of `scratch`; `image` is the one that `window` and `quad` speak of. */
void eo_quad_sums(const struct eo_quad_window *window, const int8_t *image, const struct eo_quad *quad,
                  const uint16_t *codes, int32_t groups, int32_t out_channels, int32_t *scratch);
#ifdef __cplusplus
}
#endif

#endif
