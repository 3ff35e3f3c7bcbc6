// The JDK's virtual threads. Runs one workload and prints what was measured; sizes come from the
// environment. Steady-state workloads run once at full size to warm the compiler up, then once
// measured.
import java.io.*;
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.concurrent.locks.*;

public class Peer {
    static int size(String name, int otherwise) {
        String text = System.getenv(name);
        return text == null ? otherwise : Integer.parseInt(text);
    }

    static void report(String workload, String metric, double value, String unit) {
        System.out.printf("loom\t%s\t%s\t%.6g\t%s%n", workload, metric, value, unit);
    }

    /** Bytes of what the kernel names VmRSS, VmHWM or VmPTE. */
    static double memory(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status")))
            if (line.startsWith(key + ":")) return Double.parseDouble(line.replaceAll("\\D", "")) * 1024;
        throw new IOException("/proc/self/status has no " + key);
    }

    static double cpuSeconds() {
        var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return os.getProcessCpuTime() / 1e9;
    }

    interface Body { long run() throws Exception; } // returns elapsed ns

    static double warmThenMeasure(Body body) throws Exception {
        body.run();
        return body.run();
    }

    static void joinAll(Thread... threads) throws InterruptedException {
        for (Thread t : threads) t.join();
    }

    static void switchBench() throws Exception {
        int n = size("SWITCH_N", 10_000_000);
        double ns = warmThenMeasure(() -> {
            Runnable r = () -> { for (int i = 0; i < n / 2; i++) Thread.yield(); };
            long t0 = System.nanoTime();
            joinAll(Thread.startVirtualThread(r), Thread.startVirtualThread(r));
            return System.nanoTime() - t0;
        });
        report("switch", "yield", ns / n, "ns");
    }

    static void spawn() throws Exception {
        int n = size("SPAWN_N", 1_000_000);
        double ns = warmThenMeasure(() -> {
            Thread[] threads = new Thread[n];
            long t0 = System.nanoTime();
            for (int i = 0; i < n; i++) threads[i] = Thread.startVirtualThread(() -> {});
            joinAll(threads);
            return System.nanoTime() - t0;
        });
        report("spawn", "spawn_join", ns / n, "ns");
    }

    static void million() throws Exception {
        int n = size("MILLION_N", 1_000_000);
        int settling = size("MILLION_SETTLE_MS", 3000);
        String[] keys = {"VmHWM", "VmRSS", "VmPTE"};
        String[] metrics = {"rss_per_task", "settled_per_task", "page_tables_per_task"};
        double[] before = new double[3], settled = new double[3];
        for (int i = 0; i < 3; i++) before[i] = memory(keys[i]);
        var gate = new CountDownLatch(1);
        var ready = new AtomicInteger();
        long starting = System.nanoTime();
        Thread[] threads = new Thread[n];
        for (int i = 0; i < n; i++)
            threads[i] = virtual(() -> { ready.incrementAndGet(); gate.await(); });
        while (ready.get() < n) Thread.sleep(1);
        long started = System.nanoTime() - starting;

        Thread.sleep(settling);
        for (int i = 0; i < 3; i++) settled[i] = memory(keys[i]);

        long ending = System.nanoTime();
        gate.countDown();
        joinAll(threads);
        report("million", "seconds", (started + System.nanoTime() - ending) / 1e9, "s");
        for (int i = 0; i < 3; i++) report("million", metrics[i], (settled[i] - before[i]) / n, "B");
    }

    static void pingpong(String metric) throws Exception {
        int n = size("PINGPONG_N", 1_000_000);
        double ns = warmThenMeasure(() -> {
            var a = new SynchronousQueue<Integer>();
            var b = new SynchronousQueue<Integer>();
            long t0 = System.nanoTime();
            joinAll(virtual(() -> { for (int i = 0; i < n; i++) { a.put(1); b.take(); } }),
                    virtual(() -> { for (int i = 0; i < n; i++) { a.take(); b.put(1); } }));
            return System.nanoTime() - t0;
        });
        report("pingpong", metric, ns / n, "ns");
    }

    interface Blocking { void run() throws InterruptedException; }

    static Thread virtual(Blocking body) {
        return Thread.startVirtualThread(() -> {
            try { body.run(); } catch (InterruptedException e) { throw new RuntimeException(e); }
        });
    }

    static void ring() throws Exception {
        int tasks = size("RING_TASKS", 1000), laps = size("RING_LAPS", 1000);
        double ns = warmThenMeasure(() -> {
            var q = new ArrayList<BlockingQueue<Integer>>();
            for (int i = 0; i < tasks; i++) q.add(new LinkedTransferQueue<>());
            Thread[] threads = new Thread[tasks];
            long t0 = System.nanoTime();
            for (int i = 0; i < tasks; i++) {
                var in = q.get(i);
                var out = q.get((i + 1) % tasks);
                threads[i] = virtual(() -> { for (int l = 0; l < laps; l++) out.put(in.take()); });
            }
            q.get(0).put(0);
            joinAll(threads);
            return System.nanoTime() - t0;
        });
        report("ring", "hop", ns / ((double) tasks * laps), "ns");
    }

    static void skynetNode(long[] out, int slot, long num, int size) {
        if (size == 1) { out[slot] = num; return; }
        long[] sums = new long[10];
        Thread[] kids = new Thread[10];
        for (int i = 0; i < 10; i++) {
            int k = i;
            kids[i] = Thread.startVirtualThread(() -> skynetNode(sums, k, num + (long) k * (size / 10), size / 10));
        }
        try { joinAll(kids); } catch (InterruptedException e) { throw new RuntimeException(e); }
        out[slot] = Arrays.stream(sums).sum();
    }

    static void skynet() throws Exception {
        int n = size("SKYNET_N", 1_000_000);
        double ns = warmThenMeasure(() -> {
            long[] out = new long[1];
            long t0 = System.nanoTime();
            Thread.startVirtualThread(() -> skynetNode(out, 0, 0, n)).join();
            if (out[0] != (long) n * (n - 1) / 2) throw new AssertionError(out[0]);
            return System.nanoTime() - t0;
        });
        report("skynet", "total", ns / 1e9, "s");
    }

    static void mpscWith(String metric, Callable<BlockingQueue<Integer>> make) throws Exception {
        int producers = size("MPSC_PRODUCERS", 16), per = size("MPSC_N", 4_000_000) / producers;
        double ns = warmThenMeasure(() -> {
            var q = make.call();
            long t0 = System.nanoTime();
            for (int p = 0; p < producers; p++) virtual(() -> { for (int i = 0; i < per; i++) q.put(1); });
            virtual(() -> { for (int i = 0; i < per * producers; i++) q.take(); }).join();
            return System.nanoTime() - t0;
        });
        report("mpsc", metric, (double) per * producers / (ns / 1e9), "msg/s");
    }

    static void mpsc() throws Exception {
        mpscWith("bounded1024", () -> new ArrayBlockingQueue<>(1024));
        mpscWith("unbounded", LinkedTransferQueue::new);
    }

    static long counter;

    static void mutex() throws Exception {
        int tasks = size("MUTEX_TASKS", 64), per = size("MUTEX_N", 2_000_000) / tasks;
        double ns = warmThenMeasure(() -> {
            var lock = new ReentrantLock();
            counter = 0;
            Thread[] threads = new Thread[tasks];
            long t0 = System.nanoTime();
            for (int t = 0; t < tasks; t++)
                threads[t] = Thread.startVirtualThread(() -> {
                    for (int i = 0; i < per; i++) {
                        lock.lock();
                        try { counter++; } finally { lock.unlock(); }
                    }
                });
            joinAll(threads);
            if (counter != (long) per * tasks) throw new AssertionError(counter);
            return System.nanoTime() - t0;
        });
        report("mutex", "increment", ns / ((double) per * tasks), "ns");
    }

    static void timers() throws Exception {
        int n = size("TIMERS_N", 1_000_000);
        long[] over = new long[n];
        Thread[] threads = new Thread[n];
        double cpu0 = cpuSeconds();
        long t0 = System.nanoTime();
        for (int i = 0; i < n; i++) {
            int k = i;
            threads[i] = virtual(() -> {
                long d = ThreadLocalRandom.current().nextLong(1_000_000_000);
                long t = System.nanoTime();
                Thread.sleep(java.time.Duration.ofNanos(d));
                over[k] = System.nanoTime() - t - d;
            });
        }
        joinAll(threads);
        double total = (System.nanoTime() - t0) / 1e9, cpu = cpuSeconds() - cpu0;
        Arrays.sort(over);
        report("timers", "overshoot_p50", over[n / 2] / 1e3, "us");
        report("timers", "overshoot_p99", over[(int) (n * 99L / 100)] / 1e3, "us");
        report("timers", "cpu", cpu, "s");
        report("timers", "total", total, "s");
    }

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "switch" -> switchBench();
            case "spawn" -> spawn();
            case "million" -> million();
            case "pingpong" -> pingpong(args[1]);
            case "ring" -> ring();
            case "skynet" -> skynet();
            case "mpsc" -> mpsc();
            case "mutex" -> mutex();
            case "timers" -> timers();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
