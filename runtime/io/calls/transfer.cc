#include "runtime/io/calls/transfer.h"

namespace troop {

Error noRoom() {
  return Error(ErrorKind::failed, "there is no room to read into", ErrorDetail::none, Executed::no);
}

}  // namespace troop
