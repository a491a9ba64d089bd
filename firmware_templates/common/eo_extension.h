/* eo_extension.h -- edgeopt's own commands, `eo ...`: guarded by a CRC-32 both ways, safe to repeat. */
#ifndef EO_EXTENSION_H
#define EO_EXTENSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* Executes one line without its '%', from "eo " on; the line is cut up. Prints one line: the answer, or e-[...] where
 * the line is damaged. */
void eo_extension_execute(char *line);

/* Forgets the last run. */
void eo_extension_reset(void);

#ifdef __cplusplus
}
#endif

#endif
