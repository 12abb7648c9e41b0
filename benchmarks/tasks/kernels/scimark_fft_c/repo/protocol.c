#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int written; /* numbers of the current reply */

void say_ready(void)
{
    puts("ready");
    fflush(stdout);
}

void refuse(const char *why)
{
    fprintf(stderr, "worker: %s\n", why);
    exit(1);
}

/* Return what follows a key and a colon. */
static const char *value_of(const char *line, const char *key)
{
    const char *found = strstr(line, key);
    found = found ? strchr(found + strlen(key), ':') : NULL;
    if (!found)
        refuse("a request needs \"nonce\" and \"input\"");
    found++;
    return found + strspn(found, " \t");
}

static void read_nonce(struct request *request, const char *text)
{
    size_t length = *text == '"' ? strcspn(text + 1, "\"") : sizeof request->nonce;
    if (length >= sizeof request->nonce)
        refuse("a nonce is a string of less than 128 characters");
    memcpy(request->nonce, text + 1, length);
    request->nonce[length] = '\0';
}

static void read_numbers(struct request *request, const char *text)
{
    request->count = 0;
    if (*text++ != '[')
        refuse("an input is a list of whole numbers");
    while (request->count < MOST_NUMBERS) {
        char *end;
        long long number = strtoll(text, &end, 10);
        if (end == text)
            return;
        request->numbers[request->count++] = number;
        text = end + strspn(end, " \t,");
    }
}

int read_request(struct request *request, int count)
{
    char line[4096];
    if (!fgets(line, sizeof line, stdin))
        return 0;
    read_nonce(request, value_of(line, "\"nonce\""));
    read_numbers(request, value_of(line, "\"input\""));
    if (request->count != count) {
        fprintf(stderr, "worker: an input of %d numbers; give %d\n", request->count, count);
        exit(1);
    }
    return 1;
}

void begin_reply(const struct request *request)
{
    printf("{\"nonce\": \"%s\", \"output\": [", request->nonce);
    written = 0;
}

void reply_with(double number)
{
    printf(written++ ? ", %.17g" : "%.17g", number);
}

void reply_with_count(unsigned long long number)
{
    printf(written++ ? ", %llu" : "%llu", number);
}

void end_reply(void)
{
    puts("]}");
    fflush(stdout);
}
