/* eo_shares_s16 -- softmax of rows of int16 scores, by powers of 2 between the lines of a small table.
 *
 *   t = ((largest - in[r][i]) * multiplier) >> shift, in octaves of 2^16 steps
 *   out[r][i] = 2^-t / sum of the row's, Q15, rounded, 32767 at most
 *   in   [rows][classes] int16
 *   out  [rows][classes] int16, may be `in` */
#ifndef EO_SHARES_S16_H
#define EO_SHARES_S16_H

#include "eo_arch.h"

struct eo_shares_s16_params {
    int32_t rows;
    int32_t classes;          /* 1..32767 */
    int32_t multiplier;       /* 0..65535 */
    int32_t shift;            /* 0..31 */
    const uint16_t *halvings; /* [65], 65535 * 2^-x for x from 0 to 1 */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_shares_s16(const struct eo_shares_s16_params *p, const int16_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
