#include <gtest/gtest.h>

#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class CallOfAGuest : public JavaScriptTest {
 protected:
  // A guest whose main object answers with what `body` says; it has params, and `call` is the
  // invocation.
  std::unique_ptr<ScriptGuest> answering(const std::string& body) {
    return run(
        "import { Target, TroopError } from 'troop';\nimport { Text } from './text.js';\n"
        "export default class extends Text.Target {\n say(params, call) {" +
        body + "} }");
  }
};

TEST_F(CallOfAGuest, isAnsweredWithTheMethodsResult) {
  auto guest = answering("return { text: params.text + '!' }");
  guest->call(5, "hi");
  guest->call(6, "\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"answer 5: hi!", "answer 6: \xe2\x82\xac\xf0\x9f\x98\x80!"}));
}

TEST_F(CallOfAGuest, isAnsweredWhenThePromiseIs) {
  auto guest = run(R"(
    import { env } from "troop";
    import { Text } from "./text.js";
    let go;
    export default class extends Text.Target {
      async say({ text }) {
        if (text === "go") go();
        else await new Promise((resolve) => { go = resolve });
        return { text };
      }
    })");
  guest->call(1, "wait");
  EXPECT_EQ(guest->takeEvents(), Events{});
  guest->call(2, "go");
  EXPECT_EQ(guest->takeEvents(), (Events{"answer 2: go", "answer 1: wait"}));
}

TEST_F(CallOfAGuest, isAnsweredEmptyWithoutAResult) {
  auto guest = answering("if (params.text === 'null') return null;");
  guest->call(1, "");
  guest->call(2, "null");
  EXPECT_EQ(guest->takeEvents(), (Events{"answer 1: ", "answer 2: "}));
}

TEST_F(CallOfAGuest, failsWithWhatTheMethodThrows) {
  auto guest = answering(R"(
    switch (params.text) {
      case "type": return undefined.x;
      case "async": return Promise.reject(new RangeError("later"));
      case "busy": throw new TroopError("overloaded", "too much");
      case "gone": return Promise.reject(new TroopError("disconnected", "gone"));
      case "text": throw "just a text";
      case "result": return { text: 3 };
      case "getter": return { get text() { throw new Error("in a getter") } };
      case "then": return { get then() { throw new Error("in then") } };
      case "long": throw new Error("x".repeat(5000));
    })");
  const auto failure = [&](const char* way) {
    guest->call(1, way);
    const Events events = guest->takeEvents();
    return events.size() == 1 ? events[0] : "not one event";
  };
  EXPECT_EQ(failure("type"),
            "fail 1 failed: TypeError: cannot read property 'x' of undefined (plugin.js:6:27)");
  EXPECT_EQ(failure("async"), "fail 1 failed: RangeError: later (plugin.js:7:47)");
  EXPECT_EQ(failure("busy"), "fail 1 overloaded: too much");
  EXPECT_EQ(failure("gone"), "fail 1 disconnected: gone");
  EXPECT_EQ(failure("text"), "fail 1 failed: just a text");
  EXPECT_EQ(failure("result"), "fail 1 failed: MessageError: text: expected a text, got 3");
  EXPECT_EQ(failure("getter"), "fail 1 failed: Error: in a getter (plugin.js:12:54)");
  EXPECT_EQ(failure("then"), "fail 1 failed: Error: in then (plugin.js:13:52)");
  EXPECT_LT(failure("long").size(), 2100u);
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(CallOfAGuest, failsWhenNobodyHasTheMethod) {
  auto guest = answering("return {}");
  guest->callMethod(1, textInterfaceId, 3, textMessage(""));
  guest->callMethod(2, 0xfedcba9876543210, 0, textMessage(""));
  EXPECT_EQ(guest->takeEvents(),
            (Events{"fail 1 unimplemented: interface 0x7e47 has no method 3 here",
                    "fail 2 unimplemented: interface 0xfedcba9876543210 has no method 0 here"}));
  auto lazy = run("import { Text } from './text.js'; export default class extends Text.Target {}");
  lazy->call(1, "x");
  EXPECT_EQ(lazy->takeEvents(), Events{"fail 1 unimplemented: the plugin does not define say()"});
  auto bare = run("console.log('no exports')");
  bare->call(1, "x");
  EXPECT_EQ(bare->takeEvents("fail"),
            Events{"fail 1 unimplemented: the plugin exports no object that could be called: "
                   "it has no default export"});
}

TEST_F(CallOfAGuest, failsWhenTheObjectIsGone) {
  auto guest = answering("return {}");
  guest->call(1, "x", {}, 42);
  EXPECT_EQ(guest->takeEvents(), Events{"fail 1 disconnected: there is no object 42"});
}

TEST_F(CallOfAGuest, failsWhenItsParametersAreMalformed) {
  auto guest = answering("return {}");
  guest->callMethod(1, textInterfaceId, 0, {});
  guest->callMethod(2, textInterfaceId, 0, std::vector<std::byte>(24, std::byte{0xff}));
  const Events events = guest->takeEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0], "fail 1 failed: MessageError: a message of 0 bytes has no segment table");
  EXPECT_EQ(events[1].substr(0, 28), "fail 2 failed: MessageError:");
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(CallOfAGuest, findsMethodsThatAreInherited) {
  auto guest = run(R"(
    import { Text } from "./text.js";
    class More extends Text {}
    More.Target = class extends Text.Target {
      static $methods = [{ ...Text.Target.$methods[0], interfaceId: 0x30n, method: 1,
                           name: "more" }];
    };
    class Replaced extends More.Target {
      static $methods = [{ ...Text.Target.$methods[0], name: "sayOtherwise" }];
      more() { return { text: "more" } }
      sayOtherwise() { return { text: "otherwise" } }
    }
    export default Replaced;)");
  guest->call(1, "x");
  guest->callMethod(2, 0x30, 1, textMessage(""));
  guest->callMethod(3, 0x30, 0, textMessage(""));
  EXPECT_EQ(guest->takeEvents(),
            (Events{"answer 1: otherwise", "answer 2: more",
                    "fail 3 unimplemented: interface 0x30 has no method 0 here"}));
}

TEST_F(CallOfAGuest, waitsUntilThePluginIsReady) {
  auto guest = run(R"(
    import { env } from "troop";
    import { Text } from "./text.js";
    console.log("waiting");
    const { text } = await new Text(globalThis.granted ?? env.peer).say({ text: "ready?" });
    export default class extends Text.Target { say() { return { text } } })",
                   {});
  EXPECT_NE(guest->fate(), "alive") << "nothing was granted";

  auto patient = make(image(R"(
    import { env } from "troop";
    import { Text } from "./text.js";
    const { text } = await new Text(env.peer).say({ text: "ready?" });
    export default class extends Text.Target {
      say(params) { return { text: text + params.text } }
    })"));
  patient->start({{"peer", 7}});
  patient->call(1, "!");
  patient->call(2, "?");
  patient->call(3, "...");
  patient->cancelled(2);
  EXPECT_EQ(patient->takeEvents(), Events{"call 7: ready?"});
  patient->result(1, "now");
  EXPECT_EQ(patient->takeEvents(), (Events{"finish 1", "answer 1: now!", "answer 3: now..."}));
}

TEST_F(CallOfAGuest, isTooEarlyForAPluginThatFailsToStart) {
  auto guest = make(image(R"(
    import { env } from "troop";
    import { Text } from "./text.js";
    await new Text(env.peer).say({});
    export default 42;)"));
  guest->start({{"peer", 7}});
  guest->call(1, "!");
  guest->result(1, "");
  EXPECT_EQ(guest->fate(),
            "TypeError: the default export is neither a Target nor a class derived from Target");
}

TEST_F(CallOfAGuest, goesToTheInstanceThatIsExported) {
  auto guest = run(R"(
    import { Text } from "./text.js";
    class Echo extends Text.Target {
      constructor(mark) { super(); this.mark = mark }
      say({ text }) { return { text: text + this.mark } }
    }
    export default new Echo("?");)");
  guest->call(1, "hi");
  EXPECT_EQ(guest->takeEvents(), Events{"answer 1: hi?"});
}

TEST_F(CallOfAGuest, tellsTheMethodThatTheCallerGaveUp) {
  auto guest = answering(R"(
    call.onCancelled(() => console.log("told", call.cancelled));
    return new Promise((resolve) => call.onCancelled(() => {
      call.onCancelled(() => console.log("told at once"));
      resolve({ text: "too late" });
    }));)");
  guest->call(1, "x");
  EXPECT_EQ(guest->takeEvents(), Events{});
  guest->refuseAnswers(troop_refused_unknown);
  guest->cancelled(1);
  guest->cancelled(1);
  guest->cancelled(77);
  EXPECT_EQ(guest->takeEvents(), (Events{"log 1: told true", "log 1: told at once"}));
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(CallOfAGuest, failsWhenTheHostTakesNoSuchAnswer) {
  auto guest = answering("return { text: 'x' }");
  guest->refuseAnswers(troop_refused_too_large);
  guest->call(1, "");
  guest->refuseAnswers(troop_refused_overloaded);
  guest->call(2, "");
  guest->refuseAnswers(troop_refused_unknown);
  guest->call(3, "");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"fail 1 failed: the result is larger than a message may be",
                    "fail 2 overloaded: no room for the result"}));
}

TEST_F(CallOfAGuest, givesItsParametersCapabilitiesBack) {
  auto guest = answering("console.log(params.peers.length); return {}");
  guest->call(1, "", {20, 21, 22});
  EXPECT_EQ(guest->takeEvents(),
            (Events{"log 1: 2", "answer 1: ", "release 22", "release 21", "release 20"}));
}

TEST_F(CallOfAGuest, passesCapabilitiesOn) {
  auto guest = answering("return { peer: params.peer, peers: params.peers }");
  guest->call(1, "", {20, 21});
  EXPECT_EQ(guest->takeEvents(), (Events{"answer 1:  [20 21]", "release 21", "release 20"}));
}

class ObjectOfAGuest : public JavaScriptTest {
 protected:
  std::unique_ptr<ScriptGuest> offering(const std::string& body = "") {
    return run(
        "import { Target } from 'troop';\nimport { Text } from './text.js';\n"
        "class Part extends Text.Target { say({ text }) { return { text: text + ' by part' } } " +
        body +
        "}\nconst part = new Part();\n"
        "export default class extends Text.Target {\n"
        " say({ text }) { return text === 'new' ? { peer: new Part() } : { peer: part, peers: "
        "[part] } } }");
  }
};

TEST_F(ObjectOfAGuest, isServedWhenItIsPassedOn) {
  auto guest = offering();
  guest->call(1, "new");
  EXPECT_EQ(guest->takeEvents(), (Events{"serve 1 = 100", "answer 1:  [100]", "release 100"}));
  guest->call(2, "hi", {}, 1);
  EXPECT_EQ(guest->takeEvents(), Events{"answer 2: hi by part"});
}

TEST_F(ObjectOfAGuest, keepsItsNumberHoweverOftenItIsServed) {
  auto guest = offering();
  guest->call(1, "");
  EXPECT_EQ(guest->takeEvents("serve"), (Events{"serve 1 = 100", "serve 1 = 101"}));
  guest->call(2, "new");
  EXPECT_EQ(guest->takeEvents("serve"), Events{"serve 2 = 102"});
}

TEST_F(ObjectOfAGuest, livesUntilItsLastHolderIsGone) {
  auto guest = offering("[Symbol.dispose]() { console.log('gone') }");
  guest->call(1, "");
  guest->takeEvents();
  guest->released(1);
  guest->call(2, "still there?", {}, 1);
  EXPECT_EQ(guest->takeEvents(), Events{"answer 2: still there? by part"});
  guest->released(1);
  guest->call(3, "still there?", {}, 1);
  guest->released(1);
  guest->released(55);
  EXPECT_EQ(guest->takeEvents(),
            (Events{"log 1: gone", "fail 3 disconnected: there is no object 1"}));
  guest->call(4, "");
  EXPECT_EQ(guest->takeEvents("serve"), (Events{"serve 2 = 102", "serve 2 = 103"}))
      << "served anew, it is another one";
}

TEST_F(ObjectOfAGuest, canFailToGoWithoutHarm) {
  auto guest = offering("[Symbol.dispose]() { throw new Error('not so fast') }");
  guest->call(1, "new");
  guest->takeEvents();
  guest->released(1);
  EXPECT_EQ(guest->takeEvents(),
            Events{"log 3: unhandled rejection: Error: not so fast (plugin.js:3:118)"});
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(ObjectOfAGuest, isNotServedWhenTheHostHasNoRoom) {
  auto guest = offering();
  guest->refuseHandles(troop_refused_overloaded);
  guest->call(1, "new");
  EXPECT_EQ(guest->takeEvents(), Events{"fail 1 overloaded: no room for another capability"});
  guest->refuseHandles(0);
  guest->call(2, "new");
  EXPECT_EQ(guest->takeEvents("serve"), Events{"serve 2 = 100"});
}

TEST_F(ObjectOfAGuest, canBeTheMainOneToo) {
  auto guest = run(R"(
    import { Text } from "./text.js";
    export default class extends Text.Target { say() { return { peer: this } } })");
  guest->call(1, "");
  EXPECT_EQ(guest->takeEvents(), (Events{"serve 0 = 100", "answer 1:  [100]", "release 100"}));
  guest->released(0);
  guest->call(2, "");
  EXPECT_EQ(guest->takeEvents("answer"), Events{"answer 2:  [101]"});
}

TEST_F(ObjectOfAGuest, isBuiltBeforeTheGuestServes) {
  EXPECT_EQ(run("import { Target } from 'troop'; export default class extends Target { "
                "constructor() { super(); null.x } }")
                ->fate(),
            "TypeError: cannot read property 'x' of null (plugin.js:1:95)");
  for (const char* odd : {"42", "() => 1", "class {}", "{}", "null", "new Proxy({}, {})"}) {
    EXPECT_EQ(run("const value = " + std::string(odd) + "; export default value;")->fate(),
              "TypeError: the default export is neither a Target nor a class derived from Target");
  }
}

}  // namespace
}  // namespace troop::sandbox::js::testing
