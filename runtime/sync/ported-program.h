// A program as it is written for the standard library's threads, but for `lib`, which whoever
// includes it, each time in another namespace, says what it is: a bounded buffer, and a cache that
// many read. No #pragma once: it is included twice.

class BoundedBuffer {
 public:
  explicit BoundedBuffer(std::size_t capacity) : capacity_(capacity) {}

  void put(int value) {
    lib::unique_lock<lib::mutex> lock(mutex_);
    notFull_.wait(lock, [this] { return values_.size() < capacity_; });
    values_.push_back(value);
    lock.unlock();
    notEmpty_.notify_one();
  }

  std::optional<int> take(std::chrono::milliseconds patience) {
    lib::unique_lock<lib::mutex> lock(mutex_);
    if (!notEmpty_.wait_for(lock, patience, [this] { return !values_.empty(); })) return {};
    const int value = values_.front();
    values_.pop_front();
    notFull_.notify_one();
    return value;
  }

 private:
  const std::size_t capacity_;
  lib::mutex mutex_;
  lib::condition_variable notFull_, notEmpty_;
  std::deque<int> values_;
};

class Cache {
 public:
  int get(int key) {
    {
      const lib::shared_lock<lib::shared_mutex> lock(mutex_);
      if (const auto found = values_.find(key); found != values_.end()) return found->second;
    }
    const lib::lock_guard<lib::shared_mutex> lock(mutex_);
    lib::call_once(firstMiss_, [this] { ++firstMisses_; });
    return values_.try_emplace(key, key * key).first->second;
  }
  int firstMisses() const { return firstMisses_; }

 private:
  lib::shared_mutex mutex_;
  std::map<int, int> values_;
  lib::once_flag firstMiss_;
  int firstMisses_ = 0;
};

// The sum of the squares below 10, each `repeats` times.
inline int runProgram(int repeats) {
  BoundedBuffer buffer(4);
  Cache cache;
  lib::mutex sumMutex, countMutex;
  int sum = 0;
  int count = 0;
  lib::latch done(3);
  lib::counting_semaphore<2> places(2);
  lib::thread producer([&] {
    for (int i = 0; i < repeats * 10; ++i) buffer.put(i % 10);
    for (int i = 0; i < 3; ++i) buffer.put(-1);
  });
  std::vector<lib::jthread> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.emplace_back([&](lib::stop_token token) {
      while (!token.stop_requested()) {
        const std::optional<int> value = buffer.take(std::chrono::hours(1));
        if (!value || *value < 0) break;
        places.acquire();
        const int square = cache.get(*value);
        places.release();
        const lib::scoped_lock lock(sumMutex, countMutex);
        sum += square;
        ++count;
        lib::this_thread::yield();
      }
      done.count_down();
    });
  }
  done.wait();
  producer.join();
  consumers.clear();
  return count == repeats * 10 && cache.firstMisses() == 1 ? sum : -1;
}
