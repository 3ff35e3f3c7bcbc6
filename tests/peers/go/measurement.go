package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func size(name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := strconv.Atoi(text)
	if err != nil || value <= 0 {
		panic(fmt.Sprintf("%s=%s is no positive number", name, text))
	}
	return value
}

func report(workload, metric string, value float64, unit string) {
	fmt.Printf("go\t%s\t%s\t%.6g\t%s\n", workload, metric, value, unit)
}

func require(condition bool, what string) {
	if !condition {
		panic(what)
	}
}

// memoryUse has the bytes that the kernel names VmRSS, VmHWM, VmPTE.
func memoryUse() map[string]float64 {
	use := map[string]float64{}
	file, err := os.Open("/proc/self/status")
	require(err == nil, "no /proc/self/status")
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, rest, _ := strings.Cut(lines.Text(), ":")
		if fields := strings.Fields(rest); len(fields) == 2 && fields[1] == "kB" {
			kibibytes, _ := strconv.Atoi(fields[0])
			use[key] = float64(kibibytes) * 1024
		}
	}
	return use
}

func cpuSeconds() float64 {
	var use syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return float64(use.Utime.Sec+use.Stime.Sec) + float64(use.Utime.Usec+use.Stime.Usec)/1e6
}

func nsEach(start time.Time, count int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(count)
}

// mix is the finalizer of SplitMix64: random numbers that are the same in every peer's language.
func mix(value uint64) uint64 {
	value += 0x9E3779B97F4A7C15
	value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9
	value = (value ^ (value >> 27)) * 0x94D049BB133111EB
	return value ^ (value >> 31)
}
