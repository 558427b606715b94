// A tour of go-redis (gopkg.in/redis.v5): goredis PORT [PASSWORD]
package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"gopkg.in/redis.v5"
)

func options() *redis.Options {
	o := &redis.Options{Addr: "127.0.0.1:" + os.Args[1], MaxRetries: 1}
	if len(os.Args) > 2 {
		o.Password = os.Args[2]
	}
	return o
}

var client = redis.NewClient(options())

var steps = []struct {
	name string
	run  func()
}{
	{"strings", strings},
	{"expiry", expiry},
	{"hashes", hashes},
	{"scans find every key", scans},
	{"pipelines and transactions", transactions},
	{"scripts", scripts},
	{"a lock has one owner", lock},
	{"messages", messages},
	{"many goroutines on one pool", pool},
}

func strings() {
	check(client.Set("s", "value", time.Minute).Err())
	same("value", client.Get("s").Val())
	same(redis.Nil, client.Get("none").Err())
	same(false, client.SetNX("s", "other", 0).Val())
	same(true, client.SetXX("s", "other", 0).Val())
	same("other", client.GetSet("s", "third").Val())
	same(int64(42), client.IncrBy("n", 42).Val())
	same(42.5, client.IncrByFloat("n", 0.5).Val())
	same("ERR value is not an integer or out of range", client.Incr("n").Err().Error())
	check(client.MSet("m:1", "x", "m:2", "y").Err())
	same([]interface{}{"x", nil, "y"}, client.MGet("m:1", "none", "m:2").Val())
	same(int64(2), client.Del("m:1", "m:2").Val())
	everything := make([]byte, 256)
	for i := range everything {
		everything[i] = byte(i)
	}
	check(client.Set(string(everything), everything, 0).Err())
	got, err := client.Get(string(everything)).Bytes()
	check(err)
	same(everything, got)
}

func expiry() {
	check(client.Set("brief", "x", 20*time.Millisecond).Err())
	until(func() bool { return client.Get("brief").Err() == redis.Nil })
	check(client.Set("timed", "x", 0).Err())
	same(-time.Second, client.TTL("timed").Val())
	same(true, client.PExpire("timed", time.Minute).Val())
	between(50*time.Second, time.Minute, client.PTTL("timed").Val())
	same(true, client.Persist("timed").Val())
}

func hashes() {
	check(client.HMSet("h", map[string]string{"a": "1", "b": "two"}).Err())
	same(map[string]string{"a": "1", "b": "two"}, client.HGetAll("h").Val())
	same([]interface{}{"1", nil}, client.HMGet("h", "a", "none").Val())
	same(int64(6), client.HIncrBy("h", "a", 5).Val())
	same(int64(1), client.HDel("h", "b", "none").Val())
	same("hash", client.Type("h").Val())
	same("WRONGTYPE Operation against a key holding the wrong kind of value", client.Get("h").Err().Error())
}

func scans() {
	for i := 0; i < 1000; i++ {
		check(client.Set(fmt.Sprintf("scan:%d", i), i, 0).Err())
	}
	seen, cursor := map[string]bool{}, uint64(0)
	for {
		keys, next, err := client.Scan(cursor, "scan:*", 100).Result()
		check(err)
		for _, key := range keys {
			seen[key] = true
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	same(1000, len(seen))
}

func transactions() {
	pipe := client.Pipeline()
	incremented, got := pipe.Incr("p"), pipe.Get("p")
	_, err := pipe.Exec()
	check(err)
	same(int64(1), incremented.Val())
	same("1", got.Val())

	add := func(by int64, meanwhile func()) error {
		return client.Watch(func(tx *redis.Tx) error {
			n, err := tx.Get("p").Int64()
			check(err)
			meanwhile()
			_, err = tx.Pipelined(func(pipe *redis.Pipeline) error {
				return pipe.Set("p", n+by, 0).Err()
			})
			return err
		}, "p")
	}
	check(add(10, func() {}))
	same("11", client.Get("p").Val())
	same(redis.TxFailedErr, add(10, func() { client.Set("p", "by another", 0) }))
	same("by another", client.Get("p").Val())
}

func scripts() {
	script := redis.NewScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
	check(client.ScriptFlush().Err())
	same("NOSCRIPT No matching script. Please use EVAL.", script.EvalSha(client, []string{"counted"}, "a").Err().Error())
	same([]interface{}{"counted", "a", int64(1)}, script.Run(client, []string{"counted"}, "a").Val())
	same([]interface{}{"counted", "a", int64(2)}, script.EvalSha(client, []string{"counted"}, "a").Val())
	same([]bool{true, false}, client.ScriptExists(client.ScriptLoad("return 1").Val(), "ffffffffffffffffffffffffffffffffffffffff").Val())
}

func lock() {
	release := redis.NewScript("if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end")
	same(true, client.SetNX("lock", "mine", time.Minute).Val())
	same(false, client.SetNX("lock", "yours", time.Minute).Val())
	same(int64(0), release.Run(client, []string{"lock"}, "yours").Val())
	same(int64(1), release.Run(client, []string{"lock"}, "mine").Val())
	same(false, client.Exists("lock").Val())
}

func messages() {
	listener, err := client.PSubscribe("news.*")
	check(err)
	defer listener.Close()
	until(func() bool { return client.Publish("news.a", "begin").Val() == 1 })
	for i := 0; i < 20; i++ {
		check(client.Publish("news.a", fmt.Sprint(i)).Err())
	}
	for _, expected := range append([]string{"begin"}, numbers(20)...) {
		message, err := listener.ReceiveMessage()
		check(err)
		same(expected, message.Payload)
		same("news.*", message.Pattern)
	}
}

func pool() {
	var workers sync.WaitGroup
	for i := 0; i < 20; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for j := 0; j < 100; j++ {
				check(client.Incr("routines").Err())
			}
		}()
	}
	workers.Wait()
	same("2000", client.Get("routines").Val())
}

func main() {
	check(client.FlushDb().Err())
	same("PONG", client.Ping().Val())
	for _, step := range steps {
		play(step.name, step.run)
	}
	end()
}
