#include "sandbox/js/engine/errors.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/js/engine/limits.h"
#include "sandbox/wasm/abi.h"

// How the engine's own messages begin for the two errors that end a guest.
static const char outOfMemoryMessage[] = "out of memory";
static const char stackOverflowMessage[] = "Maximum call stack size exceeded";

// What names the modules of the prelude, whose frames say nothing to the author of a plugin.
static const char preludePrefix[] = "troop:";

// What the files of generated bindings are called; who called them is the plugin.
static const char bindingsMark[] = ".troop.js:";

typedef struct {
  const char* begin;
  int length;
} Slice;

static void forgetException(JSContext* context) {
  JS_FreeValue(context, JS_GetException(context));
}

// A property's value as a string, or NULL; to be freed. Runs guest code if that made the property a
// getter.
static const char* stringProperty(JSContext* context, JSValueConst object, const char* name) {
  if (!JS_IsObject(object)) return NULL;
  const JSValue value = JS_GetPropertyStr(context, object, name);
  const char* text = JS_IsString(value) ? JS_ToCString(context, value) : NULL;
  JS_FreeValue(context, value);
  if (text == NULL) forgetException(context);
  return text;
}

// The place in one line of a stack: `    at name (place)` or `    at place`.
static Slice placeOfFrame(const char* line, const char* end) {
  static const char mark[] = "    at ";
  if ((size_t)(end - line) < sizeof mark || strncmp(line, mark, sizeof mark - 1) != 0)
    return (Slice){end, 0};
  if (end[-1] != ')') {
    line += sizeof mark - 1;
    return (Slice){line, (int)(end - line)};
  }
  const char* open = end - 1;
  while (open > line && *open != '(') --open;
  if (*open != '(') return (Slice){end, 0};
  return (Slice){open + 1, (int)(end - 1 - (open + 1))};
}

typedef enum {
  running,    // an error of running code; the prelude's frames say nothing to a plugin's author
  compiling,  // an error of a module's text; the first frame is where
} Origin;

static bool equals(Slice place, const char* text) {
  return (size_t)place.length == strlen(text) && memcmp(place.begin, text, place.length) == 0;
}

static bool isPosition(Slice place, Origin origin) {
  const int prefixLength = sizeof preludePrefix - 1;
  if (place.length == 0 || equals(place, "native") || equals(place, "missing") ||
      equals(place, "<null>"))
    return false;
  return origin == compiling || place.length < prefixLength ||
         memcmp(place.begin, preludePrefix, prefixLength) != 0;
}

static bool isInBindings(Slice place) {
  const int markLength = sizeof bindingsMark - 1;
  for (int i = 0; i + markLength <= place.length; ++i) {
    if (memcmp(place.begin + i, bindingsMark, markLength) == 0) return true;
  }
  return false;
}

static Slice positionInStack(const char* stack, Origin origin) {
  Slice inBindings = {"", 0};
  for (const char* line = stack; line != NULL && *line != '\0';) {
    const char* newline = strchr(line, '\n');
    const char* end = newline != NULL ? newline : line + strlen(line);
    const Slice place = placeOfFrame(line, end);
    if (isPosition(place, origin)) {
      if (origin == compiling || !isInBindings(place)) return place;
      if (inBindings.length == 0) inBindings = place;
    }
    line = newline != NULL ? newline + 1 : NULL;
  }
  return inBindings;
}

static bool messageBegins(JSContext* context, JSValueConst error, const char* begin) {
  if (!JS_IsError(error)) return false;
  const char* message = stringProperty(context, error, "message");
  const bool begins = message != NULL && strncmp(message, begin, strlen(begin)) == 0;
  JS_FreeCString(context, message);
  return begins;
}

static enum troop_abort_kind kindOf(JSContext* context, JSValueConst error) {
  // Where there is not even room for an error the engine throws null.
  if (JS_IsNull(error) && memoryRanOut()) return troop_abort_memory;
  if (messageBegins(context, error, outOfMemoryMessage)) return troop_abort_memory;
  if (messageBegins(context, error, stackOverflowMessage)) return troop_abort_stack;
  return troop_abort_error;
}

// The length of a text that was cut, without the part of a character that may be at its end.
static size_t lengthOfWholeCharacters(char* text) {
  size_t length = strlen(text);
  size_t begin = length;
  while (begin > 0 && (text[begin - 1] & 0xc0) == 0x80) --begin;
  if (begin > 0 && (text[begin - 1] & 0xc0) == 0xc0) length = begin - 1;
  text[length] = '\0';
  return length;
}

// `moduleName` stands for the position where there is none; it may be NULL.
static size_t describe(JSContext* context, JSValueConst error, Origin origin,
                       const char* moduleName, char text[errorTextBytesMax]) {
  const char* stack = stringProperty(context, error, "stack");
  Slice place = positionInStack(stack, origin);
  if (place.length == 0 && moduleName != NULL) place = (Slice){moduleName, (int)strlen(moduleName)};
  const char* what = JS_ToCString(context, error);
  if (what == NULL) forgetException(context);
  const char* shown = what != NULL     ? what
                      : memoryRanOut() ? outOfMemoryMessage
                                       : "an error that cannot be shown";
  if (JS_IsNull(error) && memoryRanOut()) shown = outOfMemoryMessage;

  int length;
  if (place.length == 0) {
    length = snprintf(text, errorTextBytesMax, "%s", shown);
  } else if (origin == compiling) {
    length = snprintf(text, errorTextBytesMax, "%.*s: %s", place.length, place.begin, shown);
  } else {
    length = snprintf(text, errorTextBytesMax, "%s (%.*s)", shown, place.length, place.begin);
  }
  JS_FreeCString(context, what);
  JS_FreeCString(context, stack);
  if (length < 0) text[length = 0] = '\0';
  return length < errorTextBytesMax ? (size_t)length : lengthOfWholeCharacters(text);
}

size_t describeError(JSContext* context, JSValueConst error, char text[errorTextBytesMax]) {
  return describe(context, error, running, NULL, text);
}

void endIfFatal(JSContext* context, JSValueConst error) {
  if (kindOf(context, error) != troop_abort_error) endWithError(context, error);
}

_Noreturn void endWithError(JSContext* context, JSValueConst error) {
  char text[errorTextBytesMax];
  const size_t length = describe(context, error, running, NULL, text);
  troop_host_abort(kindOf(context, error), text, length);
}

_Noreturn void endWithException(JSContext* context) {
  endWithError(context, JS_GetException(context));
}

_Noreturn void endWithCompileError(JSContext* context, const char* moduleName) {
  const JSValue error = JS_GetException(context);
  char text[errorTextBytesMax];
  const size_t length = describe(context, error, compiling, moduleName, text);
  troop_host_abort(kindOf(context, error), text, length);
}
