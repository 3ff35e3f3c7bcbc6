package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Each system call says by itself that it may block, so that both rows are the same.
func blocking() {
	n := size("BLOCKING_N", 10_000)
	nap := syscall.NsecToTimespec(int64(size("BLOCKING_MICROSECONDS", 1000)) * 1000)
	var over atomic.Bool
	var late []int64
	var other, wg sync.WaitGroup
	other.Go(func() {
		for !over.Load() {
			begin := time.Now()
			time.Sleep(time.Millisecond)
			late = append(late, int64(time.Since(begin)-time.Millisecond))
		}
	})
	start := time.Now()
	for range n {
		wg.Go(func() {
			rest := nap
			for syscall.Nanosleep(&rest, &rest) == syscall.EINTR {
			}
		})
	}
	wg.Wait()
	total := time.Since(start).Seconds()
	over.Store(true)
	other.Wait()
	slices.Sort(late)
	for _, suffix := range []string{"", "_unsaid"} {
		report("blocking", "total"+suffix, total, "s")
		report("blocking", "others_p99"+suffix, float64(late[len(late)*99/100])/1e3, "us")
	}
}
