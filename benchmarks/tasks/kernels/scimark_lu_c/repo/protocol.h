/* Requests and replies, one a line: {"nonce": "...", "input": [whole numbers]} and {"nonce": "...", "output":
   [numbers]}. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#define MOST_NUMBERS 8

struct request {
    char nonce[128];
    long long numbers[MOST_NUMBERS];
    int count;
};

/* Say that requests may come. */
void say_ready(void);

/* Read a request with `count` numbers. Returns 0 at the end of the input; a request that can't be read ends
   the process with exit code 1. */
int read_request(struct request *request, int count);

/* End the process because of a request's numbers; `why` says what they should be. */
void refuse(const char *why);

/* Write the start of a reply, its numbers, and its end. */
void begin_reply(const struct request *request);
void reply_with(double number);
void reply_with_count(unsigned long long number);
void end_reply(void);

#endif
