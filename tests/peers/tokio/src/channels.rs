use crate::measurement::*;
use std::time::Instant;
use tokio::sync::mpsc;

async fn ping(n: usize, there: mpsc::Sender<u32>, mut back: mpsc::Receiver<u32>) {
    for _ in 0..n {
        there.send(1).await.unwrap();
        back.recv().await.unwrap();
    }
}

async fn pong(n: usize, back: mpsc::Sender<u32>, mut there: mpsc::Receiver<u32>) {
    for _ in 0..n {
        there.recv().await.unwrap();
        back.send(1).await.unwrap();
    }
}

async fn both(n: usize) -> f64 {
    let ((there, at_there), (back, at_back)) = (mpsc::channel(1), mpsc::channel(1));
    let start = Instant::now();
    let a = tokio::spawn(ping(n, there, at_back));
    let b = tokio::spawn(pong(n, back, at_there));
    a.await.unwrap();
    b.await.unwrap();
    ns_each(start, n)
}

pub fn pingpong() {
    let n = size("PINGPONG_N", 1_000_000);
    report("pingpong", "roundtrip_1t", current().block_on(both(n)), "ns");
    report("pingpong", "roundtrip_2t", multi(both(n)), "ns");

    let n = size("PINGPONG_PINNED_N", 100_000);
    let ((there, at_there), (back, at_back)) = (mpsc::channel(1), mpsc::channel(1));
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| current().block_on(ping(n, there, at_back)));
        scope.spawn(|| current().block_on(pong(n, back, at_there)));
    });
    report("pingpong", "roundtrip_2t_pinned", ns_each(start, n), "ns");
}

pub fn ring() {
    let (tasks, laps) = (size("RING_TASKS", 1000), size("RING_LAPS", 1000));
    multi(async move {
        let (first, mut last) = mpsc::channel::<usize>(1);
        for _ in 0..tasks - 1 {
            let (next, after_next) = mpsc::channel(1);
            let mut from = std::mem::replace(&mut last, after_next);
            tokio::spawn(async move {
                while let Some(token) = from.recv().await {
                    next.send(token + 1).await.unwrap();
                }
            });
        }
        let start = Instant::now();
        for _ in 0..laps {
            // This task is the last of the ring.
            first.send(0).await.unwrap();
            assert_eq!(last.recv().await, Some(tasks - 1));
        }
        report("ring", "hop", ns_each(start, tasks * laps), "ns");
    });
}

pub fn mpsc() {
    let producers = size("MPSC_PRODUCERS", 16);
    let each = size("MPSC_N", 4_000_000) / producers;
    let rate = move |start: Instant| (producers * each) as f64 / start.elapsed().as_secs_f64();
    let bounded = multi(async move {
        let (sender, mut receiver) = mpsc::channel(1024);
        let start = Instant::now();
        for _ in 0..producers {
            let sender = sender.clone();
            tokio::spawn(async move {
                for i in 0..each {
                    sender.send(i).await.unwrap();
                }
            });
        }
        for _ in 0..producers * each {
            receiver.recv().await.unwrap();
        }
        rate(start)
    });
    report("mpsc", "bounded1024", bounded, "msg/s");
    let unbounded = multi(async move {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let start = Instant::now();
        for _ in 0..producers {
            let sender = sender.clone();
            tokio::spawn(async move {
                for i in 0..each {
                    sender.send(i).unwrap();
                }
            });
        }
        for _ in 0..producers * each {
            receiver.recv().await.unwrap();
        }
        rate(start)
    });
    report("mpsc", "unbounded", unbounded, "msg/s");
}
