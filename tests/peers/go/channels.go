package main

import (
	"runtime"
	"sync"
	"time"
)

func pingPongOn(procs, n int, metric string, begin func()) {
	runtime.GOMAXPROCS(procs)
	there, back := make(chan int), make(chan int)
	var wg sync.WaitGroup
	start := time.Now()
	wg.Go(func() {
		begin()
		for range n {
			there <- 1
			<-back
		}
	})
	wg.Go(func() {
		begin()
		for range n {
			<-there
			back <- 1
		}
	})
	wg.Wait()
	report("pingpong", metric, nsEach(start, n), "ns")
}

func pingPong() {
	n := size("PINGPONG_N", 1_000_000)
	pingPongOn(1, n, "roundtrip_1t", func() {})
	pingPongOn(2, n, "roundtrip_2t", func() {})
	pingPongOn(2, size("PINGPONG_PINNED_N", 100_000), "roundtrip_2t_pinned", runtime.LockOSThread)
}

func ring() {
	tasks, laps := size("RING_TASKS", 1000), size("RING_LAPS", 1000)
	first := make(chan int)
	last := first
	for range tasks - 1 {
		next := make(chan int)
		go func(in <-chan int, out chan<- int) {
			for token := range in {
				out <- token + 1
			}
			close(out)
		}(last, next)
		last = next
	}
	start := time.Now()
	for range laps { // this goroutine is the last of the ring
		first <- 0
		require(<-last == tasks-1, "the token came back wrong")
	}
	report("ring", "hop", nsEach(start, tasks*laps), "ns")
	close(first)
}

func mpsc() {
	producers := size("MPSC_PRODUCERS", 16)
	each := size("MPSC_N", 4_000_000) / producers
	messages := make(chan int, 1024)
	start := time.Now()
	for range producers {
		go func() {
			for i := range each {
				messages <- i
			}
		}()
	}
	for range each * producers {
		<-messages
	}
	rate := float64(each*producers) / time.Since(start).Seconds()
	report("mpsc", "bounded1024", rate, "msg/s")
}
