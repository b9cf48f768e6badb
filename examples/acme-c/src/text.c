#include "text.h"

#include <stdlib.h>
#include <string.h>

text text_join(const text *parts, size_t count) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += parts[i].len;
    text joined = { malloc(length), 0 };
    if (joined.ptr == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        memcpy(joined.ptr + joined.len, parts[i].ptr, parts[i].len);
        joined.len += parts[i].len;
    }
    return joined;
}

bool text_equal(text a, text b) {
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

text text_of(uint32_t number) {
    uint8_t digits[10];
    size_t first = sizeof digits;
    do {
        digits[--first] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return JOIN((text){ digits + first, sizeof digits - first });
}

bool text_number(text digits, uint32_t *number) {
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
        value = value * 10 + (digits.ptr[i] - '0');
        if (value > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return digits.len > 0;
}
