/* eo_move_rows -- moves bytes to the front of a window of rows.
 *   in    [bytes], aligned to 4
 *   out   [bytes], aligned to 4; lies before `in`, which it may overlap */
#ifndef EO_MOVE_ROWS_H
#define EO_MOVE_ROWS_H

#include "eo_arch.h"

struct eo_move_rows_params {
    int32_t bytes;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_move_rows(const struct eo_move_rows_params *p, const void *in, void *out);
#ifdef __cplusplus
}
#endif

#endif
