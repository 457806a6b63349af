/* model.c - the list of models.
 * Layer: lincheck. */
#include "lincheck/model.h"

#include <string.h>

#include "base/assert.h"
static const struct lin_model *const models[] = {
    &lin_register,
    &lin_kv,
    &lin_versioned,
};

const struct lin_model *lin_model_named(const char *name)
{
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        if (strcmp(models[i]->name, name) == 0) {
            return models[i];
        }
    }
    return NULL;
}

const char *lin_model_name(const struct lin_model *model)
{
    return model->name;
}

bool lin_model_has(const struct lin_model *model, enum lin_function function)
{
    LAB_ASSERT(function <= LIN_CAS);
    return model->functions >> function & 1;
}
