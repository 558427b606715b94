<?php

// A tour of phpredis and its session handler: php phpredis.php PORT [PASSWORD]
require __DIR__ . '/tour.php';

function connect(array $options = []): Redis
{
    $redis = new Redis();
    $redis->connect(HOST, PORT, 5);
    if (PASSWORD !== null) {
        $redis->auth(PASSWORD);
    }
    foreach ($options as $option => $value) {
        $redis->setOption($option, $value);
    }
    return $redis;
}

function lastError(Redis $redis): string
{
    // Some versions leave a zero byte at its end.
    return rtrim($redis->getLastError(), "\0");
}

$redis = connect();
$redis->flushDb();

step('strings', static function () use ($redis): void {
    same(true, $redis->set('s', 'value'));
    same('value', $redis->get('s'));
    same(false, $redis->get('none'));
    same(false, $redis->set('s', 'other', ['nx', 'ex' => 100]));
    same(true, $redis->set('s', 'other', ['xx', 'ex' => 100]));
    between(90, 100, $redis->ttl('s'));
    same(true, $redis->setex('s', 60, 'a'));
    same(false, $redis->setnx('s', 'b'));
    same('a', $redis->getSet('s', 'c'));
    same(-1, $redis->ttl('s'));
    same(true, $redis->mset(['m:1' => 'x', 'm:2' => 'y']));
    same(['x', false, 'y'], $redis->mget(['m:1', 'm:none', 'm:2']));
    same(42, $redis->incrBy('n', 42));
    same(42.5, $redis->incrByFloat('n', 0.5));
    same(false, $redis->incr('n'));
    same('ERR value is not an integer or out of range', lastError($redis));
    same(2, $redis->del('m:1', 'm:2', 'm:none'));
    same(1, $redis->exists('s'));
    $bytes = implode('', array_map('chr', range(0, 255)));
    $redis->set($bytes, $bytes);
    same($bytes, $redis->get($bytes));
    same(1, $redis->unlink($bytes));
});

step('a key ends at its time', static function () use ($redis): void {
    $redis->psetex('brief', 20, 'x');
    until(static fn () => $redis->get('brief') === false, 'expiry');
    same(-2, $redis->ttl('brief'));
    $redis->set('timed', 'x');
    same(true, $redis->pexpire('timed', 60_000));
    between(50_000, 60_000, $redis->pttl('timed'));
    same(true, $redis->persist('timed'));
});

step('hashes', static function () use ($redis): void {
    same(true, $redis->hMSet('h', ['a' => 1, 'b' => 'two']));
    same(['a' => '1', 'b' => 'two'], $redis->hGetAll('h'));
    same(['a' => '1', 'none' => false], $redis->hMGet('h', ['a', 'none']));
    same(6, $redis->hIncrBy('h', 'a', 5));
    same(false, $redis->hSetNx('h', 'a', 7));
    same(1, $redis->hDel('h', 'b', 'none'));
    same(Redis::REDIS_HASH, $redis->type('h'));
    same(false, $redis->get('h'));
    same('WRONGTYPE Operation against a key holding the wrong kind of value', lastError($redis));
    $cursor = null;
    same(['a' => '6'], $redis->hScan('h', $cursor));
});

step('values are serialized, compressed and prefixed', static function () use ($redis): void {
    $other = connect([Redis::OPT_SERIALIZER => Redis::SERIALIZER_PHP, Redis::OPT_PREFIX => 'prefixed:']);
    $value = ['a' => [1, null, 1.5], 'b' => str_repeat('x', 100_000)];
    $other->set('v', $value, 60);
    same($value, $other->get('v'));
    same(1, $redis->exists('prefixed:v'));
});

step('scans find every key', static function () use ($redis): void {
    $pipe = $redis->multi(Redis::PIPELINE);
    for ($i = 0; $i < 1000; $i++) {
        $pipe->set("scan:$i", $i);
    }
    same(1000, count($pipe->exec()));
    $redis->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    [$cursor, $keys] = [null, []];
    while (($page = $redis->scan($cursor, 'scan:*', 100)) !== false) {
        foreach ($page as $key) {
            $keys[$key] = true;
        }
    }
    same(1000, count($keys));
    same(1000, $redis->unlink($redis->keys('scan:*')));
});

step('transactions', static function () use ($redis): void {
    same([true, 2, '2'], $redis->multi()->set('t', 1)->incr('t')->get('t')->exec());
    $redis->watch('t');
    connect()->set('t', 'by another');
    same(false, $redis->multi()->set('t', 'lost')->exec());
    same('by another', $redis->get('t'));
});

step('scripts', static function () use ($redis): void {
    $sha = $redis->script('load', "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}");
    same(['counted', 'a', 1], $redis->evalSha($sha, ['counted', 'a'], 1));
    same([1, 0], $redis->script('exists', $sha, str_repeat('f', 40)));
    $redis->script('flush');
    same(false, $redis->evalSha($sha, ['counted', 'a'], 1));
    same('NOSCRIPT No matching script. Please use EVAL.', lastError($redis));
});

step('messages', static function () use ($redis): void {
    $heard = other('
        $redis = new Redis(); $redis->connect("127.0.0.1", (int) $argv[1], 5); if ($argv[2] !== "") $redis->auth($argv[2]);
        $redis->psubscribe(["news.*"], function ($redis, $pattern, $channel, $message) { echo "$channel $message\n"; });');
    until(static fn () => $redis->publish('news.a', 'begin') === 1, 'someone listens');
    for ($i = 0; $i < 20; $i++) {
        $redis->publish('news.a', (string) $i);
    }
    $redis->publish('news.b', 'end');
    $expected = ['news.a begin', ...array_map(static fn ($i) => "news.a $i", range(0, 19)), 'news.b end'];
    same($expected, array_map(static fn () => trim(fgets($heard)), $expected));
});

step('the server', static function () use ($redis): void {
    same('standalone', $redis->info('server')['redis_mode']);
    same('master', $redis->info()['role']);
    same(['databases' => '16'], $redis->config('GET', 'databases'));
    same(true, $redis->client('setname', 'tour'));
    same('tour', $redis->client('getname'));
    same(true, $redis->select(3));
    same(0, $redis->exists('s'));
    same(true, $redis->select(0));
});

step('sessions are kept, locked and ended', static function () use ($redis): void {
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', 'tcp://' . HOST . ':' . PORT . '?prefix=session:' . (PASSWORD === null ? '' : '&auth=' . PASSWORD));
    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    ini_set('session.gc_maxlifetime', '600');
    ini_set('redis.session.locking_enabled', '1');
    ini_set('redis.session.lock_retries', '0');
    session_id('tour');
    session_start();
    $_SESSION['user'] = 'ada';
    // While it is open, no other request has it.
    same(1, $redis->exists('session:tour_LOCK'));
    session_write_close();
    same(0, $redis->exists('session:tour_LOCK'));
    between(590, 600, $redis->ttl('session:tour'));
    $_SESSION = [];
    session_start();
    same('ada', $_SESSION['user']);
    session_destroy();
    same(0, $redis->exists('session:tour'));
});

run();
