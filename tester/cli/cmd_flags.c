/* cmd_flags.c - raftlab flags: what a compiler needs to make a plug-in.
 * Layer: tester. */
#include "tester/cli/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* The program lies in <root>/build/<variant>/. */
char *program_root(void)
{
    char *root = program_directory();
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(root, '/');
        if (slash) {
            *slash = '\0';
        }
    }
    return root;
}

static bool has_headers(const char *root)
{
    static const char header[] = "/raftapi/raftapi.h";
    size_t size = strlen(root) + sizeof(header);
    char *path = lab_xmalloc(size);
    snprintf(path, size, "%s%s", root, header);
    bool there = access(path, R_OK) == 0;
    free(path);
    return there;
}

int cmd_flags(const struct options *options)
{
    char *root = program_root();
    int status = STATUS_USAGE;
    if (options->name_count > 0) {
        complain("flags takes no names");
    } else if (!has_headers(root)) {
        complain("raftapi/raftapi.h is not in %s: this program was moved away "
                 "from its sources",
                 root);
    } else {
        printf("-std=c11 -D_POSIX_C_SOURCE=200809L -g -fPIC -shared -pthread "
               "%s-I%s\n",
               options->race ? FLAGS_RACE " " : "", root);
        status = STATUS_PASSED;
    }
    free(root);
    return status;
}
