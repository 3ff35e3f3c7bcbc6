package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

func yields() {
	n := size("SWITCH_N", 10_000_000)
	runtime.GOMAXPROCS(1)
	var wg sync.WaitGroup
	start := time.Now()
	for range 2 {
		wg.Go(func() {
			for range n / 2 {
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	report("switch", "yield", nsEach(start, n), "ns")
}

func spawn() {
	n := size("SPAWN_N", 1_000_000)
	var wg sync.WaitGroup
	start := time.Now()
	for range n {
		wg.Go(func() {})
	}
	wg.Wait()
	report("spawn", "spawn_join", nsEach(start, n), "ns")
}

func million() {
	n := size("MILLION_N", 1_000_000)
	settling := time.Duration(size("MILLION_SETTLE_MS", 3000)) * time.Millisecond
	before := memoryUse()
	gate := make(chan struct{})
	var ready atomic.Int64
	var wg sync.WaitGroup
	starting := time.Now()
	for range n {
		wg.Go(func() { ready.Add(1); <-gate })
	}
	for ready.Load() < int64(n) {
		time.Sleep(time.Millisecond)
	}
	seconds := time.Since(starting).Seconds()

	time.Sleep(settling)
	settled := memoryUse()

	ending := time.Now()
	close(gate)
	wg.Wait()
	report("million", "seconds", seconds+time.Since(ending).Seconds(), "s")
	each := func(key string, use map[string]float64) float64 {
		return (use[key] - before[key]) / float64(n)
	}
	report("million", "rss_per_task", each("VmHWM", settled), "B")
	report("million", "settled_per_task", each("VmRSS", settled), "B")
	report("million", "page_tables_per_task", each("VmPTE", settled), "B")
}

func skynetNode(out chan<- int, number, leaves int) {
	if leaves == 1 {
		out <- number
		return
	}
	sums := make(chan int, 10)
	for i := range 10 {
		go skynetNode(sums, number+i*(leaves/10), leaves/10)
	}
	sum := 0
	for range 10 {
		sum += <-sums
	}
	out <- sum
}

func skynet() {
	n := size("SKYNET_N", 1_000_000)
	out := make(chan int, 1)
	start := time.Now()
	go skynetNode(out, 0, n)
	sum := <-out
	report("skynet", "total", time.Since(start).Seconds(), "s")
	require(sum == n*(n-1)/2, "the sum is wrong")
}

func mutex() {
	tasks, n := size("MUTEX_TASKS", 64), size("MUTEX_N", 2_000_000)
	runtime.GOMAXPROCS(2)
	var lock sync.Mutex
	var wg sync.WaitGroup
	counter, each := 0, n/tasks
	start := time.Now()
	for range tasks {
		wg.Go(func() {
			for range each {
				lock.Lock()
				counter++
				lock.Unlock()
			}
		})
	}
	wg.Wait()
	report("mutex", "increment", nsEach(start, counter), "ns")
	require(counter == each*tasks, "the counter is wrong")
}

func timers() {
	n := size("TIMERS_N", 1_000_000)
	overshoot := make([]int64, n)
	var wg sync.WaitGroup
	cpu, start := cpuSeconds(), time.Now()
	for i := range n {
		wg.Go(func() {
			nap := time.Duration(rand.Int64N(int64(time.Second)))
			begin := time.Now()
			time.Sleep(nap)
			overshoot[i] = int64(time.Since(begin) - nap)
		})
	}
	wg.Wait()
	total, used := time.Since(start).Seconds(), cpuSeconds()-cpu
	slices.Sort(overshoot)
	report("timers", "overshoot_p50", float64(overshoot[n/2])/1e3, "us")
	report("timers", "overshoot_p99", float64(overshoot[n*99/100])/1e3, "us")
	report("timers", "cpu", used, "s")
	report("timers", "total", total, "s")
}
