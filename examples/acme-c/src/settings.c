// The settings are one table of whole numbers, so this reads just that, and steps over any other
// value. The host made the text from TOML: it is JSON. Nothing below reads past its end all the same.
#include "settings.h"

// What is not yet read.
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} input;

static void space(input *in) {
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
}

static bool take(input *in, uint8_t wanted) {
    space(in);
    if (in->at == in->end || *in->at != wanted)
        return false;
    in->at++;
    return true;
}

static text since(const uint8_t *start, const uint8_t *end) {
    return (text){ (uint8_t *)start, (size_t)(end - start) };
}

// A string without its quotes; escapes stay as they are, since no known key has one.
static bool string(input *in, text *content) {
    if (!take(in, '"'))
        return false;
    const uint8_t *start = in->at;
    for (; in->at < in->end && *in->at != '"'; in->at++) {
        if (*in->at == '\\' && in->end - in->at > 1)
            in->at++;
    }
    *content = since(start, in->at);
    return take(in, '"');
}

// Any value, as it is written.
static text value(input *in) {
    space(in);
    const uint8_t *start = in->at;
    uint32_t depth = 0;
    while (in->at < in->end) {
        uint8_t c = *in->at;
        text skipped;
        if (c == '"') {
            if (!string(in, &skipped))
                break;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n'))
            break;
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        in->at++;
    }
    return since(start, in->at);
}

static void wrong(problems_t *problems, text key, text message) {
    if (problems->count < MOST_PROBLEMS)
        problems->list[problems->count++] = (problem_t){ JOIN(key), JOIN(message) };
}

static void number(problems_t *problems, text key, text value, uint32_t most, uint32_t *to) {
    uint32_t read;
    if (text_number(value, &read) && read >= 1 && read <= most)
        *to = read;
    else
        wrong(problems, key, JOIN(TEXT("write a whole number from 1 to "), text_of(most)));
}

static void setting(settings_t *settings, problems_t *problems, text key, text value) {
    if (text_equal(key, TEXT("max")))
        number(problems, key, value, 64, &settings->max);
    else if (text_equal(key, TEXT("gid")))
        number(problems, key, value, UINT32_MAX - 1, &settings->gid);
    else
        wrong(problems, key, TEXT("unknown; there are `max` and `gid`"));
}

void settings_read(text json, settings_t *settings, problems_t *problems) {
    *settings = (settings_t){ .max = 4, .gid = 0 };
    problems->count = 0;
    input in = { json.ptr, json.ptr + json.len };
    if (!take(&in, '{'))
        return wrong(problems, TEXT(""), TEXT("the settings must be a table"));
    if (take(&in, '}'))
        return;
    do {
        text key;
        if (!string(&in, &key) || !take(&in, ':'))
            break;
        setting(settings, problems, key, value(&in));
    } while (take(&in, ','));
    if (!take(&in, '}'))
        wrong(problems, TEXT(""), TEXT("the settings end in the middle"));
}
