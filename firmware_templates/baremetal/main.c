/* main.c -- the firmware: serve the host until its input ends. */
#include "eo_port.h"
#include "eo_protocol.h"

int main(void) {
    eo_port_init();
    eo_protocol_run();
    return 0;
}
