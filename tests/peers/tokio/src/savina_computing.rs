use crate::measurement::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

fn process(mut item: u64) -> u64 {
    for _ in 0..2500 {
        item = mix(item);
    }
    item
}

fn expected_sum(producers: usize, items: usize) -> u64 {
    let mut sum = 0u64;
    for seed in 0..producers {
        let mut item = seed as u64;
        for _ in 0..items {
            item = process(item);
            sum = sum.wrapping_add(process(item));
        }
    }
    sum
}

/// Tokio's own channel has one receiver: consumers take turns at it behind a mutex.
pub fn bounded_buffer() {
    let (pairs, items) = (size("BUFFER_PAIRS", 40), size("BUFFER_ITEMS", 1000));
    multi(async move {
        let (buffer, received) = mpsc::channel(50);
        let received = Arc::new(tokio::sync::Mutex::new(received));
        let start = Instant::now();
        let mut consumers = Vec::new();
        for seed in 0..pairs {
            let received = received.clone();
            consumers.push(tokio::spawn(async move {
                let mut sum = 0u64;
                for _ in 0..items {
                    let item = received.lock().await.recv().await.unwrap();
                    sum = sum.wrapping_add(process(item));
                }
                sum
            }));
            let buffer = buffer.clone();
            tokio::spawn(async move {
                let mut item = seed as u64;
                for _ in 0..items {
                    item = process(item);
                    buffer.send(item).await.unwrap();
                }
            });
        }
        let mut sum = 0u64;
        for consumer in consumers {
            sum = sum.wrapping_add(consumer.await.unwrap());
        }
        report("bounded_buffer", "item", ns_each(start, pairs * items), "ns");
        assert_eq!(sum, expected_sum(pairs, items), "items were lost or made");
    });
}

/// A cube of nodes; whoever claims a node first expands it. The target, the last node, is walled in.
struct Grid {
    side: u32,
    claimed: Vec<AtomicBool>,
}

impl Grid {
    fn new(side: u32) -> Self {
        Grid { side, claimed: (0..side.pow(3)).map(|_| AtomicBool::new(false)).collect() }
    }

    fn position(&self, node: u32) -> [u32; 3] {
        [node % self.side, node / self.side % self.side, node / self.side / self.side]
    }

    fn distance(&self, node: u32) -> u32 {
        3 * (self.side - 1) - self.position(node).iter().sum::<u32>()
    }

    fn target(&self) -> u32 {
        self.claimed.len() as u32 - 1
    }

    fn claim(&self, node: u32) -> bool {
        let walled = self.position(node).iter().all(|&p| p >= self.side - 2);
        !(walled && node != self.target())
            && !self.claimed[node as usize].swap(true, Ordering::Relaxed)
    }

    /// What was expanded, whether the target was, and what was claimed and not expanded.
    fn search(&self, start: u32) -> (usize, bool, Vec<u32>) {
        let (mut expanded, mut found) = (0, false);
        let mut open = BinaryHeap::from([Reverse((self.distance(start), start))]);
        while expanded < 1024 {
            let Some(Reverse((_, node))) = open.pop() else { break };
            expanded += 1;
            found |= node == self.target();
            for stride in [1, self.side, self.side * self.side] {
                let position = node / stride % self.side;
                if position > 0 && self.claim(node - stride) {
                    open.push(Reverse((self.distance(node - stride), node - stride)));
                }
                if position + 1 < self.side && self.claim(node + stride) {
                    open.push(Reverse((self.distance(node + stride), node + stride)));
                }
            }
        }
        (expanded, found, open.into_iter().map(|Reverse((_, node))| node).collect())
    }
}

pub fn astar() {
    let (side, workers) = (size("ASTAR_SIDE", 100), size("ASTAR_WORKERS", 20));
    multi(async move {
        let grid = Arc::new(Grid::new(side as u32));
        let (turn, mut turns) = mpsc::channel(workers);
        let mut starts = Vec::new();
        for own in 0..workers {
            let (start, mut receiver) = mpsc::channel(1);
            starts.push(start);
            let (grid, turn) = (grid.clone(), turn.clone());
            tokio::spawn(async move {
                while let Some(start) = receiver.recv().await {
                    turn.send((own, grid.search(start))).await.unwrap();
                }
            });
        }
        let begin = Instant::now();
        let mut idle: Vec<usize> = (0..workers).collect();
        let (mut open, mut all) = (vec![0], 0);
        grid.claim(0);
        loop {
            while !open.is_empty() && !idle.is_empty() {
                let worker = idle.pop().unwrap();
                starts[worker].send(open.pop().unwrap()).await.unwrap();
            }
            if idle.len() == workers {
                break;
            }
            let (worker, (expanded, found, left)) = turns.recv().await.unwrap();
            assert!(!found, "the target was found behind its wall");
            idle.push(worker);
            all += expanded;
            open.extend(left);
        }
        report("astar", "node", ns_each(begin, all), "ns");
        assert_eq!(all, side.pow(3) - 8, "some nodes were not searched");
    });
}

const SIDE: usize = 50; // of a block

type Distances = Arc<Vec<i32>>;
type Update = (usize, usize, usize, Distances); // step, row, column

fn length(nodes: usize, from: usize, to: usize) -> i32 {
    if from == to { 0 } else { 1 + (mix((from * nodes + to) as u64) % 100) as i32 }
}

/// Finds shorter ways from rows of `left` to columns of `right`; None stands for `own` itself.
fn relax(own: &mut [i32], left: Option<&[i32]>, right: Option<&[i32]>) {
    for via in 0..SIDE {
        let mut ways = [0; SIDE];
        ways.copy_from_slice(&right.unwrap_or(own)[via * SIDE..(via + 1) * SIDE]);
        for row in 0..SIDE {
            let there = left.unwrap_or(own)[row * SIDE + via];
            for (best, way) in own[row * SIDE..(row + 1) * SIDE].iter_mut().zip(&ways) {
                *best = (*best).min(there + way);
            }
        }
    }
}

/// A mailbox; updates of later steps wait until they are asked for.
struct Updates {
    mailbox: mpsc::Receiver<Update>,
    early: Vec<Update>,
}

impl Updates {
    async fn of(&mut self, step: usize, row: usize, column: usize) -> Distances {
        let wanted = |u: &Update| (u.0, u.1, u.2) == (step, row, column);
        loop {
            if let Some(found) = self.early.iter().position(wanted) {
                return self.early.swap_remove(found).3;
            }
            self.early.push(self.mailbox.recv().await.unwrap());
        }
    }
}

async fn block(
    nodes: usize,
    row: usize,
    column: usize,
    mailbox: mpsc::Receiver<Update>,
    blocks: Vec<mpsc::Sender<Update>>,
) -> Update {
    let steps = nodes / SIDE;
    let mut own: Vec<i32> = (0..SIDE * SIDE)
        .map(|i| length(nodes, row * SIDE + i / SIDE, column * SIDE + i % SIDE))
        .collect();
    let mut updates = Updates { mailbox, early: Vec::new() };
    for step in 0..steps {
        let (in_row, in_column) = (row == step, column == step);
        match (in_row, in_column) {
            (true, true) => relax(&mut own, None, None),
            (true, false) => relax(&mut own, Some(&updates.of(step, step, step).await), None),
            (false, true) => relax(&mut own, None, Some(&updates.of(step, step, step).await)),
            (false, false) => {
                let left = updates.of(step, row, step).await;
                relax(&mut own, Some(&left), Some(&updates.of(step, step, column).await));
                continue;
            }
        }
        let sent = Arc::new(own.clone());
        for i in 0..steps {
            let update = || (step, row, column, sent.clone());
            if in_row && i != row {
                blocks[i * steps + column].send(update()).await.unwrap();
            }
            if in_column && i != column {
                blocks[row * steps + i].send(update()).await.unwrap();
            }
        }
    }
    (steps, row, column, Arc::new(own))
}

fn shortest_paths(nodes: usize) -> Vec<i32> {
    let mut distances: Vec<i32> =
        (0..nodes * nodes).map(|i| length(nodes, i / nodes, i % nodes)).collect();
    for via in 0..nodes {
        for from in 0..nodes {
            for to in 0..nodes {
                let way = distances[from * nodes + via] + distances[via * nodes + to];
                let best = &mut distances[from * nodes + to];
                *best = way.min(*best);
            }
        }
    }
    distances
}

pub fn apsp() {
    let nodes = size("APSP_NODES", 600);
    multi(async move {
        let steps = nodes / SIDE;
        let start = Instant::now();
        let (blocks, mailboxes): (Vec<_>, Vec<_>) =
            (0..steps * steps).map(|_| mpsc::channel(2 * steps)).unzip();
        let mut handles = Vec::new();
        for (i, mailbox) in mailboxes.into_iter().enumerate() {
            handles.push(tokio::spawn(block(nodes, i / steps, i % steps, mailbox, blocks.clone())));
        }
        let mut solved = Vec::new();
        for handle in handles {
            solved.push(handle.await.unwrap());
        }
        report("apsp", "total", start.elapsed().as_secs_f64(), "s");
        let right = shortest_paths(nodes);
        for (_, row, column, distances) in solved {
            for (i, distance) in distances.iter().enumerate() {
                let (from, to) = (row * SIDE + i / SIDE, column * SIDE + i % SIDE);
                assert_eq!(*distance, right[from * nodes + to], "a way is not the shortest");
            }
        }
    });
}
