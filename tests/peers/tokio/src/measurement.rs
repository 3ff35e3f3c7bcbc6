use std::future::Future;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

pub fn size(name: &str, otherwise: usize) -> usize {
    match std::env::var(name) {
        Err(_) => otherwise,
        Ok(text) => match text.parse() {
            Ok(value) if value > 0 => value,
            _ => panic!("{name}={text} is no positive number"),
        },
    }
}

pub fn report(workload: &str, metric: &str, value: f64, unit: &str) {
    println!("tokio\t{workload}\t{metric}\t{value:.6}\t{unit}");
}

/// Bytes of what the kernel names VmRSS, VmHWM or VmPTE.
pub fn memory(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

pub fn cpu_seconds() -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

pub fn ns_each(start: Instant, count: usize) -> f64 {
    start.elapsed().as_nanos() as f64 / count as f64
}

pub fn current() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The default multi-thread runtime; the body itself is a task on a worker, so that what it spawns
/// goes to the worker's own queue.
pub fn multi<F>(body: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::spawn(body).await.unwrap() })
}

/// The finalizer of SplitMix64: random numbers that are the same in every peer's language.
pub fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D049BB133111EB);
    value ^ (value >> 31)
}
