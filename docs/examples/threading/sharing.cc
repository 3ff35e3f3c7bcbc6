// What many read never changes; what changes has one owner, who may give it away.
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/isolated.h"

namespace {

using Prices = std::map<std::string, int>;

void buy(const troop::Frozen<Prices>& prices, const std::string& what) {
  std::printf("%s costs %d\n", what.c_str(), prices->at(what));
}

}  // namespace

int main() {
  return troop::run([] {
    troop::Isolated<Prices> draft = troop::Isolated<Prices>::make();
    (*draft)["tea"] = 3;
    (*draft)["coffee"] = 4;
    const troop::Frozen<Prices> prices = troop::freeze(std::move(draft));  // never to change again
    for (const char* const what : {"tea", "coffee"}) {
      troop::Scope scope;  // all Threads read the same map; none of them copies it
      scope.thread(buy, prices, std::string(what));
    }
    return 0;
  });
}
