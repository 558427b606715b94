# The cache store of Rails: ruby rails_cache.rb PORT [PASSWORD]
require 'active_support'
require 'active_support/cache'
require 'active_support/cache/redis_cache_store'
require 'active_support/core_ext/numeric/time'
require_relative 'tour'

Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)
ADDRESS = "redis://#{":#{PASSWORD}@" if PASSWORD}127.0.0.1:#{PORT}/2".freeze
redis = Redis.new(url: ADDRESS)
redis.flushdb

def store(**more)
  # An error of the server is an error of the tour; Rails itself would go on without the cache.
  handler = ->(method:, exception:, **) { raise "#{method}: #{exception.message}" }
  ActiveSupport::Cache::RedisCacheStore.new(url: ADDRESS, namespace: 'rails', error_handler: handler, **more)
end

cache = store

step 'values come back as they were' do
  ['text', '', 42, 1.5, nil, true, [1, [2]], { 'a' => { b: nil } }, "\x00\xFF".b].each do |value|
    cache.write('kind', value)
    equal value, cache.read('kind')
  end
  equal true, cache.exist?('kind')
  equal 1, cache.delete('kind')
  equal nil, cache.read('kind')
end

step 'times are the server\'s' do
  cache.write('timed', 1, expires_in: 5.minutes)
  between 290_000, 300_000, redis.pttl('rails:timed')
  cache.write('timed', 1)
  equal(-1, redis.pttl('rails:timed'))
  cache.write('brief', 1, expires_in: 0.05)
  until_so('expiry') { !redis.exists?('rails:brief') }
  equal nil, cache.read('brief')
end

step 'fetch makes a value once' do
  made = 0
  3.times { equal 'value', cache.fetch('fetched') { made += 1; 'value' } }
  equal 1, made
  equal 'new', cache.fetch('fetched', force: true) { 'new' }
  equal true, cache.write('once', 1, unless_exist: true)
  equal false, cache.write('once', 2, unless_exist: true)
end

step 'counting' do
  equal 1, cache.increment('counted', 1, expires_in: 60)
  equal 11, cache.increment('counted', 10)
  equal 9, cache.decrement('counted', 2)
  between 50, 60, redis.ttl('rails:counted')
  equal '9', cache.read('counted', raw: true)
end

step 'many at once' do
  cache.write_multi({ 'a' => 1, 'b' => 2 }, expires_in: 60)
  equal({ 'a' => 1, 'b' => 2 }, cache.read_multi('a', 'none', 'b'))
  between 50, 60, redis.ttl('rails:b')
  equal({ 'a' => 1, 'c' => 'made c' }, cache.fetch_multi('a', 'c') { |key| "made #{key}" })
  equal 3, cache.delete_multi(%w[a b c none])
end

step 'long values are compressed' do
  cache.write('long', 'x' * 100_000)
  between 1, 2_000, redis.strlen('rails:long')
  equal 'x' * 100_000, cache.read('long')
end

step 'keys are deleted by pattern' do
  500.times { |i| cache.write("pattern:#{i}", i) }
  cache.write('other', 1)
  cache.delete_matched('pattern:*')
  equal [], redis.keys('rails:pattern:*')
  equal 1, cache.read('other')
end

step 'a pool serves many threads' do
  pooled = store(pool_size: 3, pool_timeout: 10)
  8.times.map { Thread.new { 100.times { pooled.increment('threads') } } }.each(&:join)
  equal '800', pooled.read('threads', raw: true)
end

step 'clearing takes one namespace' do
  redis.set('kept', 1)
  cache.clear
  equal ['kept'], redis.keys('*')
end

run_tour
