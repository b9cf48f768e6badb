// What the host calls: `modify` for each container, `validate` when the stage is configured.
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#define KIND "acme.com/accelerator"

typedef gantry_modifier_types_error_t error_t;
typedef gantry_modifier_types_failure_t failure_t;

// Fails the stage. The cause becomes the error line of the container's creation.
static bool fail(failure_t *failure, text cause, text remedy) {
    failure->cause = cause;
    failure->remedy = (modifier_option_string_t){ .is_some = remedy.len > 0, .val = remedy };
    return false;
}

// Fails the stage because of a call that the host refused, in the host's words.
static bool refused(failure_t *failure, text call, const error_t *error) {
    static const char *const kinds[] = { "not granted", "absent", "invalid", "limit", "timed out", "failed" };
    const char *kind = error->tag < sizeof kinds / sizeof *kinds ? kinds[error->tag] : "failed";
    text of_kind = { (uint8_t *)kind, strlen(kind) };
    // Each kind carries one text, in the same place.
    text cause = JOIN(call, TEXT(": "), of_kind, TEXT(": "), error->val.failed);
    return fail(failure, cause, TEXT(""));
}

// What one container asks for.
typedef struct {
    bool some;
    text count;
    // Who says so: for reasons and errors.
    text from;
} request_t;

// Reads the request: the annotation of whoever starts the container, else the variable, which may be
// the image's.
static bool read_request(request_t *request, failure_t *failure) {
    text annotation = TEXT("acme.com/count"), variable = TEXT("ACME_COUNT");
    modifier_list_string_t annotations = { &annotation, 1 }, variables = { &variable, 1 };
    modifier_list_option_string_t found;
    error_t error;

    if (!gantry_modifier_container_annotations_get(GANTRY_MODIFIER_TYPES_VIEW_ORIGINAL, &annotations, &found, &error))
        return refused(failure, TEXT("container-annotations.get"), &error);
    request->from = TEXT("annotation acme.com/count");
    if (!found.ptr[0].is_some) {
        if (!gantry_modifier_container_env_get(GANTRY_MODIFIER_TYPES_VIEW_ORIGINAL, &variables, &found, &error))
            return refused(failure, TEXT("container-env.get"), &error);
        request->from = variable;
    }
    // A variable without a value asks for nothing; so it can be unset in an image made from another.
    request->some = found.ptr[0].is_some && found.ptr[0].val.len > 0;
    request->count = found.ptr[0].val;
    return true;
}

// Injects the first `count` of the cards that the host knows, and names them in `ACME_CARDS`.
static bool give(uint32_t count, text from, failure_t *failure) {
    text kind = TEXT(KIND), reason = JOIN(TEXT("requested by "), from);
    modifier_list_string_t cards;
    error_t error;
    if (!gantry_modifier_cdi_registry_devices(&kind, &cards, &error))
        return refused(failure, TEXT("cdi-registry.devices"), &error);

    text names = TEXT("");
    uint32_t given = 0;
    for (size_t i = 0; i < cards.len && given < count; i++) {
        text card = cards.ptr[i];
        // The spec's name for all of them is not one card.
        if (text_equal(card, TEXT(KIND "=all")))
            continue;
        if (!gantry_modifier_edit_devices_inject(&card, &reason, &error))
            return refused(failure, TEXT("edit-devices.inject"), &error);
        text name = { card.ptr + sizeof KIND, card.len - sizeof KIND };
        names = given == 0 ? name : JOIN(names, TEXT(","), name);
        given++;
    }
    if (given < count)
        return fail(failure,
            JOIN(from, TEXT(" asks for "), text_of(count), TEXT(" accelerators, and the host has "), text_of(given)),
            TEXT("ask for fewer, or add cards to the spec of " KIND));

    text variable = TEXT("ACME_CARDS"), why = TEXT("tells the program its cards");
    if (!gantry_modifier_edit_env_set(&variable, &names, &why, &error))
        return refused(failure, TEXT("edit-env.set"), &error);
    text line = JOIN(TEXT("gave the cards "), names);
    gantry_modifier_log_log(GANTRY_MODIFIER_LOG_LEVEL_INFO, &line);
    return true;
}

bool exports_gantry_modifier_stage_modify(gantry_modifier_types_mode_t mode, text *json, failure_t *failure) {
    (void)mode;
    settings_t settings;
    problems_t problems;
    settings_read(*json, &settings, &problems);
    if (problems.count > 0)
        return fail(failure, JOIN(TEXT("settings."), problems.list[0].key, TEXT(": "), problems.list[0].message), TEXT(""));

    request_t request;
    if (!read_request(&request, failure))
        return false;
    // Nothing is requested: nothing is changed.
    if (!request.some)
        return true;
    // The value may come from an image: it is hostile until it is a number.
    uint32_t count;
    if (!text_number(request.count, &count) || count == 0 || count > settings.max)
        return fail(failure,
            JOIN(request.from, TEXT(" is `"), request.count, TEXT("`: write a number from 1 to "), text_of(settings.max)),
            TEXT(""));
    if (!give(count, request.from, failure))
        return false;

    if (settings.gid > 0) {
        text reason = TEXT("may open the cards");
        error_t error;
        if (!gantry_modifier_edit_gids_add(settings.gid, &reason, &error))
            return refused(failure, TEXT("edit-gids.add"), &error);
    }
    return true;
}

bool exports_gantry_modifier_settings_validate(text *json, exports_gantry_modifier_settings_list_problem_t *found) {
    settings_t settings;
    problems_t problems;
    settings_read(*json, &settings, &problems);
    if (problems.count == 0)
        return true;
    // What is returned outlives this call, so it cannot lie on the stack.
    found->ptr = malloc(sizeof problems.list);
    if (found->ptr == NULL)
        abort();
    memcpy(found->ptr, problems.list, sizeof problems.list);
    found->len = problems.count;
    return false;
}
