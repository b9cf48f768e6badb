// The stage's settings, `[stages.acme-count.settings]`.
#ifndef SETTINGS_H
#define SETTINGS_H

#include "text.h"

typedef struct {
    // The most accelerators that one container can have.
    uint32_t max;
    // A group that may open the cards; 0 for none.
    uint32_t gid;
} settings_t;

typedef exports_gantry_modifier_settings_problem_t problem_t;

#define MOST_PROBLEMS 8

typedef struct {
    problem_t list[MOST_PROBLEMS];
    size_t count;
} problems_t;

// Reads the settings from their JSON text, and notes all that is wrong with them.
void settings_read(text json, settings_t *settings, problems_t *problems);

#endif
