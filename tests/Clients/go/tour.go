package main

import (
	"fmt"
	"os"
	"reflect"
	"time"
)

var passed, failed int

// Runs a step. One that fails is named with its error, and lets the process end with 1.
func play(name string, run func()) {
	defer func() {
		if fault := recover(); fault != nil {
			failed++
			fmt.Fprintf(os.Stderr, "step failed: %s\n%v\n", name, fault)
			return
		}
		passed++
	}()
	run()
}

func end() {
	fmt.Printf("%d of %d steps passed\n", passed, passed+failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func same(expected, actual interface{}) {
	if !reflect.DeepEqual(expected, actual) {
		panic(fmt.Sprintf("expected %#v, got %#v", expected, actual))
	}
}

func between(low, high, actual time.Duration) {
	if actual < low || actual > high {
		panic(fmt.Sprintf("expected %v to %v, got %v", low, high, actual))
	}
}

// Waits until something is so; what other connections and the clock cause takes a moment to show.
func until(isSo func() bool) {
	for end := time.Now().Add(10 * time.Second); !isSo(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			panic("It did not come about in time.")
		}
	}
}

func numbers(count int) []string {
	texts := make([]string, count)
	for i := range texts {
		texts[i] = fmt.Sprint(i)
	}
	return texts
}
