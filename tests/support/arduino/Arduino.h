/* As much of Arduino's core as the bridge's sketch uses, on a computer. Time passes by being asked for. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define INPUT 0
#define LOW 0

unsigned long micros();
void delay(unsigned long ms);
void pinMode(uint8_t pin, uint8_t mode);
int digitalRead(uint8_t pin);

struct FakeSerial {
    void begin(unsigned long baud);
    int available();
    int read();
    size_t print(const char *text);
};
extern FakeSerial Serial;
