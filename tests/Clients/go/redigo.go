// A tour of redigo: redigo PORT [PASSWORD]
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/gomodule/redigo/redis"
)

func dial() (redis.Conn, error) {
	password := ""
	if len(os.Args) > 2 {
		password = os.Args[2]
	}
	return redis.Dial("tcp", "127.0.0.1:"+os.Args[1], redis.DialPassword(password), redis.DialReadTimeout(10*time.Second))
}

var pool = &redis.Pool{MaxIdle: 3, Dial: dial, TestOnBorrow: func(c redis.Conn, _ time.Time) error {
	_, err := c.Do("PING")
	return err
}}

func strings(c redis.Conn) {
	same("OK", text(c.Do("SET", "s", "value", "EX", 60)))
	same("value", text(c.Do("GET", "s")))
	_, err := redis.String(c.Do("GET", "none"))
	same(redis.ErrNil, err)
	_, err = redis.String(c.Do("SET", "s", "other", "NX"))
	same(redis.ErrNil, err)
	same(60, number(c.Do("TTL", "s")))
	same(42, number(c.Do("INCRBY", "n", 42)))
	_, err = c.Do("INCRBY", "n", "x")
	same(redis.Error("ERR value is not an integer or out of range"), err)
	values, err := redis.Strings(c.Do("MGET", "s", "none"))
	check(err)
	same([]string{"value", ""}, values)
}

func structures(c redis.Conn) {
	type user struct {
		Name string `redis:"name"`
		Age  int    `redis:"age"`
	}
	_, err := c.Do("HMSET", redis.Args{}.Add("user").AddFlat(user{"Ada", 36})...)
	check(err)
	values, err := redis.Values(c.Do("HGETALL", "user"))
	check(err)
	var found user
	check(redis.ScanStruct(values, &found))
	same(user{"Ada", 36}, found)
}

func pipelines(c redis.Conn) {
	for i := 0; i < 1000; i++ {
		check(c.Send("INCR", "piped"))
	}
	check(c.Flush())
	for i := 1; i <= 1000; i++ {
		same(i, number(c.Receive()))
	}
	check(c.Send("MULTI"))
	check(c.Send("INCR", "piped"))
	check(c.Send("GET", "piped"))
	replies, err := redis.Ints(c.Do("EXEC"))
	check(err)
	same([]int{1001, 1001}, replies)
}

func scripts(c redis.Conn) {
	_, err := c.Do("SCRIPT", "FLUSH")
	check(err)
	script := redis.NewScript(1, "return redis.call('INCRBY', KEYS[1], ARGV[1])")
	same(5, number(script.Do(c, "summed", 5)))
	same(10, number(script.Do(c, "summed", 5)))
}

func messages(c redis.Conn) {
	connection, err := dial()
	check(err)
	listener := redis.PubSubConn{Conn: connection}
	defer listener.Close()
	check(listener.Subscribe("news"))
	same(redis.Subscription{Kind: "subscribe", Channel: "news", Count: 1}, listener.Receive())
	check(listener.Ping("still there"))
	same(redis.Pong{Data: "still there"}, listener.Receive())
	for i := 0; i < 20; i++ {
		same(1, number(c.Do("PUBLISH", "news", i)))
	}
	for i := 0; i < 20; i++ {
		same(redis.Message{Channel: "news", Data: []byte(fmt.Sprint(i))}, listener.Receive())
	}
	check(listener.Unsubscribe())
	same(redis.Subscription{Kind: "unsubscribe", Channel: "news", Count: 0}, listener.Receive())
}

func text(reply interface{}, err error) string {
	value, err := redis.String(reply, err)
	check(err)
	return value
}

func number(reply interface{}, err error) int {
	value, err := redis.Int(reply, err)
	check(err)
	return value
}

func main() {
	steps := []struct {
		name string
		run  func(redis.Conn)
	}{{"strings", strings}, {"structures are hashes", structures}, {"pipelines and transactions", pipelines}, {"scripts", scripts}, {"messages", messages}}
	for i, step := range steps {
		play(step.name, func() {
			c := pool.Get()
			defer c.Close()
			if i == 0 {
				_, err := c.Do("FLUSHDB")
				check(err)
			}
			step.run(c)
		})
	}
	end()
}
