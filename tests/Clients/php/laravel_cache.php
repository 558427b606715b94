<?php

// Laravel's cache and its locks, as far as values have no tags, which it keeps in sets: php laravel_cache.php PORT [PASSWORD]
require __DIR__ . '/tour.php';
require 'Illuminate/Cache/autoload.php';
require 'Illuminate/Redis/autoload.php';
require 'Illuminate/Container/autoload.php';
require_once 'Predis/Autoloader.php';
Predis\Autoloader::register();

use Illuminate\Cache\RedisStore;
use Illuminate\Cache\Repository;
use Illuminate\Container\Container;
use Illuminate\Contracts\Cache\LockTimeoutException;
use Illuminate\Redis\RedisManager;

foreach (['phpredis', 'predis'] as $driver) {
    $manager = new RedisManager(new Container(), $driver, ['default' => array_filter(['host' => HOST, 'port' => PORT, 'password' => PASSWORD, 'database' => 2])]);
    $redis = $manager->connection();
    $store = new RedisStore($manager, 'laravel');
    $cache = new Repository($store);

    step("values and their times ($driver)", static function () use ($cache, $redis): void {
        $redis->command('flushdb');
        foreach (['text', '', 42, 1.5, true, [1, ['a' => null]], "\x00\xff"] as $value) {
            same(true, $cache->put('kind', $value, 60));
            same($value, is_numeric($value) ? $cache->get('kind') + 0 : $cache->get('kind'));
        }
        between(50, 60, $redis->ttl('laravel:kind'));
        same(true, $cache->forever('ever', 1));
        same(-1, $redis->ttl('laravel:ever'));
        same('otherwise', $cache->get('none', 'otherwise'));
        same(true, $cache->forget('kind'));
        same(false, $cache->has('kind'));
        same([1, false], [(int) $cache->pull('ever'), $cache->has('ever')]);
    });

    step("only the first adds, and a value is made once ($driver)", static function () use ($cache, $redis): void {
        same([true, false], [$cache->add('added', 'first', 60), $cache->add('added', 'second', 60)]);
        same('first', $cache->get('added'));
        between(50, 60, $redis->ttl('laravel:added'));
        $made = 0;
        $make = static function () use (&$made): string {
            return 'made ' . ++$made;
        };
        same(['made 1', 'made 1'], [$cache->remember('made', 60, $make), $cache->remember('made', 60, $make)]);
    });

    step("counting ($driver)", static function () use ($cache): void {
        same([1, 11, 9], [(int) $cache->increment('n'), (int) $cache->increment('n', 10), (int) $cache->decrement('n', 2)]);
    });

    step("many at once ($driver)", static function () use ($cache, $redis): void {
        same(true, $cache->putMany(['a' => 'x', 'b' => ['y']], 60));
        same(['a' => 'x', 'none' => null, 'b' => ['y']], $cache->many(['a', 'none', 'b']));
        between(50, 60, $redis->ttl('laravel:b'));
    });

    step("a lock has one owner ($driver)", static function () use ($store, $redis): void {
        $lock = $store->lock('locked', 60);
        same(true, $lock->acquire());
        same(false, $store->lock('locked', 60)->acquire());
        between(50, 60, $redis->ttl('laravel:locked'));
        same(false, $store->lock('locked', 60)->release());
        raises(LockTimeoutException::class, static fn () => $store->lock('locked', 60)->block(0));
        same(true, $store->restoreLock('locked', $lock->owner())->release());
        same('inside', $store->lock('locked', 60)->get(static fn () => 'inside'));
        same(0, (int) $redis->exists('laravel:locked'));
    });

    step("flushing ($driver)", static function () use ($cache, $redis): void {
        same(true, $cache->flush());
        same([], $redis->command('keys', ['*']));
    });
}

run();
