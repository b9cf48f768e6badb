// Text as the contract has it: bytes and a length, with no zero behind it.
#ifndef TEXT_H
#define TEXT_H

#include "modifier.h"

typedef modifier_string_t text;

// A literal as text.
#define TEXT(literal) ((text){ (uint8_t *)(literal), sizeof(literal) - 1 })

// The parts one behind the other, in memory of their own.
#define JOIN(...) text_join((text[]){ __VA_ARGS__ }, sizeof((text[]){ __VA_ARGS__ }) / sizeof(text))
text text_join(const text *parts, size_t count);

bool text_equal(text a, text b);

// A number in words.
text text_of(uint32_t number);

// A text of decimal digits alone; false where it is none, or is over 32 bits.
bool text_number(text digits, uint32_t *number);

#endif
