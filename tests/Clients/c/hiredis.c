/* A tour of hiredis: hiredis PORT [PASSWORD] */
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static redisContext *redis;
static const char *password;
static int port, passed, failed, step_failed;

#define IS(condition) \
    do { \
        if (!(condition)) { \
            step_failed = 1; \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
        } \
    } while (0)

/* A broken connection ends the tour: nothing after it could be told from it. */
static redisReply *checked(redisContext *c, void *reply)
{
    if (reply == NULL) {
        fprintf(stderr, "the connection broke: %s\n", c->errstr);
        exit(1);
    }
    return reply;
}

static redisContext *connect_to_server(void)
{
    struct timeval limit = {10, 0};
    redisContext *c = redisConnectWithTimeout("127.0.0.1", port, limit);
    if (c == NULL || c->err) {
        fprintf(stderr, "no connection: %s\n", c ? c->errstr : "out of memory");
        exit(1);
    }
    redisSetTimeout(c, limit);
    if (password != NULL)
        freeReplyObject(checked(c, redisCommand(c, "AUTH %s", password)));
    return c;
}

static redisReply *command(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    redisReply *reply = checked(redis, redisvCommand(redis, format, words));
    va_end(words);
    return reply;
}

static int is_text(redisReply *reply, int type, const char *text)
{
    int is = reply->type == type && reply->len == strlen(text) && memcmp(reply->str, text, reply->len) == 0;
    freeReplyObject(reply);
    return is;
}

static int is_number(redisReply *reply, long long number)
{
    int is = reply->type == REDIS_REPLY_INTEGER && reply->integer == number;
    freeReplyObject(reply);
    return is;
}

static int is_nil(redisReply *reply)
{
    int is = reply->type == REDIS_REPLY_NIL;
    freeReplyObject(reply);
    return is;
}

static redisReply *next(redisContext *c)
{
    void *reply = NULL;
    redisGetReply(c, &reply);
    return checked(c, reply);
}

static void strings(void)
{
    IS(is_text(command("SET s %s EX 60", "a value"), REDIS_REPLY_STATUS, "OK"));
    IS(is_text(command("GET s"), REDIS_REPLY_STRING, "a value"));
    IS(is_nil(command("GET none")));
    IS(is_nil(command("SET s other NX")));
    IS(is_number(command("TTL s"), 60));
    IS(is_number(command("INCRBY n %d", 42), 42));
    IS(is_text(command("INCRBY n x"), REDIS_REPLY_ERROR, "ERR value is not an integer or out of range"));
    IS(is_text(command("NOSUCH a"), REDIS_REPLY_ERROR, "ERR unknown command 'NOSUCH', with args beginning with: 'a' "));
}

static void bytes(void)
{
    char everything[256];
    for (int i = 0; i < 256; i++)
        everything[i] = (char)i;
    IS(is_text(command("SET %b %b", everything, sizeof everything, everything, sizeof everything), REDIS_REPLY_STATUS, "OK"));
    redisReply *reply = command("GET %b", everything, sizeof everything);
    IS(reply->len == sizeof everything && memcmp(reply->str, everything, sizeof everything) == 0);
    freeReplyObject(reply);
}

static void pipelines(void)
{
    for (int i = 0; i < 10000; i++)
        redisAppendCommand(redis, "INCR piped");
    for (int i = 1; i <= 10000; i++)
        IS(is_number(next(redis), i));
}

static void nested_replies(void)
{
    freeReplyObject(command("MULTI"));
    IS(is_text(command("MGET s none"), REDIS_REPLY_STATUS, "QUEUED"));
    IS(is_text(command("INCR s"), REDIS_REPLY_STATUS, "QUEUED"));
    redisReply *reply = command("EXEC");
    IS(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2);
    IS(reply->element[0]->elements == 2 && reply->element[0]->element[1]->type == REDIS_REPLY_NIL);
    IS(reply->element[1]->type == REDIS_REPLY_ERROR);
    freeReplyObject(reply);
    reply = command("EVAL %s 1 s x", "return {1, {KEYS[1], {ARGV[1]}}, false, redis.status_reply('FINE')}");
    IS(reply->elements == 4 && strcmp(reply->element[1]->element[1]->element[0]->str, "x") == 0);
    IS(reply->element[2]->type == REDIS_REPLY_NIL && reply->element[3]->type == REDIS_REPLY_STATUS);
    freeReplyObject(reply);
}

static void messages(void)
{
    redisContext *listener = connect_to_server();
    redisAppendCommand(listener, "SUBSCRIBE news");
    freeReplyObject(next(listener));
    for (int i = 0; i < 20; i++)
        IS(is_number(command("PUBLISH news %d", i), 1));
    for (int i = 0; i < 20; i++) {
        redisReply *reply = next(listener);
        IS(reply->elements == 3 && strcmp(reply->element[0]->str, "message") == 0 && atoi(reply->element[2]->str) == i);
        freeReplyObject(reply);
    }
    redisFree(listener);
}

static void play(const char *name, void (*run)(void))
{
    step_failed = 0;
    run();
    if (step_failed)
        fprintf(stderr, "step failed: %s\n", name);
    step_failed ? failed++ : passed++;
}

int main(int argc, char **argv)
{
    port = argc > 1 ? atoi(argv[1]) : 6379;
    password = argc > 2 ? argv[2] : NULL;
    redis = connect_to_server();
    freeReplyObject(command("FLUSHDB"));
    play("strings", strings);
    play("bytes", bytes);
    play("a pipeline of 10,000", pipelines);
    play("replies in replies", nested_replies);
    play("messages", messages);
    redisFree(redis);
    printf("%d of %d steps passed\n", passed, passed + failed);
    return failed ? 1 : 0;
}
