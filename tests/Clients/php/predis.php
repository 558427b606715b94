<?php

// A tour of Predis: php predis.php PORT [PASSWORD]
require __DIR__ . '/tour.php';
require 'Predis/Autoloader.php';
Predis\Autoloader::register();

function connect(array $options = []): Predis\Client
{
    return new Predis\Client(array_filter(['scheme' => 'tcp', 'host' => HOST, 'port' => PORT, 'password' => PASSWORD, 'read_write_timeout' => 10]), $options);
}

$redis = connect();
$redis->flushdb();

step('strings', static function () use ($redis): void {
    same('OK', $redis->set('s', 'value')->getPayload());
    same('value', $redis->get('s'));
    same(null, $redis->get('none'));
    same(null, $redis->set('s', 'other', 'EX', 100, 'NX'));
    $redis->setex('s', 60, 'a');
    between(50, 60, $redis->ttl('s'));
    $redis->mset(['m:1' => 'x', 'm:2' => 'y']);
    same(['x', null, 'y'], $redis->mget(['m:1', 'm:none', 'm:2']));
    same(42, $redis->incrby('n', 42));
    same('42.5', $redis->incrbyfloat('n', 0.5));
    raises(Predis\Response\ServerException::class, static fn () => $redis->incr('n'), 'ERR value is not an integer or out of range');
    same(2, $redis->del(['m:1', 'm:2', 'm:none']));
});

step('hashes', static function () use ($redis): void {
    $redis->hmset('h', ['a' => 1, 'b' => 'two']);
    same(['a' => '1', 'b' => 'two'], $redis->hgetall('h'));
    same(['1', null], $redis->hmget('h', ['a', 'none']));
    same(6, $redis->hincrby('h', 'a', 5));
    same(['a' => '6', 'b' => 'two'], iterator_to_array(new Predis\Collection\Iterator\HashKey($redis, 'h')));
});

step('pipelines, prefixes and scans', static function () use ($redis): void {
    $prefixed = connect(['prefix' => 'pre:']);
    same(['OK', 2, '2'], array_map(static fn ($r) => $r instanceof Predis\Response\Status ? $r->getPayload() : $r, $prefixed->pipeline(static function ($pipe): void {
        $pipe->set('p', 1);
        $pipe->incr('p');
        $pipe->get('p');
    })));
    same('2', $redis->get('pre:p'));
    $redis->pipeline(static function ($pipe): void {
        for ($i = 0; $i < 500; $i++) {
            $pipe->set("scan:$i", $i);
        }
    });
    same(500, count(array_unique(iterator_to_array(new Predis\Collection\Iterator\Keyspace($redis, 'scan:*', 50), false))));
});

step('transactions that are tried again', static function () use ($redis): void {
    $redis->set('t', 1);
    $tries = 0;
    $result = $redis->transaction(['cas' => true, 'watch' => 't', 'retry' => 3], static function ($transaction) use (&$tries): void {
        $value = $transaction->get('t');
        if (++$tries === 1) {
            connect()->set('t', 10);
        }
        $transaction->multi();
        $transaction->set('t', $value + 1);
    });
    same([2, '11'], [$tries, $redis->get('t')]);
    same(1, count($result));
});

step('scripts are sent whole when the server does not know them', static function () use ($redis): void {
    $redis->script('flush');
    $profile = $redis->getProfile();
    $profile->defineCommand('addboth', AddBoth::class);
    same(10, $redis->addboth('sum:a', 'sum:b', 5));
    same(20, $redis->addboth('sum:a', 'sum:b', 5));
});

step('messages', static function () use ($redis): void {
    $listener = connect()->pubSubLoop(['subscribe' => ['news']]);
    same('subscribe', $listener->current()->kind);
    for ($i = 0; $i < 20; $i++) {
        same(1, $redis->publish('news', "message $i"));
    }
    $heard = [];
    while (count($heard) < 20) {
        $heard[] = $listener->current()->payload;
    }
    same(array_map(static fn ($i) => "message $i", range(0, 19)), $heard);
    $listener->stop(true);
});

class AddBoth extends Predis\Command\ScriptCommand
{
    public function getKeysCount()
    {
        return 2;
    }

    public function getScript()
    {
        return "return redis.call('INCRBY', KEYS[1], ARGV[1]) + redis.call('INCRBY', KEYS[2], ARGV[1])";
    }
}

run();
