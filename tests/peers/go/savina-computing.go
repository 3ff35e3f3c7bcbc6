package main

import (
	"container/heap"
	"slices"
	"sync/atomic"
	"time"
)

func process(item uint64) uint64 {
	for range 2500 {
		item = mix(item)
	}
	return item
}

func expectedSum(producers, items int) (sum uint64) {
	for seed := range producers {
		item := uint64(seed)
		for range items {
			item = process(item)
			sum += process(item)
		}
	}
	return sum
}

func boundedBuffer() {
	pairs, items := size("BUFFER_PAIRS", 40), size("BUFFER_ITEMS", 1000)
	buffer, results := make(chan uint64, 50), make(chan uint64, pairs)
	start := time.Now()
	for i := range pairs {
		go func() {
			sum := uint64(0)
			for range items {
				sum += process(<-buffer)
			}
			results <- sum
		}()
		go func() {
			item := uint64(i)
			for range items {
				item = process(item)
				buffer <- item
			}
		}()
	}
	sum := uint64(0)
	for range pairs {
		sum += <-results
	}
	report("bounded_buffer", "item", nsEach(start, pairs*items), "ns")
	require(sum == expectedSum(pairs, items), "items were lost or made")
}

// grid is a cube of nodes; whoever claims a node first expands it. The target, the last node, is
// walled in.
type grid struct {
	side    int
	claimed []atomic.Bool
}

func (g *grid) position(node int) (x, y, z int) {
	return node % g.side, node / g.side % g.side, node / g.side / g.side
}

func (g *grid) distance(node int) int {
	x, y, z := g.position(node)
	return 3*(g.side-1) - x - y - z
}

func (g *grid) target() int { return len(g.claimed) - 1 }

func (g *grid) claim(node int) bool {
	x, y, z := g.position(node)
	wall := node != g.target() && min(x, y, z) >= g.side-2
	return !wall && !g.claimed[node].Swap(true)
}

type candidate struct{ distance, node int }

// frontier is a heap of nodes, the one nearest to the target first.
type frontier []candidate

func (f frontier) Len() int           { return len(f) }
func (f frontier) Less(i, j int) bool { return f[i].distance < f[j].distance }
func (f frontier) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(c any)        { *f = append(*f, c.(candidate)) }
func (f *frontier) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

type turn struct {
	worker, expanded int
	found            bool
	left             []int
}

func search(g *grid, start int) (t turn) {
	open := &frontier{{g.distance(start), start}}
	visit := func(node int) {
		if g.claim(node) {
			heap.Push(open, candidate{g.distance(node), node})
		}
	}
	for open.Len() > 0 && t.expanded < 1024 {
		node := heap.Pop(open).(candidate).node
		t.expanded++
		t.found = t.found || node == g.target()
		stride := 1
		for range 3 {
			position := node / stride % g.side
			if position > 0 {
				visit(node - stride)
			}
			if position+1 < g.side {
				visit(node + stride)
			}
			stride *= g.side
		}
	}
	for _, c := range *open {
		t.left = append(t.left, c.node)
	}
	return t
}

func aStar() {
	side, workers := size("ASTAR_SIDE", 100), size("ASTAR_WORKERS", 20)
	g := &grid{side, make([]atomic.Bool, side*side*side)}
	turns, starts := make(chan turn, workers), make([]chan int, workers)
	var idle []int
	for i := range starts {
		starts[i] = make(chan int, 1)
		idle = append(idle, i)
		go func() {
			for start := range starts[i] {
				t := search(g, start)
				t.worker = i
				turns <- t
			}
		}()
	}
	begin := time.Now()
	expanded, open := 0, []int{0}
	g.claim(0)
	for {
		for len(open) > 0 && len(idle) > 0 {
			starts[idle[len(idle)-1]] <- open[len(open)-1]
			open, idle = open[:len(open)-1], idle[:len(idle)-1]
		}
		if len(idle) == workers {
			break
		}
		t := <-turns
		require(!t.found, "the target was found behind its wall")
		idle, expanded, open = append(idle, t.worker), expanded+t.expanded, append(open, t.left...)
	}
	report("astar", "node", nsEach(begin, expanded), "ns")
	require(expanded == side*side*side-8, "some nodes were not searched")
}

const blockSide = 50

func length(nodes, from, to int) int32 {
	if from == to {
		return 0
	}
	return int32(1 + mix(uint64(from*nodes+to))%100)
}

type update struct {
	step, row, column int
	distances         []int32
}

// relax finds shorter ways from rows of left to columns of right; these may be own itself.
func relax(own, left, right []int32) {
	for via := range blockSide {
		for row := range blockSide {
			there := left[row*blockSide+via]
			ownRow := own[row*blockSide : (row+1)*blockSide]
			rightRow := right[via*blockSide : (via+1)*blockSide]
			for column, way := range rightRow {
				ownRow[column] = min(ownRow[column], there+way)
			}
		}
	}
}

// updates is a mailbox; updates of later steps wait until they are asked for.
type updates struct {
	mailbox <-chan update
	early   []update
}

func (u *updates) of(step, row, column int) []int32 {
	for {
		found := slices.IndexFunc(u.early, func(e update) bool {
			return e.step == step && e.row == row && e.column == column
		})
		if found >= 0 {
			distances := u.early[found].distances
			u.early = slices.Delete(u.early, found, found+1)
			return distances
		}
		u.early = append(u.early, <-u.mailbox)
	}
}

func block(nodes, row, column int, blocks []chan update, end chan<- update) {
	steps := nodes / blockSide
	own := make([]int32, blockSide*blockSide)
	for i := range own {
		own[i] = length(nodes, row*blockSide+i/blockSide, column*blockSide+i%blockSide)
	}
	others := updates{mailbox: blocks[row*steps+column]}
	for step := range steps {
		inRow, inColumn := row == step, column == step
		switch {
		case inRow && inColumn:
			relax(own, own, own)
		case inRow:
			relax(own, others.of(step, step, step), own)
		case inColumn:
			relax(own, own, others.of(step, step, step))
		default:
			left := others.of(step, row, step)
			relax(own, left, others.of(step, step, column))
			continue
		}
		sent := update{step, row, column, slices.Clone(own)}
		for i := range steps {
			if inRow && i != row {
				blocks[i*steps+column] <- sent
			}
			if inColumn && i != column {
				blocks[row*steps+i] <- sent
			}
		}
	}
	end <- update{steps, row, column, own}
}

func shortestPaths(nodes int) []int32 {
	distances := make([]int32, nodes*nodes)
	for i := range distances {
		distances[i] = length(nodes, i/nodes, i%nodes)
	}
	for via := range nodes {
		for from := range nodes {
			for to := range nodes {
				way := distances[from*nodes+via] + distances[via*nodes+to]
				distances[from*nodes+to] = min(distances[from*nodes+to], way)
			}
		}
	}
	return distances
}

func apsp() {
	nodes := size("APSP_NODES", 600)
	steps := nodes / blockSide
	start := time.Now()
	blocks, end := make([]chan update, steps*steps), make(chan update, steps*steps)
	for i := range blocks {
		blocks[i] = make(chan update, 2*steps)
	}
	for i := range blocks {
		go block(nodes, i/steps, i%steps, blocks, end)
	}
	var solved []update
	for range blocks {
		solved = append(solved, <-end)
	}
	report("apsp", "total", time.Since(start).Seconds(), "s")
	right := shortestPaths(nodes)
	for _, u := range solved {
		for i, distance := range u.distances {
			from, to := u.row*blockSide+i/blockSide, u.column*blockSide+i%blockSide
			require(distance == right[from*nodes+to], "a way is not the shortest")
		}
	}
}
