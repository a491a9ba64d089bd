/* eo_bits_x4_window.h -- the words of an image under a window, as the patch that eo_bits_x4.h counts with. */
#ifndef EO_BITS_X4_WINDOW_H
#define EO_BITS_X4_WINDOW_H

#include "eo_bits_window.h"
#include "eo_bits_x4.h"

#ifdef __cplusplus
extern "C" {
#endif

/* eo_bits_read with each word four times: one or two patches of [3 * triples + singles][4]. */
int eo_bits_x4_read(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x, uint32_t *to);

#ifdef __cplusplus
}
#endif

#endif
