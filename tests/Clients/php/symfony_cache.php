<?php

// Symfony's cache over phpredis and over Predis, as far as items have no tags, which it keeps in sets: php symfony_cache.php PORT [PASSWORD]
require __DIR__ . '/tour.php';
require 'Psr/SimpleCache/autoload.php';
require 'Symfony/Component/Cache/autoload.php';
require_once 'Predis/Autoloader.php';
Predis\Autoloader::register();

use Symfony\Component\Cache\Adapter\RedisAdapter;
use Symfony\Component\Cache\Psr16Cache;
use Symfony\Contracts\Cache\ItemInterface;

$address = 'redis://' . (PASSWORD === null ? '' : PASSWORD . '@') . HOST . ':' . PORT . '/2';
foreach ([Redis::class, Predis\Client::class] as $class) {
    $redis = RedisAdapter::createConnection($address, ['class' => $class, 'timeout' => 5]);
    $cache = new RedisAdapter($redis, 'app', 300);

    step("values and their times ($class)", static function () use ($cache, $redis): void {
        $redis->flushdb();
        foreach (['text', '', 42, 1.5, null, true, [1, ['a' => null]], "\x00\xff"] as $value) {
            same(true, $cache->save($cache->getItem('kind')->set($value)));
            same([true, $value], [$cache->getItem('kind')->isHit(), $cache->getItem('kind')->get()]);
        }
        between(290, 300, $redis->ttl('app:kind'));
        $cache->save($cache->getItem('timed')->set(1)->expiresAfter(60));
        between(50, 60, $redis->ttl('app:timed'));
        same(true, $cache->deleteItem('kind'));
        same(false, $cache->hasItem('kind'));
        $cache->save($cache->getItem('brief')->set(1)->expiresAfter(1));
        until(static fn () => !$cache->hasItem('brief'), 'expiry');
    });

    step("a value is made once ($class)", static function () use ($cache): void {
        $made = 0;
        $make = static function (ItemInterface $item) use (&$made): string {
            $item->expiresAfter(60);
            return 'made ' . ++$made;
        };
        same(['made 1', 'made 1'], [$cache->get('made', $make), $cache->get('made', $make)]);
        same('made 2', $cache->get('made', $make, INF));
    });

    step("many at once ($class)", static function () use ($cache): void {
        for ($i = 0; $i < 50; $i++) {
            $cache->saveDeferred($cache->getItem("many.$i")->set($i));
        }
        same(true, $cache->commit());
        $found = array_map(static fn ($item) => $item->get(), iterator_to_array($cache->getItems(['many.1', 'none', 'many.2'])));
        same([1, null, 2], [$found['many.1'], $found['none'], $found['many.2']]);
        same(true, $cache->deleteItems(['many.1', 'many.2']));
        same([false, true], [$cache->hasItem('many.1'), $cache->hasItem('many.3')]);
        $simple = new Psr16Cache($cache);
        same(true, $simple->setMultiple(['x' => 1, 'y' => 2], 60));
        $found = iterator_to_array($simple->getMultiple(['x', 'z', 'y'], 'none'));
        same([1, 'none', 2], [$found['x'], $found['z'], $found['y']]);
    });

    step("clearing takes one namespace, or what begins so ($class)", static function () use ($cache, $redis): void {
        $redis->set('kept', '1');
        same(true, $cache->clear('many'));
        same([false, true], [$cache->hasItem('many.3'), $cache->hasItem('x')]);
        same(true, $cache->clear());
        same(['kept'], $redis->keys('*'));
    });
}

run();
