# A tour of redis-rb: ruby redis_rb.rb PORT [PASSWORD]
require 'redis'
require_relative 'tour'

Redis.raise_deprecations = false
Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)
redis = Redis.new(**OPTIONS)
redis.flushdb

step 'connecting' do
  equal 'PONG', redis.ping
  named = Redis.new(id: 'tour', db: 3, **OPTIONS)
  named.set('in-three', 1)
  equal false, redis.exists?('in-three')
  equal 'OK', named.flushdb
  equal '7', redis.info['redis_version'][0]
  equal 'standalone', redis.info('server')['redis_mode']
end

step 'strings' do
  equal 'OK', redis.set('s', 'value')
  equal 'value', redis.get('s')
  equal nil, redis.get('none')
  equal false, redis.set('s', 'other', nx: true)
  equal 'value', redis.set('s', 'other', get: true)
  equal 'OK', redis.set('s', 'third', ex: 100)
  between 90, 100, redis.ttl('s')
  equal 'OK', redis.set('s', 'fourth', keepttl: true)
  equal 'fourth', redis.getex('s', persist: true)
  equal(-1, redis.ttl('s'))
  equal 'fourth', redis.getdel('s')
  equal true, redis.setnx('s', 'a')
  equal 'a', redis.getset('s', 'b')
  equal ['b', nil], redis.mget('s', 'none')
  equal({ 's' => 'b' }, redis.mapped_mget('s'))
  equal 42, redis.incrby('n', 42)
  equal 42.5, redis.incrbyfloat('n', 0.5)
  raises(Redis::CommandError, 'ERR value is not an integer or out of range') { redis.incr('n') }
  bytes = (0..255).to_a.pack('C*')
  redis.set(bytes, bytes)
  equal bytes, redis.getdel(bytes).b
end

step 'a key ends at its time' do
  redis.set('brief', 'x', px: 20)
  until_so('expiry') { redis.get('brief').nil? }
  equal(-2, redis.ttl('brief'))
  redis.set('timed', 'x')
  equal true, redis.expire('timed', 100)
  equal true, redis.expireat('timed', Time.now.to_i + 50)
  between 40, 50, redis.ttl('timed')
  equal true, redis.persist('timed')
end

step 'hashes' do
  equal 2, redis.hset('h', { 'a' => '1', 'b' => '2' })
  equal({ 'a' => '1', 'b' => '2' }, redis.hgetall('h'))
  equal({ 'a' => '1', 'none' => nil }, redis.mapped_hmget('h', 'a', 'none'))
  equal 5, redis.hincrby('h', 'a', 4)
  equal %w[a b], redis.hkeys('h').sort
  equal [%w[a 5], %w[b 2]], redis.hscan_each('h').to_a.sort
  equal 1, redis.hdel('h', 'b')
  equal false, redis.hexists('h', 'b')
  raises(Redis::CommandError, 'WRONGTYPE Operation against a key holding the wrong kind of value') { redis.get('h') }
end

step 'scans find every key' do
  redis.pipelined { |pipe| 1000.times { |i| pipe.set("scan:#{i}", i) } }
  equal (0...1000).map { |i| "scan:#{i}" }.sort, redis.scan_each(match: 'scan:*').to_a.uniq.sort
  equal 1000, redis.del(*redis.keys('scan:*'))
end

step 'pipelines and transactions' do
  equal ['OK', 2, '2'], redis.pipelined { |pipe| pipe.set('p', 1); pipe.incr('p'); pipe.get('p') }
  equal ['OK', 11], redis.multi { |transaction| transaction.set('p', 10); transaction.incr('p') }
  equal 'kept', redis.watch('p') { redis.set('p', 'changed'); redis.unwatch; 'kept' }
  equal nil, redis.watch('p') { |r| Redis.new(**OPTIONS).set('p', 'by another'); r.multi { |transaction| transaction.set('p', 'lost') } }
  equal 'by another', redis.get('p')
  raises(Redis::CommandError) { redis.multi { |transaction| transaction.call(['NOSUCH']) } }
end

step 'scripts' do
  sha = redis.script(:load, "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
  equal ['counted', 'a', 1], redis.evalsha(sha, ['counted'], ['a'])
  equal [true, false], redis.script(:exists, [sha, 'f' * 40])
  redis.script(:flush)
  raises(Redis::CommandError, 'NOSCRIPT No matching script. Please use EVAL.') { redis.evalsha(sha, ['counted']) }
end

step 'messages' do
  heard = []
  listener = Thread.new do
    Redis.new(**OPTIONS).psubscribe('news.*') do |on|
      on.pmessage do |_, channel, message|
        heard << [channel, message]
        Thread.exit if message == 'end'
      end
    end
  end
  until_so('someone listens') { redis.publish('news.a', 'begin') == 1 }
  20.times { |i| redis.publish('news.a', i.to_s) }
  redis.publish('news.b', 'end')
  listener.join(10)
  equal [%w[news.a begin], *(0...20).map { |i| ['news.a', i.to_s] }, %w[news.b end]], heard
end

step 'a connection that was killed is made anew' do
  other = Redis.new(id: 'killed', **OPTIONS)
  equal 'PONG', other.ping
  id = redis.client(:list).find { |client| client['name'] == 'killed' }['id']
  equal 1, redis.client(:kill, 'ID', id)
  equal 'PONG', other.ping
end

run_tour
