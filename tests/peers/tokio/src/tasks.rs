use crate::measurement::*;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

pub fn switch() {
    let n = size("SWITCH_N", 10_000_000);
    current().block_on(async move {
        let yielder = || {
            tokio::spawn(async move {
                for _ in 0..n / 2 {
                    tokio::task::yield_now().await;
                }
            })
        };
        let start = Instant::now();
        let (a, b) = (yielder(), yielder());
        a.await.unwrap();
        b.await.unwrap();
        report("switch", "yield", ns_each(start, n), "ns");
    });
}

pub fn spawn() {
    let n = size("SPAWN_N", 1_000_000);
    multi(async move {
        let mut handles = Vec::with_capacity(n);
        let start = Instant::now();
        for _ in 0..n {
            handles.push(tokio::spawn(async {}));
        }
        for handle in handles {
            handle.await.unwrap();
        }
        report("spawn", "spawn_join", ns_each(start, n), "ns");
    });
}

pub fn million() {
    let n = size("MILLION_N", 1_000_000);
    let settling = Duration::from_millis(size("MILLION_SETTLE_MS", 3000) as u64);
    multi(async move {
        let before = ["VmHWM:", "VmRSS:", "VmPTE:"].map(memory);
        let gate = Arc::new(Notify::new());
        let ready = Arc::new(AtomicUsize::new(0));
        let starting = Instant::now();
        let mut handles = Vec::with_capacity(n);
        for _ in 0..n {
            let (gate, ready) = (gate.clone(), ready.clone());
            handles.push(tokio::spawn(async move {
                let opened = gate.notified(); // sees every notify_waiters() from here on
                ready.fetch_add(1, Ordering::Relaxed);
                opened.await;
            }));
        }
        while ready.load(Ordering::Relaxed) < n {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let seconds = starting.elapsed().as_secs_f64();

        tokio::time::sleep(settling).await;
        let settled = ["VmHWM:", "VmRSS:", "VmPTE:"].map(memory);

        let ending = Instant::now();
        gate.notify_waiters();
        for handle in handles {
            handle.await.unwrap();
        }
        report("million", "seconds", seconds + ending.elapsed().as_secs_f64(), "s");
        let each = |i: usize| (settled[i] - before[i]) / n as f64;
        report("million", "rss_per_task", each(0), "B");
        report("million", "settled_per_task", each(1), "B");
        report("million", "page_tables_per_task", each(2), "B");
    });
}

fn skynet_node(number: u64, leaves: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if leaves == 1 {
            return number;
        }
        let each = leaves / 10;
        let children: [_; 10] =
            std::array::from_fn(|i| tokio::spawn(skynet_node(number + i as u64 * each, each)));
        let mut sum = 0;
        for child in children {
            sum += child.await.unwrap();
        }
        sum
    })
}

pub fn skynet() {
    let n = size("SKYNET_N", 1_000_000) as u64;
    multi(async move {
        let start = Instant::now();
        let sum = tokio::spawn(skynet_node(0, n)).await.unwrap();
        report("skynet", "total", start.elapsed().as_secs_f64(), "s");
        assert_eq!(sum, n * (n - 1) / 2);
    });
}

pub fn mutex() {
    let tasks = size("MUTEX_TASKS", 64);
    let each = size("MUTEX_N", 2_000_000) / tasks;
    multi(async move {
        // The asynchronous mutex: a waiting task gives its thread up.
        let counter = Arc::new(tokio::sync::Mutex::new(0usize));
        let start = Instant::now();
        let handles: Vec<_> = (0..tasks)
            .map(|_| {
                let counter = counter.clone();
                tokio::spawn(async move {
                    for _ in 0..each {
                        *counter.lock().await += 1;
                    }
                })
            })
            .collect();
        for handle in handles {
            handle.await.unwrap();
        }
        report("mutex", "increment", ns_each(start, each * tasks), "ns");
        assert_eq!(*counter.lock().await, each * tasks);
    });
    multi(async move {
        // std's mutex, which Tokio's documentation recommends for short sections: blocks the thread.
        let counter = Arc::new(std::sync::Mutex::new(0usize));
        let start = Instant::now();
        let handles: Vec<_> = (0..tasks)
            .map(|_| {
                let counter = counter.clone();
                tokio::spawn(async move {
                    for _ in 0..each {
                        *counter.lock().unwrap() += 1;
                    }
                })
            })
            .collect();
        for handle in handles {
            handle.await.unwrap();
        }
        report("mutex", "increment_std_mutex", ns_each(start, each * tasks), "ns");
        assert_eq!(*counter.lock().unwrap(), each * tasks);
    });
}

pub fn timers() {
    let n = size("TIMERS_N", 1_000_000);
    multi(async move {
        let overshoot: Arc<Vec<AtomicU64>> = Arc::new((0..n).map(|_| AtomicU64::new(0)).collect());
        let (cpu, start) = (cpu_seconds(), Instant::now());
        let handles: Vec<_> = (0..n)
            .map(|i| {
                let overshoot = overshoot.clone();
                tokio::spawn(async move {
                    let nap = Duration::from_nanos(fastrand::u64(0..1_000_000_000));
                    let begin = Instant::now();
                    tokio::time::sleep(nap).await;
                    let late = (begin.elapsed() - nap).as_nanos() as u64;
                    overshoot[i].store(late, Ordering::Relaxed);
                })
            })
            .collect();
        for handle in handles {
            handle.await.unwrap();
        }
        let (total, used) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let mut sorted: Vec<u64> = overshoot.iter().map(|o| o.load(Ordering::Relaxed)).collect();
        sorted.sort_unstable();
        report("timers", "overshoot_p50", sorted[n / 2] as f64 / 1e3, "us");
        report("timers", "overshoot_p99", sorted[n * 99 / 100] as f64 / 1e3, "us");
        report("timers", "cpu", used, "s");
        report("timers", "total", total, "s");
    });
}
