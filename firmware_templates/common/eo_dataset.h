/* eo_dataset.h -- by data set of MLPerf Tiny: what the bytes of `db` become in input 0, and how output 0 is told. */
#ifndef EO_DATASET_H
#define EO_DATASET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most bytes that `db load` may announce. */
uint32_t eo_dataset_bytes(void);

/* Byte `offset` of what the host sends, 0 .. eo_dataset_bytes() - 1. */
void eo_dataset_write(uint32_t offset, uint8_t byte);
uint8_t eo_dataset_read(uint32_t offset);

/* To be called when all announced bytes were written: the input is then complete. */
void eo_dataset_complete(void);

/* One line: "m-results-[...]" of a valid output, or e-[...] where it is nothing that can be told so. */
void eo_dataset_print_results(void);

#ifdef __cplusplus
}
#endif

#endif
