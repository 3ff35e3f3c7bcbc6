// Go's goroutines. Runs one workload and prints what was measured; sizes come from the environment.
package main

import (
	"fmt"
	"os"
)

var workloads = map[string]func(){
	"switch":         yields,
	"spawn":          spawn,
	"million":        million,
	"pingpong":       pingPong,
	"ring":           ring,
	"skynet":         skynet,
	"mpsc":           mpsc,
	"mutex":          mutex,
	"timers":         timers,
	"blocking":       blocking,
	"big":            big,
	"chameneos":      chameneos,
	"philosophers":   philosophers,
	"bank":           bank,
	"bounded_buffer": boundedBuffer,
	"astar":          aStar,
	"apsp":           apsp,
	"echo":           echo,
}

func main() {
	if len(os.Args) == 2 {
		if run, found := workloads[os.Args[1]]; found {
			run()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: go-peer WORKLOAD")
	os.Exit(2)
}
