// In a program with OS threads of its own: they send, post and wait like everybody else.
#include <cstdio>
#include <string>
#include <thread>

#include "runtime/channel.h"
#include "runtime/process.h"

int main() {
  using namespace std::chrono_literals;
  troop::Process process({.carriers = 2});

  // A Thread that works on what others post to it, one after the other.
  const troop::Ref<troop::Thread> log = process.root().serviceThread("log");
  std::thread osThread([&log] { (void)log->post([] { std::puts("from an OS thread"); }); });
  osThread.join();
  log->close();
  if (log->join().failed()) return 1;

  // An OS thread blocks where a Task would park.
  auto [questions, asked] = troop::channel<std::string>(8);
  auto [answers, answered] = troop::channel<std::size_t>(8);
  const troop::Ref<troop::Thread> counter = process.root().thread(
      {"counter"},
      [](troop::Receiver<std::string> in, troop::Sender<std::size_t> out) {
        while (const std::optional<std::string> line = in.receive()) {
          out.send(line->size()).value();
        }
      },
      asked, answers);
  questions.send("how long is this?").value();
  const troop::Expected<std::size_t> length = answered.receiveUntil(troop::after(1min));
  std::printf("%zu characters\n", length.value());
  return 0;
}  // the Process ends: what still waits in it is cancelled, and unwinds
