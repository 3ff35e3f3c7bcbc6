use crate::measurement::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

fn measure(suffix: &'static str, block: fn(Duration) -> JoinHandle<()>) {
    let n = size("BLOCKING_N", 10_000);
    let nap = Duration::from_micros(size("BLOCKING_MICROSECONDS", 1000) as u64);
    multi(async move {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let other = tokio::spawn(async move {
            let mut late = Vec::new();
            while !seen.load(Ordering::Relaxed) {
                let (begin, wait) = (Instant::now(), Duration::from_millis(1));
                tokio::time::sleep(wait).await;
                late.push((begin.elapsed() - wait).as_nanos() as f64);
            }
            late
        });
        let start = Instant::now();
        let handles: Vec<_> = (0..n).map(|_| block(nap)).collect();
        for handle in handles {
            handle.await.unwrap();
        }
        let total = start.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        let mut late = other.await.unwrap();
        late.sort_unstable_by(f64::total_cmp);
        let p99 = late[late.len() * 99 / 100] / 1e3;
        report("blocking", &format!("total{suffix}"), total, "s");
        report("blocking", &format!("others_p99{suffix}"), p99, "us");
    });
}

pub fn blocking() {
    measure("", |nap| {
        tokio::task::spawn_blocking(move || std::thread::sleep(nap))
    });
    measure("_unsaid", |nap| {
        tokio::spawn(async move { std::thread::sleep(nap) })
    });
}
