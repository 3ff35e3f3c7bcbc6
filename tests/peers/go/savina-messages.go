package main

import (
	"sync"
	"time"
)

type kind int

const (
	ping kind = iota
	pong
	end
)

type message struct {
	kind kind
	from int
}

func bigWorker(self, pings int, mailboxes []chan message, done chan<- bool) {
	random, answered := uint64(self), 0
	pingSomebody := func() {
		random = mix(random)
		other := (self + 1 + int(random%uint64(len(mailboxes)-1))) % len(mailboxes)
		mailboxes[other] <- message{ping, self}
	}
	pingSomebody()
	for m := range mailboxes[self] {
		switch m.kind {
		case ping:
			mailboxes[m.from] <- message{pong, self}
		case pong:
			if answered++; answered < pings {
				pingSomebody()
			} else {
				done <- true
			}
		case end:
			return
		}
	}
}

func big() {
	workers, pings := size("BIG_WORKERS", 120), size("BIG_PINGS", 20_000)
	mailboxes := make([]chan message, workers)
	for i := range mailboxes {
		mailboxes[i] = make(chan message, workers+1)
	}
	done := make(chan bool, workers)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range workers {
		wg.Go(func() { bigWorker(i, pings, mailboxes, done) })
	}
	for range workers {
		<-done
	}
	for _, mailbox := range mailboxes {
		mailbox <- message{kind: end}
	}
	wg.Wait()
	report("big", "ping", nsEach(start, workers*pings), "ns")
}

type visit struct{ creature, colour int }

func complement(mine, other int) int {
	if mine == other {
		return mine
	}
	return 3 - mine - other
}

func creature(self int, mall chan<- visit, answers <-chan int, end chan<- int) {
	colour, meetings := self%3, 0
	for {
		mall <- visit{self, colour}
		other, more := <-answers
		if !more {
			break
		}
		colour = complement(colour, other)
		meetings++
	}
	end <- meetings
}

func chameneos() {
	n, meetings := size("CHAMENEOS_CREATURES", 100), size("CHAMENEOS_MEETINGS", 200_000)
	mall, end := make(chan visit, n), make(chan int, n)
	answers := make([]chan int, n)
	start := time.Now()
	for i := range answers {
		answers[i] = make(chan int, 1)
		go creature(i, mall, answers[i], end)
	}
	for range meetings {
		first, second := <-mall, <-mall
		answers[first.creature] <- second.colour
		answers[second.creature] <- first.colour
	}
	for _, answer := range answers {
		close(answer)
	}
	met := 0
	for range n {
		met += <-end
	}
	report("chameneos", "meeting", nsEach(start, meetings), "ns")
	require(met == 2*meetings, "creatures counted another number of meetings")
}

func philosophers() {
	n, meals := size("PHILOSOPHERS_N", 20), size("PHILOSOPHERS_MEALS", 10_000)
	forks := make([]chan bool, n)
	for i := range forks {
		forks[i] = make(chan bool, 1)
		forks[i] <- true
	}
	var wg sync.WaitGroup
	start := time.Now()
	for i := range n {
		first, second := forks[min(i, (i+1)%n)], forks[max(i, (i+1)%n)]
		wg.Go(func() {
			for range meals {
				<-first
				<-second
				second <- true
				first <- true
			}
		})
	}
	wg.Wait()
	report("philosophers", "meal", nsEach(start, n*meals), "ns")
}

type order struct {
	amount int64
	to     int         // what to debit goes there
	credit chan<- bool // or it is credited, and who debited is told
}

func account(orders []chan order, self int, teller chan<- bool, end chan<- int64) {
	balance, credited := int64(0), make(chan bool, 1)
	for o := range orders[self] {
		if o.credit != nil {
			balance += o.amount
			o.credit <- true
		} else {
			balance -= o.amount
			orders[o.to] <- order{amount: o.amount, credit: credited}
			<-credited
			teller <- true
		}
	}
	end <- balance
}

func bank() {
	n, transactions := size("BANK_ACCOUNTS", 1000), size("BANK_TRANSACTIONS", 50_000)
	orders, teller, end := make([]chan order, n), make(chan bool, 64), make(chan int64, n)
	for i := range orders {
		orders[i] = make(chan order, 64)
	}
	for i := range orders {
		go account(orders, i, teller, end)
	}
	start := time.Now()
	go func() {
		random := uint64(1)
		for range transactions {
			random = mix(random)
			from := int(random % uint64(n-1))
			random = mix(random)
			to := from + 1 + int(random%uint64(n-1-from))
			orders[from] <- order{amount: int64(random % 1000), to: to}
		}
	}()
	for range transactions {
		<-teller
	}
	report("bank", "transaction", nsEach(start, transactions), "ns")
	sum := int64(0)
	for _, mailbox := range orders {
		close(mailbox)
	}
	for range n {
		sum += <-end
	}
	require(sum == 0, "money was made or lost")
}
