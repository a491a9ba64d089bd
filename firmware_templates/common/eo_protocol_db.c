/* eo_protocol_db.c -- the command `db` of the MLPerf Tiny device protocol: an input, announced and then sent in pieces.
 */
#include <stddef.h>
#include <stdint.h>

#include "eo_dataset.h"
#include "eo_protocol.h"
#include "eo_text.h"

static struct {
    uint32_t load_bytes;   /* announced by `db load` */
    uint32_t loaded_bytes; /* of them written */
} input;

void eo_protocol_forget_load(void) {
    input.load_bytes = 0;
    input.loaded_bytes = 0;
}

static void db_load(char *arguments) {
    const char *text = eo_word(&arguments);
    const int32_t bytes = text == NULL ? 0 : eo_decimal(text);
    if (text == NULL) {
        eo_print("e-[Command 'db load' requires the # of bytes]\r\n");
        return;
    }
    input.load_bytes = 0;
    input.loaded_bytes = 0;
    if (bytes == 0) {
        eo_print("e-[Command 'db load' must be >0 bytes]\r\n");
    } else if (bytes < 0 || (uint32_t)bytes > eo_dataset_bytes()) {
        eo_print("Supplied buffer size ");
        if (bytes < 0) {
            eo_print_char('-');
        }
        eo_print_decimal((uint32_t)(bytes < 0 ? -bytes : bytes));
        eo_print(" exceeds maximum of ");
        eo_print_decimal(eo_dataset_bytes());
        eo_print("\n"); /* the one line that ends so */
    } else {
        input.load_bytes = (uint32_t)bytes;
        eo_print("m-[Expecting ");
        eo_print_decimal((uint32_t)bytes);
        eo_print(" bytes]\r\n");
    }
}

static void db_print(void) {
    uint32_t i;
    for (i = 0; i < input.load_bytes; ++i) {
        eo_print(i % 8 == 0 ? "m-buffer-" : "-");
        eo_print_hex(eo_dataset_read(i), 2);
        if (i % 8 == 7 || i + 1 == input.load_bytes) {
            eo_print("\r\n");
        }
    }
}

static void db_write(const char *digits) {
    const char *end;
    int odd = 0;
    for (end = digits; *end != 0; ++end) {
        odd = !odd;
    }
    if (odd) {
        eo_print("e-[Insufficent number of hex digits]\r\n"); /* spelled as in the official firmware */
        return;
    }
    if (input.loaded_bytes == input.load_bytes) {
        eo_print("e-[No room: 'db load' comes first]\r\n");
        return;
    }
    for (; *digits != 0 && input.loaded_bytes < input.load_bytes; digits += 2) {
        const int high = eo_hex_digit(digits[0]);
        const int low = eo_hex_digit(digits[1]);
        if (high < 0 || low < 0) {
            eo_print("e-[Invalid hex digit '");
            eo_print_char(digits[0]);
            eo_print_char(digits[1]);
            eo_print("']\r\n");
            return;
        }
        eo_dataset_write(input.loaded_bytes++, (uint8_t)(high << 4 | low));
    }
    if (input.loaded_bytes == input.load_bytes) {
        eo_dataset_complete();
        eo_print("m-load-done\r\n");
    }
}

void eo_protocol_db(char *arguments) {
    const char *subcommand = eo_word(&arguments);
    if (subcommand == NULL) {
        eo_print("e-[Command 'db' requires a subcommand]\r\n");
    } else if (eo_same(subcommand, "load")) {
        db_load(arguments);
    } else if (eo_same(subcommand, "print")) {
        db_print();
    } else {
        db_write(subcommand);
    }
}
