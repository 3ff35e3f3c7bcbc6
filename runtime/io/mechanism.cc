#include "runtime/io/mechanism.h"

#include "runtime/reactor/choice.h"

namespace troop {

std::string_view ioMechanism(Process& process) {
  return reactorOf(process).mechanism();
}

}  // namespace troop
